"""What a report's tables say, a row of texts a line."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

from .records import Record, Scalar

Rows = Sequence[Sequence[str]]

FEW = 5
"""So many values are listed; of more, where they begin and end."""
LONGEST = 600
"""So many characters of an error are shown."""
MOST_FAILURES = 50

NAMES = {
    "data": "data (SHA-256)",
    "search_space": "search space (SHA-256 of what model.py does)",
}
"""What keys of `study.json` are called, where the key does not say it."""


def params(record: Record) -> Rows:
    """A trial's hyperparameters."""
    return [[name, brief(value)] for name, value in record["params"].items()]


def metrics(record: Record) -> Rows:
    """All metrics of the model that was kept."""
    return [[name, brief(value)] for name, value in record["metrics"].items()]


def tried(records: list[Record]) -> Rows:
    """Each hyperparameter: how many trials had it, and which values they tried."""
    values = by_param(records)
    return [[name, f"{len(some):,}", spread(some)] for name, some in values.items()]


def layers_left_out(records: list[Record]) -> Rows:
    """Each layer that did not fit: how often, and what its hyperparameters were then."""
    found = defaultdict(list)
    for record in records:
        for layer in record["skipped_layers"]:
            found[layer].append(record)
    rows = []
    for layer, some in sorted(found.items(), key=lambda item: -len(item[1])):
        own = by_param(some, f"{layer}_")
        with_what = "; ".join(f"{name} {spread(own[name])}" for name in own)
        share = format(len(some) / len(records), ".0%")
        rows.append([layer, f"{len(some):,}", share, with_what])
    return rows


def failures(records: list[Record]) -> Rows:
    """Each error: its type, what it says, and in which trials it occurred."""
    trials = defaultdict(list)
    for record in records:
        if record["error"]:
            error = record["error"]["type"], record["error"]["message"]
            trials[error].append(str(record["number"]))
    common = sorted(trials.items(), key=lambda item: -len(item[1]))[:MOST_FAILURES]
    return [
        [kind, shortened(message), shortened(", ".join(numbers))]
        for (kind, message), numbers in common
    ]


def facts(description: dict[str, Any]) -> Rows:
    """What `study.json` says."""
    rows = []
    for key, value in description.items():
        if isinstance(value, dict):
            value = [f"{name} {detail}" for name, detail in value.items()]
        if isinstance(value, list):
            value = ", ".join(map(str, value))
        rows.append([NAMES.get(key, key.replace("_", " ")), shortened(str(value))])
    return rows


def by_param(records: list[Record], prefix: str = "") -> dict[str, list[Scalar]]:
    """The values of each hyperparameter whose name begins so."""
    values = defaultdict(list)
    for record in records:
        for name, value in record["params"].items():
            if name.startswith(prefix):
                values[name].append(value)
    return values


def spread(values: list[Scalar]) -> str:
    """Each value and how often it occurs, or where numbers begin and end."""
    counts = Counter(map(brief, values))
    tried = numbers(values)
    if len(counts) > FEW and tried:
        return f"{brief(min(tried))} to {brief(max(tried))}"
    listed = [f"{value} ({count})" for value, count in counts.most_common(FEW)]
    return ", ".join(listed + ["…"] * (len(counts) > FEW))


def numbers(values: list[Scalar]) -> list[int | float]:
    """The values, where all of them are numbers, and else none."""
    found = [
        value
        for value in values
        if isinstance(value, int | float) and not isinstance(value, bool)
    ]
    return found if len(found) == len(values) else []


def lasting(seconds: float) -> str:
    """A time, in the unit that suits it."""
    if seconds < 120:
        return f"{seconds:.1f} s"
    return f"{seconds / 60:.1f} min" if seconds < 7200 else f"{seconds / 3600:,.1f} h"


def brief(value: Scalar) -> str:
    """A value as a table has it."""
    return f"{value:.4g}" if isinstance(value, float) else shortened(str(value))


def shortened(text: str) -> str:
    """No more of a text than a table can have."""
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
