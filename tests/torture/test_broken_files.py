"""Each file of a study broken in many ways, and the study that goes on all the same."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Render
from tests.often import often
from tests.rendering import Project
from tests.tables import write_penguins
from tests.torture.breaking import (
    DANGLING,
    EMPTIED,
    FILLED,
    FOLDER,
    NOBODY,
    PLAIN,
    REMOVED,
    REPLACED,
    Damage,
    content,
    copied_from,
    cut_at,
    flipped_at,
    places,
    run_each,
    within_a_character,
)
from tests.torture.broken import Broken, Patient, Target, told
from tests.torture.conftest import Count
from tests.torture.victims import TINY, VARIANTS, Variant, prepare

PENGUINS = Variant(
    "penguins", {"framework": "sampler", "algorithm": "random", **TINY}, trials=2
)
BASE_TRIALS = {
    "optuna_tpe": 3,
    "optuna_best": 5,
    "optuna_workers": 3,
    "keras_tuner_hyperband": 3,
    "search_cv_random": 2,
    "sampler_random": 3,
    "manual": 2,
    "penguins": 1,
}
"""With the trial after them a study of Keras Tuner's begins its second round."""

PAGE = 4096
"""Of SQLite's."""

DESCRIPTION = Target("study.json", "study.json")
COPY = Target("copy of study.json", "trials/study.json")
RUNNING = Target("running trial", "trials/running.json")
DATABASE = Target("database", "study.db")
JOURNAL = Target("journal", "study.db-journal")

Patients = Callable[[str], Patient]

every_patient = pytest.mark.parametrize("name", BASE_TRIALS)


@pytest.fixture(scope="session")
def patients(render: Render) -> Patients:
    """Each variant's project, rendered once."""
    rendered: dict[str, Patient] = {}

    def patient(name: str) -> Patient:
        if name not in rendered:
            rendered[name] = make_patient(name, render)
        return rendered[name]

    return patient


def make_patient(name: str, render: Render, package: str = "broken") -> Patient:
    """A variant's project, whose name has characters of several bytes."""
    variant = PENGUINS if name == "penguins" else VARIANTS[name]
    answers: dict[str, Any] = {
        "project_name": "Étude 数字の研究",
        "package_name": f"{package}_{name}",
        "layer_types": ["dense"],
        **variant.answers,
    }
    if name == "penguins":
        table = {"data_path": "data.csv", "target_column": "species"}
        project = render(**answers, data_source="csv", **table)
        write_penguins(project.root / "data.csv")
    else:
        project = render(**answers)
        prepare(project)
    return Patient(project, variant, BASE_TRIALS[name])


def record_of(number: int) -> Target:
    return Target("record", f"trials/trial_{number:04}.json", number)


def weights_of(number: int) -> Target:
    return Target("weights", f"trials/trial_{number:04}.weights.h5", number)


def targets(patient: Patient) -> Iterator[Target]:
    """Every file of a study; what is broken of one trial alone goes by its number."""
    for number in range(patient.base_trials):
        yield record_of(number)
        if (patient.base / weights_of(number).path).exists():
            yield weights_of(number)
    yield from (DESCRIPTION, COPY)
    running = patient.base_trials
    for path in sorted(patient.base.rglob("*")):
        name = str(path.relative_to(patient.base))
        if path.suffix == ".lock":
            yield Target("lock", name)
        elif name.startswith("sources/") and path.is_file():
            yield Target("source", name)
        elif name.startswith("trials/running"):
            yield Target("running trial", name)
        elif name.startswith("folds/") and path.suffix == ".json":
            yield Target("fold record", name, running)
        elif name.startswith("folds/") and path.suffix == ".h5":
            yield Target("fold weights", name, running)
        elif name == "study.db":
            yield DATABASE
        elif name == "preprocessor.skops":
            yield Target("preprocessor", name)


