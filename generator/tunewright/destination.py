"""The folder that a project is written to."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .errors import UserError


def require_free(folder: Path) -> None:
    """Make sure that nothing is overwritten.

    Raises:
        UserError: The folder holds something already, or is none.
    """
    try:
        if folder.exists() and not folder.is_dir():
            raise UserError(f"{folder} is a file; name a folder that is not there yet")
        if folder.exists() and any(folder.iterdir()):
            raise UserError(
                f"{folder} is not empty; name a folder that is not there yet"
            )
    except OSError as error:
        raise UserError(f"{folder}: {error.strerror}") from error


@contextmanager
def all_or_nothing(folder: Path) -> Iterator[None]:
    """Make the folder; leave no trace of it where what follows fails.

    Raises:
        UserError: The folder cannot be made, or is not free.
    """
    require_free(folder)
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    try:
        make(folder)
        yield
    except BaseException:
        _remove(folder, missing)
        raise


def make(folder: Path) -> None:
    """Make a folder, and those that it stands in.

    Raises:
        UserError: It cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"{folder} cannot be made: {error.strerror}") from error


def _remove(folder: Path, missing: list[Path]) -> None:
    if missing:
        shutil.rmtree(missing[-1], ignore_errors=True)
        return
    for path in folder.iterdir():
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink()
