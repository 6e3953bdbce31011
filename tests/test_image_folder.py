"""Photographs in one folder a class, as people have them."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.conftest import Render
from tests.photographs import REGIONS, write_photographs
from tests.rendering import Project


@pytest.fixture(scope="module")
def photographs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four classes of photographs."""
    return write_photographs(tmp_path_factory.mktemp("photographs"), each=10)


@pytest.fixture(scope="module")
def project(render: Render) -> Project:
    """A project that looks for its pictures in its own folder `data`."""
    return render(
        package_name="pictures", data_source="image_folder", image_size=[24, 32, 3]
    )


def load(project: Project, folder: Path, channels: int = 3) -> Any:
    """Pixels, labels and class names."""
    load_image_folder = project.load("image_folder").load_image_folder
    return load_image_folder(folder, (24, 32), channels)


def test_photographs_of_any_size_come_in_one(
    project: Project, photographs: Path
) -> None:
    x, y, names = load(project, photographs)
    assert names == sorted(REGIONS)
    assert x.shape == (40, 24, 32, 3) and x.dtype == np.float32
    assert x.min() >= 0 and x.max() <= 1
    assert np.bincount(y).tolist() == [10, 10, 10, 10]
    sky, leaves = x[y == names.index("sky")], x[y == names.index("leaves")]
    assert sky.mean() > leaves.mean()
    assert load(project, photographs, channels=1)[0].shape == (40, 24, 32, 1)


def test_a_picture_is_turned_as_its_camera_noted(
    project: Project, tmp_path: Path
) -> None:
    upright = np.zeros((60, 80, 3), "uint8")
    upright[:30] = 255  # light above, dark below
    note = Image.Exif()
    note[0x0112] = 6
    turned = Image.fromarray(upright).rotate(90, expand=True)
    turned.save(tmp_path / "turned.png", exif=note)
    read = project.load("image_folder").read_picture
    pixels = read(tmp_path / "turned.png", (24, 32), 3)
    assert pixels[:8].mean() > 0.9 and pixels[-8:].mean() < 0.1


def test_every_part_has_the_classes_in_proportion(
    project: Project, photographs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(project.load("data_path").VARIABLE, str(photographs))
    data = project.load("dataset").check(project.load("data").load_data())
    assert np.bincount(data.train.y).tolist() == [6] * 4
    assert np.bincount(data.validation.y).tolist() == [2] * 4
    assert np.bincount(data.test.y).tolist() == [2] * 4


def remove_all(folder: Path) -> None:
    shutil.rmtree(folder)


def keep_one_class(folder: Path) -> None:
    for name in list(REGIONS)[1:]:
        shutil.rmtree(folder / name)


def empty_a_class(folder: Path) -> None:
    for path in (folder / "sky").iterdir():
        path.unlink()


def break_a_picture(folder: Path) -> None:
    path = folder / "sky" / "IMG_0003.JPG"
    path.write_bytes(path.read_bytes()[:200])


def put_text_in_a_picture(folder: Path) -> None:
    (folder / "sky" / "IMG_0003.JPG").write_text("not a picture")


def make_a_folder_of_a_picture(folder: Path) -> None:
    (folder / "sky" / "IMG_0003.JPG").unlink()
    (folder / "sky" / "IMG_0003.JPG").mkdir()


def put_a_file_in_its_place(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.write_text("")


@pytest.mark.parametrize(
    ("damage", "named"),
    [
        (remove_all, "data"),
        (put_a_file_in_its_place, "data"),
        (keep_one_class, "two or more"),
        (empty_a_class, "sky"),
        (break_a_picture, "IMG_0003.JPG"),
        (put_text_in_a_picture, "IMG_0003.JPG"),
        (make_a_folder_of_a_picture, "IMG_0003.JPG"),
    ],
)
def test_wrong_pictures_end_in_one_line(
    project: Project, photographs: Path, damage: Callable[[Path], None], named: str
) -> None:
    folder = project.root / "data"
    shutil.copytree(photographs, folder)
    try:
        damage(folder)
        ran = project.run("tune", "--trials", "1")
        assert ran.status == 2
        assert len(ran.err.splitlines()) == 1, ran.err
        assert named in ran.err
        assert not [*(project.root / "runs").rglob("*.json")]
    finally:
        folder.unlink() if folder.is_file() else shutil.rmtree(folder, True)


def test_what_cannot_be_read_is_named_and_skipped_where_that_was_answered(
    render: Render, photographs: Path
) -> None:
    project = render(
        package_name="pictures_skipped",
        data_source="image_folder",
        image_size=[24, 32, 3],
        unreadable_files="skip",
        framework="manual",
        verbosity="silent",
    )
    folder = project.root / "data"
    shutil.copytree(photographs, folder)
    broken = [folder / name / "IMG_0003.JPG" for name in ("sky", "leaves")]
    for path in broken:
        path.write_text("not a picture")
    ran = project.run("tune", "--epochs", "1", "--trials", "1")
    assert ran.status == 0, ran.err
    lines = ran.err.splitlines()
    assert len(lines) == len(broken)
    assert all(str(path) in ran.err for path in broken)
    samples = json.loads(
        (project.root / "runs" / "default" / "study.json").read_text("utf-8")
    )["samples"]
    assert sum(samples.values()) == 4 * 10 - len(broken)
