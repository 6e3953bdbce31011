"""The trial that a person names."""

import re

from ..errors import UserError
from .log import TrialLog
from .record import Record, ranked
from .study import Study


def find(study: Study, which: str) -> Record:
    """Find the record of the best complete trial (`best`), or of a trial by number.

    Raises:
        UserError: There is none.
    """
    log = TrialLog(study.trials_folder)
    if which == "best":
        complete = [r for r in ranked(log.read_all()) if r.state == "complete"]
        if not complete:
            raise UserError(f"study {study.name!r} has no complete trial yet")
        return complete[0]
    if not re.fullmatch("[0-9]{1,18}", which):
        raise UserError(f"{which!r} is neither 'best' nor the number of a trial")
    record = log.read(int(which))
    if record is None:
        raise UserError(
            f"study {study.name!r} has no trial {which}; `trials` lists them"
        )
    return record
