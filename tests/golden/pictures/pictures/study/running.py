"""A search as other processes see it: the trial that is running, and the log as it grows."""

import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Annotated, Any, Self

import msgspec
from msgspec import Meta

from .files import quarantine, read_untrusted
from .record import Count, Record
from .values import Value

if TYPE_CHECKING:  # the log itself notes what is running
    from .log import TrialLog

MAX_DEATHS = 2
"""So often a process may die of a trial before the trial is logged as failed."""

POLL_INTERVAL_S = 0.2
"""From one look at the log to the next."""


class Running(msgspec.Struct):
    """What is known of a trial that is running."""

    number: Count
    pid: int
    """Of the process that runs it."""
    started: Annotated[float, Meta(ge=0, lt=2**37)]
    """In seconds since 1970."""
    params: dict[str, Value] = {}
    """Its hyperparameters, as far as they are known."""
    epoch: int = 0
    epochs: int = 0
    """How many it may have; none before the first begins."""
    score: float | None = None
    """The monitored metric at that epoch; null where it is NaN or infinite."""
    deaths: int = 0
    """How many processes died of it."""
    kind: str = ""
    """The error's type, where one died."""
    message: str = ""
    begun: bool = False
    """Whether it is more than a claim: a process that ends in order leaves none that is."""


class RunningFile:
    """`running.json`, which is gone once its trial is logged."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> Running | None:
        """Return the trial that is running, or was when its process died.

        What cannot be read is quarantined and named.
        """
        try:
            return msgspec.json.decode(read_untrusted(self.path), type=Running)
        except (ValueError, RecursionError):
            with suppress(FileNotFoundError):  # another process has quarantined it
                aside = quarantine(self.path)
                print(f"{self.path} is broken, and kept as {aside}", file=sys.stderr)
        except OSError:  # there is none
            pass
        return None

    def begin(self, number: int, params: dict[str, Any]) -> None:
        """Say that a trial is running; how often it was fatal before stays known."""
        running = self.read()
        if running is None or running.number != number:
            running = Running(number, 0, 0.0)
        running.pid, running.started, running.params = os.getpid(), time.time(), params
        running.begun, running.epoch, running.epochs, running.score = True, 0, 0, None
        self.write(running)

    def write(self, running: Running) -> None:
        """Say how far the trial is."""
        beside = self.path.with_name(f".{self.path.name}.new")
        beside.write_bytes(msgspec.json.encode(running))
        os.replace(beside, self.path)

    def clear(self) -> None:
        """Say that no trial is running."""
        self.path.unlink(missing_ok=True)

    def update(self, **changes: Any) -> None:
        """Say more of the trial that is running: its epoch, or of what its process died."""
        if running := self.read():
            self.write(msgspec.structs.replace(running, **changes))


def running_files(folder: Path) -> list[RunningFile]:
    """Return the files of all processes that run a trial, or did when they died."""
    return [RunningFile(path) for path in sorted(folder.glob("running*.json"))]


def clear_ended(log: "TrialLog") -> None:
    """Remove the files of processes that died as soon as they had logged their trial."""
    logged = log.numbers()
    for file in running_files(log.folder):
        running = file.read()
        if running and running.number in logged:
            file.clear()


class LogFollower:
    """Look into the log in a thread of its own, for as long as a `with` block runs."""

    def __init__(self, log: "TrialLog") -> None:
        """Read what is logged already."""
        self.log = log
        self.records = {record.number: record for record in log.read_all()}
        self.is_over = Event()
        self.executor = ThreadPoolExecutor(max_workers=1)

    def on_trial_end(self, record: Record) -> None:
        """Do something with a trial that was just logged."""

    def __enter__(self) -> Self:
        self.following = self.executor.submit(self.follow)
        return self

    def __exit__(self, *error: object) -> None:
        self.is_over.set()
        self.executor.shutdown()
        self.following.result()  # raises what it ended in, if that was an error

    def follow(self) -> None:
        """Look again and again, and once more when the search is over."""
        while not self.is_over.wait(POLL_INTERVAL_S):
            self.look()
        self.look()

    def look(self) -> None:
        """Find the trials that are new since the last look, by number."""
        for number in sorted(self.log.numbers() - self.records.keys()):
            if record := self.log.read(number):
                self.records[number] = record
                self.on_trial_end(record)
