"""What is done with each trial as it is logged, whoever logs it."""

import threading
from types import TracebackType
from typing import Self

from .log import TrialLog
from .record import Record

POLL_INTERVAL_S = 0.2
"""From one look at the log to the next."""


class LogFollower:
    """Look into the log in a thread of its own, for as long as a `with` block runs."""

    def __init__(self, log: TrialLog) -> None:
        """Read what is logged already.

        Args:
            log: The trial log.
        """
        self.log = log
        self.stamps = log.stamps()
        self.records = {record["number"]: record for record in log.read_all()}
        self.is_over = threading.Event()
        self.error: Exception | None = None
        self.thread = threading.Thread(target=self.follow, daemon=True)

    def on_trial_end(self, record: Record) -> None:
        """Do something with a trial that was just logged."""

    def __enter__(self) -> Self:
        self.thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.is_over.set()
        self.thread.join()
        if self.error:
            raise self.error

    def follow(self) -> None:
        """Look again and again, and once more when the search is over."""
        try:
            while not self.is_over.wait(POLL_INTERVAL_S):
                self.look()
            self.look()
        except Exception as error:  # noqa: BLE001 - it is raised where the block ends
            self.error = error

    def look(self) -> None:
        """Find the trials that are new since the last look, by number.

        A record that was written again is of a new trial only if that started anew, as on
        a later rung of successive halving.
        """
        stamps = self.log.stamps()
        for number in sorted(stamps):
            if self.stamps.get(number) == stamps[number]:
                continue
            record = self.log.read(number)
            before = self.records.get(number)
            if record is None or (before and before["started"] == record["started"]):
                continue
            self.records[number] = record
            self.on_trial_end(record)
        self.stamps = stamps
