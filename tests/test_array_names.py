"""What arrays are called, and what each is by its name."""

from pathlib import Path

import numpy as np
import pytest

from tests.arrays import FORMS, X, Y, load, refusal, save
from tests.conftest import Render
from tests.rendering import Project


@pytest.fixture(scope="module")
def project(render: Render) -> Project:
    """A project that reads arrays."""
    return render(
        package_name="named_arrays", data_source="arrays", data_path="data.npz"
    )


@pytest.fixture(params=FORMS)
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Where to save arrays, in either form."""
    return tmp_path / str(request.param)


NAMES = [
    ("x", "y"),
    ("X", "y"),
    ("images", "labels"),
    ("features", "labels"),
    ("data", "target"),
    ("arr_0", "arr_1"),
]


@pytest.mark.parametrize("names", NAMES, ids="-".join)
def test_arrays_go_by_their_usual_names(
    project: Project, path: Path, names: tuple[str, str]
) -> None:
    save(path, **dict(zip(names, (X, Y), strict=True)))
    x, y = load(project, path)
    assert np.array_equal(x, X) and np.array_equal(y, Y)


@pytest.mark.parametrize(
    "names",
    [
        ("x_train", "y_train", "x_test", "y_test"),
        ("X_train", "Y_train", "X_val", "Y_val"),
        ("train_images", "train_labels", "val_images", "val_labels"),
        ("train_data", "train_targets", "test_data", "test_targets"),
        ("x", "y", "x_valid", "y_valid"),
        ("trainX", "trainY", "testX", "testY"),
        ("Xtrain", "ytrain", "Xval", "yval"),
        ("X_Train", "Y_Train", "X_Test", "Y_Test"),
    ],
)
def test_arrays_come_in_parts(
    project: Project, path: Path, names: tuple[str, ...]
) -> None:
    save(path, **dict(zip(names, (X, Y, X[:2], Y[:2]), strict=True)))
    x, y, parts, _ = project.load("arrays").load_arrays(path)
    second = "test" if "test" in names[2].lower() else "validation"
    assert parts.tolist() == ["train"] * 6 + [second] * 2
    assert np.array_equal(x[np.arange(8)], np.concatenate([X, X[:2]]))
    assert np.array_equal(y, np.concatenate([Y, Y[:2]]))


def test_folders_in_a_folder_are_parts(project: Project, tmp_path: Path) -> None:
    for number, part in enumerate(["test", "Train", "val"]):
        (tmp_path / part).mkdir()
        np.save(tmp_path / part / "x.npy", X + number)
        np.save(tmp_path / part / "labels.npy", Y)
    x, _, parts, notes = project.load("arrays").load_arrays(tmp_path)
    assert parts.tolist() == ["train"] * 6 + ["validation"] * 6 + ["test"] * 6
    assert np.array_equal(x[np.arange(18)], np.concatenate([X + 1, X + 2, X]))
    assert notes == ()


@pytest.mark.parametrize(
    ("names", "either"),
    [
        (("x", "data", "y"), ("x", "data")),
        (("x_train", "train_images", "y_train"), ("x_train", "train_images")),
        (("x", "y", "labels"), ("y", "labels")),
        (("x", "y", "x_train", "y_train", "x_test", "y_test"), ("x", "x_train")),
        (("x", "y", "arr_0"), ("x", "arr_0")),
    ],
)
def test_two_names_for_one_role_are_refused(
    project: Project, path: Path, names: tuple[str, ...], either: tuple[str, str]
) -> None:
    save(path, **{name: Y if name[0] in "yl" else X for name in names})
    line = refusal(project, path)
    assert all(repr(name) in line for name in either)


@pytest.mark.parametrize("count", [3, 4])
def test_arrays_without_names_are_x_and_y_only_where_they_are_two(
    project: Project, path: Path, count: int
) -> None:
    save(path, **{f"arr_{i}": Y if i % 2 else X for i in range(count)})
    line = refusal(project, path)
    assert "arr_2" in line and "numpy.savez(path, x=x, y=y)" in line


def test_what_nothing_reads_is_named(project: Project, path: Path) -> None:
    others = {name: X for name in ("sizes", "x_trian", "groups", "train_test_x")}
    save(path, x=X, y=Y, **others)
    note, _ = project.load("arrays").load_arrays(path)[-1]  # and that parts are dealt
    assert "'groups'" in note and "'sizes'" in note and "1 more" in note


def test_parts_of_another_shape_or_without_a_partner_are_named(
    project: Project, path: Path
) -> None:
    scaled = path.with_name(f"scaled_{path.name}")
    save(scaled, x_train=X.astype("uint8"), y_train=Y, x_test=X / 255, y_test=Y)
    assert "fractions" in refusal(project, scaled)
    save(path, x_train=X, y_train=Y, x_test=X[:, :2], y_test=Y)
    assert "other shapes" in refusal(project, path)
    extra = path.with_name(f"extra_{path.name}")
    save(extra, x_train=X, y_train=Y, x_test=X)
    assert "'x_test' has no partner" in refusal(project, extra)


def test_parts_are_not_dealt_anew(render: Render, path: Path) -> None:
    project = render(package_name="dealt_study", data_source="arrays", split="random")
    save(path, x_train=X, y_train=Y, x_test=X, y_test=Y)
    assert "split=given" in refusal(project, path)
