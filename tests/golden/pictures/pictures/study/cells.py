"""What tables say of trials, on the command line and in the report."""

from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from .record import Record, epochs
from .values import Value

MAX_TEXT = 600
"""So many characters of a text are shown."""


class Cell(NamedTuple):
    """A value to sort by, and how it is written."""

    value: Value
    text: str


def heads(objective: str) -> list[str]:
    """Name what `cells` returns."""
    names = "epoch", "parameters", "duration", "weights", "skipped"
    return ["trial", "state", objective, *names]


def cells(record: Record) -> list[Cell]:
    """Return what a table has of a trial, but for its hyperparameters."""
    score, size = record.objective.value, record.parameter_count
    weights = "yes" if record.weights else "no"
    skipped = truncate(", ".join(record.skipped_layers)) or "-"
    return [
        Cell(record.number, str(record.number)),
        Cell(record.state, record.state),
        Cell(score, "-" if score is None else format_value(score)),
        Cell(record.best_epoch, f"{record.best_epoch or '-'} of {len(epochs(record))}"),
        Cell(size, "-" if size is None else f"{size:,}"),
        Cell(record.duration_s, format_duration(record.duration_s)),
        Cell(weights, weights),
        Cell(skipped, skipped),
    ]


def param_cells(record: Record, names: Iterable[str]) -> list[Cell]:
    """Return a trial's hyperparameters of these names, of which it may lack some."""
    found = {name: Cell(v, format_value(v)) for name, v in record.params.items()}
    return [found.get(name, Cell(None, "-")) for name in names]


def order(value: Value) -> tuple[int, float, str]:
    """Return what sorts values of all types: numbers first, then texts, then none."""
    if isinstance(value, int | float):
        return 0, value, ""
    return (2, 0, "") if value is None else (1, 0, str(value))


def metrics(record: Record) -> dict[str, Value]:
    """Return a trial's metrics at its best epoch."""
    return {**record.metrics}


def by_param(records: list[Record], prefix: str = "") -> dict[str, list[Value]]:
    """Collect the values of each hyperparameter whose name begins so."""
    values = defaultdict(list)
    for record in records:
        for name, value in record.params.items():
            if name.startswith(prefix):
                values[name].append(value)
    return values


def numbers(values: list[Value]) -> list[int | float]:
    """Return the values, where all of them are numbers, and else none."""
    found = [
        value
        for value in values
        if isinstance(value, int | float) and not isinstance(value, bool)
    ]
    return found if len(found) == len(values) else []


def format_duration(seconds: float) -> str:
    """Write a time in the unit that suits it."""
    if seconds < 120:
        return f"{seconds:.1f} s"
    return f"{seconds / 60:.1f} min" if seconds < 7200 else f"{seconds / 3600:,.1f} h"


def format_value(value: Value) -> str:
    """Write a value as a table has it."""
    return f"{value:.4g}" if isinstance(value, float) else truncate(str(value))


def truncate(text: str) -> str:
    """Keep no more of a text than a table can have."""
    return text if len(text) <= MAX_TEXT else f"{text[:MAX_TEXT]}…"
