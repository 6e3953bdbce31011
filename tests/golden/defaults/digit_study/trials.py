"""The trial log: a JSON record for each trial, and its weights beside it."""

import json
import math
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypedDict

from .errors import UserError
from .files import move_into_place, sha256, write_atomically

if TYPE_CHECKING:  # `trials` reads the log without waiting for Keras
    import keras

SCHEMA: Literal[1] = 1
STATES = ["complete", "pruned", "failed"]
MONITOR = "val_accuracy"
OBJECTIVE = MONITOR
DIRECTION: Literal["maximize"] = "maximize"


class Objective(TypedDict):
    """What a trial is judged by; the value is null where it failed."""

    name: str
    direction: Literal["minimize", "maximize"]
    value: float | None


class Record(TypedDict):
    """One trial, as `trial_NNNN.json` has it."""

    schema: Literal[1]
    number: int
    state: Literal["complete", "pruned", "failed"]
    params: dict[str, Any]
    """The hyperparameters that were in use."""
    skipped_layers: list[str]
    """The layers left out because they did not fit."""
    parameter_count: int | None
    objective: Objective
    metrics: dict[str, float | None]
    """At the best epoch, whose weights are the trial's."""
    best_epoch: int | None
    """Counted from 1."""
    history: dict[str, list[float | None]]
    """An entry an epoch; null where it was NaN or infinite."""
    weights: str | None
    weights_sha256: str | None
    weights_note: str | None
    """Why there are no weights."""
    seed: int
    started: str
    """ISO 8601, with the time zone."""
    duration_s: float
    worker: int
    error: dict[str, str] | None
    """Type and message, where the trial failed."""


class TrialLog:
    """The records in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def record_path(self, number: int) -> Path:
        """Where a trial's record is."""
        return self.folder / f"trial_{number:04}.json"

    def add(self, record: Record) -> None:
        """Write a trial's record, once its weights are there."""
        self.write(record)

    def keep_weights(self, record: Record, model: "keras.Model") -> None:
        """Write a trial's weights, or note in its record why not.

        Args:
            record: All but its three keys about weights is filled in.
            model: It has the weights of the best epoch.
        """
        self.save_weights(record, model)

    def save_weights(self, record: Record, model: "keras.Model") -> None:
        """Write the weights, and note in the record where they are."""
        path = self.folder / f"trial_{record['number']:04}.weights.h5"
        beside = path.with_name(f".{path.name}")
        try:
            model.save_weights(beside)
            move_into_place(beside, path)
        except Exception:  # where the disk is full, half a file is in the way
            beside.unlink(missing_ok=True)
            raise
        record["weights"] = path.name
        record["weights_sha256"] = sha256(path)

    def write(self, record: Record) -> None:
        """Write a record as strict JSON, whole or not at all."""
        text = json.dumps(record, indent=2, ensure_ascii=False, allow_nan=False)
        write_atomically(self.record_path(record["number"]), text + "\n")

    def read(self, number: int) -> Record | None:
        """A trial's record, or nothing where there is none that can be read.

        Raises:
            UserError: A later version of the template wrote the record.
        """
        path = self.record_path(number)
        try:
            record = json.loads(path.read_text("utf-8"))
            if record["schema"] == SCHEMA and record.keys() >= Record.__required_keys__:
                return record  # type: ignore[no-any-return]  # checked just above
            newer = record["schema"] > SCHEMA
        except FileNotFoundError:
            return None
        except (ValueError, KeyError, TypeError, AttributeError):
            newer = False
        if newer:
            raise UserError(f"{path} was written by a later version of this project")
        aside = path.with_name(f"{path.name}.broken")
        path.rename(aside)
        print(f"trial {number}: its record is broken, see {aside}", file=sys.stderr)
        return None

    def read_all(self) -> list[Record]:
        """Every record, by number; a broken one is set aside and named."""
        numbers = sorted(
            int(path.stem.removeprefix("trial_"))
            for path in self.folder.glob("trial_[0-9]*.json")
        )
        records = (self.read(number) for number in numbers)
        return [record for record in records if record is not None]


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


def rank(records: list[Record]) -> list[Record]:
    """Best first: the complete, then the pruned, then the failed."""

    def key(record: Record) -> tuple[int, float, int]:
        value = record["objective"]["value"]
        loss = math.inf if value is None else -value
        return STATES.index(record["state"]), loss, record["number"]

    return sorted(records, key=key)


def finite(value: float) -> float | None:
    """The value as JSON can have it."""
    return float(value) if math.isfinite(value) else None
