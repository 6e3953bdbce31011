"""What a report's tables say, a row of texts a line."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

from ..study import Record, Study
from ..study.cells import (
    Cell,
    by_param,
    cells,
    format_value,
    heads,
    numbers,
    param_cells,
    truncate,
)
from ..study.values import Value

Rows = Sequence[Sequence[str]]

MAX_LISTED = 5
"""So many values are listed; of more, where they begin and end."""
MAX_FAILURES = 50

NAMES = {"data": "data (SHA-256)", "sources": "sources (SHA-256)"}
"""What keys of `study.json` are called, where the key does not say it."""


def listed(values: dict[str, Value]) -> Rows:
    """List a trial's hyperparameters, or its metrics."""
    return [[name, format_value(value)] for name, value in values.items()]


def trial_heads(records: list[Record], objective: dict[str, str]) -> list[str]:
    """Name the columns of `trials`, the objectives with their directions."""
    goals = {objective["name"]: objective["direction"], "parameters": "minimize"}
    names = [*heads(objective["name"]), "started"]
    named = [f"{name} ({goals[name]})" if name in goals else name for name in names]
    return [*named, *by_param(records)]


def trials(records: list[Record]) -> list[list[Cell]]:
    """List all of each trial that can be sorted by."""
    names = [*by_param(records)]
    return [
        [
            *cells(record),
            Cell(record.started, record.started[:19].replace("T", " ")),
            *param_cells(record, names),
        ]
        for record in records
    ]


def command(study: Study, record: Record) -> str:
    """Return what rebuilds a trial, or shows it where it has left no model."""
    if record.objective.value is None:
        return study.command_line("show", str(record.number))
    again = [] if record.weights else ["--retrain"]
    return study.command_line("reconstruct", str(record.number), *again)


def tried(records: list[Record]) -> Rows:
    """List each hyperparameter: how many trials had it, and which values they tried."""
    values = by_param(records)
    return [
        [name, f"{len(some):,}", value_range(some)] for name, some in values.items()
    ]


def skipped_layers(records: list[Record]) -> Rows:
    """List each layer that did not fit: how often, and what its hyperparameters were then."""
    found = defaultdict(list)
    for record in records:
        for layer in record.skipped_layers:
            found[layer].append(record)
    rows = []
    for layer, some in sorted(found.items(), key=lambda item: -len(item[1])):
        own = by_param(some, f"{layer}_")
        with_what = "; ".join(f"{name} {value_range(own[name])}" for name in own)
        share = format(len(some) / len(records), ".0%")
        rows.append([layer, f"{len(some):,}", share, with_what])
    return rows


def failures(records: list[Record]) -> Rows:
    """List each error: its type, what it says, and in which trials it occurred."""
    trials = defaultdict(list)
    for record in records:
        if record.error:
            error = record.error.type, record.error.message
            trials[error].append(str(record.number))
    common = sorted(trials.items(), key=lambda item: -len(item[1]))[:MAX_FAILURES]
    return [
        [kind, truncate(message), truncate(", ".join(numbers))]
        for (kind, message), numbers in common
    ]


def tracebacks(records: list[Record]) -> Rows:
    """List where each error arose: the first trial that had it, and the traceback."""
    found: dict[tuple[str, str], Sequence[str]] = {}
    for record in records:
        if (error := record.error) and error.traceback:
            row = f"Trial {record.number}: {error.type}", error.traceback
            found.setdefault((error.type, error.message), row)
    return [*found.values()][:MAX_FAILURES]


def classes(description: dict[str, Any]) -> Rows:
    """List how many samples each part has of each class."""
    return [
        [name, *map(str, counts)] for name, counts in description["classes"].items()
    ]


def facts(description: dict[str, Any]) -> Rows:
    """List what `study.json` says."""
    rows = []
    for key, value in description.items():
        if isinstance(value, dict):
            value = [f"{name} {detail}" for name, detail in value.items()]
        if isinstance(value, list):
            value = ", ".join(map(str, value))
        rows.append([NAMES.get(key, key.replace("_", " ")), truncate(str(value))])
    return rows


def value_range(values: list[Value]) -> str:
    """List each value and how often it occurs, or where numbers begin and end."""
    counts = Counter(map(format_value, values))
    tried = numbers(values)
    if len(counts) > MAX_LISTED and tried:
        return f"{format_value(min(tried))} to {format_value(max(tried))}"
    listed = [f"{value} ({count})" for value, count in counts.most_common(MAX_LISTED)]
    return ", ".join(listed + ["…"] * (len(counts) > MAX_LISTED))
