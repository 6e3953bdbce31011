"""Pictures in one folder a class, of any size, as arrays of one size."""

from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from .errors import UserError

SUFFIXES = {".bmp", ".gif", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"}
MIN_ROWS = 5
"""Pictures that a class needs, for each part to have some."""


def load_image_folder(
    folder: Path, size: tuple[int, int], channels: int
) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Read every picture of every class.

    Args:
        folder: It holds one folder a class, named as the class is.
        size: (height, width) to bring the pictures to.
        channels: 1 for grey, 3 for colour.

    Returns:
        Pictures of shape (samples, height, width, channels) with values from 0 to 1,
        labels of shape (samples,), and the classes' names by label.

    Raises:
        UserError: The folder is missing, has fewer than two classes or too few
            pictures, or a picture cannot be read.
    """
    if not folder.is_dir():
        raise UserError(
            f"{folder} is not a folder; put one folder a class in it, or name another "
            "with --data"
        )
    classes = {
        entry.name: find_pictures(entry)
        for entry in sorted(folder.iterdir())
        if entry.is_dir() and not entry.name.startswith(".")
    }
    if len(classes) < 2:
        raise UserError(f"{folder} needs two or more folders, one a class")
    for name, paths in classes.items():
        if len(paths) < MIN_ROWS:
            raise UserError(
                f"{folder / name} has {len(paths)} pictures, and a class needs "
                f"{MIN_ROWS} or more ({', '.join(sorted(SUFFIXES))})"
            )
    pictures = [
        read_picture(path, size, channels)
        for paths in classes.values()
        for path in paths
    ]
    labels = np.repeat(np.arange(len(classes)), [len(p) for p in classes.values()])
    return np.stack(pictures), labels, list(classes)


def find_pictures(folder: Path) -> list[Path]:
    """Find the pictures below a folder, in an order that does not depend on the disk."""
    return sorted(
        path
        for path in folder.rglob("*")
        if path.suffix.lower() in SUFFIXES and not path.name.startswith(".")
    )


def read_picture(path: Path, size: tuple[int, int], channels: int) -> np.ndarray:
    """Read a picture, turned upright and cut about its centre to the proportions of `size`."""
    try:
        with Image.open(path) as file:
            # Cameras store a turned picture as it was taken, with a note to turn it.
            upright = ImageOps.exif_transpose(file)
            picture = upright.convert("L" if channels == 1 else "RGB")
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise UserError(f"{path} is not a picture that can be read: {error}") from error
    height, width = size
    pixels = np.asarray(ImageOps.fit(picture, (width, height)), dtype="float32") / 255
    return pixels.reshape(height, width, channels)
