"""Every arm of the template's conditions is taken, and what few answers take has no fault."""

import shutil
from pathlib import Path
from random import Random
from typing import Any

import pytest
from tunewright.fast.questionnaire import Answered
from tunewright.fast.renderer import Renderer
from tunewright.variants.arms import Arms
from tunewright.variants.cover import Covers
from tunewright.variants.matrix import Checker

from tests import interviews
from tests.answer_sets import choices_of, random_answers

CLUSTER: dict[str, Any] = {
    "setup": "full",
    "data_source": "arrays",
    "execution": "cluster",
    "cluster_files": ["slurm", "kubernetes", "compose"],
}
RARE: list[dict[str, Any]] = [
    CLUSTER | {"data_path": "~"},
    CLUSTER | {"data_path": "-x"},
    CLUSTER | {"data_path": "-x/y"},
    CLUSTER | {"package_name": "on"},
    {"data_source": "csv", "data_path": "data.parquet"},
    {"framework": "manual", "estimators": ["knn"]},
    *(
        {"estimators": ["svm"], "algorithm": "nsga2", "second_objective": second}
        for second in ("size", "time", "recall")
    ),
    *(
        {
            "data_source": "csv",
            "data_path": "data",
            "split": "given",
            "split_column": "",
            "task": task,
        }
        for task in ("classification", "regression")
    ),
    {
        "data_source": "csv",
        "split": "given",
        "split_column": "",
        "rare_classes": "drop",
    },
    {
        "setup": "full",
        "framework": "optuna",
        "algorithm": "qmc",
        "pruner": "none",
        "execution": "workers",
    },
    {
        "setup": "full",
        "framework": "search_cv",
        "algorithm": "grid",
        "execution": "workers",
    },
    {
        "setup": "full",
        "framework": "sampler",
        "layer_types": ["dense", "translation"],
        "search_space": "custom",
        "translation_factor": {
            "low": 0.01234567890123404,
            "high": 0.11234567890123404,
            "step": 0.0000001,
        },
    },
    {
        "framework": "search_cv",
        "estimators": ["knn"],
        "execution": "workers",
        "keep_weights": "none",
    },
    {"algorithm": "nsga2", "objective": "f1", "second_objective": "recall"},
    {"framework": "keras_tuner", "hyperband_iterations": 1, "epochs": 1},
    {
        "framework": "manual",
        "search_space": "custom",
        "dense_units": {"low": 8, "high": 16, "growth": 2},
    },
    {
        "data_source": "csv",
        "estimators": ["hist_gradient_boosting", "lightgbm", "svm"],
        "export_formats": ["onnx"],
    },
    {
        "setup": "full",
        "estimators": ["random_forest", "svm"],
        "search_space": "custom",
        "estimator_ranges": {
            "random_forest__n_estimators": [20, 40],
            "random_forest__max_features": [0.5, 1],
            "svm__C": {"low": 1, "high": 10, "log": True},
        },
    },
]
"""What makes parts of the template show that few draws do: odd paths, long numbers."""


def test_what_few_answers_take_has_no_fault(template: Path) -> None:
    checker = Checker(template)
    # Of a Parquet file it is pandas that imports what reads it.
    rare = [answers for answers in RARE if answers.get("data_path") != "data.parquet"]
    checked = checker.check([checker.renderer.answer(answers) for answers in rare])
    assert checked.projects == len(rare)
    assert checked.faults == []


def draws() -> list[dict[str, Any]]:
    """Draw answers at random, most of them beside some that few draws have together."""
    sources, frameworks, families = (
        choices_of(name, {}) for name in ("data_source", "framework", "estimators")
    )
    free: list[dict[str, Any]] = [{}] * 250
    networks = [
        {
            "data_source": source,
            "framework": framework,
            "estimators": ["keras"],
            "execution": execution,
        }
        for source in sources
        for framework in frameworks
        for execution in ("serial", "workers", "cluster")
    ]
    # A family comes with others else, and seldom as ONNX.
    alone = [
        {
            "data_source": source,
            "framework": framework,
            "estimators": [family],
            "export_formats": ["onnx"],
        }
        for source in sources
        for framework in frameworks
        for family in families
    ]
    given = [*free, *networks * 4, *alone]
    return [random_answers(Random(seed), **each) for seed, each in enumerate(given)]


@pytest.mark.check
def test_every_arm_of_the_template_is_taken(
    template: Path,
) -> None:
    renderer = interviews.renderer(template)
    watched = Renderer(template)
    arms = Arms(watched.environment)
    first = renderer.answer({})
    watched.files(Answered(first.answers, {**first.recorded, "_commit": "v1.0.0"}))
    for answers in RARE:
        watched.files(renderer.answer(answers))
    for answered in Covers(renderer.questionnaire).cover(2):  # every pair of answers
        watched.files(answered)
    for answers in draws():
        watched.files(renderer.answer(answers))
    assert len(arms.known) > 1000
    assert sorted(map(str, arms.known - arms.taken)) == []
    assert [source.name for source in watched.sources if not source.text.is_used] == []


def test_an_arm_that_nothing_takes_is_found(template: Path, tmp_path: Path) -> None:
    broken = tmp_path / "template"
    shutil.copytree(template, broken)
    folder = "{% if on_keras %}{{package_name}}{% endif %}"
    source = broken / "template/project" / folder / "train.py.jinja"
    dead = "{% if framework == 'excel' %}\n{% elif 0 %}\n{% endif %}\n"
    source.write_text(dead + source.read_text("utf-8"), "utf-8")
    watched = Renderer(broken)
    arms = Arms(watched.environment)
    watched.files(watched.answer({}))
    here = [
        str(arm) for arm in sorted(arms.known - arms.taken) if "train.py" in arm.file
    ]
    assert [arm.rpartition("jinja:")[2] for arm in here][:2] == ["1: if", "2: elif"]


def test_a_template_that_is_compiled_again_has_the_same_arms(template: Path) -> None:
    """As one is that Jinja has dropped for others."""
    watched = Renderer(template)
    arms = Arms(watched.environment)
    name = "template/project/.gitignore.jinja"
    watched.environment.get_template(name)
    known = {*arms.known}
    assert known
    watched.environment.cache = {}
    watched.environment.get_template(name)
    assert arms.known == known
