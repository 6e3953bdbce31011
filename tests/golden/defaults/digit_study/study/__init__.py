"""A study on the disk: what is searched, and a record for each trial."""

from .log import TrialLog
from .record import MONITOR, Record, ranked
from .study import Budget, Study

__all__ = ["MONITOR", "Budget", "Record", "Study", "TrialLog", "ranked"]
