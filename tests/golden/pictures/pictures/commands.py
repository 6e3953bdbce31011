"""What the commands have in common: their options and tables, and the quiet in which they load."""

import os
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Any

import click

from .config import DATA_PATH
from .data_path import VARIABLE
from .study import Study

UNITS = {"": 1, "s": 1, "m": 60, "h": 3600}
"""The seconds in a unit of time."""


def duration(value: str | float) -> float:
    """Read a time such as 90, 90s, 30m or 2h, in seconds.

    Raises:
        click.BadParameter: It is none, or no time at all.
    """
    if not isinstance(value, str):  # the default
        return value
    found = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)([smh]?)", value)
    seconds = float(found[1]) * UNITS[found[2]] if found else 0.0
    if not seconds:
        raise click.BadParameter(f"{value!r} is not a time; write 90, 90s, 30m or 2h")
    return seconds


class NewFile(click.Path):
    """A file that is to be written, whose name ends in the suffix, if there is one."""

    def __init__(self, suffix: str = "") -> None:
        super().__init__(dir_okay=False, path_type=Path)
        self.suffix = suffix

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        """Refuse a place where no such file can be, before a model is made for it."""
        path = Path(str(super().convert(value, param, ctx)))
        if self.suffix and path.suffix != self.suffix:
            self.fail(f"{value!r} does not end in {self.suffix}", param, ctx)
        if not path.parent.is_dir():
            self.fail(f"{str(path.parent)!r} is not a folder", param, ctx)
        if not os.access(path.parent, os.W_OK):
            self.fail(f"{str(path.parent)!r} cannot be written to", param, ctx)
        return path


runs_option = click.option(
    "--runs",
    type=click.Path(file_okay=False, path_type=Path),
    default="runs",
    help="The folder of all studies.",
)


def study_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options that say which study, which the command is called with."""

    @click.option("--study", "name", default="default", help="Name of the study.")
    @runs_option
    @click.option("--data", help=f"Where the data are.  [default: {DATA_PATH}]")
    @wraps(command)
    def of_study(name: str, runs: Path, data: str | None, **options: Any) -> None:
        if data:
            os.environ[VARIABLE] = data
        command(Study(runs, name), **options)

    return of_study


def print_table(rows: Sequence[Sequence[str]]) -> None:
    """Print rows of texts in columns."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for cells in rows:
        click.echo("  ".join(map(str.ljust, cells, widths)).rstrip())


@contextmanager
def silence_native_stderr() -> Iterator[None]:
    """Redirect file descriptor 2, which TensorFlow's libraries write to while they load.

    They do so before TF_CPP_MIN_LOG_LEVEL holds. Python's own errors are not affected.
    """
    sys.stderr.flush()
    terminal = os.dup(2)
    with open(os.devnull, "wb") as nowhere:
        os.dup2(nowhere.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(terminal, 2)
        os.close(terminal)
