"""A Keras model is an estimator by scikeras or by a class of the project's own, to the same results."""

from typing import Any

import pytest
from sklearn.base import clone, is_classifier, is_regressor
from sklearn.model_selection import check_cv

from tests.conftest import Render
from tests.often import often
from tests.rendering import timeless

SMALL: dict[str, Any] = {
    "framework": "search_cv",
    "search_space": "small",
    "layer_types": ["dense", "dropout"],
}


@pytest.mark.parametrize(
    ("task", "algorithm"),
    often(
        [
            ("classification", "halving_random"),
            ("regression", "random"),
            ("classification", "grid"),
            ("regression", "halving_grid"),
        ],
        [("regression", "random")],
    ),
)
def test_both_wrappers_search_alike(task: str, algorithm: str, render: Render) -> None:
    answers = {**SMALL, "input_kind": "tabular", "task": task, "algorithm": algorithm}
    found = []
    for wrapper in ("scikeras", "own"):
        project = render(wrapper=wrapper, **answers)
        steps = ("2", "4") if wrapper == "own" else ("4",)
        for trials in steps if algorithm == "random" else ("4",):
            ran = project.run("tune", "--trials", trials, "--epochs", "3")
            assert ran.status == 0, ran.err
        assert project.run("reconstruct", "best").status == 0
        found.append(timeless(project.records()))
    assert len(found[0]) == 4
    assert found[0] == found[1]


@pytest.mark.parametrize("task", ["classification", "regression"])
def test_scikit_learn_takes_the_own_wrapper_for_what_it_is(
    task: str, render: Render
) -> None:
    project = render(wrapper="own", input_kind="tabular", task=task, **SMALL)
    module = project.load("cross_validation")
    study, data = project.load("study"), project.load("data").load_data()
    folds = module.Folds(
        data, study.Budget(1, 1, 0), study.TrialLog(project.root), None
    )
    kind = {"classification": "Classifier", "regression": "Regressor"}[task]
    estimator = getattr(module, kind)(folds, 1)
    estimator.set_params(model__units=[1, 2], epochs=3)
    copy = clone(estimator)
    assert copy.get_params() == estimator.get_params()
    assert copy.epochs == 3 and copy.folds is folds
    assert copy.hyperparameters == {"units": [1, 2]}
    copy.set_params(model__units=[5])
    assert estimator.hyperparameters == {"units": [1, 2]}
    assert is_classifier(estimator) == (task == "classification")
    assert is_regressor(estimator) == (task == "regression")
    splits = check_cv(3, data.train.y, classifier=is_classifier(estimator))
    assert ("Stratified" in type(splits).__name__) == (task == "classification")


def test_the_own_wrapper_sets_no_upper_bound(render: Render) -> None:
    for wrapper, names in (("scikeras", True), ("own", False)):
        text = (render(wrapper=wrapper, **SMALL).root / "pyproject.toml").read_text()
        assert ("scikeras" in text) == names
        assert ("scikit-learn>=1.9,<" in text) == names
