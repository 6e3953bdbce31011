"""The records as trials of Optuna's, whatever searched them."""

import sqlite3
import warnings
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import optuna
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from optuna.storages import RDBStorage
from optuna.trial import FrozenTrial, TrialState, create_trial

from .files import move_into_place
from .records import DIRECTION, MONITOR, OBJECTIVE, Record, Scalar, epochs
from .study import Study
from .summaries import by_param, numbers
from .trials import TrialLog

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


def write_database(study: Study, path: Path) -> int:
    """Write the study as an SQLite database of Optuna's, whole or not at all.

    https://optuna.readthedocs.io/en/stable/reference/generated/optuna.storages.RDBStorage.html

    Returns:
        How many trials it has.
    """
    records = TrialLog(study.trials_folder).read_all()
    beside = path.with_name(f".{path.name}.new")
    beside.unlink(missing_ok=True)
    try:
        # A URL would misread some names of folders.
        creator = {"creator": partial(connect, beside)}
        storage = RDBStorage("sqlite:///study.db", engine_kwargs=creator)
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        exported = optuna.create_study(
            storage=storage,
            study_name=study.name,
            direction=DIRECTION,
        )
        with warnings.catch_warnings(action="ignore"):  # that this may change
            exported.set_metric_names([OBJECTIVE])
        for name, value in study.describe().items():
            exported.set_user_attr(name, value)
        exported.add_trials(to_trials(records))
        storage.engine.dispose()
        move_into_place(beside, path)
    finally:
        beside.unlink(missing_ok=True)
    return len(records)


def connect(path: Path) -> sqlite3.Connection:
    """Open a file that need not be safe on the disk before all of it is there."""
    connection = sqlite3.connect(path, check_same_thread=False)
    connection.execute("PRAGMA synchronous = OFF")
    return connection


def to_trials(records: list[Record]) -> list[FrozenTrial]:
    """Trials as Optuna has them, with ranges that are no wider than what they tried."""
    ranges = {name: infer(values) for name, values in by_param(records).items()}
    return [to_trial(record, ranges) for record in records]


def to_trial(record: Record, ranges: dict[str, BaseDistribution]) -> FrozenTrial:
    """A record as a trial.

    Args:
        record: The trial's.
        ranges: What each hyperparameter was drawn from.
    """
    trial = create_trial(
        state=ENDS[record["state"]],
        value=record["objective"]["value"],
        params=record["params"],
        distributions={name: ranges[name] for name in record["params"]},
        user_attrs={
            name: value for name, value in record.items() if name not in OWN_PLACE
        },
        intermediate_values={
            epoch: value
            for epoch, value in zip(
                epochs(record), record["history"].get(MONITOR, []), strict=False
            )
            if value is not None
        },
    )
    with suppress(OverflowError):  # where no calendar has such a time
        # Optuna keeps the time here, without a zone.
        began = datetime.fromisoformat(record["started"]).astimezone()
        trial.datetime_start = began.replace(tzinfo=None)
        lasted = timedelta(seconds=record["duration_s"])
        trial.datetime_complete = trial.datetime_start + lasted
    return trial


def infer(values: list[Scalar]) -> BaseDistribution:
    """What these values may have been drawn from.

    Positive numbers that are far apart are taken for logarithmic.
    """
    tried = numbers(values)
    if not tried:
        return CategoricalDistribution(sorted(set(values), key=str))
    low, high = min(tried), max(tried)
    log = 0 < FAR_APART * low <= high
    whole = all(isinstance(value, int) for value in tried)
    if whole and max(-low, high) < 2**53:  # Optuna counts in floats
        return IntDistribution(int(low), int(high), log=log)
    return FloatDistribution(low, high, log=log)
