"""How sharply trials compete, and when an algorithm begins to learn, is as answered."""

from typing import Any

import pytest

from tests.conftest import Render

SMALL: dict[str, Any] = {"search_space": "small", "layer_types": ["dense"]}


@pytest.mark.parametrize(
    ("pruner", "given"), [("hyperband", (27,)), ("successive_halving", ())]
)
def test_optuna_prunes_by_the_factor(
    pruner: str, given: tuple[int, ...], render: Render
) -> None:
    project = render(pruner=pruner, factor=4)
    made = project.load("search").get_pruner(*given)
    assert made._reduction_factor == 4


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ({}, 4),
        ({"pruner": "none"}, 10),
        ({"pruner": "none", "n_startup_trials": 25}, 25),
        ({"n_startup_trials": 1}, 1),
    ],
)
def test_tpe_draws_so_many_trials_at_random(
    answers: dict[str, Any], expected: int, render: Render
) -> None:
    sampler = render(**answers).load("search").get_sampler(0, 0)
    assert sampler._n_startup_trials == expected


@pytest.mark.parametrize(
    ("answers", "setting", "expected"),
    [
        ({"algorithm": "hyperband", "factor": 5}, "factor", 5),
        ({"algorithm": "bayesian"}, "num_initial_points", 10),
        (
            {"algorithm": "bayesian", "n_startup_trials": 7},
            "num_initial_points",
            7,
        ),
    ],
)
def test_keras_tuner_is_set_up_as_answered(
    answers: dict[str, Any], setting: str, expected: int, render: Render
) -> None:
    project = render(framework="keras_tuner", **SMALL, **answers)
    study = project.load("study")
    budget = study.Budget(20, 20, 0)
    space = project.load("space").search_space(project.load("data").load_data())
    log = [study.TrialLog(project.root)] if answers["algorithm"] == "bayesian" else []
    oracle = project.load("search").get_oracle(*log, budget, space)
    assert getattr(oracle, setting) == expected


def test_each_rung_has_so_many_times_the_epochs(render: Render) -> None:
    project = render(
        framework="search_cv", algorithm="halving_random", factor=2, **SMALL
    )
    assert project.run("tune", "--trials", "4", "--epochs", "4").status == 0
    rungs = [[rung["epochs"] for rung in r["rungs"]] for r in project.records()]
    assert sorted(rungs) == [[1], [1], [1, 2], [1, 2, 4]]
