"""Files that only look like arrays that NumPy saved."""

import zipfile
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest

from tests.arrays import FORMS, X, Y, load, refusal, save
from tests.conftest import Render
from tests.damage import empty, leave_nothing
from tests.rendering import Project


@pytest.fixture(scope="module")
def project(render: Render) -> Project:
    """A project that reads arrays."""
    return render(
        package_name="broken_arrays", data_source="arrays", data_path="data.npz"
    )


@pytest.fixture(params=FORMS)
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Where to save arrays, in either form."""
    return tmp_path / str(request.param)


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
