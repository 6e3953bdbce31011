"""What a search shows while it runs: a line a trial, and a live one for the running trial."""

from types import TracebackType
from typing import Self

from rich import get_console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    TextColumn,
    TimeElapsedColumn,
)
from rich.progress import Progress as Bar

from .records import MONITOR, OBJECTIVE, Record, rank
from .watching import Watcher


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
        self.bar = Bar(
            MofNCompleteColumn(),
            TextColumn("trials"),
            BarColumn(bar_width=24),
            TimeElapsedColumn(),
            TextColumn("{task.description}"),
            transient=True,
            disable=not get_console().is_terminal,
        )
        self.task = self.bar.add_task("", total=trials, completed=len(records))

    def __enter__(self) -> Self:
        self.bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.bar.stop()

    def epoch(self, number: int, epoch: int, score: float) -> None:
        """Show how far the running trial is."""
        so_far = f", best {self.best['objective']['value']:.4f}" if self.best else ""
        self.bar.update(
            self.task,
            description=f"trial {number}, epoch {epoch}/{self.epochs}: "
            f"{MONITOR} {score:.4f}{so_far}",
        )

    def ended(self, record: Record) -> None:
        """Print a finished trial's line above the live one."""
        super().ended(record)
        self.records[record["number"]] = record
        self.best = best(self.records)
        mark = "  best so far" if self.best is record else ""
        self.bar.console.print(
            summary(record) + mark, markup=False, highlight=False, soft_wrap=True
        )
        self.bar.update(self.task, completed=len(self.records), description="")


def best(records: dict[int, Record]) -> Record | None:
    """The best complete trial."""
    ranked = rank(list(records.values()))
    return ranked[0] if ranked and ranked[0]["state"] == "complete" else None


def summary(record: Record) -> str:
    """A trial in one line."""
    head = f"trial {record['number']:4}  {record['state']:8}"
    if record["error"]:
        message = record["error"]["message"].strip().splitlines() or [""]
        return f"{head}  {record['error']['type']}: {message[0]}"
    left_out = ", ".join(record["skipped_layers"])
    return (
        f"{head}  {OBJECTIVE} {record['objective']['value']:.4f}"
        f" at epoch {record['best_epoch']} of {len(record['history']['loss'])}"
        f"  {record['duration_s']:.1f} s"
        + (f"  (without {left_out})" if left_out else "")
    )
