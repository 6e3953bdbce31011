"""What reads a study's files, given each of them cut at every byte, and rubbish."""

import json
import shutil
from collections.abc import Callable, Iterable
from contextlib import nullcontext, suppress
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import pytest

from tests.often import often
from tests.torture.breaking import (
    FILLED,
    FOLDER,
    LINKED,
    OVERFILLED,
    PIPE,
    PLAIN,
    REMOVED,
    REPLACED,
    Damage,
    content,
    cut_at,
    flipped_at,
    places,
    run_each,
)
from tests.torture.broken import Patient, told
from tests.torture.conftest import Count
from tests.torture.test_broken_files import (
    BASE_TRIALS,
    COPY,
    DESCRIPTION,
    Patients,
    every_patient,
    patients,
    record_of,
    weights_of,
)

__all__ = ["patients"]

SMALL = 16_384
"""A file of up to so many bytes is cut at each."""

MANY = 200
"""A larger one at so many places."""

Said = pytest.CaptureFixture[str]


def cuts(path: Path) -> list[Damage]:
    """The file cut everywhere, or where it is large at many places."""
    size = path.stat().st_size
    return [cut_at(n) for n in places(size, SMALL if size <= SMALL else MANY)]


def copied(patient: Patient) -> Path:
    """A copy of the study, to break in place again and again."""
    folder = patient.victim.folder("read")
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(patient.base, folder)
    return folder


def put_back(path: Path, text: bytes) -> None:
    """Put a file back as it was, and take away what was set aside."""
    for other in path.parent.glob(f"{path.name}*"):
        shutil.rmtree(other) if other.is_dir() else other.unlink()
    path.write_bytes(text)


def check_record(
    patient: Patient, path: Path, number: int, damages: Iterable[Damage], said: Said
) -> int:
    """See that a broken record is set aside, and never taken for another.

    Returns:
        How many were broken.
    """
    log = patient.project.load("study").TrialLog(path.parent)
    whole, text, times = log.read(number), path.read_bytes(), 0
    others = [record for record in log.read_all() if record.number != number]
    assert whole and said.readouterr().err == ""
    for times, damage in enumerate(damages, 1):  # noqa: B007 - it is returned
        damage.do(path)
        left = content(path)
        records = log.read_all()
        lines = said.readouterr().err.splitlines()
        aside = path.with_name(f"{path.name}.broken")
        if left[0] == "file" and left[1].strip() == text.strip():
            assert (lines, content(path)) == ([], left), damage
            assert [r for r in records if r.number == number] == [whole], damage
        else:
            assert records == others, f"{damage}: {records}"
            assert content(path) == ("nothing", b""), damage
            assert content(aside) == left, damage
            told = damage is not REMOVED
            assert len(lines) == told, f"{damage}: {lines}"
            start = f"trial {number}: its record is broken ("
            assert all(line.startswith(start) and str(aside) in line for line in lines)
        put_back(path, text)
    return times


def test_a_record_cut_anywhere_is_no_record(
    patients: Patients, count: Count, capsys: Said
) -> None:
    patient = patients("sampler_random")
    path = copied(patient) / record_of(1).path
    damages = [*cuts(path), *PLAIN, *REPLACED]
    count("read when cut", "record", check_record(patient, path, 1, damages, capsys))


@pytest.mark.torture
@every_patient
def test_any_record_cut_anywhere_is_no_record(
    name: str, patients: Patients, count: Count, capsys: Said
) -> None:
    patient = patients(name)
    folder = copied(patient)
    for path in sorted(folder.rglob("trial_*.json")):
        number = int(path.stem.removeprefix("trial_"))
        damages = [*cuts(path), *PLAIN, *REPLACED]
        times = check_record(patient, path, number, damages, capsys)
        count("read when cut", "record", times)


