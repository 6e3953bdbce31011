"""What the commands `trials`, `show`, `studies` and `compare` say of studies that are there."""

import contextlib
import io
import json
import os
import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from tests.conftest import Render
from tests.hostile import refused
from tests.invented_studies import Invented
from tests.rendering import Project, Ran

HEADS = ["trial", "state", "val_accuracy", "epoch", "parameters", "duration"]


@pytest.fixture(scope="module")
def project(render: Render) -> Project:
    """A project with a trained trial."""
    answers = {"search_space": "small", "layer_types": ["dense"]}
    project = render(package_name="listed", **answers)
    assert project.run("tune", "--epochs", "1", "--trials", "1").status == 0
    return project


@pytest.fixture
def invented(project: Project, tmp_path: Path) -> Invented:
    """A study of three trials that are complete, and one that failed."""
    study = Invented(project, tmp_path)
    scores, sizes, times = [0.5, 0.25, 0.75], [900, 10_000, 20], [70.0, 8.0, 600.0]
    kinds, rates = ["relu", "elu", "gelu"], [1e-5, 0.5, 0.0625]
    for number in range(3):
        study.add(
            number,
            objective=study.scored(scores[number]),
            parameter_count=sizes[number],
            duration_s=times[number],
            params={"rate": rates[number], "kind": kinds[number]},
        )
    failed = study.failed("ValueError", "no\nsuch")
    failed["error"]["traceback"] = 'File "model.py", line 3\n\x1b[2JValueError: no'
    study.add(3, params={}, parameter_count=None, duration_s=9.0, **failed)
    return study


@pytest.fixture
def run(invented: Invented) -> Callable[..., Ran]:
    """Run a command on the folder of the invented study."""

    def run(*words: str) -> Ran:
        out, err = io.StringIO(), io.StringIO()
        main = invented.project.load("__main__").main
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            status = main([*words, "--runs", str(invented.log.parents[1])])
        return Ran(status, out.getvalue(), err.getvalue())

    return run


def table(ran: Ran) -> tuple[list[str], list[list[str]]]:
    """The head and the rows of what was printed in columns."""
    assert (ran.status, ran.err) == (0, "")
    head, *rows = (
        [cell.strip() for cell in line.split("  ") if cell.strip()]
        for line in ran.out.splitlines()
    )
    return head, rows


@pytest.mark.parametrize(
    ("column", "numbers"),
    [
        ("score", "2013"),
        ("val_accuracy", "2013"),
        ("number", "0123"),
        ("trial", "0123"),
        ("duration", "1302"),
        ("parameters", "2013"),
        ("rate", "0213"),
        ("kind", "1203"),
        ("state", "2013"),
    ],
)
def test_trials_are_sorted_by_any_column(
    run: Callable[..., Ran], column: str, numbers: str
) -> None:
    head, rows = table(run("trials", "--study", "a", "--sort", column))
    assert head[:6] == HEADS
    assert "".join(row[0] for row in rows) == numbers
    ran = run("trials", "--study", "a", "--sort", column, "--limit", "2", "--json")
    assert [str(one["number"]) for one in json.loads(ran.out)] == [*numbers[:2]]


def test_hyperparameters_are_columns_where_they_are_asked_for(
    run: Callable[..., Ran],
) -> None:
    head, rows = table(run("trials", "--study", "a"))
    assert head == [*HEADS, "weights", "skipped"] and len(rows) == 4
    head, rows = table(run("trials", "--study", "a", "--params", "--limit", "3"))
    assert head[-2:] == ["rate", "kind"]
    assert [row[-2:] for row in rows] == [
        ["0.0625", "gelu"],
        ["1e-05", "relu"],
        ["0.5", "elu"],
    ]


@pytest.mark.parametrize(
    ("words", "named"),
    [
        ("trials --study a --sort rat", "did you mean rate"),
        ("trials --study a --sort parameter", "did you mean parameters"),
        ("trials --study a --sort xyz", "rate, kind"),
        ("trials --study a --limit 0", "--limit"),
        ("show 7 --study a", "no trial 7"),
        ("show worst --study a", "worst"),
        ("show best --study b", "(found: a)"),
        ("show 0 1 --study a", "1"),
        ("compare a", "names"),
        ("compare a b", "(found: a)"),
        ("compare a ../a", "'../a'"),
        ("studies extra", "extra"),
    ],
)
def test_a_mistake_is_one_line(run: Callable[..., Ran], words: str, named: str) -> None:
    refused(run(*words.split()), named)


