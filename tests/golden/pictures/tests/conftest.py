"""Pictures to test with: the tests must pass before yours are there."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pictures.config import CHANNELS, IMAGE_SIZE
from pictures.dataset import Data, Split
from pictures.image_folder import load_image_folder


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write two classes of twelve pictures, dark and light, no two of one size."""
    folder = tmp_path_factory.mktemp("pictures")
    noise = np.random.default_rng(0)
    for name, lightest in (("dark", 128), ("light", 256)):
        (folder / name).mkdir()
        for i in range(12):
            pixels = noise.integers(lightest - 128, lightest, (20 + i, 30 - i, 3))
            Image.fromarray(pixels.astype("uint8")).save(folder / name / f"{i}.png")
    return folder


@pytest.fixture(scope="session")
def data(folder: Path) -> Data:
    """Return eight samples to train on, as many to validate and to test."""
    found = load_image_folder(folder, IMAGE_SIZE, CHANNELS)
    x, y = found.x[np.arange(len(found.x))], found.y
    train, validation, test = (Split(x[i::3], y[i::3]) for i in range(3))
    return Data(train, validation, test, found.class_names)
