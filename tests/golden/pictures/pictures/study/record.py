"""The record of a trial: its fields, what may be read as one, and which trial is better."""

import math
from collections.abc import Mapping, Sequence
from datetime import datetime
from numbers import Real
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from ..config import OBJECTIVE
from ..errors import UserError
from .values import Value

SCHEMA: Literal[1] = 1
STATES = ["complete", "pruned", "failed"]

MONITOR = OBJECTIVE.name
"""The metric that early stopping watches, and the pruner."""

# What is read is checked against these types: the log may be somebody else's.
Count = Annotated[int, Meta(ge=0, lt=2**53)]
Epoch = Annotated[int, Meta(ge=1, lt=2**53)]
Scale = Literal["linear", "log"]


class Error(msgspec.Struct):
    """What a trial failed with."""

    type: str
    message: str
    traceback: str = ""
    """Where it arose; empty where that is not known."""


class Score(msgspec.Struct):
    """What a trial is judged by; the value is null where it has none."""

    name: str
    direction: Literal["minimize", "maximize"]
    value: float | None


class OptunaState(msgspec.Struct):
    """What Optuna knows of a trial beside its record."""

    distributions: dict[str, str]
    """Those that each hyperparameter was drawn from, as Optuna writes them in JSON."""
    system_attrs: dict[str, Any]
    """Such as the rungs that the pruner has let it pass."""
    study_attrs: dict[str, Any]
    """What the sampler keeps with the study, such as its place in a sequence."""
    user_attrs: dict[str, Any] = {}
    """What `trial.set_user_attr` was given."""


def now() -> str:
    """Return the time as ISO 8601 has it, with the time zone."""
    return datetime.now().astimezone().isoformat(timespec="milliseconds")


class Record(msgspec.Struct, kw_only=True):
    """One trial, as `trial_NNNN.json` has it; until it is scored it stands as failed."""

    schema: Literal[1] = SCHEMA
    number: Count
    state: Literal["complete", "pruned", "failed"] = "failed"
    params: Annotated[dict[str, Value], Meta(max_length=10_000)] = {}
    """The hyperparameters that were in use."""
    scales: dict[str, Scale] = {}
    """How those were spread that were drawn from a range, not from a list of choices."""
    skipped_layers: list[str] = []
    """The layers left out because they did not fit."""
    parameter_count: Count | None = None
    objective: Score = msgspec.field(
        default_factory=lambda: Score(OBJECTIVE.name, OBJECTIVE.direction, None)
    )
    objectives: list[Score] = []
    """Both: the score, and the number of the model's parameters."""
    optuna: OptunaState | None = None
    """With these the trial is told to Optuna again."""
    metrics: dict[str, float | None] = {}
    """At the best epoch, whose weights are the trial's."""
    best_epoch: Epoch | None = None
    """Counted from 1."""
    history: dict[str, Annotated[list[float | None], Meta(min_length=1)]] = {}
    """An entry an epoch; null where it was NaN or infinite."""
    weights: str | None = None
    weights_sha256: Annotated[str, Meta(pattern=r"\A[0-9a-f]{64}\Z")] | None = None
    weights_note: str | None = None
    """Why there are no weights."""
    seed: Annotated[int, Meta(ge=0, lt=2**32)]
    started: str = msgspec.field(default_factory=now)
    duration_s: Annotated[float, Meta(ge=0)] = 0.0
    worker: Count = 0
    error: Error | None = None
    """Where the trial failed."""


MAX_TRACEBACK = 10_000
"""So many characters of a traceback are kept, from its end."""

ADDED = {"objectives", "optuna", "parameter_count", "scales", "weights_note", "worker"}
"""What earlier versions of this project wrote no word of."""


