"""The files of a folder of pictures, and what is said of those that are left out."""

import os
from pathlib import Path

from PIL import Image

HIDDEN = (".", "__MACOSX")
"""How names begin that are passed over."""


def folders_in(folder: Path) -> list[Path]:
    """Return the folders in one, in an order that does not depend on the disk."""
    return sorted(
        entry
        for entry in folder.iterdir()
        if entry.is_dir() and not entry.name.startswith(HIDDEN)
    )


def files_in(folder: Path) -> list[str]:
    """Return what is below a folder, in an order that does not depend on the disk."""
    found: list[str] = []
    for parent, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(HIDDEN)]
        shown = [name for name in names if not name.startswith(HIDDEN)]
        found += [os.path.join(parent, name) for name in (*folders, *shown)]
    return sorted(found, key=lambda path: path.split(os.sep))


def pictures_in(folder: Path) -> list[Path]:
    """Return what is below a folder and has a name as pictures have."""
    kinds = Image.registered_extensions()
    readable = tuple(end for end, kind in kinds.items() if kind in Image.OPEN)
    return [Path(path) for path in files_in(folder) if path.lower().endswith(readable)]


def name_left_out(folder: Path, read: list[Path], why: str) -> tuple[str, ...]:
    """Say which files below a folder are not read, if any, and why."""
    known = {str(path) for path in read}
    others = [Path(path) for path in files_in(folder) if path not in known]
    others = [path for path in others if path.is_file()]
    if not others:
        return ()
    some = ", ".join(path.relative_to(folder).as_posix() for path in others[:3])
    files = "file that is" if len(others) == 1 else "files that are"
    return (f"left out: {len(others):,} {files} {why}, as {some}",)
