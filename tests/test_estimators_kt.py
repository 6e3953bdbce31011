"""Models other than Keras's, searched by Keras Tuner: its space, its oracles, and the backend that Keras has there."""

import os
import subprocess
import sys
import tomllib
from typing import Any

import optuna
import pytest
from optuna.distributions import CategoricalDistribution

from tests.conftest import Render
from tests.often import often
from tests.rendering import Project, timeless
from tests.test_estimators import FAMILIES, check_rebuilt, project_of, tune, write_table
from tests.test_mixed_families import shorten

TRIALS = 7


def searched(render: Render, name: str, **answers: Any) -> Project:
    """A project of Keras Tuner's, of several families unless others are named."""
    chosen: dict[str, Any] = {
        "framework": "keras_tuner",
        "estimators": ["linear", "svm"],
    }
    return project_of(render, name, **chosen | answers)


def stop_after(monkeypatch: pytest.MonkeyPatch, project: Project, fits: int) -> None:
    """Press Ctrl-C in a study, so to say, when so many models are fitted."""
    training = project.load("train")
    fit_model, fitted = training.fit_model, []

    def stopped(setup: Any) -> Any:
        fitted.append(setup)
        if len(fitted) > fits:
            raise KeyboardInterrupt
        return fit_model(setup)

    with monkeypatch.context() as patch:
        patch.setattr(training, "fit_model", stopped)
        assert project.run("tune", "--trials", str(TRIALS)).status == 130


