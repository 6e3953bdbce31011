"""Models of each family in ONNX, and what prepares a table, compared with Python's answers."""

from itertools import cycle, product
from typing import Any

import numpy as np
import onnxruntime
import pandas as pd
import pytest
import skops.io
from skl2onnx import to_onnx
from sklearn.datasets import load_breast_cancer, load_diabetes
from sklearn.pipeline import make_pipeline

from tests.conftest import Render
from tests.often import often
from tests.rendering import Project
from tests.test_estimators_steps import FAMILIES as STEPPED
from tests.test_mixed_families import shorten

TASKS = ["classification", "regression"]
CONVERTED = ["hist_gradient_boosting", "xgboost", "lightgbm", "knn", "keras"]
"""The families that skl2onnx does not write by itself; test_estimators_export.py has the others."""

FAMILIES = ["random_forest", *CONVERTED, "svm", "linear", "mlp"]


def families(family: str) -> list[str]:
    """What makes a family the first of a grid; Keras alone is another kind of project."""
    return [family, "linear"] if family == "keras" else [family]


def tuned(render: Render, name: str, trials: int, **answers: Any) -> Project:
    """A project of one family with so many trials."""
    chosen: dict[str, Any] = {
        "framework": "sampler",
        "search_space": "small",
        "verbosity": "silent",
        "report": False,
        "export_formats": ["onnx"],
    }
    project = render(package_name=name, **chosen | answers)
    if answers.get("data_source") == "csv":
        write_table(project, answers["task"])
    if "keras" in answers["estimators"]:
        shorten(project)
    ran = project.run("tune", "--trials", str(trials))
    assert (ran.status, ran.err) == (0, "")
    return project


def write_table(project: Project, task: str) -> None:
    """Write patients: numbers, dates, yes and no, and categories, some missing, some rare."""
    if task == "regression":
        table = load_diabetes(as_frame=True, scaled=False).frame
        table["sex"] = table["sex"].map({1: "female", 2: "male"})
        first, rounded = "bmi", table["s5"].round(1)
        table["seen on"] = pd.Timestamp("2020-01-01") + pd.to_timedelta(
            table["s1"].round(), "D"
        )
    else:
        table = load_breast_cancer(as_frame=True).frame
        table = table[[*table.columns[:6], "worst radius", "target"]]
        table = table.replace({"target": {0: "malignant", 1: "benign"}})
        first, rounded = "mean texture", table["worst radius"].round()
    table["kind, as told"] = rounded.map("kind {}".format)
    table["above"] = table[first] > table[first].median()
    table.loc[::7, first] = np.nan
    table.loc[3::11, "kind, as told"] = None
    table.to_csv(project.root / "data.csv", index=False)


def check_exported(project: Project, record: dict[str, Any]) -> None:
    """See that the test part is answered alike by ONNX Runtime and the model in Python."""
    out, whole = project.root / "model.onnx", project.root / "model.skops"
    again = (str(record["number"]), "--retrain", "--out")
    ran = project.run("export", *again, str(out), "--to", "onnx")
    assert (ran.status, ran.err) == (0, "")
    assert project.run("reconstruct", *again, str(whole)).status == 0
    model = skops.io.load(whole, trusted=project.load("config").TRUSTED)
    x = project.load("dataset").check(project.load("data").load_data()).test.x
    given: dict[str, np.ndarray]
    if isinstance(x, pd.DataFrame):
        texts = x.select_dtypes(exclude="number").columns
        given = {name: x[[name]].to_numpy("float64") for name in x if name not in texts}
        for name in texts:
            column = x[name].astype(object).where(x[name].notna(), "")
            given[name] = column.astype(str).to_numpy(object)[:, None]
    else:
        x = x.astype("float32")
        given = {"X": x}
    first, *others = onnxruntime.InferenceSession(out.read_bytes()).run(None, given)
    expected = model.predict(x)
    if not hasattr(model, "classes_"):
        largest = np.abs(expected).max()
        assert np.allclose(first.ravel(), expected, rtol=0, atol=1e-5 * largest)
        assert np.ptp(expected) > 0.1 * largest  # not one answer to all
        return
    assert np.array_equal(first, expected)
    assert set(expected) == {0, 1}
    if hasattr(model, "predict_proba"):
        assert np.allclose(others[0], model.predict_proba(x), rtol=0, atol=1e-5)


