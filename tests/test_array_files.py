"""Arrays as NumPy saves them, and files that only look like that."""

import zipfile
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_diabetes, load_wine

from tests.conftest import Render
from tests.damage import empty, leave_nothing
from tests.rendering import Project

X = np.arange(24, dtype="float32").reshape(6, 4)
Y = np.arange(6)
WIDE = [(f"column {i}", "f4") for i in range(900)]
"""A type of which NumPy says in two lines that its description is too long."""
FORMS = ["data.npz", "data"]
"""An archive and a folder."""


@pytest.fixture(scope="module")
def project(render: Render) -> Project:
    """A project that reads arrays."""
    return render(
        package_name="array_study", data_source="arrays", data_path="data.npz"
    )


@pytest.fixture(params=FORMS)
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Where to save arrays, in either form."""
    return tmp_path / str(request.param)


def save(path: Path, **arrays: Any) -> None:
    """Write arrays to an .npz file, or to a folder."""
    if path.suffix == ".npz":
        np.savez(path, **arrays)
        return
    path.mkdir()
    for name, array in arrays.items():
        np.save(path / f"{name}.npy", array)


def load(project: Project, path: Path) -> Any:
    """The samples and the targets."""
    return project.load("arrays").load_arrays(path)


def refusal(project: Project, path: Path) -> str:
    """The one line in which loading ends."""
    with pytest.raises(project.load("errors").UserError) as caught:
        load(project, path)
    [line] = str(caught.value).splitlines()
    return line


def test_the_wines_come_as_they_were(project: Project, path: Path) -> None:
    wine = load_wine()
    save(path, x=wine.data, y=wine.target_names[wine.target])
    x, y = load(project, path)
    assert x.shape == (178, 13) and x.dtype == np.float32
    assert np.allclose(x, wine.data)
    assert np.unique(y).tolist() == ["class_0", "class_1", "class_2"]
    assert np.array_equal(y, wine.target_names[wine.target])


@pytest.mark.parametrize("shape", [(442,), (221, 2)])
def test_numbers_to_predict_come_as_they_were(
    project: Project, path: Path, shape: tuple[int, ...]
) -> None:
    x, y = load_diabetes(return_X_y=True)
    save(path, x=x[: shape[0]], y=y.reshape(shape))
    assert np.array_equal(load(project, path)[1], y.reshape(shape))


@pytest.mark.parametrize("kind", ["f2", "f4"])
def test_floats_in_a_folder_are_not_copied(
    project: Project, tmp_path: Path, kind: str
) -> None:
    save(tmp_path / "data", x=X.astype(kind), y=Y)
    x, _ = load(project, tmp_path / "data")
    assert x.dtype == kind and x.filename == tmp_path / "data" / "x.npy"
    assert x.tolist() == X.tolist()


@pytest.mark.parametrize("kind", ["f8", "i1", "u8", "i4", "?", ">f4", ">f8", ">i2"])
def test_other_numbers_become_float32(project: Project, path: Path, kind: str) -> None:
    save(path, x=X.astype(kind), y=Y)
    x, _ = load(project, path)
    assert x.dtype == np.dtype("float32") and x.dtype.isnative
    assert x.tolist() == X.astype(kind).astype(float).tolist()


@pytest.mark.parametrize(
    "targets",
    [
        Y.astype(">i8"),
        Y.astype("u1"),
        Y % 2 == 0,
        Y / 7,
        np.array(list("abcabc")),
        np.array(["Zürich", "東京", ""] * 2),
        np.arange(18).reshape(6, 3),
    ],
    ids=lambda targets: str(targets.dtype),
)
def test_targets_keep_their_type(
    project: Project, path: Path, targets: np.ndarray
) -> None:
    save(path, x=X, y=targets)
    _, y = load(project, path)
    assert y.dtype == targets.dtype.newbyteorder("=")
    assert np.array_equal(y, targets)


def test_samples_may_have_any_shape_and_order(project: Project, path: Path) -> None:
    pictures = np.asfortranarray(np.arange(6 * 5 * 4 * 3.0).reshape(6, 5, 4, 3))
    save(path, x=pictures, y=Y, more=Y)
    x, _ = load(project, path)
    assert np.array_equal(x, pictures)


def test_samples_that_are_not_finite_are_for_a_later_check(
    project: Project, path: Path, recwarn: pytest.WarningsRecorder
) -> None:
    save(path, x=np.full((6, 2), [np.nan, 1e300]), y=Y)
    x, _ = load(project, path)
    assert np.isnan(x[:, 0]).all() and np.isinf(x[:, 1]).all()
    assert not recwarn.list


def test_an_archive_may_be_compressed_and_in_capitals(
    project: Project, tmp_path: Path
) -> None:
    with (tmp_path / "DATA.NPZ").open("wb") as file:
        np.savez_compressed(file, x=X, y=Y)
    assert np.array_equal(load(project, tmp_path / "DATA.NPZ")[0], X)


@pytest.mark.parametrize(
    ("arrays", "named"),
    [
        ({"x": X}, "'x' and not 'y'"),
        ({"y": Y}, "'y' and not 'x'"),
        ({"X": X, "labels": Y}, "'X', 'labels' and not 'x'"),
        ({}, "nothing and not 'x'"),
        ({"x": X, "y": Y[:5]}, "6 samples in x and 5 in y"),
        ({"x": X[:0], "y": Y[:0]}, "x in"),
        ({"x": X[:, :0], "y": Y}, "(6, 0)"),
        ({"x": X, "y": np.zeros((6, 0))}, "(6, 0)"),
        ({"x": np.float32(1), "y": Y}, "shape ()"),
        ({"x": X[:, 0], "y": Y}, "reshape(-1, 1)"),
        ({"x": X, "y": np.array(1)}, "shape ()"),
        ({"x": X, "y": np.zeros((6, 1, 1))}, "(6, 1, 1)"),
        ({"x": X, "y": np.array([["a"]] * 6)}, "(6, 1)"),
        ({"x": X.astype(str), "y": Y}, "x in"),
        ({"x": X.astype(complex), "y": Y}, "complex128"),
        ({"x": X.astype("M8[s]"), "y": Y}, "datetime64"),
        ({"x": np.zeros((6, 1), "i4,f4"), "y": Y}, "x in"),
        ({"x": np.zeros(6, WIDE), "y": Y}, "cannot be read"),
        ({"x": X, "y": Y.astype(complex)}, "complex128"),
        ({"x": X, "y": Y.astype("m8[s]")}, "timedelta64"),
        ({"x": X, "y": np.array(list("abcabc"), "S1")}, "|S1"),
        ({"x": X.astype(object), "y": Y}, "Python objects"),
        ({"x": X, "y": np.array(["a", None] * 3)}, "Python objects"),
        ({"x": X, "y": np.array([0, 1, 2, np.nan, 4, np.nan])}, "sample 3 "),
        ({"x": X, "y": np.array([[0, np.inf]] * 6)}, "sample 0 "),
    ],
)
def test_arrays_that_will_not_do_end_in_one_line(
    project: Project, path: Path, arrays: dict[str, Any], named: str
) -> None:
    save(path, **arrays)
    line = refusal(project, path)
    assert named in line and str(path) in line


def write_text(path: Path) -> None:
    path.write_text("1,2,3\n4,5,6\n")


def cut_short(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-40])


def cut_the_beginning(path: Path) -> None:
    path.write_bytes(path.read_bytes()[40:])


def flip_a_bit(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[data.index(X.tobytes()) + 5] ^= 1
    path.write_bytes(data)


def save_one_array(path: Path) -> None:
    with path.open("wb") as file:
        np.save(file, X)


def pickle(path: Path) -> None:
    X.dump(path)


def pack_text(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("x", "1,2,3")
        archive.writestr("y.npy", "4,5,6")


def claim_to_be_huge(path: Path) -> None:
    shape, claim = b"(6, 4), }", b"(6, 500000000000000000), }"
    data = path.read_bytes()
    path.write_bytes(data.replace(shape.ljust(len(claim)), claim))


@pytest.mark.parametrize(
    "damage",
    [
        leave_nothing,
        empty,
        write_text,
        cut_short,
        cut_the_beginning,
        flip_a_bit,
        save_one_array,
        pickle,
        pack_text,
        claim_to_be_huge,
    ],
)
def test_a_broken_archive_ends_in_one_line(
    project: Project, tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    path = tmp_path / "data.npz"
    save(path, x=X, y=Y)
    damage(path)
    assert str(path) in refusal(project, path)


@pytest.mark.filterwarnings("ignore:overflow encountered")
@pytest.mark.parametrize(
    "damage",
    [
        empty,
        write_text,
        cut_short,
        cut_the_beginning,
        pickle,
        pack_text,
        claim_to_be_huge,
    ],
)
def test_a_broken_array_ends_in_one_line(
    project: Project, tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    path = tmp_path / "data" / "x.npy"
    save(path.parent, x=X, y=Y)
    damage(path)
    assert str(path) in refusal(project, path.parent)


def test_a_file_of_another_kind_is_neither_form(
    project: Project, tmp_path: Path
) -> None:
    (tmp_path / "data.csv").write_text("a,b\n1,2\n")
    assert "neither" in refusal(project, tmp_path / "data.csv")


def test_a_password_ends_in_one_line(project: Project, tmp_path: Path) -> None:
    path = tmp_path / "data.npz"
    save(path, x=X, y=Y)
    data = bytearray(path.read_bytes())
    for signature, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(signature) + flags] |= 1
    path.write_bytes(data)
    assert "encrypted" in refusal(project, path)


def test_what_is_too_large_for_memory_is_told_of_the_folder(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(tmp_path / "data.npz", x=X, y=Y)

    def give_up(*_: Any, **__: Any) -> None:
        raise MemoryError

    monkeypatch.setattr(np.lib.npyio.NpzFile, "__getitem__", give_up)
    assert "x.npy" in refusal(project, tmp_path / "data.npz")


def pack(path: Path, method: int) -> Path:
    """Write an .npz file, packed in one of the ways that zip files know."""
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, array in (("x", X), ("y", Y)):
            with archive.open(f"{name}.npy", "w") as file:
                np.save(file, array)
    return path


@pytest.mark.parametrize("method", ["folder", "STORED", "DEFLATED", "BZIP2", "LZMA"])
@pytest.mark.filterwarnings("ignore")
def test_any_damage_ends_in_one_line_or_in_arrays(
    project: Project, tmp_path: Path, method: str
) -> None:
    if method == "folder":
        save(tmp_path / "data", x=X, y=Y)
        path, damaged = tmp_path / "data", tmp_path / "data" / "x.npy"
    else:
        path = pack(tmp_path / "data.npz", getattr(zipfile, f"ZIP_{method}"))
        damaged = path
    assert load(project, path)[0].tolist() == X.tolist()
    whole = damaged.read_bytes()
    random = Random(0)
    user_error = project.load("errors").UserError
    for _ in range(300):
        data = bytearray(whole[: random.choice([None, random.randrange(len(whole))])])
        for _ in range(random.randrange(4)):
            if data:  # most of what can go wrong is in the first bytes
                data[random.randrange(min(len(data), 200))] = random.randrange(256)
        damaged.write_bytes(data)
        try:
            load(project, path)
        except user_error as error:
            assert len(str(error).splitlines()) == 1