def test_one_trial_is_shown_whole(invented: Invented, run: Callable[..., Ran]) -> None:
    best, two = run("show", "--study", "a"), run("show", "2", "--study", "a")
    assert best == two and best.status == 0
    lines = [line.split(maxsplit=1) for line in best.out.splitlines() if line]
    said = {name: rest for name, *rest in lines}
    assert said["trial"] == ["2"] and said["state"] == ["complete"]
    assert said["rate"] == ["0.0625"] and said["kind"] == ["gelu"]
    assert said["started"] == [invented.real["started"]]
    assert said["duration"] == ["10.0 min"] and said["weights"] == ["lost"]
    for name, value in invented.real["metrics"].items():
        if name != "val_accuracy":  # which stands there as the score, too
            assert said[name] == [str(value)]


def test_a_failed_trial_is_shown_with_its_traceback(run: Callable[..., Ran]) -> None:
    ran = run("show", "3", "--study", "a")
    assert ran.status == 0
    assert ran.out.splitlines()[-2:] == [
        'File "model.py", line 3',
        r"\x1b[2JValueError: no",
    ]


def test_weights_are_named_by_their_file(project: Project) -> None:
    path = project.root / "runs" / "default" / "trials" / "trial_0000.weights.h5"
    assert path.is_file() and str(path) in project.run("show", "best").out


def test_studies_are_listed_with_what_they_have(
    invented: Invented, run: Callable[..., Ran]
) -> None:
    folder = invented.log.parents[1]
    for name in ("b", "a copy of it"):
        shutil.copytree(folder / "a", folder / name)
    for path in (folder / "b" / "trials").glob("trial_000[0-2].json"):
        path.unlink()
    (folder / "notes.txt").write_text("")
    os.utime(folder / "b" / "trials", (0, 10**9))
    head, rows = table(run("studies"))
    assert head == ["study", "complete", "pruned", "failed", "best", "last written"]
    written = datetime.fromtimestamp(invented.log.stat().st_mtime)
    then = datetime.fromtimestamp(10**9)
    assert rows == [
        [
            "a",
            "3",
            "0",
            "1",
            "val_accuracy 0.75 (trial 2)",
            f"{written:%Y-%m-%d %H:%M}",
        ],
        ["b", "0", "0", "1", "-", f"{then:%Y-%m-%d %H:%M}"],
    ]


def test_a_folder_without_a_study_is_named(
    project: Project, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert project.load("__main__").main(["studies", "--runs", str(tmp_path)]) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert str(tmp_path) in line and "`tune`" in line


def test_two_studies_are_compared_by_what_differs(
    invented: Invented, run: Callable[..., Ran]
) -> None:
    folder = invented.log.parents[1]
    shutil.copytree(folder / "a", folder / "b")
    assert run("compare", "a", "b") == Ran(0, "They do not differ.\n", "")
    path = folder / "b" / "study.json"
    study = json.loads(path.read_text())
    data = study["data"]
    study |= {"data": "0" * 64, "epochs": 7}
    study["sources"]["model.py"] = "1" * 64
    path.write_text(json.dumps(study))
    (folder / "b" / "trials" / "trial_0002.json").unlink()
    head, rows = table(run("compare", "a", "b"))
    assert head == ["a", "b"]
    said = {name: values for name, *values in rows}
    assert said.pop("data") == [data[:12], "0" * 12]
    assert said.pop("epochs") == ["1", "7"]
    assert said.pop("sources model.py")[1] == "1" * 12
    assert said.pop("complete trials") == ["3", "2"]
    assert said.pop("best") == [
        f"val_accuracy {s} (trial {n})" for s, n in ((0.75, 2), (0.5, 0))
    ]
    assert said.pop("trained for") == ["11.4 min", "87.0 s"]
    assert said == {"kind tried": ["elu, gelu, relu", "elu, relu"]}  # rates end alike