@pytest.mark.parametrize(
    ("task", "family"),
    often(
        product(TASKS, CONVERTED),
        [
            ("classification", "lightgbm"),
            ("classification", "knn"),
            ("regression", "hist_gradient_boosting"),
            ("regression", "xgboost"),
            ("regression", "keras"),
        ],
    ),
)
def test_rows_are_answered_as_in_python(task: str, family: str, render: Render) -> None:
    kind = {"input_kind": "tabular", "task": task, "estimators": families(family)}
    trials = 2 if family == "knn" else 1  # neighbours are weighted in two ways
    name = f"rows_{task[:5]}_{family}"
    project = tuned(render, name, trials, algorithm="grid", **kind)
    seen = set()
    for record in project.records():
        weights = record["params"].get("knn__weights")
        if weights not in seen:
            seen.add(weights)
            check_exported(project, record)
    assert len(seen) == (2 if family == "knn" else 1)


@pytest.mark.parametrize(
    ("task", "family"),
    often(
        product(TASKS, STEPPED),
        [("classification", "lightgbm"), ("regression", "random_forest")],
    ),
)
def test_a_trial_that_was_pruned_answers_as_in_python(
    task: str, family: str, render: Render
) -> None:
    pruning = {"pruner": "median", "pruner_startup_trials": 1, "algorithm": "random"}
    kind = {"input_kind": "tabular", "task": task, "estimators": [family]}
    name = f"pruned_{task[:5]}_{family}"
    project = tuned(render, name, 5, framework="optuna", **pruning, **kind)
    pruned = next(r for r in project.records() if r["state"] == "pruned")
    assert pruned["history"] and not pruned["weights"]
    check_exported(project, pruned)


@pytest.mark.parametrize(
    ("task", "family"),
    often(
        product(TASKS, FAMILIES),
        [("classification", "hist_gradient_boosting"), ("regression", "linear")],
    ),
)
def test_a_table_is_answered_as_in_python(
    task: str, family: str, render: Render
) -> None:
    answers = {
        "data_source": "csv",
        "algorithm": "grid",
        "task": task,
        "estimators": families(family),
    }
    project = tuned(render, f"table_{task[:5]}_{family}", 1, **answers)
    check_exported(project, project.records()[0])


@pytest.mark.matrix
@pytest.mark.parametrize("task", TASKS)
def test_several_families_share_a_table(task: str, render: Render) -> None:
    project = tuned(
        render,
        f"onnx_several_{task}",
        16,
        data_source="csv",
        task=task,
        estimators=["hist_gradient_boosting", "xgboost", "linear"],
        tune_preprocessing=True,
    )
    for record in project.records():
        check_exported(project, record)
    for name in ("estimator", "scaler", "imputation", "encoding"):
        assert len({record["params"][name] for record in project.records()}) > 1


@pytest.mark.parametrize("task", TASKS)
def test_each_way_to_prepare_a_table_gives_the_same_bits(
    task: str, render: Render
) -> None:
    project = render(
        package_name=f"onnx_prepared_{task}",
        data_source="csv",
        task=task,
        estimators=["linear"],
        framework="sampler",
        export_formats=["onnx"],
        tune_preprocessing=True,
    )
    write_table(project, task)
    train, _, test, *_ = project.load("dataset").check(project.load("data").load_data())
    x, texts = test.x.copy(), test.x.select_dtypes("str").columns
    x.loc[x.index[:5], texts] = "a category that no trial saw"
    x.loc[x.index[5:9], x.select_dtypes("number").columns] = 1e6
    make, written = project.load("table").make_preprocessor, project.load(
        "export.table"
    )
    written.register()
    ways = product(["standard", "robust", "quantile", "none"], ["one_hot", "target"])
    imputations = cycle(["median", "mean", "most_frequent"])
    for (scaler, encoding), imputation in zip(ways, imputations, strict=False):
        fitted = make_pipeline(make(scaler, imputation, encoding)).fit(
            train.x, train.y.ravel()
        )
        model = to_onnx(fitted, initial_types=written.types(x), target_opset=18)
        written.name_inputs(model.graph, list(x))
        session = onnxruntime.InferenceSession(model.SerializeToString())
        [prepared] = session.run(None, written.columns(x))
        assert prepared.dtype == np.float64
        assert np.allclose(prepared, fitted.transform(x), rtol=1e-13, atol=1e-13)
