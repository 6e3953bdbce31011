"""What a hyperparameter was drawn from, as far as its values show."""

from typing import Any

from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)

from .cells import numbers
from .values import Value

FAR_APART = 20
"""The ratio of the highest to the lowest, from which on a scale is logarithmic."""


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
