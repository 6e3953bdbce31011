"""Searches killed with SIGKILL in the middle of a trial, in each framework."""

from typing import Any

import pytest

from tests.conftest import Render
from tests.often import often
from tests.processes import kill, start, wait_until
from tests.rendering import Project, timeless

VARIANTS: dict[str, dict[str, Any]] = {
    "sampler_random": {"framework": "sampler", "algorithm": "random"},
    "sampler_grid": {"framework": "sampler", "algorithm": "grid"},
    "keras_tuner_hyperband": {"framework": "keras_tuner", "algorithm": "hyperband"},
    "keras_tuner_grid": {"framework": "keras_tuner", "algorithm": "grid"},
    "search_cv_random": {"framework": "search_cv", "algorithm": "random"},
    "search_cv_halving_grid": {"framework": "search_cv", "algorithm": "halving_grid"},
}


def killed_project(name: str, render: Render) -> Project:
    """A project whose trials are short."""
    return render(
        package_name=f"killed_{name}",
        epochs=4,
        search_space="small",
        layer_types=["conv", "dense"],
        **VARIANTS[name],
    )


@pytest.mark.parametrize(
    "name",
    often(VARIANTS, ["keras_tuner_hyperband"]),
)
def test_a_killed_search_goes_on_as_if_nothing_had_happened(
    name: str, render: Render
) -> None:
    project = killed_project(name, render)
    trials = ("--trials", "5")
    project.run("tune", *trials, "--study", "whole")
    process = start(project, "tune", *trials)
    log = project.root / "runs" / "default" / "trials"
    wait_until((log / "trial_0001.json").exists, process)
    kill(process, project)
    assert len(list(log.glob("trial_*.json"))) < 5

    assert project.run("tune", *trials).status == 0
    assert [record["number"] for record in timeless(project.records("default"))] == [
        *range(5)
    ]
    assert timeless(project.records("default")) == timeless(project.records("whole"))


def test_a_fold_that_was_fitted_is_not_fitted_again(
    render: Render, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = killed_project("search_cv_random", render)
    process = start(project, "tune", "--trials", "2")
    folds = project.root / "runs" / "default" / "folds"
    wait_until(lambda: list(folds.glob("**/fold_0/trial_*.json")), process)
    kill(process, project)
    logged = len(list(folds.glob("**/trial_*.json")))
    done = len(list((folds.parent / "trials").glob("trial_*.json")))

    module = project.load("cross_validation")
    fitted: list[int] = []
    fit = module.fit

    def counted(setup: Any, record: Any, *epochs: int, **options: Any) -> None:
        fitted.append(record.number)
        fit(setup, record, *epochs, **options)

    monkeypatch.setattr(module, "fit", counted)
    assert project.run("tune", "--trials", "2").status == 0
    assert len(timeless(project.records("default"))) == 2
    assert len(fitted) == 3 * (2 - done) - logged
    assert not folds.exists()


def test_a_second_process_is_refused(render: Render) -> None:
    project = killed_project("sampler_random", render)
    process = start(project, "tune", "--trials", "50", "--study", "shared")
    log = project.root / "runs" / "shared" / "trials"
    wait_until((log / "trial_0000.json").exists, process)
    second = project.run("tune", "--trials", "50", "--study", "shared")
    kill(process, project)
    assert second.status == 2
    assert "another process" in second.err
    assert second.err.count("\n") == 1


@pytest.mark.matrix
def test_weights_that_a_later_round_needs_outlive_the_process(render: Render) -> None:
    project = render(
        package_name="killed_rounds",
        framework="keras_tuner",
        algorithm="hyperband",
        search_space="small",
        layer_types=["conv", "dense"],
        keep_weights="none",
        epochs=4,
    )
    trials = ("--trials", "6")
    project.run("tune", *trials, "--study", "whole")
    whole = timeless(project.records("whole"))
    assert any(record["continues"] for record in whole)
    for count in range(1, 7):  # a process of its own could have made each
        project.run("tune", "--trials", str(count))
    assert timeless(project.records("default")) == whole
