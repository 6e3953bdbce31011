"""Optuna's storage: an SQLite database in the study's folder."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path

from optuna.exceptions import StorageInternalError
from optuna.storages import RDBStorage

from .errors import UserError

SMALLEST = 512
"""Bytes of a database with nothing in it: https://www.sqlite.org/fileformat.html"""


def get_storage(database: Path) -> RDBStorage:
    """Open a database, which is made where there is none.

    A URL would misread some names of folders, so the connection is made from the path.
    Several processes may write: each waits up to a minute for its turn.
    """
    creator = partial(sqlite3.connect, database, timeout=60, check_same_thread=False)
    return RDBStorage("sqlite:///study.db", engine_kwargs={"creator": creator})


def is_whole(database: Path) -> bool:
    """Whether the file is a database that SQLite can read all of.

    Raises:
        UserError: Whatever it is, it cannot be written at the moment.
    """
    # SQLite would make a database of what is empty, and wait for what is a pipe.
    if not database.is_file() or database.stat().st_size < SMALLEST:
        return False
    try:
        with closing(sqlite3.connect(database, timeout=60)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            (verdict,) = connection.execute("PRAGMA quick_check").fetchone()
    except sqlite3.OperationalError as error:
        raise UserError(f"{database} cannot be used: {error}") from error
    except (sqlite3.DatabaseError, UnicodeDecodeError):  # broken beyond a verdict
        return False
    return bool(verdict == "ok")


@contextmanager
def errors_in_one_line() -> Iterator[None]:
    """Say what the database fails of, where Optuna shows a page of calls."""
    try:
        yield
    except StorageInternalError as error:
        cause = str(error.__cause__ or error).splitlines()[0]
        raise UserError(
            f"Optuna's database fails: {cause}; no trial that is logged is lost: "
            "mend that, then go on with the same command"
        ) from error
