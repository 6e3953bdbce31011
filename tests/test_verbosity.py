"""How much is printed: `debug` hands on to each library that it is to say what it does."""

import re
from typing import Any

import optuna
import pytest
from tunewright.questions import choices, questions

from tests.conftest import Render
from tests.often import often
from tests.processes import start

FRAMEWORKS = choices(questions()["framework"])
KERAS = r"accuracy: \d[^\n]* - val_accuracy: \d"
"""An epoch, as Keras says it."""

SAID: dict[str, list[str]] = {
    "optuna": [KERAS],
    "keras_tuner": [KERAS, r"Search: Running Trial #1", r"dense1_units"],
    "search_cv": [
        KERAS,
        r"Fitting 3 folds for each of 1 candidates",
        r"\[CV 3/3\] END .*;, score=0\.\d+ total time=",
    ],
    "sampler": [KERAS],
    "manual": [KERAS],
}


@pytest.mark.parametrize("verbosity", ["progress", "silent", "debug"])
@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_a_library_says_what_it_does_where_everything_is_asked_for(
    framework: str, verbosity: str, render: Render, capfd: pytest.CaptureFixture[str]
) -> None:
    answers: dict[str, Any] = {"search_space": "small", "layer_types": ["dense"]}
    project = render(
        package_name=f"{framework}_{verbosity}",
        framework=framework,
        verbosity=verbosity,
        **answers,
    )
    ran = project.run("tune", "--trials", "1", "--epochs", "1")
    assert ran.status == 0, ran.err
    printed = ran.out + ran.err + "".join(capfd.readouterr())
    if verbosity == "silent":
        assert ran.out == ran.err == ""
    for said in SAID[framework]:
        assert bool(re.search(said, printed)) is (verbosity == "debug"), printed


@pytest.mark.parametrize("family", often(["random_forest", "keras"], ["random_forest"]))
def test_the_rungs_that_workers_share_are_told_once(
    family: str, render: Render
) -> None:
    project = render(
        package_name=f"rungs_{family}",
        framework="search_cv",
        algorithm="halving_random",
        execution="workers",
        estimators=[family],
        input_kind="tabular",
        search_space="small",
        verbosity="debug",
    )
    process = start(project, "tune", "--workers", "2", "--trials", "4")
    out, err = process.communicate()
    assert process.returncode == 0, err
    assert re.findall(r"^iter: (\d)$", out, re.MULTILINE) == ["0", "1"]


def test_optuna_logs_all_that_it_does(render: Render) -> None:
    for verbosity, level in (
        ("debug", optuna.logging.DEBUG),
        ("progress", optuna.logging.WARNING),
        ("silent", optuna.logging.WARNING),
    ):
        render(package_name=f"log_{verbosity}", verbosity=verbosity).load("search")
        assert optuna.logging.get_verbosity() == level
