"""What a trial's record says, what may be read as one, and which is better."""

import math
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal, TypedDict

import msgspec
from msgspec import Meta

from .errors import UserError

SCHEMA: Literal[1] = 1
STATES = ["complete", "pruned", "failed"]
MONITOR = "val_accuracy"
OBJECTIVE = MONITOR
DIRECTION: Literal["maximize"] = "maximize"

# What is read is checked against these types: the log may be somebody else's.
Count = Annotated[int, Meta(ge=0, lt=2**53)]
Epoch = Annotated[int, Meta(ge=1, lt=2**53)]
Scalar = str | int | float | bool | None


class Error(TypedDict):
    """What a trial failed with."""

    type: str
    message: str


class Objective(TypedDict):
    """What a trial is judged by; the value is null where it failed."""

    name: str
    direction: Literal["minimize", "maximize"]
    value: float | None


class Record(TypedDict):
    """One trial, as `trial_NNNN.json` has it."""

    schema: Literal[1]
    number: Count
    state: Literal["complete", "pruned", "failed"]
    params: Annotated[dict[str, Scalar], Meta(max_length=10_000)]
    """The hyperparameters that were in use."""
    skipped_layers: list[str]
    """The layers left out because they did not fit."""
    parameter_count: Count | None
    objective: Objective
    objectives: list[Objective]
    """Both: the score, and the number of the model's parameters."""
    metrics: dict[str, float | None]
    """At the best epoch, whose weights are the trial's."""
    best_epoch: Epoch | None
    """Counted from 1."""
    history: dict[str, Annotated[list[float | None], Meta(min_length=1)]]
    """An entry an epoch; null where it was NaN or infinite."""
    weights: str | None
    weights_sha256: Annotated[str, Meta(pattern=r"\A[0-9a-f]{64}\Z")] | None
    weights_note: str | None
    """Why there are no weights."""
    seed: Annotated[int, Meta(ge=0, lt=2**32)]
    started: str
    """ISO 8601, with the time zone."""
    duration_s: Annotated[float, Meta(ge=0)]
    worker: Count
    error: Error | None
    """Where the trial failed."""


ADDED: dict[str, Any] = {
    "parameter_count": None,
    "objectives": [],
    "weights_note": None,
    "worker": 0,
}
"""What earlier versions of this project wrote no word of, and what stands in for it."""


def decode(text: bytes, path: Path) -> Record:
    """A record out of a file, each value of the type that it should have.

    Raises:
        UserError: It is of a later version than this project knows.
        ValueError: It is no record.
        RecursionError: No record is nested so deeply.
    """
    fields = msgspec.json.decode(text, type=dict[str, Any])  # without NaN or infinity
    version = fields.get("schema")
    if isinstance(version, int) and version > SCHEMA:
        others = sorted(fields.keys() ^ Record.__annotations__.keys())
        raise UserError(
            f"{path} is a record of version {version}, and this project knows version "
            f"{SCHEMA}, with other keys ({', '.join(others[:5]) or 'none'}); "
            "`copier update` may bring the later one"
        )
    return msgspec.convert(ADDED | fields, Record)


def check(record: Record, number: int) -> None:
    """See that what a record says goes together.

    Raises:
        ValueError: It does not.
    """
    if record["number"] != number:
        raise ValueError(f"it says that it is trial {record['number']}")
    if datetime.fromisoformat(record["started"]).tzinfo is None:
        raise ValueError("it began in no time zone")
    failed = record["state"] == "failed"
    if failed is (record["error"] is None):
        raise ValueError("its state and its error contradict each other")
    if failed is (record["objective"]["value"] is not None):
        raise ValueError("its state and its value contradict each other")
    epochs = [len(values) for values in record["history"].values()]
    if not failed and not 1 <= (record["best_epoch"] or 0) <= min(epochs, default=0):
        raise ValueError("its best epoch is not within its history")
    # A name that is made of the number leads to no other file than the trial's.
    if record["weights"] not in (None, f"trial_{number:04}.weights.h5"):
        raise ValueError("its weights are not named after it")
    if (record["weights"] is None) is not (record["weights_sha256"] is None):
        raise ValueError("it has weights or their digest, and not both")


def begin(number: int, seed: int, worker: int) -> Record:
    """The record of a trial that starts now, as it stands should the trial fail."""
    return {
        "schema": SCHEMA,
        "number": number,
        "state": "failed",
        "params": {},
        "skipped_layers": [],
        "parameter_count": None,
        "objective": {"name": OBJECTIVE, "direction": DIRECTION, "value": None},
        "objectives": [],
        "metrics": {},
        "best_epoch": None,
        "history": {},
        "weights": None,
        "weights_sha256": None,
        "weights_note": None,
        "seed": seed,
        "started": datetime.now().astimezone().isoformat(timespec="milliseconds"),
        "duration_s": 0.0,
        "worker": worker,
        "error": None,
    }


def note_failure(record: Record, kind: str, message: str) -> None:
    """Turn a record into that of a failed trial, whatever it had been before."""
    record["state"] = "failed"
    record["objective"]["value"] = None
    record["weights"] = record["weights_sha256"] = None
    record["weights_note"] = "the trial failed"
    # Half an emoji, say, is no text that a file can have.
    text = message.encode("utf-8", "backslashreplace").decode("utf-8")
    record["error"] = {"type": kind, "message": text}


def set_score(
    record: Record, history: Mapping[str, Sequence[float]], best_epoch: int
) -> None:
    """Fill in what training showed; the score is that of the best epoch.

    Args:
        record: The trial's.
        history: Each metric's value an epoch.
        best_epoch: The epoch whose weights are kept, counted from 1.
    """
    record["best_epoch"] = best_epoch
    record["history"] = {
        name: [finite(value) for value in values] for name, values in history.items()
    }
    record["metrics"] = {
        name: values[best_epoch - 1] for name, values in record["history"].items()
    }
    record["objective"]["value"] = record["metrics"][MONITOR]
    record["objectives"] = both(record)


def epochs(record: Record) -> range:
    """The numbers of a trial's epochs, from 1."""
    trained = next(map(len, record["history"].values()), 0)
    return range(1, 1 + trained)


def both(record: Record) -> list[Objective]:
    """What a trial is judged by: its score, and its model's parameters."""
    return [
        record["objective"],
        {
            "name": "parameter_count",
            "direction": "minimize",
            "value": record["parameter_count"],
        },
    ]


def rank(records: list[Record]) -> list[Record]:
    """Best first: the complete, then the pruned, then the failed."""

    def key(record: Record) -> tuple[int, float, int]:
        value = record["objective"]["value"]
        loss = math.inf if value is None else -value
        return STATES.index(record["state"]), loss, record["number"]

    return sorted(records, key=key)


def beats(one: Record, other: Record) -> bool:
    """Whether one is as good as the other in both objectives, and better in one."""
    signs = [1 if goal["direction"] == "minimize" else -1 for goal in one["objectives"]]
    losses, others = (
        [
            sign * (goal["value"] or 0)
            for sign, goal in zip(signs, record["objectives"], strict=True)
        ]
        for record in (one, other)
    )
    return losses != others and all(a <= b for a, b in zip(losses, others, strict=True))


def front(records: list[Record]) -> list[Record]:
    """The Pareto front: the complete trials that no other beats."""
    complete = [record for record in records if record["state"] == "complete"]
    return [
        record
        for record in complete
        if not any(beats(rival, record) for rival in complete)
    ]


def finite(value: float) -> float | None:
    """The value as JSON can have it."""
    return float(value) if math.isfinite(value) else None
