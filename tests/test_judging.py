"""What is wrong with the records of a variant that was trained is found, and only that."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
from tunewright.variants.judging import faults

Record = dict[str, Any]

ANSWERS = {
    "algorithm": "tpe",
    "direction": "maximize",
    "keep_weights": "best",
    "monitor": "val_accuracy",
    "objective_name": "val_accuracy",
    "weights_threshold": 0.6,
}


def record(number: int, score: float, weights: str | None) -> Record:
    """A trial of one epoch."""
    return {
        "number": number,
        "state": "complete",
        "params": {"conv_blocks": 1, "conv1_filters": 3},
        "error": None,
        "history": {"val_accuracy": [score]},
        "metrics": {"val_accuracy": score},
        "best_epoch": 1,
        "objective": {
            "name": "val_accuracy",
            "direction": "maximize",
            "value": score,
        },
        "objectives": [
            {"direction": "maximize", "value": score},
            {"direction": "minimize", "value": 100},
        ],
        "weights": weights,
        "weights_sha256": weights and "a" * 64,
        "weights_note": None if weights else "another is better",
    }


GOOD = [record(0, 0.5, None), record(1, 0.75, "w.h5")]
KEPT = {"weights": "w.h5", "weights_sha256": "a" * 64, "weights_note": None}


@pytest.mark.parametrize(
    "answers",
    [{}, {"algorithm": "nsga2"}, {"keep_weights": "above"}],
    ids=["best", "front", "above"],
)
def test_good_records_have_no_fault(answers: dict[str, Any]) -> None:
    assert [*faults(GOOD, ANSWERS | answers, 2)] == []


@pytest.mark.parametrize(
    ("spoil", "answers", "fault"),
    [
        (lambda r: r.pop(), {}, "should be 2"),
        (lambda r: r[0].update(number=5), {}, "should be 2"),
        (
            lambda r: r[0]["metrics"].update(val_accuracy=0.4),
            {},
            "not that of the best",
        ),
        (lambda r: r[0]["history"].update(val_accuracy=[0.5, 0.9]), {}, "better at"),
        (lambda r: r[0]["objective"].update(value=0.1), {}, "what was measured"),
        (lambda r: r[0]["objective"].update(name="val_loss"), {}, "its objective is"),
        (lambda r: r[0].update(folds=[{"score": 0.1}]), {}, "what was measured"),
        (lambda r: r[0]["params"].update(conv2_filters=3), {}, "conv2_filters"),
        (lambda r: r[1].update(weights_sha256=None), {}, "digest"),
        (lambda r: r[1].update(weights_note="lost"), {}, "note"),
        (lambda r: r[0].update(KEPT), {}, "not the best"),
        (lambda r: r[0].update(KEPT), {"algorithm": "nsga2"}, "Pareto front is {1}"),
        (lambda r: r[0].update(KEPT), {"keep_weights": "above"}, "score so well"),
        (lambda r: None, {"keep_weights": "all"}, "kept of {1} only"),
        (lambda r: None, {"keep_weights": "none"}, "kept of {1}"),
        (
            lambda r: r[0].update(state="failed", error={"type": "ValueError"}),
            {},
            "trial 0 failed",
        ),
    ],
)
def test_a_fault_is_found(
    spoil: Callable[[list[Record]], object], answers: dict[str, Any], fault: str
) -> None:
    records = deepcopy(GOOD)
    spoil(records)
    assert any(fault in found for found in faults(records, ANSWERS | answers, 2))
