"""The comparison: the same search by several frameworks, in one table and one chart."""

import importlib.metadata
import json
import re
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from tunewright.comparison import budget, packages, results
from tunewright.comparison.chart import draw
from tunewright.comparison.entrants import Choice, Entrant, generate
from tunewright.comparison.running import Project, spend
from tunewright.errors import StepFailed

from tests.commands import Run, answers_of, refused

Record = dict[str, Any]
SVG = "{http://www.w3.org/2000/svg}"


# A real comparison, and what it wrote.


class Compared:
    """A comparison that was run once for all tests."""

    def __init__(self, folder: Path, ran: "subprocess.CompletedProcess[str]") -> None:
        self.folder = folder
        self.ran = ran

    def about(self) -> Any:
        return json.loads((self.folder / "comparison.json").read_text("utf-8"))

    def row(self, name: str) -> Any:
        (row,) = (row for row in self.about()["rows"] if row["name"] == name)
        return row

    def records(self, project: str) -> list[Record]:
        files = sorted(self.folder.glob(f"{project}/runs/default/trials/*.json"))
        return [json.loads(file.read_text("utf-8")) for file in files]


NAMES = {"sampler": "sampler:random", "optuna": "optuna:tpe"}
"""Each project, and what it is called."""


@pytest.fixture(scope="module")
def compared(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Compared:
    here = tmp_path_factory.mktemp("compared")
    words = ["compare", "--frameworks", *NAMES, "--trials", "2", "--epochs", "1"]
    words += ["--seed", "3", "-d", "pruner=none", "-d", "project_name=Mine"]
    words += ["-d", "layer_types=[dense]"]
    ran = subprocess.run(
        [sys.executable, "-m", "tunewright", *words, "--template", template],
        cwd=here,
        check=False,
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0, ran
    return Compared(here / "comparison", ran)


def test_each_framework_has_the_same_budget_seed_data_and_answers(
    compared: Compared,
) -> None:
    about = compared.about()
    assert about["budget"] == about["trials"] * about["epochs"] == 2
    assert [row["name"] for row in about["rows"]] == list(NAMES.values())
    assert len({row["data"] for row in about["rows"]}) == 1
    for project, name in NAMES.items():
        study = json.loads(
            (compared.folder / project / "runs/default/study.json").read_text("utf-8")
        )
        assert (study["seed"], study["epochs"]) == (3, 1)
        assert study["data"] == compared.row(name)["data"]
        answers = answers_of(compared.folder / project)
        assert (answers["setup"], answers["framework"]) == ("full", project)
        assert (answers["project_name"], answers["trials"]) == ("Mine", 2)
        # An answer goes to those that ask for it.
        assert answers.get("pruner") == ("none" if project == "optuna" else None)
    assert about["answers"] == {
        "pruner": "none",
        "project_name": "Mine",
        "layer_types": "[dense]",
    }
    assert about["command"].endswith(
        "--trials 2 --epochs 1 --seed 3 "
        "-d pruner=none -d project_name=Mine -d 'layer_types=[dense]'"
    )


@pytest.mark.parametrize("project", NAMES)
def test_a_row_says_what_the_project_logged(compared: Compared, project: str) -> None:
    records = compared.records(project)
    row = compared.row(NAMES[project])
    assert row["project"] == project
    assert row["trials"] == len(records) == 2
    assert row["states"] == {"complete": 2}
    assert row["epochs"] == sum(len(one["history"]["loss"]) for one in records) == 2
    assert row["layers_left_out"] == sum(len(one["skipped_layers"]) for one in records)
    assert row["trials_s"] == pytest.approx(sum(one["duration_s"] for one in records))
    assert row["wall_s"] > row["trials_s"]
    assert (row["note"], row["error"]) == (None, None)

    best = max(records, key=lambda one: one["objective"]["value"])
    assert row["best"]["trial"] == best["number"]
    assert row["best"]["objective"] == best["objective"]
    scores = row["best"]["scores"]
    assert scores["val_accuracy"] == pytest.approx(
        best["metrics"]["val_accuracy"], abs=1e-6
    )
    assert scores.keys() == {"val_accuracy", "val_loss", "test_accuracy", "test_loss"}
    said = (compared.folder / f"{project}.log").read_text("utf-8")
    assert f"test_accuracy: {scores['test_accuracy']:.6f}\n" in said

    assert [point["epochs"] for point in row["curve"]] == [1, 2]
    assert [point["best"] for point in row["curve"]] == [
        records[0]["metrics"]["val_accuracy"],
        best["metrics"]["val_accuracy"],
    ]


@pytest.mark.parametrize("project", NAMES)
def test_each_command_is_one_that_a_person_can_repeat(
    compared: Compared, project: str
) -> None:
    tune = "python -m mine tune --trials 2 --epochs 1 --seed 3"
    assert compared.row(NAMES[project])["commands"] == [tune]
    said = (compared.folder / f"{project}.log").read_text("utf-8")
    assert re.findall(r"^\$ (.*)", said, re.MULTILINE) == [
        tune,
        "python -m mine reconstruct best",
    ]


def test_the_table_has_a_line_a_framework(compared: Compared) -> None:
    text = (compared.folder / "comparison.md").read_text("utf-8")
    assert "(comparison.svg)" in text
    assert compared.about()["command"] in text
    lines = [line for line in text.splitlines() if line.startswith("|")]
    assert len({len(line) for line in lines}) == 1
    assert "\n".join(lines) in compared.ran.stdout
    head, _, *rows = ([cell.strip() for cell in line.split("|")] for line in lines)
    assert [cells[1] for cells in rows] == list(NAMES.values())
    for cells in rows:
        row = compared.row(cells[1])
        shown = dict(zip(head, cells, strict=True))
        assert shown["val_accuracy"] == f"{row['best']['scores']['val_accuracy']:.4f}"
        assert shown["test_accuracy"] == f"{row['best']['scores']['test_accuracy']:.4f}"
        assert (shown["epochs spent"], shown["trials"]) == ("2", "2")


def test_the_chart_has_a_line_a_framework(compared: Compared) -> None:
    root = ET.parse(compared.folder / "comparison.svg").getroot()
    assert root.tag == f"{SVG}svg"
    found = {group.get("id"): group for group in root.iter(f"{SVG}g")}
    for name in NAMES.values():
        assert found[name].find(f"{SVG}path") is not None
    texts = {"".join(text.itertext()).strip() for text in root.iter(f"{SVG}text")}
    assert {*NAMES.values(), "epochs spent, of 2"} <= texts


def test_a_line_is_printed_for_each_framework(compared: Compared) -> None:
    for name in NAMES.values():
        line = rf"^{name}: 2 epochs, 2 trials, val_accuracy 0\.\d{{4}} \(\d+:\d\d\)$"
        assert len(re.findall(line, compared.ran.stdout, re.MULTILINE)) == 1
    assert "\r" not in compared.ran.stdout
    assert compared.ran.stderr == ""


# What goes wrong.


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--trials", "0"), ("--trials", "'0'", "from 1 on")),
        (("--trials", "2.5"), ("--trials", "'2.5'")),
        (("--trials", "-1"), ("--trials",)),
        (("--epochs", "0"), ("--epochs", "'0'", "from 1 on")),
        (("--epochs", "many"), ("--epochs", "'many'")),
        (("--seed", "-1"), ("--seed",)),
        (("--seed", "x"), ("--seed", "'x'", "from 0 on")),
        (("--frameworks",), ("--frameworks",)),
        (("--frameworks", "optna"), ("'optna'", "did you mean optuna?")),
        (("--frameworks", "hyperopt"), ("'hyperopt'", "there are optuna, keras_tuner")),
        (("--frameworks", ""), ("''", "there are")),
        (("--frameworks", "optuna:"), ("optuna:", "leave the colon out")),
        (("--frameworks", "optuna", "optuna"), ("optuna is there twice",)),
        (("--frameworks", "optuna", "optuna:tpe"), ("optuna:tpe is there twice",)),
        (("--frameworks", "optuna:grdi"), ("algorithm", "optuna:grdi")),
        (("--frameworks", "optuna:halving_grid"), ("algorithm", "optuna:halving_grid")),
        (("--frameworks", "manual:random"), ("manual:random: algorithm",)),
        (("--out", ""), ("--out", "empty")),
        (("-d", "framework=optuna"), ("framework", "--frameworks")),
        (("-d", "algorithm=gp"), ("algorithm", "--frameworks optuna:gp")),
        (("-d", "trials=5"), ("trials", "use --trials")),
        (("-d", "epochs=5"), ("epochs", "use --epochs")),
        (("-d", "advise=true"), ("advise",)),
        (("-d", "setup=quick"), ("setup", "full")),
        (("-d", "keep_weights=none"), ("keep_weights", "all and best")),
        (("-d", "patience=0"), ("patience", "whole number")),
        (("-d", "patience=1", "-d", "patience=2"), ("patience", "twice")),
        (("-d", "colour=blue"), ("'colour'",)),
        (("-d", "conv_blocks=[1]"), ("conv_blocks", "search_space=custom")),
        (
            ("-d", "pruner=median", "--frameworks", "sampler", "manual"),
            ("pruner", "no framework", "framework=optuna"),
        ),
        (
            ("-d", "pruner=median", "--frameworks", "optuna:nsga2"),
            ("pruner", "other than nsga2"),
        ),
        (("-d", "pruner=none", "-d", "objective=f1"), ("objective",)),
        (("-d", "data_path=photos"), ("data_path", "no folder", "photos")),
    ],
)
def test_a_slip_is_refused_in_one_line_and_nothing_is_written(
    words: Sequence[str],
    said: Sequence[str],
    run: Run,
    template: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    refused(run("compare", "--template", template, *words), *said)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", ["file", "full folder"])
def test_a_comparison_overwrites_nothing(kind: str, run: Run, tmp_path: Path) -> None:
    mine = tmp_path / "mine" if kind == "file" else tmp_path / "folder" / "mine"
    mine.parent.mkdir(exist_ok=True)
    mine.write_text("mine")
    there = mine if kind == "file" else mine.parent
    refused(run("compare", "--out", there), str(there))
    assert mine.read_text() == "mine"


def test_a_missing_package_is_named_before_anything_runs(
    run: Run, template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    versions = {"optuna": "4.9.0", "tensorflow-cpu": "2.21.0"}

    def version(name: str) -> str:
        if name in versions:
            return versions[name]
        if name in ("tensorflow", "torch"):
            raise importlib.metadata.PackageNotFoundError(name)
        return real(name)

    real = importlib.metadata.version
    monkeypatch.setattr("importlib.metadata.version", version)
    words = ["--frameworks", "sampler", "optuna:gp", "--out", tmp_path / "out"]
    line = refused(run("compare", *words, "--template", template))
    assert line.endswith("python -m pip install 'optuna>=5.0,<6' 'torch>=2.6'")
    assert list(tmp_path.iterdir()) == []


def test_without_matplotlib_nothing_is_run(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    line = refused(run("compare", "--out", tmp_path / "out"), "matplotlib")
    assert line.endswith(f"python -m pip install '{packages.CHART}'")
    assert list(tmp_path.iterdir()) == []


def test_a_search_that_fails_is_named_and_the_table_is_written_all_the_same(
    run: Run, template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "photos").mkdir()
    monkeypatch.chdir(tmp_path)
    words = ["-d", "data_source=image_folder", "-d", "data_path=photos"]
    ran = run("compare", "--frameworks", "manual", *words, "--template", template)
    assert ran.status == 1
    assert ran.err == "error: manual did not come to an end; see above\n"
    # The path was one from here, which a project's own folder does not change.
    assert answers_of(tmp_path / "comparison/manual")["data_path"] == str(
        tmp_path / "photos"
    )
    (row,) = json.loads(Path("comparison/comparison.json").read_text())["rows"]
    assert (row["trials"], row["best"]) == (0, None)
    assert "`python -m digit_study tune" in row["error"] and "status 2" in row["error"]
    assert row["error"] in ran.out
    assert row["error"] in Path("comparison/comparison.md").read_text("utf-8")
    assert ET.parse("comparison/comparison.svg").getroot().tag == f"{SVG}svg"


def test_ctrl_c_lets_the_search_stop_and_keeps_what_it_logged(
    template: Path, tmp_path: Path
) -> None:
    words = [
        "compare",
        "--frameworks",
        "sampler",
        "manual",
        "--template",
        str(template),
    ]
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "tunewright",
            *words,
            "--trials",
            "999",
            "--epochs",
            "1",
        ],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    out = tmp_path / "comparison"
    while not list(out.glob("sampler/runs/default/trials/trial_0000.json")):
        assert process.poll() is None
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate()
    assert process.returncode == 130
    assert err == (
        "Stopped: comparison keeps the projects with all that they logged, and has "
        "no table.\n"
    )
    assert "of 999 trials are logged. To go on:" in (out / "sampler.log").read_text()
    assert list(out.glob("sampler/runs/default/trials/trial_*.json"))
    assert not (out / "manual.log").exists()
    assert not (out / "comparison.json").exists()


# Answers from a file.


def test_answers_from_a_projects_file_leave_the_comparisons_own_aside(
    template: Path, tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = tmp_path / "project"
    words = ["-d", "setup=full", "-d", "trials=7", "-d", "search_space=small"]
    assert run("new", project, *words, "--template", template).status == 0
    said = []

    def stop(*_: Any) -> None:
        said.append(True)
        raise StepFailed("enough")

    monkeypatch.setattr(packages, "require_all", stop)
    file = project / ".copier-answers.yml"
    out = tmp_path / "out"
    words = ["--frameworks", "sampler", "--data-file", str(file), "--out", str(out)]
    ran = run("compare", *words, "--template", template)
    assert said == [True]
    note, error = ran.err.splitlines()
    assert error == "error: enough"
    for name in ("setup", "framework", "algorithm", "trials", "epochs"):
        assert name in note
    assert "search_space" not in note


def test_each_project_is_as_new_would_generate_it(
    run: Run, template: Path, tmp_path: Path
) -> None:
    choices = [Choice("sampler", "grid"), Choice("manual", None)]
    entrants = generate(
        tmp_path / "out",
        choices,
        {"patience": "3"},
        trials=4,
        epochs=6,
        source=(str(template), "HEAD"),
    )
    assert [one.name for one in entrants] == ["sampler:grid", "manual"]
    assert [one.folder.name for one in entrants] == ["sampler-grid", "manual"]
    assert [one.search_space for one in entrants] == ["small", "standard"]
    words = ["-d", "setup=full", "-d", "framework=sampler", "-d", "algorithm=grid"]
    words += ["-d", "patience=3", "-d", "trials=4", "-d", "epochs=6"]
    assert run("new", tmp_path / "new", *words, "--template", template).status == 0
    for path in (tmp_path / "new").rglob("*"):
        if path.is_file():
            other = (
                tmp_path / "out" / "sampler-grid" / path.relative_to(tmp_path / "new")
            )
            assert other.read_bytes() == path.read_bytes()


# The budget.


def trial(number: int, epochs: int, value: float = 0.5, **keys: Any) -> Record:
    """A record, as far as a comparison reads it."""
    return {
        "number": number,
        "state": "complete",
        "skipped_layers": [],
        "objective": {"name": "score", "direction": "maximize", "value": value},
        "metrics": {"val_accuracy": value},
        "history": {"loss": [0.1] * epochs},
        "duration_s": 1.0,
        **keys,
    }


def folds(*epochs: int) -> list[dict[str, int]]:
    """What a cross-validated record says of its folds."""
    return [{"epochs": count} for count in epochs]


def rungs(*epochs: int) -> list[dict[str, Any]]:
    """What a record says of the rungs that its trial reached."""
    return [{"epochs": count, "fold_scores": [0.5] * 3} for count in epochs]


def test_all_that_a_trial_trained_counts() -> None:
    assert budget.epochs_of(trial(0, 7)) == 7
    assert budget.epochs_of(trial(0, 0, history={})) == 0
    assert budget.epochs_of(trial(0, 4, folds=folds(4, 5, 6))) == 15
    # All rungs: of the last it is known how many epochs each fold had.
    climbed = trial(0, 4, folds=folds(4, 5, 6), rungs=rungs(1, 3, 9))
    assert budget.epochs_of(climbed) == 3 + 9 + 15
    assert budget.epochs_of(climbed | {"state": "failed"}) == 3 + 9 + 27 + 15


def test_successive_halving_runs_rung_by_rung() -> None:
    records = [
        trial(0, 1, 0.1, state="pruned", folds=folds(1, 1, 1), rungs=rungs(1)),
        trial(1, 1, 0.9, folds=folds(3, 3, 2), rungs=rungs(1, 3)),
        trial(2, 1, 0.2, state="pruned", folds=folds(1, 1, 1), rungs=rungs(1)),
    ]
    assert results.curve(records, "val_accuracy") == [
        {"trial": 0, "epochs": 3, "best": None},
        {"trial": 1, "epochs": 6, "best": None},
        {"trial": 2, "epochs": 9, "best": None},
        {"trial": 1, "epochs": 17, "best": 0.9},
    ]


def test_the_best_so_far_is_the_one_that_the_search_would_choose() -> None:
    records = [trial(0, 2, 0.5), trial(1, 3, 0.9, state="pruned"), trial(2, 1, 0.4)]
    records += [trial(3, 0, state="failed", history={}), trial(4, 2, 0.6)]
    records[4]["metrics"]["val_accuracy"] = 0.3  # as cross-validation may have it
    curve = results.curve(records, "val_accuracy")
    assert [point["best"] for point in curve] == [0.5, 0.5, 0.5, 0.5, 0.3]
    assert [point["epochs"] for point in curve] == [2, 5, 6, 6, 8]
    for record in records:
        record["objective"]["direction"] = "minimize"
    curve = results.curve(records, "val_accuracy")
    assert [point["best"] for point in curve] == [0.5, 0.5, 0.4, 0.4, 0.4]


@pytest.fixture
def project(tmp_path: Path) -> Callable[..., "Searched"]:
    """A project that needs no framework."""

    def project(framework: str = "sampler", source: str = "", **keys: Any) -> Searched:
        (tmp_path / "mine").mkdir()
        (tmp_path / "mine" / "search.py").write_text(source)
        entrant = Entrant(
            framework, "random", tmp_path, "mine", "standard", "val_accuracy"
        )
        return Searched(entrant, **keys)

    return project


class Searched(Project):
    """A search of which it is known beforehand how long each trial takes."""

    def __init__(self, entrant: Entrant, trials: list[int], folds: int = 0) -> None:
        super().__init__(entrant, Path("unused.log"))
        self.all = [trial(number, epochs) for number, epochs in enumerate(trials)]
        for record, epochs in zip(self.all, trials, strict=True):
            if folds:
                record["folds"] = [{"epochs": epochs}] * folds
        self.asked: list[int | None] = []

    def tune(self, epochs: int, seed: int, trials: int | None = None) -> None:
        self.asked.append(trials)

    def records(self) -> list[Record]:
        return self.all[: self.asked[-1] or 1] if self.asked else []


def test_the_budget_is_exceeded_by_less_than_one_trial(
    project: Callable[..., Searched],
) -> None:
    lengths = [10, 2, 3, 7, 10, 1, 1, 4, 10, 10, 5, 9, 10, 10, 10]
    search = project(trials=lengths)
    seen: list[int] = []
    note = spend(search, 10, 0, 60, lambda records: seen.append(len(records)))
    assert note is None
    # Six trials fit whatever they take; they took 33, so two more do, and so on.
    assert search.asked == seen == [6, 8, 10, 11]
    spent = sum(map(budget.epochs_of, search.records()))
    assert sum(lengths[:10]) < 60 <= spent == sum(lengths[:11]) < 60 + 10


def test_a_search_that_has_no_more_to_try_ends(
    project: Callable[..., Searched],
) -> None:
    search = project(trials=[1, 1, 1])
    assert spend(search, 10, 0, 60, lambda _: None) == (
        "the search space has no more to try"
    )
    assert search.asked[-1] is not None and len(search.asked) == 2


def test_manual_is_one_trial(project: Callable[..., Searched]) -> None:
    search = project("manual", trials=[4, 4])
    note = spend(search, 10, 0, 60, lambda _: None)
    assert note and note.startswith("one trial")
    assert search.asked == [None]


def test_folds_count_when_the_next_step_is_chosen(
    project: Callable[..., Searched],
) -> None:
    search = project("search_cv", "FOLDS = 3\n", trials=[10] * 9, folds=3)
    assert spend(search, 10, 0, 100, lambda _: None) is None
    assert search.asked == [3, 4]


def test_successive_halving_is_set_up_once(project: Callable[..., Searched]) -> None:
    source = "FOLDS = 3\nFACTOR = 3\n"
    search = project("search_cv", source, trials=[1] * 99, folds=3)
    note = spend(search, 15, 0, 300, lambda _: None)
    assert search.asked == [31]
    assert note == "successive halving, set up once for 31 trials"


@pytest.mark.parametrize(
    ("trials", "epochs", "spent"),
    [
        (1, 15, 15),
        (2, 15, 2 * 15),
        (3, 15, 3 * 5 + 15),
        (9, 15, 9 * 1 + 3 * 3 + 9),
        (31, 15, 31 * 1 + 11 * 3 + 4 * 9),
        (9, 2, 9 * 2),
        (27, 27, 4 * 27),
    ],
)
def test_what_successive_halving_takes(trials: int, epochs: int, spent: int) -> None:
    assert budget.epochs_of_halving(trials, epochs, 3) == spent


# The table and the chart.


def row(name: str, **keys: Any) -> results.Row:
    """A framework's row."""
    framework, _, algorithm = name.partition(":")
    entrant = Entrant(
        framework,
        algorithm or framework,
        Path(name),
        "mine",
        "standard",
        "val_accuracy",
    )
    records = [trial(0, 3, 0.5, skipped_layers=["pooling1"]), trial(1, 2, 0.7)]
    found = results.row(entrant, records)
    found.update(keys)  # type: ignore[typeddict-item]
    return found


def test_the_notes_say_what_the_table_cannot() -> None:
    rows = [row("a:x", note="one trial"), row("b:y", search_space="small", error="it")]
    rows[0]["best"] = {
        "trial": 1,
        "objective": {"name": "mean_test_accuracy", "value": 0.25},
        "scores": {"val_accuracy": 0.5},
    }
    assert results.notes(rows, "val_accuracy") == [
        "a:x: one trial",
        (
            "a:x: the search went by mean_test_accuracy, the mean over the folds "
            "(0.2500 for its best trial)"
        ),
        "a:x: the search space is standard",
        "b:y: it",
        "b:y: the search space is small",
    ]
    lines = results.table(rows, "val_accuracy").splitlines()
    assert "1 in 1 trial " in lines[2]
    assert " 0.5000 |" in lines[2] and " - |" in lines[2]  # it says nothing of a test


def test_the_same_rows_make_the_same_chart(tmp_path: Path) -> None:
    rows = [row(f"framework:{number}") for number in range(12)]
    for name in ("one.svg", "other.svg"):
        draw(rows, "val_accuracy", 5, tmp_path / name)
    assert (tmp_path / "one.svg").read_bytes() == (tmp_path / "other.svg").read_bytes()
    root = ET.parse(tmp_path / "one.svg").getroot()
    ids = [group.get("id") for group in root.iter(f"{SVG}g")]
    assert [name for name in ids if name and name.startswith("framework:")] == [
        one["name"] for one in rows
    ]


@pytest.mark.parametrize("monitor", ["val_accuracy", "val_loss"])
@pytest.mark.parametrize("scores", [[0.1, 0.999, 1.0], [0.5], [None, 0.0], [None], []])
@pytest.mark.filterwarnings("error")
def test_any_score_can_be_drawn(
    monitor: str, scores: list[float | None], tmp_path: Path
) -> None:
    points: list[results.Point] = [
        {"trial": number, "epochs": 3 * number + 3, "best": score}
        for number, score in enumerate(scores)
    ]
    draw([row("a:x", curve=points)], monitor, 9, tmp_path / "chart.svg")
    assert ET.parse(tmp_path / "chart.svg").getroot().tag == f"{SVG}svg"
    assert not re.search(r"\b(nan|inf)\b", (tmp_path / "chart.svg").read_text("utf-8"))
