"""What the commands have in common: their options, and how they are read."""

import os
import re
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import click


class Whole(click.IntRange):
    """Read a whole number, which has nothing but plain digits."""

    name = "n"

    def __init__(self, least: int, most: int = 2**31 - 1) -> None:
        super().__init__(least)
        self.most = most

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        """Refuse `1_000`, `+1` and what else Python takes for a number."""
        text = str(value)
        if not re.fullmatch("[0-9]{1,19}", text) or int(text) > self.most:
            self.fail(f"{text!r} is not a whole number up to {self.most}", param, ctx)
        return super().convert(value, param, ctx)


class Seconds(click.FloatRange):
    """Read a duration."""

    name = "s"

    def __init__(self) -> None:
        super().__init__(0, min_open=True)

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        """Refuse `nan`, `inf`, and what else Python takes for a number."""
        if isinstance(value, str) and not re.fullmatch(
            r"[0-9]{1,12}(\.[0-9]{1,12})?", value
        ):
            self.fail(f"{value!r} is not a number of seconds", param, ctx)
        return super().convert(value, param, ctx)


class Folder(click.Path):
    """Read the place of studies."""

    def __init__(self) -> None:
        super().__init__(file_okay=False, path_type=Path)
        self.name = "dir"

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        """Refuse a name that no terminal can show."""
        if not str(value) or not str(value).isprintable():
            self.fail(f"{value!r} is not the name of a folder", param, ctx)
        return super().convert(value, param, ctx)


class NewFile(click.Path):
    """Read where a file is to be written."""

    def __init__(self, suffix: str = "") -> None:
        """Expect a place for a file.

        Args:
            suffix: What its name must end in, if anything.
        """
        super().__init__(dir_okay=False, path_type=Path)
        self.suffix = suffix

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        """Refuse a place where no such file can be."""
        if not str(value).isprintable():
            self.fail(f"{value!r} is not a place for a file", param, ctx)
        path = Path(str(super().convert(value, param, ctx)))
        if self.suffix and path.suffix != self.suffix:
            self.fail(f"{value!r} does not end in {self.suffix}", param, ctx)
        if not path.parent.is_dir():
            self.fail(f"{str(path.parent)!r} is not a folder", param, ctx)
        if not os.access(path.parent, os.W_OK):
            self.fail(f"{str(path.parent)!r} cannot be written to", param, ctx)
        with suppress(FileNotFoundError):  # another error is that of a name too long
            path.stat()
        return path


def study_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options that say which study."""
    runs = click.option(
        "--runs",
        default="runs",
        show_default=True,
        type=Folder(),
        help="The folder of all studies.",
    )
    name = click.option(
        "--study",
        "name",
        default="default",
        show_default=True,
        metavar="NAME",
        help="Which study.",
    )
    return name(runs(command))


def trial_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add what says which trial, and whether to train it again."""
    retrain = click.option(
        "--retrain", is_flag=True, help="Train it again, if its weights are not kept."
    )
    return click.argument("trial", default="best")(retrain(command))
