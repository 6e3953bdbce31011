"""The one kind of error that a person sees without a traceback, and how it is shown."""

import re
import traceback
from pathlib import Path

PACKAGE = str(Path(__file__).parent)


def printable(text: str) -> str:
    """Return the text in one line, with whatever would not show as it is written out."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


class UserError(Exception):
    """A mistake that a person can fix: one line, and exit status 2."""


def first_line(text: str) -> str:
    """Return as much of a text as fits into a message of one line."""
    return (text.strip().splitlines() or [""])[0]


def explain(error: BaseException) -> str:
    """Say in one line what an error is."""
    return f"{type(error).__name__}: {first_line(str(error))}"


def locate(error: ImportError | SyntaxError) -> str:
    """Say in one line what cannot be imported, or read as Python, and where."""
    if isinstance(error, SyntaxError):
        return f"{error.filename}, line {error.lineno}: {error.msg}"
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if PACKAGE in frame.filename]
    if not own:
        return str(error)
    path, folder = Path(own[-1].filename), Path(PACKAGE)
    place = f"{path}, line {own[-1].lineno}: {error}"
    if path == folder / "data.py" and str(error.name).startswith(f"{folder.name}."):
        place += "; does data.py suit data_source and task in .copier-answers.yml?"
    return place


def format_traceback(error: BaseException) -> str:
    """Return where an error arose, as Python has it; files of this project by short names."""
    text = "".join(traceback.format_exception(error))
    return text.replace(PACKAGE, Path(PACKAGE).name)


def find_place(text: str) -> str:
    """Say which line of the model or the training a traceback leads to, if any."""
    folder = re.escape(Path(PACKAGE).name)
    skipped = r"(params|guard)\.py|(study|runtime)\W"  # what is called from there
    found = re.findall(rf'File "{folder}.((?!{skipped})[^"]+)", line ([0-9]+)', text)
    return f" ({found[-1][0]}, line {found[-1][-1]})" if found else ""
