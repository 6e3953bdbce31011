"""Every kind of input and every task, in every framework, on real data."""

import json
from collections.abc import Callable
from itertools import cycle, product
from pathlib import Path
from typing import Any

import jsonschema
import keras
import numpy as np
import pytest
from sklearn import metrics
from tunewright.questions import choices, questions

from tests.answer_sets import choices_of
from tests.conftest import Render
from tests.often import often
from tests.rendering import Project
from tests.test_conformance import SCHEMA

KINDS = choices(questions()["input_kind"])
TASKS = choices(questions()["task"])
FRAMEWORKS = choices(questions()["framework"])
LAYERS = {
    "image": ["conv", "flip", "rotation", "zoom", "translation"],
    "sequence": ["conv", "pooling", "lstm", "gru", "global_pooling", "dropout"],
    "volume": ["conv", "pooling", "dropout", "global_pooling"],
    "tabular": ["dense", "batch_norm", "dropout"],
}
"""A model of each kind with what only this kind has."""

EVERY_OBJECTIVE = [
    (task, objective)
    for task in TASKS
    for objective in choices_of("objective", {"task": task})
]


def tune(project: Project, trials: int = 2) -> list[dict[str, Any]]:
    """The records of a short search."""
    ran = project.run("tune", "--epochs", "2", "--trials", str(trials))
    assert ran.status == 0, ran.err
    records = json.loads(project.run("trials", "--json").out)
    for record in records:
        jsonschema.validate(record, SCHEMA)
        assert record["state"] != "failed", record["error"]
    return list(records)


def each_once() -> list[tuple[str, str, str]]:
    """Each kind of input with each task, in the frameworks in turn."""
    turns = zip(product(KINDS, TASKS), cycle(FRAMEWORKS), strict=False)
    return [(*kind_and_task, framework) for kind_and_task, framework in turns]


@pytest.mark.parametrize(
    ("kind", "task", "framework"),
    often(product(KINDS, TASKS, FRAMEWORKS), each_once()),
)
def test_a_model_is_tuned_rebuilt_and_taken_elsewhere(
    kind: str, task: str, framework: str, render: Render, tmp_path: Path
) -> None:
    project = render(
        package_name=f"{kind}_{task}_{framework}",
        input_kind=kind,
        task=task,
        framework=framework,
        layer_types=LAYERS[kind],
        search_space="small",
        verbosity="silent",
    )
    # A project by hand has one set of values to begin with.
    assert len(tune(project)) == (1 if framework == "manual" else 2)
    path = tmp_path / "best.keras"
    rebuilt = project.run("reconstruct", "best", "--out", str(path))
    assert rebuilt.status == 0, rebuilt.err
    test = project.load("data").load_data().test
    # Keras alone has to load it: no module of the project is needed.
    answers = keras.models.load_model(path).predict(test.x, verbose=0)
    assert np.isfinite(answers).all()
    if task == "classification":
        assert answers.sum(axis=1) == pytest.approx(1, abs=1e-5)
    else:
        assert answers.shape == test.y.shape
        # In the target's own units: no sillier than to answer the mean of one class.
        assert abs(answers.mean() - test.y.mean()) < 2 * test.y.std()


def mean_f1(y: Any, answers: Any) -> float:
    return float(metrics.f1_score(y, answers.argmax(axis=1), average="macro"))


def mean_auc(y: Any, answers: Any) -> float:
    return float(metrics.roc_auc_score(y, answers, multi_class="ovr"))


def mean_precision(y: Any, answers: Any) -> float:
    predicted = answers.argmax(axis=1)
    how: Any = {"average": "macro", "zero_division": 0}
    return float(metrics.precision_score(y, predicted, **how))


def mean_recall(y: Any, answers: Any) -> float:
    return float(metrics.recall_score(y, answers.argmax(axis=1), average="macro"))


SCORES: dict[str, Callable[[Any, Any], float]] = {
    "accuracy": lambda y, p: float(metrics.accuracy_score(y, p.argmax(axis=1))),
    "loss": lambda y, p: float(metrics.log_loss(y, p)),
    "f1": mean_f1,
    "precision": mean_precision,
    "recall": mean_recall,
    "auc": mean_auc,
    "mae": lambda y, p: float(metrics.mean_absolute_error(y, p)),
    "mse": lambda y, p: float(metrics.mean_squared_error(y, p)),
    "r2": lambda y, p: float(metrics.r2_score(y, p)),
}
"""Scikit-learn's word for each."""


@pytest.mark.parametrize(
    ("task", "objective"),
    often(EVERY_OBJECTIVE, [("classification", "auc"), ("regression", "r2")]),
)
def test_the_score_is_what_scikit_learn_says_of_the_same_answers(
    task: str, objective: str, render: Render, tmp_path: Path
) -> None:
    project = render(
        package_name=f"scored_by_{objective}",
        task=task,
        objective=objective,
        framework="sampler",
        layer_types=["conv", "dense"],
        search_space="small",
        verbosity="silent",
    )
    best = tune(project)[0]
    path = tmp_path / "best.keras"
    assert project.run("reconstruct", "best", "--out", str(path)).status == 0
    x, y, _ = project.load("data").load_data().validation
    answers = keras.models.load_model(path).predict(x, verbose=0)
    # Keras has the area under a curve of 200 points.
    tolerance = 0.01 if objective == "auc" else 1e-4
    expected = SCORES[objective](y, answers)
    assert best["objective"]["name"] == f"val_{objective}"
    assert best["objective"]["value"] == pytest.approx(expected, abs=tolerance)
    lower_is_better = objective in ("loss", "mae", "mse")
    direction = "minimize" if lower_is_better else "maximize"
    assert best["objective"]["direction"] == direction


def test_rare_classes_weigh_more_where_that_was_asked_for(render: Render) -> None:
    project = render(
        package_name="weighed",
        input_kind="tabular",
        class_weight=True,
        framework="manual",
        layer_types=["dense"],
        verbosity="silent",
    )
    data = project.load("data").load_data()
    counts = np.bincount(data.train.y)
    weights = data.class_weight
    assert counts[0] * weights[0] == pytest.approx(counts[1] * weights[1])
    assert sum(weights[label] for label in data.train.y.tolist()) == pytest.approx(
        len(data.train.y)
    )
    fitted: list[Any] = []
    fit = keras.Model.fit

    def watched(self: Any, *arguments: Any, **options: Any) -> Any:
        fitted.append(options["class_weight"])
        return fit(self, *arguments, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(keras.Model, "fit", watched)
        tune(project)
    assert fitted == [weights]


@pytest.mark.parametrize("kind", KINDS)
def test_every_part_has_the_classes_in_the_same_proportions(
    kind: str, render: Render, tmp_path: Path
) -> None:
    project = render(package_name=f"split_{kind}", input_kind=kind)
    data = project.load("data").load_data()
    parts = [data.train, data.validation, data.test]
    sizes = [len(part.x) for part in parts]
    assert [round(size / sum(sizes), 2) for size in sizes] == [0.6, 0.2, 0.2]
    shares = [np.bincount(part.y) / len(part.y) for part in parts]
    assert np.abs(np.stack(shares) - shares[0]).max() < 0.02
    module = project.load("study")
    budget = module.Budget(trials=1, epochs=1, seed=0)
    study = module.Study(tmp_path, "a")
    log = module.TrialLog(study.trials_folder)
    project.load("train").begin_or_resume(study, log, data, budget)
    assert list(study.describe()["samples"].values()) == sizes
