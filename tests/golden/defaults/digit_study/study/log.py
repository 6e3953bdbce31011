"""The trial log: a JSON record for each trial, and its weights beside it."""

import os
import re
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import UserError, find_place, first_line, format_traceback
from .files import (
    check_disk_space,
    move_into_place,
    quarantine,
    read_untrusted,
    sha256,
    to_json,
    write_atomically,
)
from .record import Record, check, decode, mark_failed, mark_pruned, ranked
from .running import MAX_DEATHS, RunningFile

if TYPE_CHECKING:  # `trials` reads the log without waiting for Keras
    import keras

FAILURES_IN_A_ROW = 3
"""After so many a search ends: the mistake is in the code, not in a trial."""


class TrialLog:
    """The records in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.running = RunningFile(folder / "running.json")

    def record_path(self, number: int) -> Path:
        """Return where a trial's record is."""
        return self.folder / f"trial_{number:04}.json"

    def weights_path(self, number: int) -> Path:
        """Return where a trial's weights are."""
        return self.folder / f"trial_{number:04}.weights.h5"

    @contextmanager
    def trial(
        self, number: int, seed: int, params: dict[str, Any] | None = None
    ) -> Iterator[Record]:
        """Log a trial as it ends: as failed where an exception leaves the `with` block.

        Ctrl-C, a deadline and a `UserError` log nothing; the trial is run again. The
        parameters are what it is to try, should the model not be built.

        Raises:
            UserError: One trial after the other fails, or the record cannot be written.
        """
        record = Record(number=number, seed=seed, params=params or {})
        clock = time.perf_counter()
        self.running.begin(number, record.params)
        try:
            yield record
        except (KeyboardInterrupt, UserError):
            self.running.clear()
            raise
        # Whatever a model does is logged.
        except (Exception, SystemExit) as error:  # noqa: BLE001
            kind, traceback = type(error).__name__, format_traceback(error)
            if kind == "TrialPruned":  # without loading what defines it
                mark_pruned(record, str(error))
            else:
                mark_failed(record, kind, str(error), traceback)
        record.duration_s = round(time.perf_counter() - clock, 3)
        try:
            self.add(record)
        finally:
            self.running.clear()

    def add(self, record: Record) -> None:
        """Log a trial that has ended; end a search in which one after the other fails.

        Raises:
            UserError: This trial and its neighbours are FAILURES_IN_A_ROW, or the record
                cannot be written.
        """
        try:
            self.write(record)
        except OSError as error:
            raise UserError(
                f"trial {record.number} cannot be logged: {error}; fix that, then go "
                "on with the same command"
            ) from error
        if record.error is None:
            return
        failures = 1
        for step in (-1, 1):
            number = record.number + step
            while (neighbour := self.read(number)) and neighbour.error:
                failures += 1
                number += step
        if failures >= FAILURES_IN_A_ROW:
            raise UserError(
                f"{failures} trials in a row failed, the last with "
                f"{record.error.type}: {first_line(record.error.message)}"
                f"{find_place(record.error.traceback)}; "
                "fix that, then name a new study with --study"
            )

    def read_lost(self, number: int, seed: int) -> Record | None:
        """Log and return a trial whose process died of it more than once, and no other."""
        running = self.running.read()
        if not running or running.number != number or running.deaths < MAX_DEATHS:
            return None
        record = Record(number=number, seed=seed, params=running.params)
        started = datetime.fromtimestamp(running.started).astimezone()
        record.started = started.isoformat(timespec="milliseconds")
        mark_failed(record, running.kind, running.message)
        record.duration_s = round(time.time() - running.started, 3)
        self.add(record)
        self.running.clear()
        return record

    def save_weights(self, record: Record, model: "keras.Model") -> None:
        """Write a trial's weights, and note in its record where they are."""
        path = self.weights_path(record.number)
        beside = path.with_name(f".{path.name}")
        # The optimizer has up to two numbers for each weight; HDF5 describes each array.
        arrays = len(model.variables) + len(model.optimizer.variables)
        numbers = 3 * model.count_params()
        check_disk_space(self.folder, 4 * numbers + 8192 * arrays)
        try:
            model.save_weights(beside)
            move_into_place(beside, path)
        except Exception:  # where the disk is full, half a file is in the way
            beside.unlink(missing_ok=True)
            raise
        record.weights = path.name
        record.weights_sha256 = sha256(path)

    def has_weights(self, record: Record) -> bool:
        """Return whether the weights that a record names are there, and those logged."""
        path = self.folder / str(record.weights)
        return path.is_file() and sha256(path) == record.weights_sha256

    def check_weights(self) -> None:
        """Quarantine weights that are not those logged, and note it in their records."""
        for record in self.read_all():
            if record.weights is None or self.has_weights(record):
                continue
            path = self.folder / record.weights
            if os.path.lexists(path):
                note = f"they were damaged, see {quarantine(path).name}"
            else:
                note = "they are gone"
            print(f"trial {record.number}: its weights: {note}", file=sys.stderr)
            record.weights = record.weights_sha256 = None
            record.weights_note = note
            self.write(record)

    def write(self, record: Record) -> None:
        """Write a record as strict JSON, whole or not at all."""
        write_atomically(self.record_path(record.number), to_json(record) + "\n")

    def read(self, number: int) -> Record | None:
        """Read a trial's record; return nothing where there is none that can be read.

        A broken one is quarantined and named.

        Raises:
            UserError: A later version of this project wrote the record.
        """
        path = self.record_path(number)
        try:
            record = decode(read_untrusted(path), path)
            check(record, number)
            return record
        except FileNotFoundError:
            return None
        except (ValueError, RecursionError) as error:
            with suppress(FileNotFoundError):  # another process has quarantined it
                aside = quarantine(path)
                print(
                    f"trial {number}: its record is broken ({error}), see {aside}",
                    file=sys.stderr,
                )
            return None

    def numbers(self) -> set[int]:
        """Return the numbers of the trials that have a record."""
        names = (path.name for path in self.folder.glob("trial_*.json"))
        found = (re.fullmatch(r"trial_([0-9]{4,18})\.json", name) for name in names)
        return {int(match[1]) for match in found if match}

    def read_all(self) -> list[Record]:
        """Read every record that can be read, by number."""
        records = (self.read(number) for number in sorted(self.numbers()))
        return [record for record in records if record is not None]

    def find(self, which: str) -> Record:
        """Find the record of the best complete trial (`best`), or of a trial by number.

        Raises:
            UserError: There is none.
        """
        study = self.folder.parent.name
        if which == "best":
            first = next(iter(ranked(self.read_all())), None)
            if first is None or first.state != "complete":
                raise UserError(f"study {study!r} has no complete trial yet")
            return first
        if not re.fullmatch("[0-9]{1,18}", which):
            raise UserError(f"{which!r} is neither 'best' nor the number of a trial")
        record = self.read(int(which))
        if record is None:
            raise UserError(
                f"study {study!r} has no trial {which}; `trials` lists them"
            )
        return record
