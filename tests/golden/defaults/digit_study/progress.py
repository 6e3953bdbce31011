"""What a search shows while it runs: a line a trial, and a live view of those that run."""

from types import TracebackType
from typing import Self

from rich import get_console
from rich.console import Group
from rich.live import Live
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.progress import Progress as Bar
from rich.text import Text

from .errors import first_line
from .records import MONITOR, OBJECTIVE, Record, rank
from .watching import Watcher

AN_HOUR = 3600.0
"""Seconds; the time that is left is judged by the trials of the last hour."""


class Progress(Watcher):
    """The display of one `tune`."""

    def __init__(self, records: list[Record], trials: int, epochs: int) -> None:
        """Begin with what is logged already.

        Args:
            records: The trials that are done.
            trials: How many there are to be.
            epochs: How many epochs a trial has at the most.
        """
        self.records = {record["number"]: record for record in records}
        self.best = best(self.records)
        self.epochs = epochs
        self.running: dict[int, str] = {}
        self.bar = Bar(
            MofNCompleteColumn(),
            TextColumn("trials"),
            BarColumn(bar_width=24),
            TimeElapsedColumn(),
            TextColumn("gone,"),
            TimeRemainingColumn(),
            TextColumn("left"),
            speed_estimate_period=AN_HOUR,
        )
        self.task = self.bar.add_task("", total=trials, completed=len(records))
        # Where it is not a terminal, a view that leaves nothing behind shows nothing.
        self.live = Live(
            get_renderable=self.view, console=get_console(), transient=True
        )

    def __enter__(self) -> Self:
        self.live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.live.stop()

    def view(self) -> Group:
        """How far the search is, each running trial, and the best so far."""
        lines = list(self.running.values())
        if self.best:
            score = self.best["objective"]["value"]
            lines.append(f"best: trial {self.best['number']}, {OBJECTIVE} {score:.4f}")
            lines.append(shown_params(self.best))
        if saved := epochs_saved(self.records, self.epochs):
            lines.append(f"pruning saved {saved} epochs")
        texts = (Text(line, no_wrap=True, overflow="ellipsis") for line in lines)
        return Group(self.bar, *texts)

    def epoch(self, number: int, epoch: int, score: float) -> None:
        """Show how far a running trial is."""
        self.running[number] = (
            f"trial {number}, epoch {epoch}/{self.epochs}: {MONITOR} {score:.4f}"
        )

    def ended(self, record: Record) -> None:
        """Print a finished trial's line above the live view."""
        super().ended(record)
        self.running.pop(record["number"], None)
        self.records[record["number"]] = record
        self.best = best(self.records)
        mark = "  best so far" if self.best is record else ""
        self.live.console.print(
            summary(record) + mark, markup=False, highlight=False, soft_wrap=True
        )
        self.bar.update(self.task, completed=len(self.records))


def shown_params(record: Record) -> str:
    """A trial's hyperparameters in one line."""
    return "  ".join(
        f"{name} {value:.4g}" if isinstance(value, float) else f"{name} {value}"
        for name, value in record["params"].items()
    )


def epochs_saved(records: dict[int, Record], epochs: int) -> int:
    """How many epochs pruned trials were not trained for."""
    pruned = (r for r in records.values() if r["state"] == "pruned")
    return sum(epochs - len(record["history"]["loss"]) for record in pruned)


def best(records: dict[int, Record]) -> Record | None:
    """The best complete trial."""
    ranked = rank(list(records.values()))
    return ranked[0] if ranked and ranked[0]["state"] == "complete" else None


def summary(record: Record) -> str:
    """A trial in one line."""
    head = f"trial {record['number']:4}  {record['state']:8}"
    if record["error"]:
        message = first_line(record["error"]["message"])
        return f"{head}  {record['error']['type']}: {message}"
    left_out = ", ".join(record["skipped_layers"])
    return (
        f"{head}  {OBJECTIVE} {record['objective']['value']:.4f}"
        f" at epoch {record['best_epoch']} of {len(record['history']['loss'])}"
        f"  {record['duration_s']:.1f} s"
        + (f"  (without {left_out})" if left_out else "")
    )
