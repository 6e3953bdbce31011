"""Each answer that the questions allow, tuned for real: stopped, resumed, rebuilt."""

import json
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np
import pytest
from tunewright.questions import choices, questions

from tests.conftest import Render
from tests.interviews import accepted
from tests.photographs import write_photographs
from tests.rebuilding import predict_in_a_fresh_process, watch_predictions

EVERY_LAYER = [
    "conv",
    "separable_conv",
    "pooling",
    "batch_norm",
    "dropout",
    "global_pooling",
    "dense",
]
CUSTOM: dict[str, Any] = {
    "search_space": "custom",
    "conv_blocks": {"low": 2, "high": 4},
    "conv_filters": {"low": 4, "high": 12, "step": 4},
    "conv_kernel": [1, 3, 5],
    "conv_stride": [1, 2],
    "conv_padding": ["same", "valid"],
    "pool_kind": ["average", "max"],
    "pool_size": [2, 3],
    "dense_layers": {"low": 0, "high": 2},
    "dense_units": [8, 16],
    "activation": ["elu", "leaky_relu"],
    "dropout_rate": {"low": 0.0, "high": 0.4, "step": 0.2},
    "optimizer": ["sgd", "adamw"],
    "learning_rate": {"low": 0.001, "high": 0.1, "log": True},
    "batch_size": {"low": 32, "high": 96, "step": 32},
}
SMALL: dict[str, Any] = {
    "search_space": "small",
    "layer_types": ["conv", "pooling", "batch_norm", "dropout", "dense"],
}
VARIANTS: dict[str, dict[str, Any]] = {
    "defaults": {
        "framework": "optuna",
        "algorithm": "tpe",
        "pruner": "hyperband",
        "keep_weights": "all",
    },
    "everything": {
        "layer_types": EVERY_LAYER,
        "search_space": "wide",
        "pruner": "median",
        "keep_weights": "best",
        "verbosity": "debug",
    },
    "custom": CUSTOM
    | {
        "layer_types": EVERY_LAYER,
        "algorithm": "random",
        "pruner": "successive_halving",
        "verbosity": "silent",
        "objective": "loss",
        "keep_weights": "best",
    },
    "cmaes": {
        "layer_types": ["conv", "global_pooling"],
        "algorithm": "cmaes",
        "pruner": "none",
        "keep_weights": "above",
        "weights_threshold": 0.3,
    },
    "qmc": {
        "layer_types": ["dense", "dropout"],
        "algorithm": "qmc",
        "objective": "loss",
        "keep_weights": "above",
        "weights_threshold": 1.5,
    },
    "grid": {
        "layer_types": ["separable_conv", "pooling"],
        "algorithm": "grid",
        "search_space": "small",
        "keep_weights": "none",
    },
    "nsga2": {
        "layer_types": ["pooling", "dense", "batch_norm"],
        "algorithm": "nsga2",
        "keep_weights": "best",
    },
    "gp": {"algorithm": "gp", "search_space": "small"},
    "photographs": {
        "unreadable_files": "skip",
        "data_source": "image_folder",
        "image_size": [32, 24, 3],
        "search_space": "small",
        "layer_types": ["conv", "pooling", "dense"],
    },
    "sampler": SMALL
    | {
        "framework": "sampler",
        "algorithm": "random",
        "objective": "loss",
        "keep_weights": "best",
        "verbosity": "debug",
    },
    "sampler_grid": SMALL
    | {
        "framework": "sampler",
        "algorithm": "grid",
        "keep_weights": "none",
        "verbosity": "silent",
    },
    "keras_tuner": SMALL
    | {
        "framework": "keras_tuner",
        "algorithm": "hyperband",
        "objective": "loss",
        "keep_weights": "best",
        "verbosity": "debug",
    },
    "keras_tuner_bayesian": SMALL
    | {
        "framework": "keras_tuner",
        "algorithm": "bayesian",
        "keep_weights": "above",
        "weights_threshold": 0.3,
        "verbosity": "silent",
    },
    "keras_tuner_grid": SMALL
    | {"framework": "keras_tuner", "algorithm": "grid", "keep_weights": "none"},
    "search_cv": SMALL
    | {
        "framework": "search_cv",
        "algorithm": "random",
        "objective": "loss",
        "keep_weights": "best",
        "verbosity": "debug",
    },
    "search_cv_halving": SMALL
    | {
        "framework": "search_cv",
        "algorithm": "halving_grid",
        "keep_weights": "none",
        "verbosity": "silent",
    },
}
"""Each framework with what else is asked; test_conformance.py has every algorithm."""


