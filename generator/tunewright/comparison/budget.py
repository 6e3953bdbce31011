"""How many epochs a trial took, and how many a search is going to take."""

import re
from collections.abc import Iterator
from math import ceil, floor, log
from typing import Any, NamedTuple

from .entrants import Entrant

Record = dict[str, Any]
"""A trial, as its project logged it."""


class Step(NamedTuple):
    """A part of a search: a trial, or with successive halving a rung of one."""

    record: Record
    epochs: int
    is_last: bool
    """Whether the trial was as it is logged from here on."""


def steps(records: list[Record]) -> Iterator[Step]:
    """The search in the order in which it ran.

    Args:
        records: By number.
    """
    if not any(record.get("rungs") for record in records):
        for record in records:
            yield Step(record, epochs_of(record), True)
        return
    # scikit-learn takes all trials up to one rung before the first goes on to the next.
    for rung in range(max(len(record["rungs"]) for record in records) + 1):
        for record in records:
            parts = _epochs_by_rung(record)
            if rung < len(parts):
                yield Step(record, parts[rung], rung == len(parts) - 1)


def epochs_of(record: Record) -> int:
    """How many epochs a trial trained, in all models that it trained."""
    return sum(_epochs_by_rung(record))


def _epochs_by_rung(record: Record) -> list[int]:
    """A part for each rung that the trial began; one, where there are no rungs.

    Of the folds of an earlier rung a record says only how many epochs they were
    allowed, so they count as if none had stopped before.
    """
    if "folds" not in record:
        return [len(record["history"].get("loss", []))]
    last = sum(fold["epochs"] for fold in record["folds"])
    rungs = record.get("rungs", [])
    before = rungs if record["state"] == "failed" else rungs[:-1]
    return [rung["epochs"] * len(rung["fold_scores"]) for rung in before] + [last]


def trainings_a_trial(entrant: Entrant) -> int:
    """How many models one trial trains; more than one where it is cross-validated."""
    return _constant(entrant, "FOLDS") or 1


def trials_of_halving(entrant: Entrant, epochs: int, budget: int) -> int | None:
    """How many trials successive halving can begin with; none if it is not used.

    Args:
        entrant: The project.
        epochs: At the most, for one training.
        budget: Of epochs, over all trials.

    Returns:
        The highest number whose rungs take no more than the budget, and at least 1.
    """
    factor = _constant(entrant, "FACTOR")
    if factor is None:
        return None
    folds = trainings_a_trial(entrant)
    fit = [
        trials
        for trials in range(1, budget // folds + 1)
        if folds * epochs_of_halving(trials, epochs, factor) <= budget
    ]
    return max(fit, default=1)


def epochs_of_halving(trials: int, epochs: int, factor: int) -> int:
    """How many epochs all rungs take, for one fold, if no training ends early."""
    rungs = 1 + floor(log(min(trials, epochs), factor))
    allowed = epochs // factor ** (rungs - 1)
    total = 0
    for _ in range(rungs):
        total += trials * allowed
        trials, allowed = ceil(trials / factor), allowed * factor
    return total


def _constant(entrant: Entrant, name: str) -> int | None:
    """A whole number that the project's search has under this name."""
    source = (entrant.folder / entrant.package / "search.py").read_text("utf-8")
    found = re.search(rf"^{name} = (\d+)$", source, re.MULTILINE)
    return int(found[1]) if found else None
