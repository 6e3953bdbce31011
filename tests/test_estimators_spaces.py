"""Models other than Keras's with ranges of one's own: `search_space=custom`."""

from typing import Any

import optuna
import pytest
from optuna.distributions import CategoricalDistribution

from tests.conftest import Render
from tests.interviews import FORESTS, accepted, refused
from tests.often import often
from tests.rendering import Project
from tests.spaces import Largest, Space, choice, entry
from tests.test_estimators import check_rebuilt, project_of, tune

RANGES: dict[str, Any] = {
    "svm__C": {"low": 1, "high": 8, "log": True},
    "random_forest__n_estimators": {"low": 10, "high": 30, "step": 10},
    "random_forest__max_features": [0.5, 1],
    "knn__weights": ["distance"],
    "knn__n_neighbors": [2, 4, 8, 16],
}
"""Each form that a range has; of others those of `standard` are searched."""

EXPECTED: Space = {
    "svm__C": ("real", 1.0, 8.0, None, True),
    "svm__gamma": ("real", 0.0001, 1.0, None, True),
    "random_forest__n_estimators": ("whole", 10, 30, 10, False),
    "random_forest__max_features": ("choice", (0.5, 1.0)),
    "random_forest__min_samples_leaf": ("whole", 1, 20, 1, True),
    "knn__weights": ("choice", ("distance",)),
    "knn__n_neighbors": ("choice", (2, 4, 8, 16)),
    "knn__p": ("choice", (1, 2)),
}

GRID: dict[str, Any] = {
    "svm__C": ("choice", (1.0, 2.83, 8.0)),
    "random_forest__n_estimators": ("choice", (10, 20, 30)),
    "random_forest__max_features": ("choice", (0.5, 1.0)),
    "knn__n_neighbors": ("choice", (2, 4, 8, 16)),
}
"""A grid has the ends of a range and its middle, and of a list all."""


def custom(render: Render, name: str, **answers: Any) -> Project:
    """A project with these ranges."""
    families = {"estimators": ["svm", "random_forest", "knn"]}
    mine = {"search_space": "custom", "estimator_ranges": RANGES}
    return project_of(render, name, **families | mine | answers)


def space_of(project: Project, framework: str) -> Space:
    """What a project searches, out of its framework's own objects."""
    model = project.load("model")
    if framework != "optuna":
        drawn = getattr(model, "PARAM_DISTRIBUTIONS", None) or model.PARAM_GRID
        return {
            name: entry(values)
            for family in drawn
            for name, values in family.items()
            if name != "estimator"
        }
    space: Space = {}
    for family in ("svm", "random_forest", "knn"):
        study = optuna.create_study(sampler=Largest())
        study.enqueue_trial({"estimator": family})
        trial = study.ask()
        model.get_model(trial, 0)
        distributions: dict[str, Any] = trial.distributions
        for name, values in distributions.items():
            if isinstance(values, CategoricalDistribution):
                space[name] = choice(values.choices)
            else:
                whole = isinstance(values, optuna.distributions.IntDistribution)
                kind = "whole" if whole else "real"
                space[name] = (kind, values.low, values.high, values.step, values.log)
    del space["estimator"]
    return space


@pytest.mark.parametrize("framework", ["optuna", "sampler", "search_cv"])
def test_every_framework_searches_the_ranges_that_were_answered(
    framework: str, render: Render
) -> None:
    space = space_of(
        custom(render, f"spaces_{framework}", framework=framework, algorithm="random"),
        framework,
    )
    assert space == EXPECTED
    # scikit-learn takes 1 for one feature, and 1.0 for all.
    tried = space["random_forest__max_features"][1]
    assert [type(value) for value in tried] == [float, float]
    grid = space_of(
        custom(render, f"spaces_{framework}", framework=framework, algorithm="grid"),
        framework,
    )
    assert {kind for kind, *_ in grid.values()} == {"choice"}
    assert grid.items() >= GRID.items()


WAYS = [
    ("optuna", "tpe"),
    ("optuna", "grid"),
    ("sampler", "random"),
    ("sampler", "grid"),
    ("search_cv", "random"),
    ("search_cv", "halving_grid"),
    ("manual", ""),
]


@pytest.mark.parametrize(
    ("framework", "algorithm"), often(WAYS, [WAYS[0], WAYS[3], WAYS[6]])
)
def test_it_is_tuned_and_rebuilt(
    framework: str, algorithm: str, render: Render
) -> None:
    project = custom(
        render,
        f"spaces_tuned_{framework}{algorithm}",
        framework=framework,
        **({"algorithm": algorithm} if algorithm else {}),
    )
    tune(project, 3)
    for record in project.records():
        assert record["error"] is None
        check_in_ranges(record["params"])
        if record["state"] == "complete":
            check_rebuilt(project, record)


