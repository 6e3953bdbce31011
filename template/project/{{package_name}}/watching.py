"""Who is told how a search goes, and when it goes so badly that it is to end."""

from .errors import UserError, first_line
from .records import Record

FAILURES_IN_A_ROW = 3
"""After so many a search ends: the mistake is in the code, not in a trial."""


class Watcher:
    """Whoever is told how a search goes; this one only counts failures."""

    failures = 0
    """How many trials failed since one went well."""

    def begun(self, record: Record) -> None:
        """A trial has begun, or more of its record is known since its model is built."""

    def epoch(self, number: int, epoch: int, score: float) -> None:
        """A trial has come through an epoch, counted from 1."""

    def ended(self, record: Record) -> None:
        """A trial is in the log."""
        self.failures = self.failures + 1 if record["error"] else 0

    def check(self, last: Record) -> None:
        """See that not too many trials failed one after the other.

        Args:
            last: The record of the last trial.

        Raises:
            UserError: They are FAILURES_IN_A_ROW.
        """
        if last["error"] and self.failures >= FAILURES_IN_A_ROW:
            message = first_line(last["error"]["message"])
            raise UserError(
                f"{self.failures} trials in a row failed, the last with "
                f"{last['error']['type']}: {message}; "
                "mend that, then name a new study with --study"
            )
