"""The Pareto front: the trials that no other beats in both score and size."""

from .record import Record, Score


def both_scores(record: Record) -> list[Score]:
    """Return what a trial is judged by: its score, and its model's parameters."""
    count = record.parameter_count
    size = None if count is None else float(count)  # as it is when it is read again
    return [record.objective, Score("parameter_count", "minimize", size)]


def beats(one: Record, other: Record) -> bool:
    """Return whether one is as good in both objectives, and better in one."""
    signs = [1 if goal.direction == "minimize" else -1 for goal in one.objectives]
    losses, others = (
        [
            sign * (goal.value or 0)
            for sign, goal in zip(signs, record.objectives, strict=True)
        ]
        for record in (one, other)
    )
    return losses != others and all(a <= b for a, b in zip(losses, others, strict=True))


def front(records: list[Record]) -> list[Record]:
    """Return the Pareto front: the complete trials that no other beats."""
    complete = [record for record in records if record.state == "complete"]
    return [
        record
        for record in complete
        if not any(beats(rival, record) for rival in complete)
    ]
