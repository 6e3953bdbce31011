"""Pictures in folders and arrays in files, as rows for models other than Keras's."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from sklearn.datasets import load_diabetes, load_digits

from tests.conftest import Render
from tests.rendering import Project
from tests.test_estimators import check_rebuilt, project_of, tune

SAMPLES = 300


def write_pictures(folder: Path) -> None:
    """Write scikit-learn's digits, a folder for each of three."""
    digits = load_digits()
    for i, (pixels, label) in enumerate(zip(digits.images, digits.target, strict=True)):
        if label < 3 and i < 600:
            path = folder / f"digit {label}" / f"{i}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray((pixels * 15).astype("uint8")).save(path)


def data_of(project: Project) -> Any:
    """What a search in it sees."""
    return project.load("dataset").check(project.load("data").load_data())


def test_pictures_in_folders_are_rows(
    render: Render, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = project_of(
        render,
        "rows_pictures",
        estimators=["knn", "linear"],
        framework="sampler",
        data_source="image_folder",
        image_size=[8, 8, 1],
    )
    assert "tensorflow" not in project.read("pyproject.toml")
    write_pictures(project.root / "data")
    tune(project, 3)
    records = project.records()
    assert min(record["objective"]["value"] for record in records) > 0.9
    for record in records:
        check_rebuilt(project, record)
    train = data_of(project).train
    assert train.x.shape[1] == 64
    assert 0 <= train.x.min() < 0.1 and 0.85 < train.x.max() <= 1
    ran = project.run("data")
    assert ran.status == 0 and "inputs: 64" in ran.out

    # 180 pictures of 64 numbers take 276 KB.
    containers = project.load("dataset.containers")
    sizes = {"SC_PHYS_PAGES": 50, "SC_PAGE_SIZE": 4096}
    monkeypatch.setattr(containers.os, "sysconf", sizes.__getitem__, raising=False)
    monkeypatch.setattr(containers.os, "sysconf_names", sizes, raising=False)
    ran = project.run("tune", "--trials", "4", "--in-process")
    assert ran.status == 2
    assert ran.err.count("\n") == 1
    assert "image_size" in ran.err


@pytest.mark.parametrize(
    "kind", ["image", pytest.param("sequence", marks=pytest.mark.matrix)]
)
def test_arrays_in_a_file_are_rows(kind: str, render: Render) -> None:
    project = project_of(
        render,
        f"rows_{kind}",
        estimators=["linear"],
        framework="optuna",
        data_source="arrays",
        input_kind=kind,
    )
    digits = load_digits()
    images = digits.images[:SAMPLES]
    np.savez(
        project.root / "data.npz",
        x=images[..., None] if kind == "image" else images,
        y=digits.target[:SAMPLES],
    )
    tune(project, 2)
    assert data_of(project).train.x.shape[1] == 64
    for record in project.records():
        assert record["objective"]["value"] > 0.8
        check_rebuilt(project, record)


@pytest.mark.parametrize(
    "family",
    [
        "linear",
        *(
            pytest.param(one, marks=pytest.mark.matrix)
            for one in ["mlp", "extra_trees"]
        ),
    ],
)
def test_each_model_fills_in_what_an_array_lacks(family: str, render: Render) -> None:
    project = project_of(
        render,
        f"rows_missing_{family}",
        estimators=[family],
        framework="search_cv",
        data_source="arrays",
        input_kind="tabular",
        task="regression",
        missing_values="impute",
    )
    x, y = load_diabetes(return_X_y=True)
    x[::5, 2] = np.nan
    np.savez(project.root / "data.npz", x=x, y=y)
    tune(project, 2)
    train = data_of(project).train
    assert np.isnan(train.x).any()
    for record in project.records():
        assert record["metrics"]["val_r2"] > 0.2
        check_rebuilt(project, record)
