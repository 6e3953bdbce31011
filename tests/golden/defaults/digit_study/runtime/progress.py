"""What a search shows while it runs: a line a trial, and a live view of those that run.

All of it is read from the trial log, whoever writes that.
"""

from collections.abc import Mapping
from textwrap import shorten
from typing import Any

from rich import get_console, progress
from rich.console import Group
from rich.live import Live
from rich.text import Text

from ..errors import first_line, printable
from ..inspect_data import describe
from ..study import MONITOR, Budget, Record, Study, TrialLog, ranked
from ..study.running import LogFollower, Running, running_files

WIDE = 60
"""Columns of a terminal; a narrower one does not show the time that has gone."""

AN_HOUR = 3600.0
"""Seconds; the time that is left is judged by the trials of the last hour."""


class Progress(LogFollower):
    """The display of one `tune`."""

    def __init__(self, study: Study, log: TrialLog, budget: Budget) -> None:
        """Begin with what is logged already."""
        super().__init__(log)
        self.study = None if study.exists else study  # of which nothing was said yet
        self.epochs = budget.epochs
        self.has_begun = False
        self.console = get_console()
        gone: list[progress.ProgressColumn | str] = [
            progress.TimeElapsedColumn(),
            "gone,",
        ]
        self.bar = progress.Progress(
            progress.MofNCompleteColumn(),
            "trials",
            progress.BarColumn(None),
            *(gone if self.console.width >= WIDE else []),
            progress.TimeRemainingColumn(),
            "left",
            speed_estimate_period=AN_HOUR,
        )
        self.task = self.bar.add_task("", total=budget.trials, completed=self.done())
        # Where it is not a terminal, a view that leaves nothing behind shows nothing.
        self.live = Live(get_renderable=self.view, transient=True)

    def follow(self) -> None:
        with self.live:
            super().follow()

    def look(self) -> None:
        if self.study and self.study.path.exists():
            for line in describe(self.study.describe()):
                self.print(printable(line))
            self.study = None
        super().look()

    def print(self, line: str) -> None:
        """Print a line above the live view."""
        whole = not self.console.is_terminal  # which breaks lines within words
        self.console.print(line, markup=False, highlight=False, soft_wrap=whole)

    def view(self) -> Group:
        """Draw how far the search is, each running trial, and the best so far."""
        files = running_files(self.log.folder)
        trials = [trial for file in files if (trial := file.read()) and trial.begun]
        self.has_begun = self.has_begun or bool(trials)
        lines = [] if self.has_begun else ["loading TensorFlow and the data"]
        for trial in trials:
            lines += [format_running(trial), format_params(trial.params)]
        if best := self.best():
            lines += [f"best: trial {best.number}, {format_score(best)}"]
            lines += [format_params(best.params)]
        records = [*self.records.values()]  # a copy, for the log grows meanwhile
        pruned = [record for record in records if record.state == "pruned"]
        if saved := sum(self.epochs - len(r.history.get("loss", [])) for r in pruned):
            lines += [f"pruning saved {saved} epochs"]
        cut = [
            shorten(line, self.console.width, placeholder=" …", break_on_hyphens=False)
            for line in lines
            if line
        ]
        return Group(self.bar, Text("\n".join(cut), no_wrap=True, overflow="ellipsis"))

    def on_trial_end(self, record: Record) -> None:
        self.has_begun = True
        mark = "  best so far" if self.best() is record else ""
        self.print(summarise(record) + mark)
        self.bar.update(self.task, completed=self.done())

    def done(self) -> int:
        """Return how many trials have ended."""
        return len(self.records)

    def best(self) -> Record | None:
        """Return the best complete trial."""
        first = next(iter(ranked([*self.records.values()])), None)
        return first if first and first.state == "complete" else None


def format_running(trial: Running) -> str:
    """Write which epoch a trial is in, if it has begun one, and its last score."""
    text = f"trial {trial.number}"
    if trial.epochs:
        text += f": epoch {trial.epoch + 1}/{trial.epochs}"
    return text if trial.score is None else f"{text}, {MONITOR} {trial.score:.4f}"


def format_params(params: Mapping[str, Any]) -> str:
    """Write hyperparameters in one line, the learning rate first."""
    return " ".join(
        f"{name}={value:.4g}" if isinstance(value, float) else f"{name}={value}"
        for name, value in sorted(
            params.items(), key=lambda item: item[0] != "learning_rate"
        )
    )


def format_score(record: Record) -> str:
    """Write a trial's score, with its name."""
    return f"{record.objective.name} {record.objective.value:.4f}"


def summarise(record: Record) -> str:
    """Write a trial in one line."""
    head = f"trial {record.number:4}  {record.state:8}"
    if record.error:
        message = first_line(record.error.message)
        return f"{head}  {record.error.type}: {message}"
    if record.objective.value is None:
        return f"{head}  {record.weights_note}"
    skipped = ", ".join(record.skipped_layers)
    return (
        f"{head}  {format_score(record)}"
        f" at epoch {record.best_epoch} of {len(record.history['loss'])}"
        f"  {record.duration_s:.1f} s" + (f"  (without {skipped})" if skipped else "")
    )
