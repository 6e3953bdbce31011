"""Whole projects as they are rendered, kept in `tests/golden` for a reviewer to read.

`python -m tests.golden` writes them anew after a change of the template.
"""

import shutil
import tempfile
from pathlib import Path
from typing import Any

from tunewright.questions import TEMPLATE
from tunewright.render import render
from tunewright.template import copy_without_git

FOLDER = Path(__file__).parent / "golden"
PROJECTS: dict[str, dict[str, Any]] = {
    "defaults": {},
    "pictures": {
        "project_name": "Sorted by “hand” 手",
        "setup": "full",
        "package_name": "pictures",
        "data_source": "image_folder",
        "data_path": "~/photographs",
        "image_size": [96, 128, 1],
        "algorithm": "nsga2",
        "layer_types": ["conv", "separable_conv", "pooling", "global_pooling"],
        "search_space": "custom",
        "conv_filters": [8, 16, 32],
        "conv_stride": {"low": 1, "high": 2},
        "pool_kind": ["max", "average"],
        "optimizer": ["adam", "sgd"],
        "learning_rate": {"low": 0.00001, "high": 0.01, "log": True},
        "keep_weights": "best",
        "verbosity": "silent",
    },
}
"""The answers, by the name of the folder."""


def rendered(name: str) -> dict[str, str]:
    """Each file's text by its path, without where the template lay."""
    with tempfile.TemporaryDirectory() as folder:
        template = copy_without_git(TEMPLATE, Path(folder) / "template")
        render(Path(folder) / "project", PROJECTS[name], template=template)
        files = read(Path(folder) / "project")
    return {
        path: text.replace(str(template), "TEMPLATE") for path, text in files.items()
    }


def read(folder: Path) -> dict[str, str]:
    """Each file's text by its path."""
    return {
        path.relative_to(folder).as_posix(): path.read_text("utf-8")
        for path in folder.rglob("*")
        if path.is_file()
    }


if __name__ == "__main__":
    shutil.rmtree(FOLDER, ignore_errors=True)
    for project in PROJECTS:
        for name, text in rendered(project).items():
            place = FOLDER / project / name
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text, "utf-8")
