"""One picture, of whatever kind Pillow can open."""

from pathlib import Path

import numpy as np
from PIL import ExifTags, Image, ImageFile, ImageOps

from .errors import UserError, first_line

TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What turns a picture upright, by the orientation that its camera noted."""

FILTER = Image.Resampling.BILINEAR
"""Over all pixels that become one, unlike Keras's, so that fine lines stay."""

BITS, LOWEST, HIGHEST = 258, 340, 341
"""TIFF's tags for the bits of a number, and for the range of a picture's numbers."""


def read_picture(path: Path, size: tuple[int, int], channels: int) -> np.ndarray:
    """Read a picture as bytes: turned upright, and cut about its centre to the proportions of `size`.

    Raises:
        UserError: It cannot be read.
    """
    height, width = size
    try:
        with Image.open(path) as file:
            # A JPEG is decoded at a half of its size, or less, where that is large enough.
            file.draft(None, (max(size), max(size)))
            file.load()
            # Nothing else is read of what the camera noted, for that is often malformed.
            turn = TURNS.get(file.getexif().get(ExifTags.Base.Orientation, 1))
            picture = as_bytes(file).convert("L" if channels == 1 else "RGB")
        if turn is not None:
            picture = picture.transpose(turn)
        picture = ImageOps.fit(picture, (width, height), FILTER)
        return np.asarray(picture).reshape(height, width, channels)
    except Exception as error:  # Pillow does not say what it may raise
        raise UserError(
            f"{path} is not a picture that can be read: {first_line(str(error))}"
        ) from error


def as_bytes(picture: ImageFile.ImageFile) -> Image.Image:
    """Return a picture whose numbers are bytes, as `convert` takes it.

    Numbers of 16 bits are scaled by their type's range, floats by the range that the file
    declares, which is 0 to 1 where it declares none.

    Raises:
        ValueError: Some are beyond that range, so that what is white is unknown.
    """
    if picture.mode[0] not in "IF":
        return picture
    tags = getattr(picture, "tag_v2", {})
    values = np.asarray(picture, "float64")
    if picture.mode.startswith("I;16") or picture.format in ("PNG", "PPM"):
        low, high = 0.0, 2.0 ** tags.get(BITS, (16,))[0] - 1
    else:
        low = float(np.min(tags.get(LOWEST, 0)))
        high = float(np.max(tags.get(HIGHEST, 1)))
    if not low <= values.min() <= values.max() <= high > low:
        raise ValueError(
            f"its numbers are from {values.min():g} to {values.max():g}, and should be from "
            f"{low:g} to {high:g}; save it with 8 or 16 bits"
        )
    scaled = (values - low) / (high - low) * 255
    return Image.fromarray(scaled.round().astype("uint8"))