def check_in_ranges(params: dict[str, Any]) -> None:
    """See that what was drawn is what may be drawn."""
    for name, value in params.items():
        if name == "estimator":
            continue
        kind, *rest = EXPECTED[name]
        if kind == "choice":
            assert value in rest[0], name
        else:
            assert rest[0] <= value <= rest[1], name


@pytest.mark.matrix
def test_a_network_among_other_families_has_ranges_too(render: Render) -> None:
    project = project_of(
        render,
        "spaces_network",
        estimators=["keras", "linear"],
        search_space="custom",
        estimator_ranges={
            "keras__units": [4],
            "keras__hidden_layers": {"low": 0, "high": 1},
            "keras__batch_size": {"low": 16, "high": 64, "step": 16},
        },
    )
    tune(project, 6)
    networks = [r for r in project.records() if r["params"]["estimator"] == "keras"]
    assert networks
    for record in networks:
        params = record["params"]
        assert params["keras__units"] == 4
        assert params["keras__hidden_layers"] in (0, 1)
        assert params["keras__batch_size"] in (16, 32, 48, 64)
        check_rebuilt(project, record)


@pytest.mark.parametrize(
    ("ranges", "said"),
    [
        (
            [1],
            "write {hyperparameter: range}, such as {random_forest__n_estimators: {low: 100, high: 400}}",
        ),
        ("svm__C", "write {hyperparameter: range}"),
        ({"svm__c": [1]}, "svm__c is no hyperparameter of the chosen models; did"),
        ({"svm__c": [1]}, "did you mean svm__C?"),
        ({"gamma": [1]}, "did you mean svm__gamma?"),
        ({"svm__nu": [1]}, "there are svm__C, svm__gamma"),
        ({"mlp__alpha": [1]}, "it needs mlp among estimators"),
        ({"alpha": [1]}, "their names begin with random_forest__, svm__, knn__"),
        ({3: [1]}, "3 is no hyperparameter"),
        ({"two\nlines": [1]}, "two lines is no hyperparameter"),
        ({"svm__C": [0]}, "svm__C: 0 is not a real number from 1.0e-09"),
        ({"svm__C": {"low": 2, "high": 1}}, "svm__C: low is above high; write"),
        ({"svm__C": {"low": 1}}, "svm__C: a mapping has low and high"),
        ({"svm__C": 1}, "svm__C: that is neither a mapping nor a list"),
        (
            {"random_forest__n_estimators": {"low": 0, "high": 50}},
            "random_forest__n_estimators: 0 is not a whole number from 10 to 100000",
        ),
        ({"random_forest__max_features": [2]}, "from 0.001 to 1.0"),
        ({"random_forest__min_samples_leaf": [1.5]}, "a whole number from 1"),
        ({"knn__weights": ["far"]}, "knn__weights: write a list of one or more of"),
        ({"knn__weights": "uniform"}, "one or more of uniform, distance, each once"),
        ({"knn__p": [True]}, "knn__p: write a list of one or more of 1, 2"),
        ({"knn__p": {"low": 1, "high": 2}}, "knn__p: write a list"),
        ({"svm__C": [1], "svm__gamma": [-1]}, "svm__gamma: -1 is not"),
    ],
    ids=str,
)
def test_a_range_that_means_nothing_is_refused_in_one_line(
    ranges: Any, said: str, template: Any
) -> None:
    families = {"estimators": ["svm", "random_forest", "knn"]}
    message = refused(template, FORESTS | families | {"estimator_ranges": ranges})
    assert message.startswith("estimator_ranges: ")
    assert said in message
    assert "\n" not in message


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        (
            {"estimators": ["svm"], "estimator_ranges": {}},
            "search_space=custom and estimators other than keras",
        ),
        (
            {"search_space": "custom", "estimator_ranges": {}},
            "search_space=custom and estimators other than keras",
        ),
        (FORESTS | {"optimizer": ["adam"]}, "needs estimators=[keras]"),
        (FORESTS | {"conv_blocks": [1]}, "needs estimators=[keras]"),
    ],
    ids=str,
)
def test_a_range_of_what_is_not_tuned_is_refused(
    answers: dict[str, Any], said: str, template: Any
) -> None:
    assert said in refused(template, answers)


def test_what_is_taken_is_recorded_as_it_was_written(template: Any) -> None:
    families = {"estimators": ["svm", "random_forest", "knn"]}
    answers = FORESTS | families | {"estimator_ranges": RANGES}
    assert accepted(template, answers)["estimator_ranges"] == RANGES
    regression = {"task": "regression", "input_kind": "tabular"}
    for name in ("linear__alpha", "svm__epsilon"):  # which no classifier has
        some = {"estimators": ["linear", "svm"], "estimator_ranges": {name: [0.1]}}
        assert accepted(template, FORESTS | regression | some)
        assert name in refused(template, FORESTS | some)
