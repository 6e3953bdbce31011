"""What hyperparameters were drawn from, as the records show."""

from typing import Any

from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)

from .cells import by_param, numbers
from .record import Record, Scale
from .values import Value

FAR_APART = 20
"""The ratio of the highest to the lowest, from which on a scale is logarithmic."""


def ranges(records: list[Record]) -> dict[str, BaseDistribution]:
    """Return what each hyperparameter was drawn from, no wider than what was tried."""
    scales: dict[str, Scale] = {}
    for record in records:
        scales |= record.scales
    found = by_param(records)
    return {name: infer(values, scales.get(name)) for name, values in found.items()}


def infer(values: list[Value], scale: Scale | None) -> BaseDistribution:
    """Return the range of some values.

    Without a scale, as where they come from a list of choices, positive numbers that are
    far apart are taken for logarithmic.
    """
    tried = numbers(values)
    if not tried:
        choices: list[Any] = sorted(set(values), key=str)
        return CategoricalDistribution(choices)
    low, high = min(tried), max(tried)
    far_apart = FAR_APART * low <= high
    log = low > 0 and (scale == "log" or (scale is None and far_apart))
    whole = all(isinstance(value, int) for value in tried)
    if whole and max(-low, high) < 2**53:  # Optuna counts in floats
        return IntDistribution(int(low), int(high), log=log)
    return FloatDistribution(low, high, log=log)
