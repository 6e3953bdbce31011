"""Where the data come from.

Load whatever you like, so long as `load_data` returns a `Data`. Its parts may hold lists,
tables or tensors in place of arrays.
"""

from .config import CHANNELS, IMAGE_SIZE
from .data_path import find_data
from .dataset import Data, split
from .image_folder import load_image_folder

SPLIT_SEED = 0


def load_data() -> Data:
    """Load your pictures, brought to one size."""
    found = load_image_folder(find_data(), IMAGE_SIZE, CHANNELS)
    train, validation, test = split(found.x, found.y, SPLIT_SEED, parts=found.parts)
    return Data(train, validation, test, found.class_names, found.notes)
