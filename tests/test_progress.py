"""The display of a search on a terminal; elsewhere it is but a line a trial."""

from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import rich
from rich.console import Console
from rich.text import Text

from tests.conftest import Render
from tests.processes import start
from tests.rendering import Project
from tests.torture.victims import TINY


@pytest.fixture
def terminal() -> Iterator[StringIO]:
    """Keep what is written to a terminal of 100 columns."""
    written = StringIO()
    before = Console()
    before.__dict__ = rich.get_console().__dict__
    rich.reconfigure(file=written, force_terminal=True, width=100, _environ={})
    yield written
    rich.get_console().__dict__ = before.__dict__


@pytest.fixture
def project(render: Render) -> Project:
    """Render a project whose trials are seldom pruned."""
    return render(search_space="small", algorithm="random", pruner="median")


def text_of(view: object) -> str:
    """Return the text of a view, in a wide terminal."""
    console = Console(file=StringIO(), width=400, _environ={})
    with console.capture() as captured:
        console.print(view)
    return captured.get()


def test_the_view_has_the_best_the_running_and_what_is_left(
    project: Project, terminal: StringIO, tmp_path: Path
) -> None:
    assert project.run("tune", "--trials", "3", "--epochs", "2").status == 0
    live = Text.from_ansi(terminal.getvalue()).plain
    assert "best: trial" in live
    assert "3/3 trials" in live
    first, second, third = project.records()
    pruned = second | {"state": "pruned", "best_epoch": 1}
    pruned["history"] = {name: values[:1] for name, values in second["history"].items()}
    study = project.load("study")
    log = study.TrialLog(tmp_path)
    log.write(project.record(first))
    progress = project.load("runtime.progress").Progress(
        study.Study(tmp_path, "a"), log, study.Budget(4, 5, 0)
    )
    log.write(project.record(pruned))
    progress.look()
    names = [tmp_path / f"running_{worker}.json" for worker in range(2)]
    running = [project.load("study.running").RunningFile(name) for name in names]
    for file, number, epoch, score in zip(
        running, [2, 3], [3, 1], [0.25, 0.125], strict=True
    ):
        file.begin(number, {"units": 8, "learning_rate": 0.5})
        file.update(epoch=epoch, epochs=5, score=score)
    lines = [line.rstrip() for line in text_of(progress.view()).splitlines()]
    assert lines[0].split()[:2] == ["2/4", "trials"]
    assert lines[1:5] == [
        "trial 2: epoch 4/5, val_accuracy 0.2500",
        "learning_rate=0.5 units=8",
        "trial 3: epoch 2/5, val_accuracy 0.1250",
        "learning_rate=0.5 units=8",
    ]
    score = first["objective"]["value"]
    assert lines[5] == f"best: trial 0, val_accuracy {score:.4f}"
    params = dict(pair.split("=") for pair in lines[6].split(" ") if "=" in pair)
    assert next(iter(params)) == "learning_rate"
    assert float(params["learning_rate"]) == pytest.approx(
        first["params"]["learning_rate"], rel=1e-3
    )
    assert lines[7:] == ["pruning saved 4 epochs"]
    running[0].clear()
    log.write(project.record(third))
    progress.look()
    shown = text_of(progress.view())
    assert "3/4 trials" in shown and "trial 2, epoch" not in shown


def test_what_runs_is_named_before_its_first_epoch_has_ended(
    project: Project, terminal: StringIO, tmp_path: Path
) -> None:
    study = project.load("study")
    log = study.TrialLog(tmp_path)
    shown = project.load("runtime.progress").Progress(
        study.Study(tmp_path, "a"), log, study.Budget(4, 5, 0)
    )
    assert text_of(shown.view()).splitlines()[1:] == ["loading TensorFlow and the data"]
    log.running.begin(3, {"learning_rate": 0.5})
    lines = ["trial 3", "learning_rate=0.5"]
    assert text_of(shown.view()).splitlines()[1:] == lines
    log.running.update(epochs=4)
    lines[0] = "trial 3: epoch 1/4"
    assert text_of(shown.view()).splitlines()[1:] == lines
    log.running.clear()
    assert text_of(shown.view()).splitlines()[1:] == [""]