def decode(text: bytes, path: Path) -> Record:
    """Read a record out of a file, each value of the type that it should have.

    Raises:
        UserError: It is of a later version than this project knows.
        ValueError: It is not a record.
        RecursionError: No record is nested so deeply.
    """
    fields = msgspec.json.decode(text, type=dict[str, Any])  # without NaN or infinity
    version = fields.get("schema")
    if isinstance(version, int) and version > SCHEMA:
        others = sorted(fields.keys() ^ set(Record.__struct_fields__))
        raise UserError(
            f"{path} is a record of version {version}, and this project knows version "
            f"{SCHEMA}, with other keys ({', '.join(others[:5]) or 'none'}); "
            "`copier update` may bring the later one"
        )
    if missing := set(Record.__struct_fields__) - ADDED - fields.keys():
        raise ValueError(f"it has no {min(missing)}")
    return msgspec.convert(fields, Record)


def check(record: Record, number: int) -> None:
    """Raise a ValueError where a record contradicts itself."""
    if record.number != number:
        raise ValueError(f"it says that it is trial {record.number}")
    if datetime.fromisoformat(record.started).tzinfo is None:
        raise ValueError("its start has no time zone")
    failed = record.state == "failed"
    if failed is (record.error is None):
        raise ValueError("its state and its error contradict each other")
    scored = record.objective.value is not None
    # A trial may be pruned before it has a score: when its model is built, say.
    if record.state != "pruned" and failed is scored:
        raise ValueError("its state and its value contradict each other")
    epochs = [len(values) for values in record.history.values()]
    if scored and not 1 <= (record.best_epoch or 0) <= min(epochs, default=0):
        raise ValueError("its best epoch is not within its history")
    # A name that is made of the number leads to no other file than the trial's.
    if record.weights not in (None, f"trial_{number:04}.weights.h5"):
        raise ValueError("its weights are not named after it")
    if (record.weights is None) is not (record.weights_sha256 is None):
        raise ValueError("it has weights or their digest, and not both")


def mark_failed(record: Record, kind: str, message: str, traceback: str = "") -> None:
    """Turn a record into that of a failed trial, whatever it had been before."""
    record.state = "failed"
    record.objective.value = None
    record.weights = record.weights_sha256 = None
    record.weights_note = "the trial failed"
    record.error = Error(kind, to_text(message), to_text(traceback[-MAX_TRACEBACK:]))


def to_text(text: str) -> str:
    """Return a text as a file can have it, which half an emoji, say, is not."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def mark_pruned(record: Record, reason: str) -> None:
    """Turn a record into that of a trial that was given up before it had a score."""
    record.state = "pruned"
    record.weights_note = "the trial was pruned before it had a score"
    if reason:
        record.weights_note += f": {to_text(reason)}"


def set_scores(
    record: Record, history: Mapping[str, Sequence[float]], best_epoch: int
) -> None:
    """Fill in what training showed, with the score of the best epoch, counted from 1.

    What a callback logged in some epochs only is left out, and whatever is not a number.
    """
    record.best_epoch = best_epoch
    record.history = {
        name: [finite(value) for value in values]
        for name, values in history.items()
        if len(values) == len(history["loss"])
        and all(isinstance(value, Real) for value in values)
    }
    record.metrics = {
        name: values[best_epoch - 1] for name, values in record.history.items()
    }
    record.objective.value = record.metrics[MONITOR]


def epochs(record: Record) -> range:
    """Return the numbers of a trial's epochs, from 1."""
    trained = next(map(len, record.history.values()), 0)
    return range(1, 1 + trained)


def sign(record: Record) -> int:
    """Return the factor that makes the higher of two objectives the better one.

    A record keeps the direction of its own study, whatever this project optimises now.
    """
    return 1 if record.objective.direction == "maximize" else -1


def ranked(records: list[Record]) -> list[Record]:
    """Sort records, best first: the complete, then the pruned, then the failed."""

    def key(record: Record) -> tuple[int, float, int]:
        value = record.objective.value
        loss = math.inf if value is None else -sign(record) * value
        return STATES.index(record.state), loss, record.number

    return sorted(records, key=key)


def finite(value: float) -> float | None:
    """Return the value as JSON can have it."""
    return float(value) if math.isfinite(value) else None
