"""Files that are written whole or not at all, and read whoever may have written them."""

import errno
import hashlib
import json
import os
import shutil
import stat
from itertools import chain, count
from pathlib import Path
from typing import Any

import msgspec

from ..errors import UserError

MAX_FILE_BYTES = 2**24
"""How many bytes a file may have that is read at once: a hundred thousand epochs' record."""


def to_json(value: Any) -> str:
    """Return a value as strict JSON, which has neither NaN nor infinity."""
    fields = msgspec.to_builtins(value)
    return json.dumps(fields, indent=2, ensure_ascii=False, allow_nan=False)


def write_atomically(path: Path, content: str | bytes) -> None:
    """Write a file beside the place where it belongs, then move it there."""
    if isinstance(content, str):
        content = content.encode()
    beside = path.with_name(f".{path.name}.new")
    try:
        beside.write_bytes(content)
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


def read_untrusted(path: Path) -> bytes:
    """Read a file that somebody else may have written.

    Raises:
        FileNotFoundError: There is none.
        ValueError: It is a link, which may lead anywhere, or a pipe, whose reader may wait
            for ever; or it has more than MAX_FILE_BYTES bytes.
    """
    found = path.lstat()
    if not stat.S_ISREG(found.st_mode):
        raise ValueError("it is not a file of its own")
    if found.st_size > MAX_FILE_BYTES:
        raise ValueError(f"it has more than {MAX_FILE_BYTES:,} bytes")
    return path.read_bytes()


def check_disk_space(folder: Path, size: int) -> None:
    """Raise an OSError where the disk has no room for a file of so many bytes.

    Where a disk fills up while HDF5 writes to it, it may take the interpreter down.
    """
    if shutil.disk_usage(folder).free < size:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(folder))


def check_writable(folder: Path) -> None:
    """Refuse a folder in which nothing can be written, be it there or yet to be made.

    Raises:
        UserError: It names the folder.
    """
    nearest = folder.absolute()
    while not nearest.exists():
        nearest = nearest.parent
    if not os.access(nearest, os.W_OK):
        raise UserError(f"{nearest} cannot be written to; name a folder with --runs")


def quarantine(path: Path) -> Path:
    """Rename what cannot be used to a name that nothing had so far, and return that."""
    endings = chain([".broken"], (f".broken-{number}" for number in count(2)))
    asides = (path.with_name(path.name + ending) for ending in endings)
    return path.rename(next(one for one in asides if not os.path.lexists(one)))


def sha256(path: Path) -> str:
    """Return the SHA-256 digest of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
