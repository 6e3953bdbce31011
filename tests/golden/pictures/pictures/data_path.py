"""Where the data are: as `--data` says, or as DATA_PATH in config.py does."""

import os
from pathlib import Path

from .config import DATA_PATH
from .errors import UserError

VARIABLE = "PICTURES_DATA"
"""What tells other processes of `--data`."""

found: list[Path] = []
"""What `find_data` has returned: nothing where `load_data` reads other data."""


def find_data() -> Path:
    """Return the path of the data, whether there are any or not."""
    found.append(Path(os.environ.get(VARIABLE) or find_place(DATA_PATH)))
    return found[-1]


def find_place(path: str) -> Path:
    """Return what a path in config.py stands for."""
    project = Path(__file__).resolve().parents[1]
    is_installed = not (project / "pyproject.toml").exists()
    return (Path.cwd() if is_installed else project) / Path(path).expanduser()


def check_found() -> list[str]:
    """Return a note where `load_data` has read other data than the answers name.

    Raises:
        UserError: `--data` names some.
    """
    if found:
        return []
    unread = "load_data in data.py never calls find_data()"
    if data := os.environ.get(VARIABLE):
        raise UserError(f"--data {data} is not read: {unread}")
    return [
        f"{unread}, so its data need not be those of data_source=image_folder in {DATA_PATH}"
    ]
