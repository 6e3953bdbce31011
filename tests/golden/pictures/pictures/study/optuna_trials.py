"""Records as trials of Optuna's, whatever searched them."""

import warnings
from collections import defaultdict
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import msgspec
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from optuna.trial import FrozenTrial, TrialState, create_trial

from .record import Record, epochs, monitor
from .values import Value

FAR_APART = 20
"""The ratio of the highest to the lowest, from which on a scale is logarithmic."""

ENDS = {
    "complete": TrialState.COMPLETE,
    "pruned": TrialState.PRUNED,
    "failed": TrialState.FAIL,
}
"""A trial's state in the log, and what Optuna calls it."""

OWN_PLACE = {"state", "params", "objective", "history", "started", "duration_s"}
"""What of a record a trial of Optuna's has a place for; the rest becomes attributes."""


def to_trials(records: list[Record]) -> list[FrozenTrial]:
    """Return trials as Optuna has them, with ranges that are no wider than what they tried."""
    ranges = {name: infer(values) for name, values in by_param(records).items()}
    return [to_trial(record, ranges) for record in records]


def to_trial(record: Record, ranges: dict[str, BaseDistribution]) -> FrozenTrial:
    """Return a record as a trial, whose hyperparameters were drawn from these ranges."""
    watched = monitor(record.objective.name)
    trial = create_trial(
        state=ENDS[record.state],
        value=record.objective.value,
        params={name: in_json(value) for name, value in record.params.items()},
        distributions={name: ranges[name] for name in record.params},
        user_attrs={
            name: value
            for name, value in msgspec.to_builtins(record).items()
            if name not in OWN_PLACE
        },
        intermediate_values={
            epoch: value
            for epoch, value in zip(
                epochs(record), record.history.get(watched, []), strict=False
            )
            if value is not None
        },
    )
    with suppress(OverflowError):  # where no calendar has such a time
        # Optuna keeps the time here, without a zone.
        began = datetime.fromisoformat(record.started).astimezone()
        trial.datetime_start = began.replace(tzinfo=None)
        lasted = timedelta(seconds=record.duration_s)
        trial.datetime_complete = trial.datetime_start + lasted
    return trial


def infer(values: list[Value]) -> BaseDistribution:
    """Guess what these values were drawn from.

    Positive numbers that are far apart are taken for logarithmic.
    """
    tried = numbers(values)
    if not tried:
        with warnings.catch_warnings(action="ignore"):  # of lists
            choices = sorted(set(values), key=str)
            return CategoricalDistribution([in_json(value) for value in choices])
    low, high = min(tried), max(tried)
    log = 0 < FAR_APART * low <= high
    whole = all(isinstance(value, int) for value in tried)
    if whole and max(-low, high) < 2**53:  # Optuna counts in floats
        return IntDistribution(int(low), int(high), log=log)
    return FloatDistribution(low, high, log=log)


def in_json(value: Value) -> Any:
    """Return a list for a tuple, as Optuna's databases do."""
    return list(value) if isinstance(value, tuple) else value


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
