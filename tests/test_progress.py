"""The display of a search on a terminal; elsewhere it is but a line a trial."""

from collections.abc import Iterator
from io import StringIO
from pathlib import Path

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
        file.begin(number, {})
        file.update(epoch=epoch, score=score)
    lines = [line.rstrip() for line in text_of(progress.view()).splitlines()]
    assert lines[0].split()[:2] == ["2/4", "trials"]
    assert lines[1:3] == [
        "trial 2, epoch 3/5: val_accuracy 0.2500",
        "trial 3, epoch 1/5: val_accuracy 0.1250",
    ]
    score = first["objective"]["value"]
    assert lines[3] == f"best: trial 0, val_accuracy {score:.4f}"
    params = dict(pair.rsplit(" ", 1) for pair in lines[4].split("  "))
    assert params.keys() == first["params"].keys()
    assert float(params["learning_rate"]) == pytest.approx(
        first["params"]["learning_rate"], rel=1e-3
    )
    assert lines[5:] == ["pruning saved 4 epochs"]
    running[0].clear()
    log.write(project.record(third))
    progress.look()
    shown = text_of(progress.view())
    assert "3/4 trials" in shown and "trial 2, epoch" not in shown


def test_elsewhere_there_is_a_line_a_trial(project: Project) -> None:
    tuned = project.run("tune", "--trials", "2", "--epochs", "1")
    shown = [line for line in tuned.out.splitlines() if line.startswith("trial ")]
    assert [line.split()[:3] for line in shown] == [
        ["trial", "0", "complete"],
        ["trial", "1", "complete"],
    ]
    assert "\x1b" not in tuned.out + tuned.err


def test_a_silent_search_over_few_batches_says_nothing(render: Render) -> None:
    """Run seven: after five TensorFlow would warn, for each model's steps are traced anew."""
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