def damages(target: Target, patient: Patient) -> Iterator[Damage]:
    """What happens to a file."""
    path = patient.base / target.path
    text = path.read_bytes()
    yield from PLAIN
    if target.what == "lock":
        return
    yield from REPLACED
    most = 12 if target.what == "database" else 5
    sizes = {*places(len(text), most), len(text) - 1, len(text) - 2}
    if target.what in ("study.json", "copy of study.json"):
        sizes |= set(within_a_character(text)[::5])
    if target.what == "database":
        sizes |= set(range(PAGE, len(text), len(text) // PAGE // 8 * PAGE))
    yield from (cut_at(size) for size in sorted(sizes))
    if target.what == "database":
        yield from (flipped_at(place) for place in places(len(text), 12))
    elif target.what.endswith("weights"):
        yield from (flipped_at(place) for place in places(len(text), 2))
    elif target.what == "record":
        others = sorted(path.parent.glob("trial_*.json"))
        for other in others:
            if other != path:
                yield copied_from(other, other.stem.replace("_", " "))


@pytest.mark.parametrize(
    "name", often(["optuna_tpe", "sampler_random"], ["optuna_tpe"])
)
def test_a_study_with_a_broken_file_goes_on(
    name: str, patients: Patients, count: Count
) -> None:
    patient = patients(name)
    broken: list[Broken] = [
        [(record_of(1), cut_at(700))],
        [(record_of(0), copied_from(patient.base / record_of(2).path, "trial 2"))],
        [(weights_of(2), FILLED)],
        [(DESCRIPTION, EMPTIED)],
        [(COPY, REMOVED)],
        [(RUNNING, FOLDER)],
    ]
    patient.check_all(broken, count)


@pytest.mark.torture
@every_patient
def test_a_study_with_any_broken_file_goes_on(
    name: str, patients: Patients, count: Count
) -> None:
    patient = patients(name)
    broken: list[Broken] = [
        [(target, damage)]
        for target in targets(patient)
        for damage in damages(target, patient)
    ]
    patient.check_all(broken, count)


@pytest.mark.torture
@pytest.mark.parametrize("name", ["sampler_random", "optuna_workers"])
def test_a_lock_that_is_no_file_is_named(
    name: str, patients: Patients, count: Count
) -> None:
    patient = patients(name)
    for path in patient.base.rglob("*.lock"):
        lock = path.relative_to(patient.base)
        for damage in (FOLDER, DANGLING):
            case = patient.broken([(Target("lock", str(lock)), damage)])
            (ran,) = run_each(patient.project, [patient.tune(case.study)])
            with told(patient, case, ran):
                count(damage.kind, "lock")
                (line,) = ran.err.splitlines()
                assert ran.status == 2
                assert str(patient.victim.folder(case.study) / lock) in line
                before = patient.victim.acknowledged("base")
                assert patient.victim.acknowledged(case.study) == before


@pytest.mark.torture
def test_a_stray_journal_changes_nothing(patients: Patients, count: Count) -> None:
    patient = patients("optuna_workers")
    rubbish = [partial(write, text=text) for text in (b"", b"\0" * 600, b"j" * 5000)]
    for do in rubbish:
        stray = Damage("added", do)
        patient.check_all([[(JOURNAL, stray)]], count)
        patient.check_all([[(DATABASE, FILLED), (JOURNAL, stray)]], count)


def write(path: Path, text: bytes) -> None:
    path.write_bytes(text)


@pytest.mark.torture
@every_patient
def test_two_broken_files_cost_no_more_than_their_trial(
    name: str, patients: Patients, count: Count
) -> None:
    patient = patients(name)
    last = record_of(patient.base_trials - 1)
    both: list[Broken] = [
        [(last, one), (COPY, other)] for one in PLAIN for other in PLAIN
    ]
    if patient.victim.has_database:
        both += [[(last, one), (DATABASE, other)] for one in PLAIN for other in PLAIN]
    for number in range(patient.base_trials):
        weights = weights_of(number)
        if patient.victim.has_database and (patient.base / weights.path).exists():
            both += [[(record_of(number), one), (weights, FILLED)] for one in PLAIN]
    patient.check_all(both, count)


@pytest.mark.torture
@every_patient
def test_a_study_that_nobody_knows_the_aim_of_says_what_is_left(
    name: str, patients: Patients, count: Count
) -> None:
    patient = patients(name)
    for one in PLAIN:
        for other in (*PLAIN, cut_at(900)):
            case = patient.broken([(DESCRIPTION, one), (COPY, other)])
            study, folder = case.study, patient.victim.folder(case.study)
            commands = [patient.tune(study), ("trials", "--study", study)]
            ran, listed = run_each(patient.project, commands)
            with told(patient, case, ran):
                count(one.kind, "both study.json")
                *lines, error = ran.err.splitlines()
                assert ran.status == 2
                assert len(lines) == sum(d is not REMOVED for d in (one, other))
                assert all("is broken, and kept as" in line for line in lines)
                assert error.startswith("error: ") and "study.json is lost" in error
                assert "`trials` lists" in error and "--study NAME" in error
                assert listed.status == 0 and listed.err == ""
                assert len(listed.out.splitlines()) == 1 + patient.base_trials
                for path in patient.base.rglob("*"):
                    name_of = str(path.relative_to(patient.base))
                    if path.is_file() and name_of not in (DESCRIPTION.path, COPY.path):
                        assert content(folder / name_of) == content(path), name_of


@pytest.mark.torture
@every_patient
def test_lost_weights_are_trained_again(
    name: str, patients: Patients, count: Count
) -> None:
    patient = patients(name)
    assert patient.base
    for number in range(patient.base_trials):
        if not (patient.base / weights_of(number).path).exists():
            continue
        for damage in (REMOVED, FILLED, FOLDER, DANGLING):
            case = patient.broken([(weights_of(number), damage)])
            which = ("reconstruct", str(number), "--study", case.study)
            commands = [patient.tune(case.study), (*which, "--retrain")]
            ran, again = run_each(patient.project, commands)
            with told(patient, case, again):
                count(damage.kind, "weights, to be retrained")
                patient.check(case, ran)
                assert again.status == 0 and "It scores as logged" in again.out


READ_ONLY = ["trials", "sources", "locks", ".", "folds"]
"""Folders that are made read-only, each alone; the files are so one by one."""


@pytest.fixture
def lent(patients: Patients) -> Iterator[Callable[[str], Patient]]:
    """A variant's project where any user finds it."""
    root = Path(tempfile.mkdtemp(prefix="broken-"))
    root.chmod(0o755)

    def lend(name: str) -> Patient:
        patient = patients(name)
        assert patient.base
        others = shutil.ignore_patterns("broken_*")  # which other tests have left
        shutil.copytree(patient.project.root, root / name, True, others)
        project = Project(root / name, patient.project.package)
        return Patient(project, patient.variant, patient.base_trials)

    yield lend
    shutil.rmtree(root)


@pytest.mark.torture
@every_patient
def test_a_read_only_file_loses_nothing(
    name: str, lent: Callable[[str], Patient], count: Count
) -> None:
    patient = lent(name)
    base = patient.victim.folder("base")
    paths = [base / folder for folder in READ_ONLY if (base / folder).exists()]
    paths += [path for path in base.rglob("*") if path.is_file()]
    patient.__dict__["base"] = base
    cases = []
    for path in paths:
        case = patient.broken([])
        folder = patient.victim.folder(case.study)
        for owned in (folder, *folder.rglob("*")):
            os.chown(owned, NOBODY, NOBODY) if os.geteuid() == 0 else None
        closed = folder / path.relative_to(base)
        closed.chmod(0o555 if path.is_dir() else 0o444)
        cases.append((case, path, closed))
    commands = [patient.tune(case.study) for case, *_ in cases]
    warm = patient.tune("whole")
    for (case, path, closed), ran in zip(
        cases, run_each(patient.project, commands, warm), strict=True
    ):
        with told(patient, case, ran):
            kind = "folder" if path.is_dir() else "file"
            count("made read-only", kind)
            if ran.status:
                lines = ran.err.splitlines()
                assert ran.status == 2 and len(lines) == 1, path
                assert str(patient.victim.folder(case.study)) in lines[0], path
            else:
                patient.check(case, ran)
        closed.chmod(0o755 if path.is_dir() else 0o644)
    again = run_each(patient.project, commands)
    for (case, path, _), ran in zip(cases, again, strict=True):
        with told(patient, case, ran):
            count("made writable again", "folder" if path.is_dir() else "file")
            patient.check(case, ran)


SABOTAGE = {
    "a record believed unread": (
        "study/log.py",
        "check(record, number)\n",
        "pass\n",
    ),
    "weights not looked at": (
        "study/log.py",
        "path.is_file() and sha256(path) == record",
        "record.weights or record",
    ),
    "thrown away": (
        "study/files.py",
        "return path.rename(next(one for one in asides if not os.path.lexists(one)))",
        "path.unlink()",
    ),
}
"""Ways to be careless: the file, what is there, what replaces it."""


@pytest.mark.parametrize("way", often(SABOTAGE, ["a record believed unread"]))
def test_carelessness_is_noticed(way: str, render: Render) -> None:
    file, right, wrong = SABOTAGE[way]
    patient = make_patient("sampler_random", render, "careless")
    path = patient.project.root / patient.project.package / file
    text = path.read_text("utf-8")
    assert right in text
    path.write_text(text.replace(right, wrong), "utf-8")
    assert patient.base
    other = copied_from(patient.base / record_of(2).path, "trial 2")
    broken: list[Broken] = [[(record_of(0), other)], [(weights_of(1), FILLED)]]
    with pytest.raises(ExceptionGroup):
        patient.check_all(broken, lambda *_: None)
