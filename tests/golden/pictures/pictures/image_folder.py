"""Pictures in one folder per class, of any size, as samples of one size."""

from pathlib import Path
from typing import NamedTuple

import numpy as np

from .dataset.part_names import PART_NAMES
from .errors import UserError
from .picture_cache import Pictures, open_pictures
from .picture_files import folders_in, name_left_out, pictures_in

MIN_ROWS = 5
"""Pictures that a class needs, for each part to have some."""


class ImageFolder(NamedTuple):
    """What a folder of pictures holds."""

    x: Pictures
    """Shape (samples, height, width, channels), from 0 to 1."""

    y: np.ndarray
    """Shape (samples,): the number of each one's class."""

    class_names: list[str]

    parts: np.ndarray | None
    """The part that each is of, if the folder holds a folder per part."""

    notes: tuple[str, ...]


def load_image_folder(
    folder: Path, size: tuple[int, int], channels: int
) -> ImageFolder:
    """Find every picture of every class.

    Args:
        folder: It holds one folder per class, named as the class is, or for each part a
            folder that holds such folders.
        size: (height, width) to bring the pictures to.
        channels: 1 for grey, 3 for colour.

    Raises:
        UserError: The folder is missing, has fewer than two classes or too few
            pictures, or a picture cannot be read.
    """
    if not folder.is_dir():
        raise UserError(
            f"{folder} is not a folder; put one folder per class in it, or name another "
            "with --data"
        )
    parts = find_parts(folder)
    classes = [found for part in parts or [folder] for found in folders_in(part)]
    class_names = sorted({found.name for found in classes})
    if len(class_names) < 2:
        raise UserError(f"{folder} needs two or more folders, one per class")
    paths: list[Path] = []
    labels: list[int] = []
    part_names: list[str] = []
    for found in classes:
        pictures = pictures_in(found)
        if len(pictures) < MIN_ROWS and not parts:
            raise UserError(
                f"{found} has {len(pictures)} pictures, and a class needs {MIN_ROWS} or more"
            )
        paths += pictures
        labels += [class_names.index(found.name)] * len(pictures)
        part_names += [found.parent.name] * len(pictures)
    if not paths:
        raise UserError(f"the folders of the classes in {folder} hold no picture")
    y = np.array(labels)
    x = open_pictures(folder, paths, size, channels)
    notes = name_left_out(folder, paths, "no picture of a class")
    if not parts:
        notes += ("no parts are given: a fifth each goes to validation and test",)
    given = np.array(part_names) if parts else None
    return ImageFolder(x, y, class_names, given, notes)


def find_parts(folder: Path) -> list[Path]:
    """Return the folders of the parts, if the pictures are divided.

    Raises:
        UserError: It is not sure what the folders are.
    """
    folders = folders_in(folder)
    named = [one for one in folders if one.name.lower() in PART_NAMES]
    parts = [one for one in named if folders_in(one)]
    if not parts and len(named) < len(folders):  # and "train" may be a class
        return []
    flat = [one for one in folders if one not in parts]
    if flat:
        raise UserError(
            f"{flat[0]} has no folder for each class"
            f"{', unlike ' + join(parts) if parts else ''}; put its pictures into such "
            "folders, or move it away"
        )
    return parts


def join(folders: list[Path]) -> str:
    """Return the names of folders in one line."""
    return ", ".join(folder.name for folder in folders)
