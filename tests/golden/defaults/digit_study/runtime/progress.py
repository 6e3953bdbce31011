"""What a search shows while it runs: a line a trial, and a live view of those that run.

All of it is read from the trial log, whoever writes that.
"""

from rich import progress
from rich.console import Group
from rich.live import Live
from rich.text import Text

from ..errors import first_line, printable
from ..inspect_data import describe
from ..study import MONITOR, Budget, Record, Study, TrialLog, ranked
from ..study.running import LogFollower, running_files

AN_HOUR = 3600.0
"""Seconds; the time that is left is judged by the trials of the last hour."""


class Progress(LogFollower):
    """The display of one `tune`."""

    def __init__(self, study: Study, log: TrialLog, budget: Budget) -> None:
        """Begin with what is logged already."""
        super().__init__(log)
        self.study = None if study.exists else study  # of which nothing was said yet
        self.epochs = budget.epochs
        self.bar = progress.Progress(
            progress.MofNCompleteColumn(),
            "trials",
            progress.BarColumn(),
            progress.TimeElapsedColumn(),
            "gone,",
            progress.TimeRemainingColumn(),
            "left",
            speed_estimate_period=AN_HOUR,
        )
        done = len(self.records)
        self.task = self.bar.add_task("", total=budget.trials, completed=done)
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
        self.live.console.print(line, markup=False, highlight=False, soft_wrap=True)

    def view(self) -> Group:
        """Draw how far the search is, each running trial, and the best so far."""
        lines = [
            f"trial {running.number}, epoch {running.epoch}/{self.epochs}: "
            f"{MONITOR} {running.score:.4f}"
            for file in running_files(self.log.folder)
            if (running := file.read()) and running.score is not None
        ]
        if best := self.best():
            lines += [f"best: trial {best.number}, {format_score(best)}"]
            lines += [format_params(best)]
        records = [*self.records.values()]  # a copy, for the log grows meanwhile
        pruned = [record for record in records if record.state == "pruned"]
        if saved := sum(self.epochs - len(r.history.get("loss", [])) for r in pruned):
            lines += [f"pruning saved {saved} epochs"]
        text = Text("\n".join(lines), no_wrap=True, overflow="ellipsis")
        return Group(self.bar, text)

    def on_trial_end(self, record: Record) -> None:
        mark = "  best so far" if self.best() is record else ""
        self.print(summarise(record) + mark)
        self.bar.update(self.task, completed=len(self.records))

    def best(self) -> Record | None:
        """Return the best complete trial."""
        first = next(iter(ranked([*self.records.values()])), None)
        return first if first and first.state == "complete" else None


def format_params(record: Record) -> str:
    """Write a trial's hyperparameters in one line."""
    return "  ".join(
        f"{name} {value:.4g}" if isinstance(value, float) else f"{name} {value}"
        for name, value in record.params.items()
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