def test_a_trial_says_how_far_it_is_as_each_epoch_begins(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = []
    running = project.load("study.running").RunningFile
    update = running.update

    def note(self: Any, **changes: Any) -> None:
        update(self, **changes)
        said.append(self.read())

    with monkeypatch.context() as patch:
        patch.setattr(running, "update", note)
        words = ("--study", "noted", "--trials", "1", "--epochs", "2")
        assert project.run("tune", *words).status == 0
    [record] = project.records("noted")
    assert [(each.epoch, each.epochs) for each in said] == [(0, 2), (1, 2)]
    assert [each.score for each in said] == [None, record["history"]["val_accuracy"][0]]
    assert all(each.params == record["params"] for each in said)


@pytest.mark.parametrize("columns", [80, 40])
def test_a_narrow_terminal_shows_whole_words(
    columns: int, project: Project, terminal: StringIO, tmp_path: Path
) -> None:
    rich.reconfigure(file=terminal, force_terminal=True, width=columns, _environ={})
    study = project.load("study")
    log = study.TrialLog(tmp_path)
    shown = project.load("runtime.progress").Progress(
        study.Study(tmp_path, "a"), log, study.Budget(300, 5, 0)
    )
    params = {f"conv{block}_filters": 16 for block in range(9)}
    log.running.begin(3, params | {"learning_rate": 1e-5})
    with rich.get_console().capture() as captured:
        rich.get_console().print(shown.view())
    lines = Text.from_ansi(captured.get()).plain.splitlines()
    assert all(len(line) <= columns for line in lines) and len(lines) == 3
    assert "0/300 trials" in lines[0] and lines[0].endswith("-:--:-- left")
    values = [f"{name}={value}" for name, value in params.items()]
    *words, dots = lines[2].split(" ")
    assert words == ["learning_rate=1e-05", *values[: len(words) - 1]] and dots == "…"
    shown.print("word " * 40)
    assert {*Text.from_ansi(terminal.getvalue()).plain.split()} == {"word"}


def test_halving_counts_what_each_rung_has_to_do(
    render: Render, terminal: StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = render(
        package_name="rungs",
        framework="search_cv",
        algorithm="halving_random",
        layer_types=["dense"],
        **TINY,
    )
    module, views = project.load("runtime.progress"), []
    trial_log = project.load("study.log").TrialLog
    add = trial_log.add

    def note(log: Any, record: Any) -> None:
        views.append(text_of(watching[0].view()).splitlines()[:2])
        add(log, record)

    watching: list[Any] = []
    enter = module.Progress.__enter__

    def watch(self: Any) -> Any:
        watching.append(self)
        return enter(self)

    monkeypatch.setattr(module.Progress, "__enter__", watch)
    monkeypatch.setattr(trial_log, "add", note)
    assert project.run("tune", "--trials", "4", "--epochs", "3").status == 0
    assert [rung for _, rung in views] == ["rung 1 of 2"] * 4 + ["rung 2 of 2"] * 2
    assert all("/6 evaluations" in bar for bar, _ in views)
    assert not any("0:00:00 left" in bar for bar, _ in views)
    live = Text.from_ansi(terminal.getvalue()).plain
    ended = [line.split() for line in live.splitlines() if " at epoch " in line]
    states = [" ".join(words[2:4]) for words in ended]
    assert states[:4] == ["rung 1"] * 4
    assert all(state.startswith("complete") for state in states[4:])
    assert "6/6 evaluations" in live


def test_elsewhere_there_is_a_line_a_trial(project: Project) -> None:
    tuned = project.run("tune", "--trials", "2", "--epochs", "1")
    shown = [line for line in tuned.out.splitlines() if line.startswith("trial ")]
    assert [line.split()[:3] for line in shown] == [
        ["trial", "0", "complete"],
        ["trial", "1", "complete"],
    ]
    assert "\x1b" not in tuned.out + tuned.err


def test_a_silent_search_over_few_batches_says_nothing(render: Render) -> None:
    """Run seven: after five TensorFlow would warn, for each model's steps are traced again."""
    project = render(
        package_name="wordless",
        framework="sampler",
        verbosity="silent",
        layer_types=["dense"],
        **{**TINY, "batch_size": [1024]},
    )
    process = start(project, "tune", "--trials", "7", "--epochs", "1")
    assert (process.communicate(), process.returncode) == (("", ""), 0)
    assert len(project.records()) == 7
