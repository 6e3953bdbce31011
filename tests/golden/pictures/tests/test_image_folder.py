import shutil
from pathlib import Path

import numpy as np
import pytest

from pictures import picture_cache
from pictures.errors import UserError
from pictures.image_folder import load_image_folder


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep what the tests decode out of the project's own cache."""
    monkeypatch.setattr(picture_cache, "CACHE_PATH", str(tmp_path / "cache"))


@pytest.fixture
def copy(folder: Path, tmp_path: Path) -> Path:
    """Copy the pictures, to be changed."""
    return shutil.copytree(folder, tmp_path / "pictures")


def test_pictures_of_any_size_come_in_one(folder: Path) -> None:
    found = load_image_folder(folder, (16, 24), 3)
    x = found.x[np.arange(len(found.x))]
    assert x.shape == found.x.shape == (24, 16, 24, 3)
    assert found.y.tolist() == [0] * 12 + [1] * 12
    assert found.class_names == ["dark", "light"]
    assert x[found.y == 0].mean() < 0.5 < x[found.y == 1].mean()


def test_a_file_that_is_no_picture_is_named(copy: Path) -> None:
    next(copy.rglob("*0.png")).write_text("not a picture")
    with pytest.raises(UserError, match=r"0\.png"):
        load_image_folder(copy, (16, 16), 1)
