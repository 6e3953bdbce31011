"""A study that was cut short goes on as if it had never stopped, whatever Optuna chooses by.

The trials are drawn by the project's own search; their training is a sum.
"""

import json
import math
import zlib
from collections.abc import Sequence
from importlib.util import find_spec
from typing import Any
from unittest.mock import MagicMock

import keras
import pytest

from tests.conftest import Render
from tests.rendering import Project, timeless
from tests.variants import Variant, variants

TRIALS = 30
CUTS = [1, 7, 23]
EPOCHS = 9
FAILS = {4, 11}
GRID: dict[str, Any] = {
    "search_space": "custom",
    "dense_layers": [1, 2],
    "dense_units": [4, 8, 16],
    "learning_rate": [0.001, 0.003, 0.01],
}
"""Combinations enough for all trials."""

OPTUNA = [variant for variant in variants() if variant.framework == "optuna"]
OFTEN = [
    *("optuna_tpe_hyperband", "optuna_gp_median", "optuna_cmaes", "optuna_nsga2"),
    *("optuna_qmc_successive_halving", "optuna_random_median", "optuna_grid_hyperband"),
]
"""Each algorithm and each pruner."""


needs_torch = pytest.mark.skipif(
    find_spec("torch") is None, reason="never in the default install; make gp has it"
)


def marked(variant: Variant) -> Any:
    """A variant, which is left out where what it needs is not there."""
    marks = [needs_torch] if variant.algorithm == "gp" else []
    if variant.name not in OFTEN:
        marks.append(pytest.mark.matrix)
    return pytest.param(variant, id=variant.name, marks=marks)


def add_up(
    setup: Any,
    record: Any,
    epochs: int,
    *,
    callbacks: Sequence[keras.callbacks.Callback],
) -> None:
    """Give a model the scores that its hyperparameters say, and train nothing."""
    if record.number in FAILS:
        raise ValueError("it fails")
    params = record.params
    luck = zlib.crc32(json.dumps(params, sort_keys=True).encode()) / 2**32
    rate = abs(math.log10(params.get("learning_rate", 0.001)) + 2.5)
    scores: list[float] = []
    watching = keras.callbacks.CallbackList(callbacks, model=setup.model)
    watching.set_params({"epochs": epochs})
    setup.model.stop_training = False
    watching.on_train_begin()
    while len(scores) < epochs and not setup.model.stop_training:
        epoch = len(scores)
        scores.append((0.5 + 0.4 * luck - 0.1 * rate) * (1 - 0.5 / (epoch + 1 + luck)))
        watching.on_epoch_end(epoch, {"val_accuracy": scores[-1]})
    record.parameter_count = sum(
        value for name, value in params.items() if name.endswith("_units")
    )
    record.history = {
        "loss": [1 - score for score in scores],
        "val_accuracy": scores,
    }
    record.best_epoch = len(scores)
    record.metrics = {name: each[-1] for name, each in record.history.items()}
    record.objective.value = scores[-1]
    if hasattr(record, "objectives"):
        size = type(record.objective)(
            "parameter_count", "minimize", record.parameter_count
        )
        record.objectives = [record.objective, size]
    record.state = "complete"


def search(project: Project, name: str, trials: int) -> list[dict[str, Any]]:
    """Search as a process that has just begun does; what is logged by then."""
    study, signals = project.load("study"), project.load("runtime.signals")
    module = project.load("search")
    budget = study.Budget(trials, EPOCHS, 0)
    with signals.Stop(math.inf) as stop:
        assert module.search(study.Study(project.root / "runs", name), budget, stop)
    records = timeless(project.records(name))
    for record in records:
        # CMA-ES keeps an array in it that nothing was written to, and so never the same twice;
        # what it draws later shows whether it was restored.
        attrs = record["optuna"]["system_attrs"]
        for key in [key for key in attrs if key.startswith("cma:optimizer")]:
            del attrs[key]
    return records


@pytest.mark.parametrize("variant", [marked(variant) for variant in OPTUNA])
def test_a_study_cut_short_goes_on_as_if_it_had_not_been(
    variant: Variant, render: Render, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = render(
        package_name=f"cut_{variant.name}",
        layer_types=["dense"],
        keep_weights="none",
        report=False,
        verbosity="silent",
        **(GRID if variant.algorithm == "grid" else {}),
        **variant.answers,
    )
    # What is drawn is the project's own; no layer is made of it, and none trained.
    monkeypatch.setattr(project.load("model"), "keras", MagicMock())
    monkeypatch.setattr(project.load("model"), "layers", MagicMock())
    monkeypatch.setattr(project.load("search"), "fit", add_up)
    whole = search(project, "whole", TRIALS)
    for cut in CUTS:
        assert search(project, "cut", cut) == whole[:cut]
    assert search(project, "cut", TRIALS) == whole
    states = {record["state"] for record in whole}
    assert states == {"complete", "failed"} | (
        set() if variant.pruner == "none" else {"pruned"}
    )
    drawn = {json.dumps(record["params"]) for record in whole}
    assert len(drawn) > TRIALS / 2


@pytest.mark.parametrize(("epochs", "state"), [(1, "complete"), (2, "pruned")])
def test_a_trial_is_not_pruned_after_the_last_of_its_epochs(
    epochs: int, state: str, render: Render, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = render(algorithm="random", pruner="median", layer_types=["dense"])
    module, reported = project.load("search"), []
    monkeypatch.setattr(project.load("model"), "keras", MagicMock())
    monkeypatch.setattr(project.load("model"), "layers", MagicMock())
    monkeypatch.setattr(project.load("study").TrialLog, "save_weights", MagicMock())
    monkeypatch.setattr(module, "fit", add_up)
    monkeypatch.setattr(module.optuna.Trial, "should_prune", lambda trial: True)
    report = module.optuna.Trial.report

    def note(trial: Any, value: float, step: int) -> None:
        reported.append(step)
        report(trial, value, step)

    monkeypatch.setattr(module.optuna.Trial, "report", note)
    monkeypatch.setitem(globals(), "EPOCHS", epochs)
    [record] = search(project, f"of_{epochs}", 1)
    assert (record["state"], reported) == (state, [0])