@pytest.mark.parametrize(
    ("algorithm", "answers"),
    often(
        [
            ("bayesian", {"n_startup_trials": 5}),
            ("random", {}),
            ("grid", {}),
        ],
        [("bayesian", {"n_startup_trials": 5})],
    ),
)
def test_a_search_that_was_stopped_goes_on_as_if_it_had_not(
    algorithm: str,
    answers: dict[str, Any],
    render: Render,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    project = searched(render, f"kt_{algorithm}", algorithm=algorithm, **answers)
    tune(project, TRIALS, "whole")
    for fits in (2, 3):  # in the second process, too, some are in the log
        stop_after(monkeypatch, project, fits)
    assert len(project.records()) == 5
    tune(project, TRIALS)
    records = project.records()
    aside = ("weights_sha256",)
    assert timeless(records, *aside) == timeless(project.records("whole"), *aside)
    assert {record["state"] for record in records} == {"complete"}
    assert len({str(record["params"]) for record in records}) > 3
    for record in records:
        family = record["params"]["estimator"]
        others = record["params"].keys() - {"estimator"}
        assert others
        assert {name.partition("__")[0] for name in others} == {family}
    check_rebuilt(project, records[0])
    check_rebuilt(project, records[-1], "--retrain")


def test_several_families_are_compared_in_the_report(render: Render) -> None:
    project = searched(render, "kt_report", algorithm="random", keep_weights="best")
    tune(project, 8)
    tried = {record["params"]["estimator"] for record in project.records()}
    assert len(tried) > 1
    ran = project.run("report")
    assert ran.status == 0, ran.err
    page = (project.root / "runs" / "default" / "report.html").read_text("utf-8")
    assert all(family in page for family in tried)
    assert "Learning curves" not in page


@pytest.mark.parametrize("size", often(["small", "standard", "wide"], ["standard"]))
@pytest.mark.parametrize(
    "task", often(["classification", "regression"], ["regression"])
)
def test_what_is_searched_is_what_optuna_searches(
    task: str, size: str, render: Render
) -> None:
    """Each family's hyperparameters, in a scope of that family."""
    chosen = {"estimators": FAMILIES, "task": task, "search_space": size}
    theirs = project_of(render, f"opt_{task}_{size}", **chosen)
    expected = {}
    study = optuna.create_study()
    for family in FAMILIES:
        study.enqueue_trial({"estimator": family})
        trial = study.ask()
        theirs.load("model").get_model(trial, 0)
        for name, drawn in trial.distributions.items():
            if name != "estimator":
                expected[family, name] = described(drawn)

    project = searched(render, f"kt_{task}_{size}", algorithm="random", **chosen)
    data = project.load("data").load_data()
    found = {}
    for known in project.load("space").search_space(data).space:
        if known.name == "estimator":
            assert known.values == FAMILIES
            continue
        [scope] = known.conditions
        assert scope.name == "estimator"
        [family] = scope.values
        found[family, known.name] = described(known)
    assert found == expected
    assert len(found) > 2 * len(FAMILIES)


def described(drawn: Any) -> Any:
    """A range or a list of choices, as Optuna or Keras Tuner has it."""
    if isinstance(drawn, CategoricalDistribution):
        return [*drawn.choices]
    if hasattr(drawn, "value"):  # which Keras Tuner calls fixed
        return [drawn.value]
    if hasattr(drawn, "sampling"):
        return drawn.min_value, drawn.max_value, drawn.sampling == "log"
    if hasattr(drawn, "values"):
        return [*drawn.values]
    return drawn.low, drawn.high, drawn.log


def requirements(project: Project) -> set[str]:
    """What a project depends on, without the versions."""
    declared = tomllib.loads(project.read("pyproject.toml"))["project"]["dependencies"]
    return {line.partition(">=")[0] for line in declared}


def alone(project: Project, *words: str) -> tuple[str, set[str]]:
    """Run a command in a process of its own, which chooses Keras's backend by itself.

    Returns:
        What it printed, and which of the large libraries it imported.
    """
    large = ["jax", "keras", "keras_tuner", "optuna", "plotly", "sklearn", "tensorflow"]
    code = (
        f"import sys; from {project.package}.__main__ import main; "
        f"status = main({[*words]}); "
        f"print(status, *{{*{large}}} & {{*sys.modules}})"
    )
    environment = {k: v for k, v in os.environ.items() if k != "KERAS_BACKEND"}
    ran = subprocess.run(
        [sys.executable, "-c", code],
        cwd=project.root,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    *lines, last = ran.stdout.splitlines()
    status, *imported = last.split()
    assert status == "0", ran.stderr
    return "\n".join(lines), {*imported}


def test_keras_runs_on_jax_where_no_family_is_a_network(render: Render) -> None:
    project = searched(render, "kt_jax", estimators=["linear", "knn"])
    needed = requirements(project)
    assert {"jax", "keras", "keras-tuner", "six"} <= needed
    assert "tensorflow" not in needed

    words = ["tune", "--trials", "2", "--in-process", "--study", "alone"]
    _, imported = alone(project, *words)
    assert imported == {"jax", "keras", "keras_tuner", "sklearn"}
    _, imported = alone(project, "trials", "--study", "alone")
    assert imported == set()

    # What Keras runs on has no part in what is drawn.
    tune(project, 2)
    aside = ("weights_sha256",)
    here = timeless(project.records(), *aside)
    assert timeless(project.records("alone"), *aside) == here


@pytest.mark.matrix
def test_a_network_among_the_families_brings_tensorflow(render: Render) -> None:
    project = searched(render, "kt_mixed", estimators=["keras", "linear"])
    needed = requirements(project)
    assert {"keras", "keras-tuner", "six", "tensorflow"} <= needed
    assert "jax" not in needed and "jax" not in project.read("__init__.py")
    shorten(project)
    tune(project, 4)
    records = project.records()
    assert {record["params"]["estimator"] for record in records} == {"keras", "linear"}
    network = next(r for r in records if r["params"]["estimator"] == "keras")
    check_rebuilt(project, network, "--retrain")


def test_how_a_table_is_prepared_is_asked_outside_the_scopes(render: Render) -> None:
    project = searched(
        render,
        "kt_table",
        algorithm="random",
        data_source="csv",
        task="regression",
        tune_preprocessing=True,
        estimators=["linear", "hist_gradient_boosting"],
    )
    write_table(project)
    tune(project, 5)
    records = project.records()
    assert {record["state"] for record in records} == {"complete"}
    assert len({record["params"]["scaler"] for record in records}) > 1
    for record in records:
        assert {"scaler", "imputation", "encoding"} < record["params"].keys()
    check_rebuilt(project, records[-1])
    check_rebuilt(project, records[0], "--retrain")


def test_a_record_that_lacks_a_hyperparameter_is_refused(render: Render) -> None:
    """Keras Tuner would take its default."""
    project = searched(render, "kt_lacks", estimators=["knn"])
    tune(project, 1)
    log = project.root / "runs" / "default" / "trials" / "trial_0000.json"
    record = project.record(project.records()[0])
    record.params.pop("knn__p")
    log.write_text(project.load("study.files").to_json(record))
    ran = project.run("reconstruct", "0")
    assert ran.status == 2
    assert "its record has no knn__p" in ran.err
    assert ran.err.count("\n") == 1