@pytest.mark.torture
def test_a_failed_trial_with_an_outlandish_message_is_no_record_when_cut(
    patients: Patients, count: Count, capsys: Said
) -> None:
    patient = patients("sampler_random")
    study = patient.project.load("study")
    path = copied(patient) / record_of(1).path
    record = study.TrialLog(path.parent).read(1)
    patient.project.load("study.record").mark_failed(
        record, "ValueError", "数字 😀 é \u2028 \0 \\u00e9 \ud83d"
    )
    study.TrialLog(path.parent).write(record)
    assert len(path.read_bytes()) > len(path.read_text("utf-8"))
    times = check_record(patient, path, 1, cuts(path), capsys)
    count("read when cut", "record", times)


@pytest.mark.torture
@every_patient
def test_cut_weights_are_set_aside(
    name: str, patients: Patients, count: Count, capsys: Said
) -> None:
    patient = patients(name)
    folder = copied(patient)
    log = patient.project.load("study").TrialLog(folder / "trials")
    logged = [msgspec.to_builtins(one) for one in log.read_all() if one.weights]
    assert logged
    number = logged[-1]["number"]
    record, path = folder / record_of(number).path, folder / weights_of(number).path
    before, text = record.read_bytes(), path.read_bytes()
    flips = [flipped_at(n) for n in places(len(text), MANY)]
    cut = [cut_at(n) for n in places(len(text), MANY)]
    ways = [*cut, *flips, *PLAIN, FOLDER, PIPE]
    for damage in ways:
        damage.do(path)
        left = content(path)
        log.check_weights()
        (line,) = capsys.readouterr().err.splitlines()
        assert line.startswith(f"trial {number}: its weights: they "), damage
        assert content(path) == ("nothing", b"") or patient.variant.rewritten, damage
        assert content(path.with_name(f"{path.name}.broken")) == left, damage
        now = msgspec.to_builtins(log.read(number))
        assert now["weights"] is None and now["weights_note"] in line, damage
        assert {**now, **{k: logged[-1][k] for k in now if "weights" in k}} == logged[
            -1
        ]
        put_back(path, text)
        record.write_bytes(before)
    count("read when cut", "weights", len(ways))


@pytest.mark.torture
@every_patient
def test_a_description_cut_anywhere_comes_from_the_other(
    name: str, patients: Patients, count: Count, capsys: Said
) -> None:
    patient = patients(name)
    folder = copied(patient)
    module = patient.project.load("study.study")
    study = module.Study(folder.parent, folder.name)
    whole, text = study.describe(), (folder / DESCRIPTION.path).read_bytes()
    assert len(text) > len(text.decode())
    for target in (DESCRIPTION, COPY):
        path = folder / target.path
        ways = [*cuts(path), FILLED, OVERFILLED, *REPLACED]
        for damage in ways:
            damage.do(path)
            left = content(path)
            assert study.exists and study.describe() == whole, damage
            study.begin_or_resume(whole)
            lines = capsys.readouterr().err.splitlines()
            if left[0] == "file" and left[1].strip() == text.strip():
                assert lines == [], damage
            else:
                assert f"{path} is broken, and kept as {path}.broken" == lines[0]
                assert len(lines) == (2 if target is DESCRIPTION else 1), lines
                assert content(Path(f"{path}.broken")) == left, damage
            assert json.loads(path.read_bytes()) == whole, damage
            put_back(path, text)
        count("read when cut", target.what, len(ways))
    other = folder / COPY.path
    for damage in cuts(other)[:-1]:
        damage.do(other)
        damage.do(folder / DESCRIPTION.path)
        with pytest.raises(module.UserError, match="`trials` lists"):
            study.describe()
        assert len(capsys.readouterr().err.splitlines()) == 2, damage
        put_back(other, text)
        put_back(folder / DESCRIPTION.path, text)
    count("read when cut", "both study.json", len(text) - 2)


