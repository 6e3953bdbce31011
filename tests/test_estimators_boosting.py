"""Projects that tune XGBoost's and LightGBM's models: what they declare, and tables."""

import tomllib
from typing import Any

import numpy as np
import pandas as pd
import pytest
from packaging.requirements import Requirement
from sklearn.datasets import load_breast_cancer

from tests.conftest import Render
from tests.rendering import Project
from tests.test_estimators import check_rebuilt, project_of, tune

LIBRARIES = {"xgboost", "xgboost-cpu", "lightgbm"}


@pytest.mark.parametrize(
    ("families", "platform", "needed"),
    [
        (["xgboost"], "linux", {"xgboost-cpu"}),
        (["xgboost"], "win32", {"xgboost-cpu"}),
        (["xgboost"], "darwin", {"xgboost"}),
        (["lightgbm", "svm"], "linux", {"lightgbm"}),
        (["hist_gradient_boosting"], "linux", set()),
    ],
)
def test_a_library_is_declared_where_its_family_was_chosen(
    families: list[str], platform: str, needed: set[str], render: Render
) -> None:
    project = project_of(render, "est_declared", estimators=families)
    lines = tomllib.loads(project.read("pyproject.toml"))["project"]["dependencies"]
    here = {"sys_platform": platform}
    names = {
        one.name
        for one in map(Requirement, lines)
        if one.marker is None or one.marker.evaluate(here)
    }
    assert names & LIBRARIES == needed


def write_tumours(project: Project) -> None:
    """Write scikit-learn's tumours: a column of texts, one with blanks, words as labels."""
    data = load_breast_cancer(as_frame=True)
    table = data.frame.iloc[:, [0, 1, 2, 3, -1]].copy()
    table["mean radius"] = pd.cut(table["mean radius"], 3, labels=["s", "m", "l"])
    table.loc[::7, "mean texture"] = np.nan
    table["target"] = table["target"].map({0: "malignant", 1: "benign"})
    table.to_csv(project.root / "data.csv", index=False)


def test_a_table_is_tuned_and_rebuilt(render: Render) -> None:
    answers: dict[str, Any] = {"data_source": "csv", "framework": "sampler"}
    families = ["xgboost", "lightgbm"]
    project = project_of(render, "est_boosted_table", estimators=families, **answers)
    write_tumours(project)
    tune(project, 4)
    records = project.records()
    assert {record["params"]["estimator"] for record in records} == {*families}
    for record in records:
        assert record["state"] == "complete"
        assert record["metrics"]["val_accuracy"] > 0.8
        check_rebuilt(project, record)
    check_rebuilt(project, records[-1], "--retrain")
