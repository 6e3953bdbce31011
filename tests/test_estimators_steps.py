"""Models that get their trees in steps: pruned, resumed, and what one fit would give."""

from typing import Any

import numpy as np
import pytest
from optuna.trial import FixedTrial

from tests.conftest import Render
from tests.interviews import refused
from tests.often import often
from tests.rendering import Project, timeless
from tests.test_estimators import check_rebuilt, project_of, tune
from tests.test_estimators_boosting import write_tumours

FAMILIES = [
    "random_forest",
    "extra_trees",
    "hist_gradient_boosting",
    "xgboost",
    "lightgbm",
]
AT_ONCE = ["svm", "linear", "knn", "mlp"]
STEPS = 10


def pruned_project(render: Render, name: str, **answers: Any) -> Project:
    """A project with a pruner: that of the median begins after two trials."""
    if "pruner" not in answers:
        answers |= {"pruner": "median", "pruner_startup_trials": 2}
    return project_of(render, name, framework="optuna", **answers)


def check_history(record: dict[str, Any]) -> None:
    """See that each step is logged, and that the last of them is the trial's."""
    steps = {name: len(values) for name, values in record["history"].items()}
    assert steps.keys() == record["metrics"].keys()
    (count,) = {*steps.values()}
    assert (count == STEPS) is (record["state"] == "complete")
    last = {name: values[-1] for name, values in record["history"].items()}
    assert last == record["metrics"]


@pytest.mark.parametrize("family", often(FAMILIES, ["xgboost"]))
def test_trials_are_pruned_resumed_and_fitted_again(
    family: str, render: Render
) -> None:
    project = pruned_project(render, f"steps_{family}", estimators=[family])
    tune(project, 6, "whole")
    tune(project, 4)
    tune(project, 6)
    records = project.records()
    aside = ("weights_sha256",)
    # Optuna was told of each step again, or it would have pruned others.
    assert timeless(records, *aside) == timeless(project.records("whole"), *aside)
    states = [record["state"] for record in records]
    assert {*states} == {"complete", "pruned"}
    for record in records:
        check_history(record)
        check_rebuilt(project, record)
    check_rebuilt(project, records[0], "--retrain")
    check_rebuilt(project, records[states.index("pruned")], "--retrain")


@pytest.mark.parametrize(
    ("task", "family"),
    [
        ("classification", "random_forest"),
        ("regression", "extra_trees"),
        ("classification", "hist_gradient_boosting"),
        ("regression", "xgboost"),
        ("classification", "lightgbm"),
    ],
)
def test_steps_end_in_the_model_of_one_fit(
    task: str, family: str, render: Render
) -> None:
    """The trees do not divide by ten; of rows and columns some are left out."""
    answers: dict[str, Any] = {"task": task, "search_space": "standard"}
    if family == "random_forest":
        answers["class_weight"] = True
    project = pruned_project(
        render, f"one_fit_{family}", estimators=[family], **answers
    )
    training = project.load("train")
    data = project.load("dataset").check(project.load("data").load_data())
    trees = "max_iter" if family == "hist_gradient_boosting" else "n_estimators"
    params = {
        "max_features": 0.5,
        "min_samples_leaf": 5,
        "learning_rate": 0.1,
        "max_leaf_nodes": 15,
        "l2_regularization": 0.1,
        "max_depth": 3,
        "min_child_weight": 1.0,
        "min_child_samples": 10,
        "num_leaves": 15,
        "subsample": 0.7,
        "colsample_bytree": 0.6,
        "reg_lambda": 0.1,
        trees: 57 if family not in ("random_forest", "extra_trees") else 103,
    }
    trial = FixedTrial({f"{family}__{name}": value for name, value in params.items()})
    seen: list[Any] = []

    def goes_on(step: int, model: Any, part: Any) -> bool:
        seen.append(training.evaluate(model, part))
        return True

    stepped = training.fit_model(training.set_up(trial, data, 3), goes_on)
    assert len(seen) == STEPS
    y = data.train.y if task == "classification" else data.train.y[:, 0]
    once = training.set_up(trial, data, 3).model.fit(data.train.x, y)
    ask = "predict_proba" if task == "classification" else "predict"
    x = data.validation.x
    assert np.array_equal(getattr(stepped, ask)(x), getattr(once, ask)(x))
    assert seen[-1] == training.evaluate(once, data.validation)
    assert stepped.get_params() == once.get_params()


def test_who_has_no_steps_is_scored_once_and_never_pruned(render: Render) -> None:
    project = pruned_project(
        render,
        "steps_mixed",
        estimators=["xgboost", "linear"],
        data_source="csv",
        pruner="hyperband",
    )
    write_tumours(project)
    tune(project, 8)
    records = project.records()
    at_once = [r for r in records if r["params"]["estimator"] == "linear"]
    assert 0 < len(at_once) < 8
    for record in records:
        if record in at_once:
            assert (record["state"], record["history"]) == ("complete", {})
        else:
            check_history(record)
        check_rebuilt(project, record, "--retrain")
    ran = project.run("report")
    assert ran.status == 0, ran.err
    page = (project.root / "runs/default/report.html").read_text("utf-8")
    assert "by step; a cross is where a trial was pruned" in page


def test_without_a_pruner_nothing_is_said_of_steps(render: Render) -> None:
    project = project_of(render, "steps_none", estimators=["lightgbm"])
    package = project.root / project.package
    assert not (package / "steps.py").exists()
    for name in ("search.py", "train.py", "reconstruct.py", "model.py"):
        text = (package / name).read_text("utf-8")
        assert "STEPS" not in text and "should_prune" not in text, name


@pytest.mark.parametrize("family", AT_ONCE)
def test_a_pruner_needs_a_family_with_steps(family: str, template: Any) -> None:
    message = refused(template, {"estimators": [family], "pruner": "median"})
    assert "random_forest" in message
    assert "\n" not in message
