"""Files that are there whole or not at all."""

import errno
import hashlib
import os
import shutil
import stat
from itertools import count
from pathlib import Path

LARGEST = 2**24
"""How many bytes a file may have that is read at once: a hundred thousand epochs' record."""


def write_atomically(path: Path, text: str) -> None:
    """Write a file beside the place where it belongs, then move it there."""
    beside = path.with_name(f".{path.name}.new")
    try:
        beside.write_text(text, encoding="utf-8")
        move_into_place(beside, path)
    except OSError:  # where the disk is full, half a file is in the way
        beside.unlink(missing_ok=True)
        raise


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


def read_regular(path: Path) -> bytes:
    """What a file holds that somebody else may have put there.

    Raises:
        FileNotFoundError: There is none.
        ValueError: It is a link, which may lead anywhere, or a pipe, whose reader may wait
            for ever; or it has more than LARGEST bytes.
    """
    found = path.lstat()
    if not stat.S_ISREG(found.st_mode):
        raise ValueError("it is not a file of its own")
    if found.st_size > LARGEST:
        raise ValueError(f"it has more than {LARGEST:,} bytes")
    return path.read_bytes()


def check_room(folder: Path, size: int) -> None:
    """See that the disk has room for a file of so many bytes.

    Where a disk fills up while HDF5 writes to it, it may take the interpreter down.

    Raises:
        OSError: It has not.
    """
    if shutil.disk_usage(folder).free < size:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(folder))


def set_aside(path: Path) -> Path:
    """Give what cannot be used another name, which nothing had so far.

    Returns:
        The same with `.broken` at the end, or `.broken-2` and so on.
    """
    aside = path.with_name(f"{path.name}.broken")
    for number in count(2):
        if not os.path.lexists(aside):
            break
        aside = path.with_name(f"{path.name}.broken-{number}")
    return path.rename(aside)


def sha256(path: Path) -> str:
    """The digest of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
