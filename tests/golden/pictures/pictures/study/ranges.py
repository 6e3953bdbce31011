"""Which values a hyperparameter had, and what it was drawn from as far as they show."""

from collections import defaultdict
from typing import Any

from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)

from .record import Record
from .values import Value

FAR_APART = 20
"""The ratio of the highest to the lowest, from which on a scale is logarithmic."""


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


def infer(values: list[Value]) -> BaseDistribution:
    """Guess what these values were drawn from, and no wider range than they have.

    Positive numbers that are far apart are taken for logarithmic.
    """
    tried = numbers(values)
    if not tried:
        choices: list[Any] = sorted(set(values), key=str)
        return CategoricalDistribution(choices)
    low, high = min(tried), max(tried)
    log = 0 < FAR_APART * low <= high
    whole = all(isinstance(value, int) for value in tried)
    if whole and max(-low, high) < 2**53:  # Optuna counts in floats
        return IntDistribution(int(low), int(high), log=log)
    return FloatDistribution(low, high, log=log)
