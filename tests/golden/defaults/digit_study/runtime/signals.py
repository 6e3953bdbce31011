"""When a search ends before it has all its trials: by Ctrl-C, or when its time is up."""

import signal
import sys
import time
from types import FrameType
from typing import Self


class OutOfTime(KeyboardInterrupt):
    """The time of the search has passed; it ends as with Ctrl-C."""


class Stop:
    """Whether to stop.

    Ctrl-C is noted, and `check` raises at the next batch: raised where it strikes, it
    would be lost whenever Python is just cleaning up behind an object. A second one is
    raised at once.
    """

    def __init__(self, timeout: float, *, quiet: bool = False) -> None:
        """Start the clock, which stops after so many seconds; infinity is for ever."""
        self.deadline = time.monotonic() + timeout
        self.quiet = quiet
        """Whether another process answers Ctrl-C."""
        self.interrupted = False

    def __enter__(self) -> Self:
        self.before = signal.signal(signal.SIGINT, self.interrupt)
        return self

    def __exit__(self, *error: object) -> None:
        signal.signal(signal.SIGINT, self.before)

    def interrupt(self, number: int, frame: FrameType | None) -> None:
        """Note that somebody pressed Ctrl-C, and say so at once."""
        if self.interrupted:
            raise KeyboardInterrupt
        self.interrupted = True
        if not self.quiet:
            print("stopping at the next batch; again to stop now", file=sys.stderr)

    def is_due(self) -> bool:
        """Return whether the search is to stop."""
        return self.interrupted or time.monotonic() > self.deadline

    def check(self) -> None:
        """Raise where the search is to stop.

        Raises:
            OutOfTime: The deadline has passed.
            KeyboardInterrupt: Somebody pressed Ctrl-C.
        """
        if self.interrupted:
            raise KeyboardInterrupt
        if self.is_due():
            raise OutOfTime
