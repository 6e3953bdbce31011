"""Arrays as people save them, and what a project makes of them."""

from pathlib import Path
from typing import Any

import numpy as np

from tests import tables
from tests.rendering import Project

X = np.arange(24, dtype="float32").reshape(6, 4)
Y = np.arange(6)
FORMS = ["data.npz", "data"]
"""An archive and a folder."""


def save(path: Path, **arrays: Any) -> None:
    """Write arrays to an .npz file, or to a folder."""
    if path.suffix == ".npz":
        np.savez(path, **arrays)
        return
    path.mkdir()
    for name, array in arrays.items():
        np.save(path / f"{name}.npy", array)


def load(project: Project, path: Path) -> Any:
    """The samples and the targets."""
    return project.load("arrays").load_arrays(path)[:2]


def refusal(project: Project, path: Path) -> str:
    """The one line in which loading ends."""
    return tables.refusal(project.load("arrays"), "load_arrays", path)
