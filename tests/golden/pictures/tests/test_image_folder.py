from pathlib import Path

import pytest

from pictures.errors import UserError
from pictures.image_folder import load_image_folder


def test_pictures_of_any_size_come_in_one(folder: Path) -> None:
    x, y, class_names = load_image_folder(folder, (16, 24), 3)
    assert x.shape == (24, 16, 24, 3)
    assert y.tolist() == [0] * 12 + [1] * 12
    assert class_names == ["dark", "light"]
    assert x[y == 0].mean() < 0.5 < x[y == 1].mean()


def test_a_file_that_is_no_picture_is_named(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        for i in range(5):
            (tmp_path / name / f"{i}.png").write_text("not a picture")
    with pytest.raises(UserError, match=r"0\.png"):
        load_image_folder(tmp_path, (16, 16), 1)
