"""Real photographs in one folder per class: pieces of the two that scikit-learn ships."""

from pathlib import Path

import numpy as np
from PIL import Image
from sklearn.datasets import load_sample_image

REGIONS = {
    "temple": ("china.jpg", (150, 400), (0, 640)),
    "sky": ("china.jpg", (0, 110), (300, 640)),
    "petals": ("flower.jpg", (60, 330), (200, 520)),
    "leaves": ("flower.jpg", (0, 427), (0, 170)),
}
"""By class: the photograph, and the rows and columns of it that show the class."""


def write_photographs(folder: Path, each: int = 20) -> Path:
    """Four classes of JPEG files, no two of one size, some turned by an EXIF note."""
    random = np.random.default_rng(0)
    for name, (photograph, rows, columns) in REGIONS.items():
        (folder / name).mkdir(parents=True)
        region = load_sample_image(photograph)[slice(*rows), slice(*columns)]
        for i in range(each):
            height, width = random.integers(40, 100, size=2)
            top = random.integers(0, region.shape[0] - height)
            left = random.integers(0, region.shape[1] - width)
            picture = Image.fromarray(region[top : top + height, left : left + width])
            note = Image.Exif()
            if i % 5 == 0:
                picture = picture.rotate(90, expand=True)
                note[0x0112] = 6  # turn it by 90 degrees clockwise to see it upright
            picture.save(folder / name / f"IMG_{i:04}.JPG", exif=note)
    return folder
