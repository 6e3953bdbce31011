"""The comparison: the same search by several frameworks, in one table and one chart."""

import contextlib
import importlib.metadata
import io
import json
import re
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from tunewright.__main__ import main
from tunewright.comparison import packages, running
from tunewright.comparison.entrants import Choice, generate
from tunewright.errors import StepFailed

from tests.commands import Run, answers_of, refused
from tests.processes import Forked
from tests.rendering import Ran

Record = dict[str, Any]
SVG = "{http://www.w3.org/2000/svg}"


# A real comparison, and what it wrote.


class Compared:
    """A comparison that was run once for all tests."""

    def __init__(self, folder: Path, ran: Ran) -> None:
        self.folder = folder
        self.ran = ran

    def about(self) -> Any:
        return json.loads((self.folder / "comparison.json").read_text("utf-8"))

    def row(self, name: str) -> Any:
        (row,) = (row for row in self.about()["rows"] if row["name"] == name)
        return row

    def records(self, project: str) -> list[Record]:
        files = sorted(self.folder.glob(f"{project}/runs/default/trials/trial_*.json"))
        return [json.loads(file.read_text("utf-8")) for file in files]


NAMES = {"sampler": "sampler:random", "optuna": "optuna:tpe"}
"""Each project, and what it is called."""


@pytest.fixture(scope="module")
def compared(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Compared:
    here = tmp_path_factory.mktemp("compared")
    words = ["compare", "--frameworks", *NAMES, "--trials", "2", "--epochs", "1"]
    words += ["--seed", "3", "-d", "pruner=none", "-d", "project_name=Mine"]
    words += ["-d", "layer_types=[dense]"]
    out, err = io.StringIO(), io.StringIO()
    with (
        contextlib.chdir(here),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setattr(running, "subprocess", Forked)
        status = main([*words, "--template", str(template)])
    ran = Ran(status, out.getvalue(), err.getvalue())
    assert status == 0, ran
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
    assert "\n".join(lines) in compared.ran.out
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
        assert len(re.findall(line, compared.ran.out, re.MULTILINE)) == 1
    assert "\r" not in compared.ran.out
    assert compared.ran.err == ""


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
        (("-d", "pruner=none", "-d", "objective=f2"), ("objective",)),
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
    monkeypatch.setattr(running, "subprocess", Forked)
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


@pytest.mark.matrix
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
    words = ["-d", "trials=7", "-d", "epochs=2", "-d", "search_space=small"]
    words += ["-d", "algorithm=random"]
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
