"""What the commands do where the command line does not say otherwise."""

from dataclasses import dataclass
from typing import Literal

PROJECT = "Sorted by “hand” 手"
TEMPLATE_VERSION = "unknown"

DATA_PATH = "~/photographs"
"""It holds one folder per class."""

IMAGE_SIZE = (96, 128)
"""Height and width that every picture is brought to."""

CHANNELS = 1
"""1 for grey, 3 for colour."""

CACHE_PATH = "runs/.cache"
"""It holds the pictures once they are decoded, for all studies; relative as DATA_PATH is."""

CACHE_GB = 20
"""Where it would hold more, what was used longest ago is removed."""


@dataclass(frozen=True)
class Objective:
    """What a trial is judged by, at the epoch where it is best."""

    name: str
    direction: Literal["maximize", "minimize"]


OBJECTIVE = Objective("val_accuracy", "maximize")
"""A metric that `get_model` compiles, with `val_` before it. Early stopping, the
ranking, the weights that are kept and the report follow."""

TRIALS = 20
"""How many trials a study has in all."""

TRIALS_PER_PROCESS = 20
"""After so many another process goes on: TensorFlow keeps some memory of each model."""

EPOCHS = 20
"""How many epochs a trial trains at the most."""

PATIENCE = 5
"""After how many epochs without a better score a trial stops."""

SEED = 0
"""With the same seed a study draws and trains the same trials again."""
