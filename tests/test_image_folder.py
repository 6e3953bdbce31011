"""Photographs in one folder per class, as people have them."""

import json
import math
import shutil
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageOps, TiffImagePlugin, features
from sklearn.datasets import load_sample_image

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
    """What is found in a folder."""
    load_image_folder = project.load("image_folder").load_image_folder
    return load_image_folder(folder, (24, 32), channels)


def pixels(found: Any) -> np.ndarray:
    """All of its pictures."""
    x: np.ndarray = found.x[np.arange(len(found.x))]
    return x


def fill(folder: Path, *classes: str, each: int = 5, suffix: str = ".png") -> Path:
    """Write pictures into a folder for each class, no two alike."""
    for name in classes:
        (folder / name).mkdir(parents=True, exist_ok=True)
        for i in range(each):
            shade = (i * 20, len(name) * 10, sum(map(ord, name)) % 256)
            Image.new("RGB", (40, 30), shade).save(folder / name / f"{i}{suffix}")
    return folder


@pytest.fixture(scope="module")
def loads(render: Render) -> Callable[..., Any]:
    """Read a folder as a project with these answers does."""

    def load_as(folder: Path, **answers: str) -> Any:
        name = "_".join(["pictures", *answers.values()])
        made = render(
            package_name=name,
            data_source="image_folder",
            image_size=[24, 32, 3],
            **answers,
        )
        return load(made, folder)

    return load_as


def test_photographs_of_any_size_come_in_one(
    project: Project, photographs: Path
) -> None:
    found = load(project, photographs)
    x, y, names = pixels(found), found.y, found.class_names
    assert names == sorted(REGIONS)
    assert x.shape == (40, 24, 32, 3) and x.dtype == np.float32
    assert x.min() >= 0 and x.max() <= 1
    assert np.bincount(y).tolist() == [10, 10, 10, 10]
    sky, leaves = x[y == names.index("sky")], x[y == names.index("leaves")]
    assert sky.mean() > leaves.mean()
    assert load(project, photographs, channels=1).x.shape == (40, 24, 32, 1)
    [note] = found.notes
    assert note.startswith("no parts are given")


def test_a_picture_is_turned_as_its_camera_noted(
    project: Project, tmp_path: Path
) -> None:
    upright = np.zeros((60, 80, 3), "uint8")
    upright[:30] = 255  # light above, dark below
    note = Image.Exif()
    note[0x0112] = 6
    turned = Image.fromarray(upright).rotate(90, expand=True)
    turned.save(tmp_path / "turned.png", exif=note)
    read = project.load("picture").read_picture
    shown = read(tmp_path / "turned.png", (24, 32), 3)
    assert shown[:8].mean() > 230 and shown[-8:].mean() < 25


@pytest.mark.parametrize("turn", [0, 90])
def test_a_jpeg_that_is_decoded_smaller_looks_as_one_that_is_not(
    turn: int, project: Project, tmp_path: Path
) -> None:
    photograph = Image.fromarray(load_sample_image("china.jpg"))
    photograph.rotate(turn, expand=True).save(tmp_path / "a.jpg", quality=95)
    shown = project.load("picture").read_picture(tmp_path / "a.jpg", (96, 160), 3)
    with Image.open(tmp_path / "a.jpg") as whole:
        fitted = ImageOps.fit(whole, (160, 96), Image.Resampling.BILINEAR)
    assert abs(shown - np.asarray(fitted, "float32")).mean() < 4


SHORT, LONG, SIGNED_RATIONAL, DOUBLE = 3, 4, 10, 12
"""Types of TIFF, as which cameras write their notes."""


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (SIGNED_RATIONAL, struct.pack(">ii", -1, 0)),
        (DOUBLE, struct.pack(">d", math.nan)),
        (LONG, struct.pack(">i", -5)),
    ],
)
def test_no_more_is_read_of_a_camera_than_the_orientation(
    kind: int, value: bytes, project: Project, tmp_path: Path
) -> None:
    turned = struct.pack(">HHIHH", 0x0112, SHORT, 1, 3, 0)
    place = value if len(value) == 4 else struct.pack(">I", 8 + 2 + 2 * 12 + 4)
    notes = turned + struct.pack(">HHI", 0x011A, kind, 1) + place
    block = b"MM\0*" + struct.pack(">IH", 8, 2) + notes + b"\0\0\0\0" + value
    upright = Image.new("RGB", (32, 24))
    upright.paste("white", (0, 0, 32, 12))
    upright.rotate(180).save(tmp_path / "a.jpg", exif=b"Exif\0\0" + block)
    shown = project.load("picture").read_picture(tmp_path / "a.jpg", (24, 32), 3)
    assert shown[:8].mean() > 230 and shown[-8:].mean() < 25


