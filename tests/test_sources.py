"""Arrays and tables of one's own, tuned for real through the project's own command."""

import json
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import skops.io
from sklearn.datasets import load_diabetes, load_digits, load_linnerud, load_wine

from tests.conftest import Render
from tests.often import often
from tests.rendering import Project
from tests.tables import write_penguins, write_titanic


def tune(project: Project) -> list[dict[str, Any]]:
    """The records of a short search."""
    ran = project.run("tune", "--trials", "2", "--epochs", "3")
    assert ran.status == 0, ran.err
    records: list[dict[str, Any]] = json.loads(project.run("trials", "--json").out)
    assert [record["error"] for record in records] == [None, None]
    return records


def write_digits(path: Path) -> None:
    digits = load_digits()
    np.savez(path, x=digits.images[..., None] / 16, y=digits.target)


def write_wine(path: Path) -> None:
    wine = load_wine()
    x = (wine.data - wine.data.mean(axis=0)) / wine.data.std(axis=0)
    np.savez(path, x=x, y=wine.target_names[wine.target])


def write_linnerud(path: Path) -> None:
    linnerud = load_linnerud()
    np.savez(path, x=linnerud.data, y=linnerud.target)


def write_diabetes(path: Path) -> None:
    x, y = load_diabetes(return_X_y=True)
    path.mkdir()
    np.save(path / "x.npy", x.astype("float32"))
    np.save(path / "y.npy", y)


ARRAYS: dict[str, tuple[Any, dict[str, Any]]] = {
    "pictures": (write_digits, {}),
    "names_as_labels": (write_wine, {"input_kind": "tabular"}),
    "several_targets": (
        write_linnerud,
        {"input_kind": "tabular", "task": "regression", "objective": "r2"},
    ),
    "folder": (write_diabetes, {"input_kind": "tabular", "task": "regression"}),
}


@pytest.mark.parametrize("name", often(ARRAYS, ["several_targets"]))
def test_arrays_are_tuned_and_rebuilt(
    name: str, render: Render, tmp_path: Path
) -> None:
    write, answers = ARRAYS[name]
    path = tmp_path / ("data" if name == "folder" else "data.npz")
    write(path)
    project = render(
        package_name=f"arrays_{name}",
        data_source="arrays",
        data_path=str(path),
        framework="sampler",
        layer_types=["dense"],
        **answers,
    )
    tune(project)
    assert project.run("reconstruct", "best").status == 0
    data = project.load("data").load_data()
    if name == "names_as_labels":
        assert data.class_names == ["class_0", "class_1", "class_2"]
    if name == "several_targets":
        assert data.train.y.shape[1] == len(data.target_names) == 3


TABLES: dict[str, tuple[Any, dict[str, Any]]] = {
    "titanic": (write_titanic, {"target_column": "survived", "class_weight": True}),
    "penguins": (write_penguins, {"target_column": "species", "objective": "f1"}),
    "fares": (write_titanic, {"target_column": "pclass", "task": "regression"}),
}


@pytest.mark.parametrize("name", often(TABLES, ["titanic"]))
def test_tables_are_tuned_and_rebuilt_with_what_was_fitted(
    name: str, render: Render, tmp_path: Path
) -> None:
    write, answers = TABLES[name]
    write(tmp_path / "data.csv")
    project = render(
        package_name=f"table_{name}",
        data_source="csv",
        data_path=str(tmp_path / "data.csv"),
        framework="sampler",
        **answers,
    )
    best = tune(project)[0]
    out = tmp_path / "best.keras"
    rebuilt = project.run("reconstruct", "best", "--out", str(out))
    assert rebuilt.status == 0, rebuilt.err

    # From the two files alone, as somebody would who has the model and a new table.
    features, target = project.load("table").read_table(
        tmp_path / "data.csv", answers["target_column"]
    )
    fitted = skops.io.load(out.with_suffix(".skops"), trusted=["numpy.dtype"])
    answered = keras.models.load_model(out).predict(
        fitted.transform(features).astype("float32"), verbose=0
    )
    if "task" in answers:
        assert np.abs(answered.ravel() - target).mean() < target.std()
    else:
        names = np.asarray(project.load("data").load_data().class_names)
        share = (names[answered.argmax(axis=1)] == target.astype(str)).mean()
        assert share > 0.8 * best["metrics"]["val_accuracy"]


def test_what_turned_the_rows_into_numbers_must_be_what_the_study_began_with(
    render: Render, tmp_path: Path
) -> None:
    write_penguins(tmp_path / "data.csv")
    project = render(
        package_name="table_fitted",
        data_source="csv",
        data_path=str(tmp_path / "data.csv"),
        target_column="species",
        framework="sampler",
    )
    tune(project)
    saved = project.root / "runs" / "default" / "preprocessor.skops"
    whole = saved.read_bytes()
    for damage in (whole[: len(whole) // 2], b"", b"rubbish"):
        saved.write_bytes(damage)
        ran = project.run("reconstruct", "best")
        assert ran.status == 2 and ran.err.count("\n") == 1
        assert "preprocessor.skops" in ran.err
    saved.write_bytes(whole)
    assert project.run("reconstruct", "best").status == 0


WRONG: dict[str, tuple[Any, Any, dict[str, Any], str]] = {
    "one class": (np.ones((20, 3)), np.zeros(20), {}, "two classes or more"),
    "numbers for labels": (
        np.ones((20, 3)),
        np.linspace(0, 1, 20),
        {},
        "task=regression",
    ),
    "labels for numbers": (
        np.ones((20, 3)),
        np.asarray(["a", "b"] * 10),
        {"task": "regression", "objective": "mae"},
        "task=classification",
    ),
    "numbers in columns": (np.ones((20, 3)), np.eye(3)[[0, 1] * 10] * 3, {}, "shape"),
    "another kind of input": (
        np.ones((20, 3, 3)),
        np.asarray([0, 1] * 10),
        {},
        "input_kind",
    ),
    "a sample that is NaN": (
        np.full((20, 3), np.nan),
        np.asarray([0, 1] * 10),
        {},
        "NaN",
    ),
    "four samples": (
        np.ones((4, 3)),
        np.ones(4),
        {"task": "regression", "objective": "mae"},
        "five samples or more",
    ),
    "a class of four": (
        np.ones((20, 3)),
        np.asarray([0] * 16 + [1] * 4),
        {},
        "five samples or more of each",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_cannot_be_learnt_from_ends_in_one_line(
    name: str, render: Render, tmp_path: Path
) -> None:
    x, y, answers, said = WRONG[name]
    np.savez(tmp_path / "data.npz", x=x, y=y)
    project = render(
        package_name="wrong_data",
        data_source="arrays",
        data_path=str(tmp_path / "data.npz"),
        input_kind="tabular",
        framework="sampler",
        **answers,
    )
    ran = project.run("tune")
    assert ran.status == 2
    assert ran.err.count("\n") == 1 and said in ran.err
    assert not [*(project.root / "runs").rglob("*.json")]


def test_data_that_are_not_there_end_in_one_line(render: Render) -> None:
    for source, path in (("arrays", "data.npz"), ("csv", "data.csv")):
        project = render(package_name=f"no_{source}", data_source=source)
        ran = project.run("tune")
        assert ran.status == 2
        assert ran.err.count("\n") == 1 and path in ran.err
