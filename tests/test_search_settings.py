"""How sharply trials compete, and when an algorithm begins to learn, is as answered."""

import re
from typing import Any

import pytest
from keras_tuner import Objective
from keras_tuner.oracles import HyperbandOracle

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
    assert made._min_resource == 1


@pytest.mark.parametrize(
    ("pruner", "given"), [("hyperband", (27,)), ("successive_halving", ())]
)
def test_no_trial_is_pruned_before_so_many_epochs(
    pruner: str, given: tuple[int, ...], render: Render
) -> None:
    project = render(package_name="patient", pruner=pruner, min_resource=3)
    assert project.load("search").get_pruner(*given)._min_resource == 3


def test_fewer_epochs_than_hyperband_waits_for_are_no_mistake(render: Render) -> None:
    project = render(package_name="brief", min_resource=9, **SMALL)
    ran = project.run("tune", "--trials", "2", "--epochs", "2")
    assert ran.status == 0, ran.err
    assert [record["state"] for record in project.records()] == ["complete"] * 2


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ({}, (5, 1)),
        ({"pruner_startup_trials": 8, "n_warmup_steps": 4}, (8, 4)),
        ({"pruner_startup_trials": 0, "n_warmup_steps": 0}, (0, 0)),
    ],
)
def test_the_median_is_taken_of_so_many_trials_from_that_epoch_on(
    answers: dict[str, int], expected: tuple[int, int], render: Render
) -> None:
    made = render(pruner="median", **answers).load("search").get_pruner()
    assert (made._n_startup_trials, made._n_warmup_steps) == expected


@pytest.mark.parametrize("epochs", [1, 2, 3, 9, 20, 27, 100, 243])
@pytest.mark.parametrize("factor", [2, 3, 5])
def test_a_project_says_what_one_run_of_hyperband_costs(
    factor: int, epochs: int, render: Render
) -> None:
    project = render(
        framework="keras_tuner", factor=factor, epochs=epochs, layer_types=["dense"]
    )
    oracle = HyperbandOracle(
        Objective("val_accuracy", "max"), max_epochs=epochs, factor=factor
    )
    trials = trained = 0
    for bracket in range(oracle._get_num_brackets()):
        before = 0
        for number in range(oracle._get_num_rounds(bracket)):
            size = oracle._get_size(bracket, number)
            most = oracle._get_epochs(bracket, number)
            trials, trained = trials + size, trained + size * (most - before)
            before = most
    said = re.compile(r"EPOCHS = (\d+) has (\d+) trials? with (\d+) epochs? in all")
    for name in ("config.py", "README.md"):
        found = said.search(project.read(name))
        assert found
        assert [int(n) for n in found.groups()] == [epochs, trials, trained]


def test_a_study_ends_after_so_many_runs_of_hyperband(render: Render) -> None:
    project = render(
        package_name="two_runs",
        framework="keras_tuner",
        factor=2,
        epochs=2,
        hyperband_iterations=2,
        layer_types=["dense"],  # with more combinations than both runs take
    )
    once = re.search(r"has (\d+) trials", project.read("config.py"))
    assert once
    for _ in range(2):  # nor does it go on where it has ended
        ran = project.run("tune", "--trials", "100")
        assert ran.status == 0, ran.err
        assert len(project.records()) == 2 * int(once[1])


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
        ({"algorithm": "hyperband"}, "hyperband_iterations", 20),
        (
            {"algorithm": "hyperband", "hyperband_iterations": 2},
            "hyperband_iterations",
            2,
        ),
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