@pytest.mark.parametrize(
    "name", often(BASE_TRIALS, ["optuna_workers", "keras_tuner_hyperband", "manual"])
)
def test_a_running_trial_whose_file_is_broken_is_begun_again(
    name: str, patients: Patients, count: Count, capsys: Said
) -> None:
    patient = patients(name)
    folder = copied(patient)
    module = patient.project.load("study.running")
    (file,) = module.running_files(folder / "trials")
    path, whole = file.path, file.read()
    text, number = path.read_bytes(), patient.base_trials
    assert whole.number == number
    ways = [*cuts(path), *PLAIN, *REPLACED]
    for damage in ways:
        damage.do(path)
        left = content(path)
        assert file.read() is None, damage
        lines = capsys.readouterr().err.splitlines()
        aside = Path(f"{path}.broken")
        if damage is REMOVED:
            assert lines == []
        else:
            assert lines == [f"{path} is broken, and kept as {aside}"], damage
            assert content(aside) == left, damage
        file.begin(number, {"a": 1})
        file.update(epoch=2, score=0.5, params={"a": 2})
        file.update(deaths=1, kind="ProcessDied", message="of this")
        begun = file.read()
        assert (begun.number, begun.epoch, begun.deaths) == (number, 2, 1), damage
        file.clear()
        put_back(path, text)
    count("read when cut", "running trial", len(ways))


VALUES: list[Any] = [None, True, -1, 1, 2**70, 1e300, "", "x", [], [1], {}, {"x": 1}]


@pytest.mark.torture
@every_patient
def test_a_file_with_other_values_ends_in_one_line(
    name: str, patients: Patients, count: Count, capsys: Said
) -> None:
    patient = patients(name)
    folder = copied(patient)
    study = patient.project.load("study.study").Study(folder.parent, folder.name)
    running = patient.project.load("study.running")
    log = patient.project.load("study").TrialLog(folder / "trials")
    error = patient.project.load("errors").UserError
    before, times = study.describe(), 0
    (file,) = running.running_files(folder / "trials")
    readers: list[tuple[Path, Callable[[], object]]] = [
        (folder / DESCRIPTION.path, lambda: study.begin_or_resume(before)),
        (file.path, lambda: lost_again(file, log)),
    ]
    for path, read in readers:
        text = path.read_bytes()
        for key in json.loads(text):
            for value in VALUES:
                path.write_text(json.dumps({**json.loads(text), key: value}))
                with suppress(error):
                    read()
                assert len(capsys.readouterr().err.splitlines()) <= 2, (key, value)
                times += 1
                put_back(path, text)
    count("read with other values", "study.json, running trial", times)


@pytest.mark.torture
@pytest.mark.parametrize("name", ["optuna_tpe", "optuna_workers"])
def test_a_record_that_optuna_cannot_be_told_is_named(
    name: str, patients: Patients, count: Count
) -> None:
    patient = patients(name)
    state = json.loads((patient.base / record_of(1).path).read_bytes())["optuna"]
    drawn = state["distributions"]
    others: list[dict[str, Any]] = [
        {name: text[:-1] for name, text in drawn.items()},
        {name: text.replace("D", "d") for name, text in drawn.items()},
        {name: "[]" for name in drawn},
        {name: '{"name": "IntDistribution", "attributes": {"x": 1}}' for name in drawn},
        {name: drawn["learning_rate"] for name in drawn},
        drawn | {"unheard_of": drawn["learning_rate"]},
    ]
    cases = [patient.broken([]) for _ in others]
    for case, distributions in zip(cases, others, strict=True):
        path = patient.victim.folder(case.study) / record_of(1).path
        (path.parents[1] / "study.db").unlink(missing_ok=True)
        record = json.loads(path.read_bytes())
        record["optuna"]["distributions"] = distributions
        path.write_text(json.dumps(record, indent=2))
    commands = [patient.tune(case.study) for case in cases]
    for case, ran in zip(cases, run_each(patient.project, commands), strict=True):
        with told(patient, case, ran):
            count("other distributions", "record")
            (line,) = ran.err.splitlines()
            assert ran.status == 2 and "remove trial_0001.json" in line
        (patient.victim.folder(case.study) / record_of(1).path).unlink()
    for case, ran in zip(cases, run_each(patient.project, commands), strict=True):
        with told(patient, case, ran):
            assert ran.status == 0
            records = patient.victim.records(case.study)
            assert len(records) == patient.trials
            assert records[1]["params"].keys() == drawn.keys()


def lost_again(file: Any, log: Any) -> None:
    """Log a trial whose process died as often as it may; the log must read it again."""
    file.update(deaths=2, kind="ProcessDied", message="of this")
    if trial := file.read():
        record = (
            log.read_lost(trial.number, 0) if file.path == log.running.path else None
        )
        if record:
            assert log.read(trial.number) == record
            log.record_path(trial.number).unlink()


