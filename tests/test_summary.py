"""What the data are is said before the first trial, by `data`, and in the report."""

import json

import numpy as np
import pytest
from sklearn.datasets import load_diabetes, load_digits

from tests.conftest import Render


def test_the_data_are_counted_without_training(render: Render) -> None:
    project = render(package_name="counted_study")
    told = project.run("data", "--json")
    assert told.status == 0
    summary = json.loads(told.out)
    counts = np.array([*summary["classes"].values()])
    assert counts.sum(axis=0).tolist() == [*summary["samples"].values()]
    y = load_digits().target
    assert counts.sum(axis=1).tolist() == np.bincount(y).tolist()
    assert summary["inputs"] == [{"shape": [8, 8, 1], "low": 0.0, "high": 1.0}]
    lines = project.run("data").out.splitlines()
    rows = [line.split() for line in lines[-10:]]
    assert [list(map(int, row[1:])) for row in rows] == counts.tolist()
    assert not (project.root / "runs").exists()


def test_the_targets_of_a_regression_have_a_range(render: Render) -> None:
    project = render(
        package_name="ranged_study", input_kind="tabular", task="regression"
    )
    summary = json.loads(project.run("data", "--json").out)
    [target] = summary["targets"].values()
    y = load_diabetes().target
    assert y.min() <= target["low"] < target["high"] <= y.max()


@pytest.mark.parametrize("verbosity", ["progress", "silent", "debug"])
def test_a_study_begins_by_saying_what_its_data_are(
    render: Render, verbosity: str
) -> None:
    project = render(package_name=f"said_{verbosity}", verbosity=verbosity)
    words = ("--epochs", "1", "--in-process", "--trials")
    first, second = (project.run("tune", *words, count) for count in "12")
    assert (first.status, second.status) == (0, 0)
    said = [line for line in first.out.splitlines() if "to validate" in line]
    assert len(said) == (verbosity != "silent")
    assert "samples to train on" not in second.out
    kept = project.load("study").Study(project.root / "runs", "default").describe()
    assert kept.items() >= json.loads(project.run("data", "--json").out).items()


def test_inputs_that_are_all_one_number_are_refused(render: Render) -> None:
    project = render(package_name="dull_study", input_kind="tabular")
    data = project.root / project.package / "data.py"
    source = data.read_text()
    data.write_text(source.replace("split(x, y", "split(0 * x, y"))
    assert data.read_text() != source
    for words in (["data"], ["tune", "--trials", "1", "--in-process"]):
        ran = project.run(*words)
        [line] = ran.err.splitlines()
        assert ran.status == 2
        assert "all inputs of the training part are 0" in line
