"""The trial log: a JSON record for each trial, and its weights beside it."""

import json
import os
import re
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from .files import (
    check_room,
    move_into_place,
    read_regular,
    set_aside,
    sha256,
    write_atomically,
)
from .records import Record, beats, both, check, decode

if TYPE_CHECKING:  # `trials` reads the log without waiting for Keras
    import keras


class TrialLog:
    """The records in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def record_path(self, number: int) -> Path:
        """Where a trial's record is."""
        return self.folder / f"trial_{number:04}.json"

    def weights_path(self, number: int) -> Path:
        """Where a trial's weights are."""
        return self.folder / f"trial_{number:04}.weights.h5"

    def add(self, record: Record) -> None:
        """Write a trial's record, and take back the weights that it beats."""
        self.write(record)
        self.drop_beaten()

    def keep_weights(self, record: Record, model: "keras.Model") -> None:
        """Write a trial's weights, or note in its record why not.

        Args:
            record: All but its three keys about weights is filled in.
            model: It has the weights of the best epoch.
        """
        if record["state"] != "complete":
            record["weights_note"] = f"the trial is {record['state']}"
        elif self.is_beaten(record):
            record["weights_note"] = "another trial is better"
        else:
            self.save_weights(record, model)

    def save_weights(self, record: Record, model: "keras.Model") -> None:
        """Write the weights, and note in the record where they are."""
        path = self.weights_path(record["number"])
        beside = path.with_name(f".{path.name}")
        # The optimizer has up to two numbers for each weight; HDF5 describes each array.
        arrays = len(model.variables) + len(model.optimizer.variables)
        numbers = 3 * model.count_params()
        check_room(self.folder, 4 * numbers + 8192 * arrays)
        try:
            model.save_weights(beside)
            move_into_place(beside, path)
        except Exception:  # where the disk is full, half a file is in the way
            beside.unlink(missing_ok=True)
            raise
        record["weights"] = path.name
        record["weights_sha256"] = sha256(path)

    def has_weights(self, record: Record) -> bool:
        """Whether the weights that a record names are there, and those logged."""
        path = self.folder / str(record["weights"])
        return path.is_file() and sha256(path) == record["weights_sha256"]

    def check_weights(self) -> None:
        """Set weights aside that are not those logged, and note in the records if so."""
        for record in self.read_all():
            if record["weights"] is None or self.has_weights(record):
                continue
            path = self.folder / record["weights"]
            if os.path.lexists(path):
                note = f"they were damaged, see {set_aside(path).name}"
            else:
                note = "they are gone"
            print(f"trial {record['number']}: its weights: {note}", file=sys.stderr)
            record["weights"] = record["weights_sha256"] = None
            record["weights_note"] = note
            self.write(record)
        self.drop_beaten()

    def is_beaten(self, record: Record) -> bool:
        """Whether a trial whose weights are kept beats this one."""
        kept = (rival for rival in self.read_with_weights() if rival["weights"])
        return any(beats(rival, record) for rival in kept)

    def drop_beaten(self) -> None:
        """Take back the weights of trials that another one beats."""
        records = self.read_with_weights()
        kept = [record for record in records if record["weights"]]
        for beaten in kept:
            if any(beats(rival, beaten) for rival in kept if rival is not beaten):
                beaten["weights"] = beaten["weights_sha256"] = None
                beaten["weights_note"] = "a later trial is better"
                self.write(beaten)
        for record in records:
            if record["weights"] is None:
                self.weights_path(record["number"]).unlink(missing_ok=True)

    def write(self, record: Record) -> None:
        """Write a record as strict JSON, whole or not at all."""
        text = json.dumps(record, indent=2, ensure_ascii=False, allow_nan=False)
        write_atomically(self.record_path(record["number"]), text + "\n")

    def read(self, number: int) -> Record | None:
        """A trial's record, or nothing where there is none that can be read.

        One that is broken is set aside and named.

        Raises:
            UserError: A later version of this project wrote the record.
        """
        path = self.record_path(number)
        try:
            record = decode(read_regular(path), path)
            check(record, number)
            if record["state"] != "failed":
                record["objectives"] = both(record)
            return record
        except FileNotFoundError:
            return None
        except (ValueError, RecursionError) as error:
            with suppress(FileNotFoundError):  # another process has set it aside
                aside = set_aside(path)
                print(
                    f"trial {number}: its record is broken ({error}), see {aside}",
                    file=sys.stderr,
                )
            return None

    def read_all(self) -> list[Record]:
        """Every record that can be read, by number."""
        return self.read_where_there_is("json")

    def read_with_weights(self) -> list[Record]:
        """Those of trials whose weights are there: few, however many trials there are."""
        return self.read_where_there_is("weights.h5")

    def read_where_there_is(self, ending: str) -> list[Record]:
        """The records of trials that have a file with this ending."""
        pattern = r"trial_([0-9]{4,18})\." + re.escape(ending)
        names = (path.name for path in self.folder.glob(f"trial_*.{ending}"))
        found = (re.fullmatch(pattern, name) for name in names)
        numbers = sorted({int(match[1]) for match in found if match})
        records = (self.read(number) for number in numbers)
        return [record for record in records if record is not None]
