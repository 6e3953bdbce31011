"""Every kind of model in every framework, for both tasks: tuned, stopped, continued, rebuilt, reported."""

import math
import sys
from itertools import product
from typing import Any

import pytest

from tests.conftest import Render
from tests.often import often
from tests.rendering import Project, timeless
from tests.test_estimators import FAMILIES, check_rebuilt, project_of, tune

FRAMEWORKS = ["optuna", "sampler", "search_cv", "keras_tuner", "manual"]
TASKS = ["classification", "regression"]
EACH_RUN = [("knn", "sampler", "regression")]
"""What takes a second or two; every framework and family is in each run elsewhere."""


def add_values(project: Project) -> None:
    """Write down a second set of values, as whoever tunes by hand does."""
    (values,) = project.load("config").PARAMS
    name = next(iter(values))
    with (project.root / project.package / "config.py").open("a") as source:
        source.write(f"\nPARAMS.append({values | {name: 2 * values[name]}})\n")
    del sys.modules[f"{project.package}.config"]


def check_report(project: Project, records: list[dict[str, Any]]) -> None:
    """See that the report is written, with each trial's score."""
    ran = project.run("report")
    assert ran.status == 0, ran.err
    page = (project.root / "runs/default/report.html").read_text("utf-8")
    for record in records:
        assert f"{record['objective']['value']:.4g}" in page


@pytest.mark.parametrize(
    ("family", "framework", "task"),
    often(product(FAMILIES, FRAMEWORKS, TASKS), EACH_RUN),
)
def test_a_family_is_tuned_stopped_continued_rebuilt_and_reported(
    family: str, framework: str, task: str, render: Render
) -> None:
    name = f"{framework}_{family}_{task[:3]}"
    answers: dict[str, Any] = {"framework": framework, "task": task}
    project = project_of(render, name, estimators=[family], **answers)
    if framework == "manual":
        add_values(project)
    tune(project, 1)
    (first,) = project.records()
    tune(project, 2)
    records = project.records()
    assert records[0] == first
    tune(project, 2, "whole")
    whole = timeless(project.records("whole"), "weights_sha256")
    assert timeless(records, "weights_sha256") == whole
    for record in records:
        assert (record["state"], record["error"]) == ("complete", None)
        assert math.isfinite(record["objective"]["value"])
        check_rebuilt(project, record)
    ran = project.run("reconstruct", "best")
    assert ran.status == 0, ran.err
    check_rebuilt(project, records[1], "--retrain")
    check_report(project, records)
