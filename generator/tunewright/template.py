"""The folders that a template consists of."""

import shutil
from pathlib import Path


def is_template(folder: Path) -> bool:
    """Whether a folder has what `copy_without_git` copies."""
    return (folder / "copier.yml").is_file() and (folder / "template").is_dir()


def copy_without_git(template: Path, destination: Path) -> Path:
    """Copy a template as it stands to a folder that git does not know.

    Copier renders from there at once: it need not clone anything first.
    """
    shutil.copytree(template / "template", destination / "template")
    shutil.copy(template / "copier.yml", destination)
    return destination
