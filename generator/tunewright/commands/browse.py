"""`tunewright browse`: a page in which one picks answers and sees the code."""

import argparse
import webbrowser
from pathlib import Path

import platformdirs

from .. import options as shared
from ..errors import UserError


def add(commands: "argparse._SubParsersAction[shared.Parser]") -> None:
    """Tell argparse about the command."""
    parser = commands.add_parser(
        "browse",
        allow_abbrev=False,
        help="pick answers in a browser, and see the code of each project",
        description="Open a page in the browser: pick answers, and see each file of the project, "
        "and what an answer changes. It gives the command that writes this project, and the "
        "project itself as a zip file. The page is one file that needs no network.",
    )
    parser.set_defaults(run=run)
    parser.add_argument(
        "--out",
        type=shared.path,
        metavar="FILE",
        help="write the page to a file, and open nothing",
    )


def run(options: argparse.Namespace) -> None:
    """Write the page, and show it."""
    # Copier takes a third of a second to import: help need not wait for it.
    from ..showcase.page import build, find_origin

    page = build(find_origin())
    path = options.out or default_path()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(page, "utf-8")
    except OSError as error:
        raise UserError(f"{path}: {error.strerror}") from error
    if options.out is None:
        webbrowser.open(path.resolve().as_uri())
    print(f"The page is {path}")


def default_path() -> Path:
    """Return where the page is kept that is opened."""
    return platformdirs.user_cache_path("tunewright", appauthor=False) / "browse.html"
