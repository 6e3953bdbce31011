"""What the records of a search must say, whatever was answered."""

from collections.abc import Iterator, Mapping, Sequence
from statistics import fmean
from typing import Any

Record = Mapping[str, Any]
Answers = Mapping[str, Any]


def faults(records: Sequence[Record], answers: Answers, expected: int) -> Iterator[str]:
    """What is wrong with a search's records.

    Args:
        records: By number.
        answers: To all questions.
        expected: How many there are to be.
    """
    numbers = [record["number"] for record in records]
    if numbers != [*range(expected)]:
        yield f"its trials are {numbers}, and should be {expected}"
    for record in records:
        if record["error"]:
            yield f"trial {record['number']} failed: {record['error']}"
        elif record["objective"]["value"] is not None:  # else it was pruned as it began
            for fault in (*_in_scores(record, answers), *_in_params(record)):
                yield f"trial {record['number']}: {fault}"
        has_weights = record["weights"] is not None
        if has_weights != (record["weights_sha256"] is not None):
            yield f"trial {record['number']}: its weights and their digest do not agree"
        if has_weights != (record["weights_note"] is None):
            yield f"trial {record['number']}: its weights and the note do not agree"
    yield from _in_weights(records, answers)


def _in_scores(record: Record, answers: Answers) -> Iterator[str]:
    """The score is that of the best epoch, if there are epochs, and that is the best."""
    history, metrics = record["history"], record["metrics"]
    objective, monitor = record["objective"], answers["monitor"]
    for metric, values in history.items():
        if metrics[metric] != values[record["best_epoch"] - 1]:
            yield f"{metric} is not that of the best epoch"
    best_of = max if answers["direction"] == "maximize" else min
    if history and metrics[monitor] != best_of(history[monitor]):
        yield f"{monitor} is better at another epoch"
    named = (objective["name"], objective["direction"])
    if named != (answers["objective_name"], answers["direction"]):
        yield f"its objective is {named}"
    scores = [fold["score"] for fold in record.get("folds", [])]
    if objective["value"] != (fmean(scores) if scores else metrics[monitor]):
        yield "its score is not what was measured"


def _in_params(record: Record) -> Iterator[str]:
    """What belongs to a layer beyond the last is not there."""
    params = record["params"]
    for layers, last in [
        ("conv_blocks", "conv{}_filters"),
        ("dense_layers", "dense{}_units"),
        ("rnn_layers", "rnn{}_units"),
    ]:
        beyond = last.format(params.get(layers, 0) + 1)
        if layers in params and beyond in params:
            yield f"{layers} is {params[layers]}, and yet there is {beyond}"


def _in_weights(records: Sequence[Record], answers: Answers) -> Iterator[str]:
    """Those are kept that are to be."""
    kept = {record["number"] for record in records if record["weights"]}
    rule = answers["keep_weights"]
    sign = 1 if answers["direction"] == "maximize" else -1
    scores = {
        record["number"]: sign * record["objective"]["value"]
        for record in records
        if record["objective"]["value"] is not None
    }
    if rule == "all" and kept != {*scores}:
        yield f"the weights are kept of {kept} only"
    if rule == "none" and kept:
        yield f"the weights are kept of {kept}"
    if rule == "above":
        threshold = sign * answers["weights_threshold"]
        above = {number for number, score in scores.items() if score >= threshold}
        if kept != above:
            yield f"the weights are kept of {kept}, and {above} score so well"
    if rule == "best" and answers["algorithm"] == "nsga2":
        if kept != (front := _pareto_front(records)):
            yield f"the weights are kept of {kept}, and the Pareto front is {front}"
    elif rule == "best":
        complete = [r["number"] for r in records if r["state"] == "complete"]
        best = max((scores[number] for number in complete), default=None)
        if [scores[number] for number in kept] != ([] if best is None else [best]):
            yield f"the weights are kept of {kept}, which are not the best"


def _pareto_front(records: Sequence[Record]) -> set[int]:
    """The trials than which no other is as good in both objectives, and better in one."""
    points = {
        record["number"]: tuple(
            goal["value"] if goal["direction"] == "minimize" else -goal["value"]
            for goal in record["objectives"]
        )
        for record in records
        if not record["error"]
    }
    return {
        number
        for number, point in points.items()
        if not any(
            other != point and all(a <= b for a, b in zip(other, point, strict=True))
            for other in points.values()
        )
    }
