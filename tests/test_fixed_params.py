"""A range of one value is a fixed hyperparameter: recorded with each trial, and rebuilt."""

from typing import Any

import pytest
from tunewright.questions import choices, questions

from tests.conftest import Render
from tests.often import often
from tests.spaces import OF

FRAMEWORKS = choices(questions()["framework"])
FIXED: dict[str, Any] = {
    "search_space": "custom",
    "layer_types": ["conv", "dropout", "dense"],
    "conv_blocks": {"low": 2, "high": 2},
    "conv_filters": [4, 8],
    "conv_kernel": {"low": 3, "high": 3},
    "dense_layers": [1],
    "dense_units": {"low": 8, "high": 8, "log": True},
    "activation": ["relu"],
    "dropout_rate": [0.25],
    "learning_rate": {"low": 0.01, "high": 0.01},
    "batch_size": [64],
}
ALWAYS = {
    "conv_blocks": 2,
    "conv1_kernel": 3,
    "conv2_kernel": 3,
    "dense_layers": 1,
    "dense1_units": 8,
    "activation": "relu",
    "learning_rate": 0.01,
    "batch_size": 64,
}
"""What each trial has, whatever it draws."""

ALGORITHMS = [
    *((framework, "") for framework in FRAMEWORKS),
    *(("keras_tuner", name) for name in ("bayesian", "random", "grid")),
    *(("optuna", name) for name in ("gp", "cmaes", "qmc", "grid", "nsga2")),
    *(("search_cv", name) for name in ("grid", "halving_random")),
]


@pytest.mark.parametrize(
    ("framework", "algorithm"),
    often(ALGORITHMS, [*ALGORITHMS[: len(FRAMEWORKS) + 1], ("optuna", "grid")]),
)
def test_what_is_fixed_is_recorded_and_rebuilt(
    framework: str, algorithm: str, render: Render
) -> None:
    answers = FIXED | ({"algorithm": algorithm} if algorithm else {})
    package = f"{framework}_{algorithm}_fixed"
    project = render(package_name=package, framework=framework, **answers)
    trials = "1" if framework == "manual" else "3"
    ran = project.run("tune", "--trials", trials, "--epochs", "1")
    assert ran.status == 0, ran.err
    records = project.records()
    assert len(records) == int(trials)
    for record in records:
        assert record["error"] is None
        params = record["params"]
        assert params.items() >= ALWAYS.items()
        # What belongs to a layer is recorded where the trial has the layer.
        with_rate = {n.removesuffix("_rate") for n in params if n.endswith("_rate")}
        with_rate -= {"learning"}
        assert with_rate == {n for n in params if n.endswith("_dropout") and params[n]}
        assert {params[f"{layer}_rate"] for layer in with_rate} <= {0.25}
    rebuilt = project.run("reconstruct", "best", "--out", str(project.root / "a.keras"))
    assert rebuilt.status == 0, rebuilt.err


@pytest.mark.parametrize("framework", OF)
def test_the_space_has_a_fixed_hyperparameter_as_one_choice(
    framework: str, render: Render
) -> None:
    project = render(package_name=f"{framework}_one", framework=framework, **FIXED)
    space = OF[framework](project)
    assert {name: space[name] for name in ALWAYS} == {
        name: ("choice", (value,)) for name, value in ALWAYS.items()
    }


def test_each_framework_says_so_in_its_own_words(render: Render) -> None:
    said = {
        "keras_tuner": 'hp.Fixed("batch_size", 64)',
        "optuna": 'trial.suggest_categorical("batch_size", [64])',
        "sampler": '"batch_size": [64],',
        "search_cv": '"batch_size": [64],',
    }
    for framework, line in said.items():
        assert line in render(framework=framework, **FIXED).read("model.py")
    assert '"batch_size": 64,' in render(framework="manual", **FIXED).read("config.py")
