"""Where the data are: as `--data` says, or as DATA_PATH in config.py does."""

import os
from pathlib import Path

from .config import DATA_PATH

VARIABLE = "PICTURES_DATA"
"""What tells other processes of `--data`."""


def find_data() -> Path:
    """Return the path of the data, whether there are any or not."""
    project = Path(__file__).resolve().parents[1]
    is_installed = not (project / "pyproject.toml").exists()
    folder = Path.cwd() if is_installed else project
    return Path(os.environ.get(VARIABLE) or folder / Path(DATA_PATH).expanduser())
