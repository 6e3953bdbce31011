"""The trial that is running, as other processes know of it before it is logged."""

import os
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from .files import quarantine, read_untrusted
from .record import Count, Scalar

MAX_DEATHS = 2
"""So often a process may die of a trial before the trial is logged as failed."""


class Running(msgspec.Struct):
    """What is known of a trial that is running."""

    number: Count
    pid: int
    """Of the process that runs it."""
    started: Annotated[float, Meta(ge=0, lt=2**37)]
    """In seconds since 1970."""
    params: dict[str, Scalar] = {}
    """Its hyperparameters, as far as they are known."""
    epoch: int = 0
    score: float | None = None
    """The monitored metric at that epoch; null where it is NaN or infinite."""
    deaths: int = 0
    """How many processes died of it."""
    kind: str = ""
    """The error's type, where one died."""
    message: str = ""


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
        running.epoch, running.score = 0, None
        self.write(running)

    def write(self, running: Running) -> None:
        """Say how far the trial is."""
        beside = self.path.with_name(f".{self.path.name}.new")
        beside.write_bytes(msgspec.json.encode(running))
        os.replace(beside, self.path)

    def clear(self) -> None:
        """Say that no trial is running."""
        self.path.unlink(missing_ok=True)

    def note_epoch(
        self, epoch: int, score: float | None, params: dict[str, Any]
    ) -> None:
        """Say that the trial has come through an epoch, counted from 1."""
        if running := self.read():
            running.epoch, running.score, running.params = epoch, score, params
            self.write(running)

    def note_death(self, kind: str, message: str, *, last: bool = False) -> None:
        """Say that the trial's process died, and of what.

        Args:
            kind: The error's type.
            message: What it says.
            last: The trial is not to be tried again.
        """
        if running := self.read():
            running.deaths = MAX_DEATHS if last else running.deaths + 1
            running.kind, running.message = kind, message
            self.write(running)


def running_files(folder: Path) -> list[RunningFile]:
    """Return the files of all processes that run a trial, or did when they died."""
    return [RunningFile(path) for path in sorted(folder.glob("running*.json"))]


def clear_ended(folder: Path, stamps: Mapping[int, int]) -> None:
    """Remove the files of processes that died as soon as they had logged their trial.

    Args:
        folder: Where the files are.
        stamps: When each record was written, in nanoseconds, by number.
    """
    for file in running_files(folder):
        running = file.read()
        if running and stamps.get(running.number, 0) > 1e9 * running.started:
            file.clear()