def test_whatever_pillow_raises_names_the_file(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    picture = project.load("picture")
    fill(tmp_path, "a", each=1)

    def fail(file: Any) -> None:
        raise KeyError("no such tag")

    monkeypatch.setattr(picture, "as_bytes", fail)
    with pytest.raises(project.load("errors").UserError, match=r"0\.png"):
        picture.read_picture(tmp_path / "a" / "0.png", (24, 32), 3)


RAMP = np.linspace(0, 1, 32, dtype="float64")[np.newaxis].repeat(24, axis=0)


@pytest.mark.parametrize(
    ("suffix", "values"),
    [
        (".png", (RAMP * 65535).astype("uint16")),
        (".tif", (RAMP * 65535).astype("uint16")),
        (".tif", (RAMP * 65535).astype(">u2")),
        (".pgm", (RAMP * 65535).astype("uint16")),
        (".tif", RAMP.astype("float32")),
        (".tif", (RAMP * 255).astype("uint8")),
    ],
)
def test_numbers_are_scaled_by_the_range_of_their_type(
    suffix: str, values: np.ndarray, project: Project, tmp_path: Path
) -> None:
    path = tmp_path / f"ramp{suffix}"
    picture = Image.fromarray(values.astype(values.dtype.newbyteorder("=")))
    picture.save(path)
    shown = project.load("picture").read_picture(path, (24, 32), 1)
    assert np.abs(shown[..., 0] - RAMP * 255).max() <= 1


@pytest.mark.parametrize("values", [RAMP * 255, RAMP - 0.5, np.full((24, 32), np.nan)])
def test_floats_beyond_their_range_are_refused_unless_it_is_declared(
    values: np.ndarray, project: Project, tmp_path: Path
) -> None:
    read = project.load("picture").read_picture
    picture = Image.fromarray(values.astype("float32"))
    picture.save(tmp_path / "ramp.tif")
    with pytest.raises(project.load("errors").UserError, match=r"ramp\.tif"):
        read(tmp_path / "ramp.tif", (24, 32), 1)
    if np.isfinite(values).all():
        tags = TiffImagePlugin.ImageFileDirectory_v2()
        for tag, value in ((340, values.min()), (341, values.max())):
            tags[tag] = float(value)
            tags.tagtype[tag] = 12
        picture.save(tmp_path / "declared.tif", tiffinfo=tags)
        shown = read(tmp_path / "declared.tif", (24, 32), 1)
        assert np.abs(shown[..., 0] - RAMP * 255).max() <= 1


@pytest.mark.parametrize("suffix", [".jfif", ".jpe", ".avif", ".pgm", ".ppm", ".JFIF"])
def test_all_that_pillow_opens_is_read(
    suffix: str, project: Project, tmp_path: Path
) -> None:
    if suffix == ".avif" and not features.check("avif"):
        pytest.skip("this Pillow reads none")
    fill(tmp_path, "a", "b", suffix=suffix)
    fill(tmp_path, "a", each=2)
    assert np.bincount(load(project, tmp_path).y).tolist() == [7, 5]


def test_what_is_left_out_is_counted_and_named(
    project: Project, tmp_path: Path
) -> None:
    fill(tmp_path, "a", "b")
    (tmp_path / "a" / "about.txt").touch()
    (tmp_path / "b" / ".hidden.txt").touch()
    Image.new("L", (9, 9)).save(tmp_path / "nobodys.png")
    found = load(project, tmp_path)
    assert len(found.x) == 10
    note, _ = found.notes  # and that parts are dealt
    assert " 2 " in note and "a/about.txt" in note and "nobodys.png" in note


@pytest.mark.parametrize(
    ("resize", "sides", "middle"),
    [("crop", 255, 255), ("pad", 255, 255), ("stretch", 0, 255)],
)
def test_a_long_picture_is_brought_to_size_as_was_answered(
    resize: str, sides: int, middle: int, tmp_path: Path, render: Render
) -> None:
    made = render(
        package_name=f"brought_{resize}", data_source="image_folder", resize=resize
    )
    long = Image.new("L", (480, 48), 0)
    long.paste(255, (120, 0, 360, 48))  # dark ends
    long.save(tmp_path / "long.png")
    shown = made.load("picture").read_picture(tmp_path / "long.png", (48, 48), 1)
    assert shown[24, 24, 0] == middle
    assert shown[24, 0, 0] == {"crop": 255, "pad": 0, "stretch": 0}[resize]
    assert shown[0, 24, 0] == {"crop": 255, "pad": 0, "stretch": 255}[resize]


@pytest.mark.parametrize(
    ("names", "counts"),
    [
        (["train", "val", "test"], [12, 4, 4]),
        (["Training", "valid", "testing"], [12, 4, 4]),
        (["train", "validation"], None),
        (["training", "dev"], None),
        (["train", "test"], None),
        (["train"], None),
    ],
)
def test_folders_of_parts_are_a_split(
    names: list[str],
    counts: list[int] | None,
    project: Project,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for i, name in enumerate(names):
        fill(tmp_path / name, "ants", "bees", each=2 if i else 6)
    monkeypatch.setenv(project.load("data_path").VARIABLE, str(tmp_path))
    data = project.load("dataset").check(project.load("data").load_data())
    assert data.class_names == ["ants", "bees"]
    sizes = [len(part.y) for part in data[:3]]
    assert sum(sizes) == 12 + 4 * (len(names) - 1) and min(sizes) > 1
    assert counts is None or sizes == counts


@pytest.mark.parametrize(
    ("folders", "named"),
    [
        (["train/ants", "train/bees", "val/ants", "val/bees", "more/ants"], "more"),
        (["train/ants", "train/bees", "test"], "test"),
        (["train", "val"], "train"),
    ],
)
def test_folders_that_may_be_parts_or_classes_are_refused(
    folders: list[str], named: str, project: Project, tmp_path: Path
) -> None:
    fill(tmp_path / "data", *folders)
    with pytest.raises(project.load("errors").UserError, match=rf"data/{named} "):
        load(project, tmp_path / "data")


def test_a_class_may_have_the_name_of_a_part(project: Project, tmp_path: Path) -> None:
    fill(tmp_path, "bicycle", "car", "train")
    found = load(project, tmp_path)
    assert found.class_names == ["bicycle", "car", "train"] and found.parts is None


@pytest.mark.parametrize("split", ["random", "group"])
def test_parts_are_not_dealt_anew_unsaid(
    split: str, loads: Callable[..., Any], tmp_path: Path
) -> None:
    for part in ("train", "val"):
        fill(tmp_path / part, "ants", "bees")
    with pytest.raises(Exception, match=r"split=given"):
        loads(tmp_path, split=split)


def test_the_folder_between_class_and_picture_is_its_group(
    loads: Callable[..., Any], tmp_path: Path
) -> None:
    for patient in ("ann", "bob"):
        fill(tmp_path / "ill", patient)
    fill(tmp_path / "well", "bob", "cy", each=3)
    found = loads(tmp_path, split="group")
    assert found.groups.tolist() == 5 * ["ann"] + 5 * ["bob"] + 3 * ["bob"] + 3 * ["cy"]
    fill(tmp_path, "ill", each=1)
    with pytest.raises(Exception, match=r"ill/0\.png"):
        loads(tmp_path, split="group")


def test_a_file_that_cannot_be_read_keeps_parts_and_labels_apart(
    loads: Callable[..., Any], tmp_path: Path
) -> None:
    for part in ("train", "val"):
        fill(tmp_path / part, "ants", "bees")
    (tmp_path / "train" / "bees" / "0.png").write_text("not a picture")
    found = loads(tmp_path, unreadable_files="skip")
    assert found.y.tolist() == 5 * [0] + 4 * [1] + 5 * [0] + 5 * [1]
    assert found.parts.tolist() == 9 * ["train"] + 10 * ["val"]
    assert len(found.x) == 19 and "0.png" in found.notes[0]


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
    about = json.loads(
        (project.root / "runs" / "default" / "study.json").read_text("utf-8")
    )
    notes, samples = about["notes"], about["samples"]
    assert len(notes) == len(broken) + 1  # which says that parts are dealt
    assert all(any(str(path) in note for note in notes) for path in broken)
    assert sum(samples.values()) == 4 * 10 - len(broken)
