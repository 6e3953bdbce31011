"""Of all weights only those of the trials that no other beats are kept."""

from typing import TYPE_CHECKING

from .pareto import beats
from .record import Record

if TYPE_CHECKING:
    from .log import TrialLog


def is_beaten(log: "TrialLog", record: Record) -> bool:
    """Return whether a trial whose weights are kept beats this one."""
    rivals = read_with_weights(log)
    return any(beats(rival, record) for rival in rivals if rival.weights)


def drop_beaten(log: "TrialLog") -> None:
    """Delete the weights of trials that another one beats."""
    records = read_with_weights(log)
    kept = [record for record in records if record.weights]
    for beaten in kept:
        if any(beats(rival, beaten) for rival in kept if rival is not beaten):
            beaten.weights = beaten.weights_sha256 = None
            beaten.weights_note = "a later trial is better"
            log.write(beaten)
    for record in records:
        if record.weights is None:
            log.weights_path(record.number).unlink(missing_ok=True)


def read_with_weights(log: "TrialLog") -> list[Record]:
    """Read the records of trials whose weights are there: few, however many there are."""
    records = (log.read(number) for number in sorted(log.numbers("weights.h5")))
    return [record for record in records if record is not None]
