"""How a table is scaled, filled in and encoded, as hyperparameters of models other than Keras's."""

from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_diabetes

from tests.conftest import Render
from tests.often import often
from tests.rendering import Project
from tests.test_estimators import check_rebuilt, project_of, tune, write_table

CHOICES = {
    "scaler": {"standard", "robust", "quantile", "none"},
    "imputation": {"median", "mean", "most_frequent"},
    "encoding": {"one_hot", "target"},
}


def tuned(render: Render, name: str, **answers: Any) -> Project:
    """A project that tunes the preprocessing of a table."""
    chosen = {"data_source": "csv", "task": "regression", "tune_preprocessing": True}
    return project_of(
        render, name, **chosen | {"estimators": ["linear", "knn"]} | answers
    )


@pytest.mark.parametrize(
    "framework", often(["optuna", "sampler", "search_cv", "manual"], ["optuna"])
)
def test_each_trial_draws_how_the_table_is_prepared(
    framework: str, render: Render
) -> None:
    project = tuned(render, f"prep_{framework}", framework=framework)
    table = write_table(project)
    tune(project, 2 if framework == "manual" else 8)
    records = project.records()
    assert {record["state"] for record in records} == {"complete"}
    for name, choices in CHOICES.items():
        drawn = {record["params"][name] for record in records}
        assert drawn <= choices
        assert len(drawn) > 1 or framework == "manual"
    for record in (records[0], records[-1]):
        check_rebuilt(project, record)

    # What a trial fits has the steps that its record names.
    model = project.load("model")
    rows = table.drop(columns="target")
    for record in records:
        fitted = (
            model.get_model(record["params"], rows, 0)
            if (framework != "optuna")
            else model.get_model(fixed(record["params"]), rows, 0)
        )
        steps = repr(fitted)
        scaler = {"standard": "StandardScaler()", "none": "FunctionTransformer"}
        words = scaler.get(
            record["params"]["scaler"], record["params"]["scaler"].capitalize()
        )
        assert words in steps
        assert ("TargetEncoder" in steps) is (record["params"]["encoding"] == "target")


def fixed(params: dict[str, Any]) -> Any:
    """What Optuna gives a model that is rebuilt."""
    from optuna.trial import FixedTrial

    return FixedTrial(params)


def test_what_a_table_has_no_use_for_is_not_drawn(render: Render) -> None:
    project = tuned(render, "prep_unused", framework="search_cv", algorithm="grid")
    table = load_diabetes(as_frame=True, scaled=False).frame
    table.astype(float).to_csv(project.root / "data.csv", index=False)
    tune(project, 2)
    for record in project.records():
        assert record["params"].keys() & CHOICES.keys() == {"scaler"}
        assert np.isfinite(record["objective"]["value"])
        check_rebuilt(project, record)