def test_the_variants_have_every_choice(template: Path) -> None:
    # The advice is but a default. A trial by hand is one at a time: test_conformance.py.
    # Kinds of input and tasks: test_inputs_and_tasks.py. Data of one's own: test_sources.py.
    # Several workers: test_workers.py. A cluster: test_cluster_optuna.py,
    # test_dask_cluster.py, test_cluster_files.py. What runs on GitHub: test_project_ci.py.
    aside = {
        "ci": {"github"},
        "complexity": {"low", "medium", "high"},
        "execution": {"workers", "cluster"},
        "cluster_files": {"slurm", "kubernetes", "compose"},
        "framework": {"manual"},
        "input_kind": {"sequence", "volume", "tabular"},
        "task": {"regression"},
        "data_source": {"arrays", "csv"},
    }
    known = [
        accepted(template, {"setup": "full"} | answers) for answers in VARIANTS.values()
    ]
    for name, question in questions().items():
        if name == "setup" or not isinstance(question.get("choices"), dict):
            continue
        seen: set[Any] = set()
        for answers in known:
            several = question.get("multiselect")
            seen |= set(answers[name]) if several else {answers[name]}
        assert seen >= set(choices(question)) - aside.get(name, set()), name


@pytest.mark.parametrize("name", VARIANTS)
def test_a_variant_is_tuned_stopped_resumed_and_rebuilt(
    name: str, render: Render, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = dict(VARIANTS[name])
    if name == "gp":
        pytest.importorskip("torch", reason="never in the default install: 200 MB")
    if answers.get("data_source") == "image_folder":
        answers["data_path"] = str(write_photographs(tmp_path / "photographs"))
    project = render(package_name=f"variant_{name}", **answers)
    live = watch_predictions(project, monkeypatch)

    assert project.run("tune", "--trials", "2", "--epochs", "2").status == 0
    tuned = project.run("tune", "--trials", "5")
    assert tuned.status == 0
    if answers.get("verbosity") == "silent":
        assert tuned.out == tuned.err == ""

    records = json.loads(project.run("trials", "--json").out)
    assert sorted(record["number"] for record in records) == [0, 1, 2, 3, 4]
    assert {record["state"] for record in records} <= {"complete", "pruned"}
    values = [r["objective"]["value"] for r in records if r["state"] == "complete"]
    maximize = records[0]["objective"]["direction"] == "maximize"
    assert values == sorted(values, reverse=maximize)
    for record in records:
        check_record(record, answers)

    kept = [record["number"] for record in records if record["weights"]]
    assert kept or answers.get("keep_weights") in ("none", "above")
    for number in kept:
        rebuilt = project.run("reconstruct", str(number))
        assert rebuilt.status == 0, rebuilt.err
    if kept:
        again = predict_in_a_fresh_process(project, kept, tmp_path / "again.npz")
        for number in kept:
            assert np.array_equal(again[number], live[number]), number
    else:
        assert project.run("reconstruct", "best").status == 2


def check_record(record: dict[str, Any], answers: dict[str, Any]) -> None:
    """What any record must have, whatever was answered."""
    best = record["best_epoch"] - 1
    for metric, values in record["history"].items():
        assert record["metrics"][metric] == values[best]
    score = record["objective"]
    monitor = f"val_{answers.get('objective', 'accuracy')}"
    values = record["history"][monitor]
    best_of = max if score["direction"] == "maximize" else min
    assert record["metrics"][monitor] == best_of(values)
    if "folds" in record:  # cross-validated
        on_folds = [fold["score"] for fold in record["folds"]]
        assert len(on_folds) > 1 and score["value"] == fmean(on_folds)
    else:
        assert score["name"] == monitor
        assert score["value"] == record["metrics"][monitor]
    assert (record["weights"] is None) == (record["weights_note"] is not None)
    assert (record["weights"] is None) == (record["weights_sha256"] is None)
    depth = record["params"].get("conv_blocks", 0)
    assert f"conv{depth + 1}_filters" not in record["params"]
    if answers.get("keep_weights") == "above":
        threshold = answers["weights_threshold"]
        loss = answers.get("objective") == "loss"
        reached = score["value"] <= threshold if loss else score["value"] >= threshold
        assert reached == (record["weights"] is not None)


def test_only_the_best_weights_are_kept(render: Render) -> None:
    project = render(keep_weights="best", search_space="small", pruner="none")
    project.run("tune", "--trials", "4", "--epochs", "1")
    records = json.loads(project.run("trials", "--json").out)
    files = [path.name for path in (project.root / "runs").rglob("*.weights.h5")]
    assert files == [records[0]["weights"]]
    assert [bool(record["weights"]) for record in records] == [True] + [False] * 3


def test_nsga2_keeps_the_weights_of_the_pareto_front(render: Render) -> None:
    project = render(algorithm="nsga2", keep_weights="best", search_space="small")
    project.run("tune", "--trials", "6", "--epochs", "1")
    records = json.loads(project.run("trials", "--json").out)
    points = {
        r["number"]: (-r["objectives"][0]["value"], r["objectives"][1]["value"])
        for r in records
    }
    front = {
        number
        for number, (score, size) in points.items()
        if not any(
            other != (score, size) and other[0] <= score and other[1] <= size
            for other in points.values()
        )
    }
    assert {r["number"] for r in records if r["weights"]} == front
