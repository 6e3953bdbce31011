"""Files that are there whole or not at all."""

import hashlib
import os
from pathlib import Path


def write_atomically(path: Path, text: str) -> None:
    """Write a file beside the place where it belongs, then move it there."""
    beside = path.with_name(f".{path.name}.new")
    beside.write_text(text, encoding="utf-8")
    move_into_place(beside, path)


def move_into_place(beside: Path, path: Path) -> None:
    """Rename a file once all of it is on the disk, so that no crash leaves half of it."""
    with beside.open("rb+") as file:
        os.fsync(file.fileno())
    os.replace(beside, path)
    if os.name == "posix":  # elsewhere a folder cannot be opened
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def sha256(path: Path) -> str:
    """The digest of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