@pytest.mark.torture
@every_patient
def test_a_broken_copy_of_the_model_still_says_that_it_changed(
    name: str, patients: Patients, count: Count
) -> None:
    patient = patients(name)
    folder = copied(patient)
    module = patient.project.load("study.study")
    study = module.Study(folder.parent, folder.name)
    before = study.describe()
    path = folder / "sources" / "model.py"
    text = path.read_bytes()
    ways = [*map(cut_at, places(len(text), MANY)), FILLED, *PLAIN, *REPLACED]
    for damage in ways:
        damage.do(path)
        study.begin_or_resume(before)  # it is compared only with what has changed
        put_back(path, text)
    model = patient.project.root / patient.project.package / "model.py"
    model.write_bytes(text + b"\n# A comment.\n")
    study.begin_or_resume(before)
    model.write_bytes(text + b"\nSIZE = 1\n")
    with pytest.raises(
        module.UserError, match=r"model\.py has changed \(line .*SIZE = 1"
    ):
        study.begin_or_resume(before)
    for damage in ways:
        damage.do(path)
        lost = rf"model\.py is another file, and its copy {path} is lost; undo that"
        with pytest.raises(module.UserError, match=lost):
            study.begin_or_resume(before)
        put_back(path, text)
    model.write_bytes(text)
    count("read when cut", "source", 2 * len(ways))


@pytest.mark.torture
def test_a_database_broken_anywhere_is_whole_or_made_anew(
    patients: Patients, count: Count
) -> None:
    patient = patients("optuna_workers")
    folder = copied(patient)
    database = folder / "study.db"
    text, chance = database.read_bytes(), Random(0)
    sqlite, sync, trials = (
        patient.project.load(f"storage.{name}") for name in ("sqlite", "sync", "trials")
    )
    get_study = partial(
        patient.project.load("search").get_study, epochs=patient.variant.epochs
    )
    log = patient.project.load("study").TrialLog(folder / "trials")
    records = {record.number: record for record in log.read_all()}
    whole = places(len(text), MANY)
    borders = range(4096, len(text), 4096)
    ways = [*map(cut_at, {*whole, *borders}), *map(flipped_at, whole)]
    ways += [flipped_at(chance.randrange(len(text))) for _ in range(MANY)]
    found = {"cut": 0, "a byte flipped": 0}
    for damage in ways:
        damage.do(database)
        study = sqlite.open_consistent(database, records, get_study)
        if study:
            found[damage.kind] += 1
            known = dict(enumerate(study.get_trials(deepcopy=False)))
            assert sync.is_consistent(study, records)
            for number, record in records.items():
                assert trials.is_same(known[number], record), damage
            study._storage._backend.engine.dispose()
        for path in folder.glob("study.db*"):
            path.unlink()
        database.write_bytes(text)
    count("read when cut or flipped", "database", len(ways))
    # SQLite can do without the end of a page that is not full.
    assert found["cut"] <= 1 and 0 < found["a byte flipped"] < len(ways), found


@pytest.mark.torture
def test_a_preprocessor_cut_anywhere_is_made_again(
    patients: Patients, count: Count, capsys: Said
) -> None:
    patient = patients("penguins")
    path = copied(patient) / "preprocessor.skops"
    table = patient.project.load("table")
    preprocessor, text = table.load_preprocessor(path), path.read_bytes()
    ways = [*map(cut_at, places(len(text), MANY)), *PLAIN, *REPLACED]
    for damage in ways:
        damage.do(path)
        left = content(path)
        with nullcontext() if damage is LINKED else pytest.raises(table.UserError):
            table.load_preprocessor(path)
        table.restore_preprocessor(preprocessor, path)
        lines = capsys.readouterr().err.splitlines()
        assert len(lines) == (damage not in (REMOVED, LINKED)), damage
        assert not lines or content(Path(f"{path}.broken")) == left, damage
        table.load_preprocessor(path)
        put_back(path, text)
    count("read when cut", "preprocessor", len(ways))
