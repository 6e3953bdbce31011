"""`tunewright preview`: see a project, a file of it or a difference, and write nothing."""

import argparse
import difflib
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePath
from typing import Any

from .. import diff, packaged, tree
from .. import options as shared
from ..checkout import describe
from ..errors import UserError
from ..questions import PACKAGED
from ..template import copy_without_git, is_template

Files = Mapping[str, str]
"""The text of each file of a project, by its path there."""


def add(commands: "argparse._SubParsersAction[shared.Parser]") -> None:
    """Tell argparse about the command."""
    parser = commands.add_parser(
        "preview",
        allow_abbrev=False,
        help="see a project, a file of it or a difference, and write nothing",
        description="Print the tree of a project, a file of it, or with --against what "
        "differs between two sets of answers. Nothing is written. A template in a "
        "folder is shown as it stands.",
    )
    parser.set_defaults(run=run)
    parser.add_argument(
        "file",
        nargs="?",
        metavar="FILE",
        help="a path in the project, or a name that only one file has, as model.py",
    )
    shared.add_answers(parser)
    parser.add_argument(
        "--against",
        action="append",
        default=[],
        type=shared.answer,
        metavar="QUESTION=ANSWER",
        help="print the difference that this answer makes; again for each further one",
    )
    shared.add_template(parser)


def run(options: argparse.Namespace) -> None:
    """Print what was asked for."""
    answers = shared.get_answers(options)
    others = shared.each_once(options.against)
    with renderer(*shared.get_template(options)) as files_for:
        files = files_for(answers)
        if others:
            print_difference(options.file, files, files_for(answers | others))
        elif options.file is not None:
            print_file(options.file, files)
        else:
            print(tree.draw(files))


def print_file(name: str, files: Files) -> None:
    """Print a file of a project."""
    path = find(name, files)
    if path is None:
        raise unknown(name, files)
    print(files[path], end="")


def print_difference(name: str | None, before: Files, after: Files) -> None:
    """Print how two projects differ, or how a file of theirs does."""
    if name is None:
        text = diff.of_trees(before, after)
    else:
        old, new = find(name, before), find(name, after)
        if old is None and new is None:
            raise unknown(name, sorted(before.keys() | after.keys()))
        text = diff.of_files(before, old, after, new)
    print(text, end="")
    if not text:
        print("There is no difference.", file=sys.stderr)


@contextmanager
def renderer(
    template: str, vcs_ref: str | None
) -> Iterator[Callable[[Mapping[str, Any]], Files]]:
    """A function that renders answers in a place that is gone afterwards."""
    # Copier takes a third of a second to import: help need not wait for it.
    from ..fast.renderer import Renderer
    from ..render import render

    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(template)
        as_it_stands = vcs_ref == "HEAD" and is_template(folder)
        if as_it_stands:
            copy = copy_without_git(folder, Path(scratch) / "source")
            fast = Renderer(copy, origin(folder))

        def files_for(answers: Mapping[str, Any]) -> Files:
            if as_it_stands:
                files = fast.files(fast.answer(answers))
                return {path: files[path] for path in sorted(files, key=PurePath)}
            with tempfile.TemporaryDirectory(dir=scratch) as project:
                render(Path(project), answers, template=template, vcs_ref=vcs_ref)
                return read_files(Path(project))

        yield files_for


def origin(folder: Path) -> dict[str, str]:
    """Return what a project would record of a template in a folder."""
    place, version = packaged.named() if folder == PACKAGED else (str(folder), None)
    version = version or describe(folder)
    return ({"_commit": version} if version else {}) | {"_src_path": place}


def read_files(folder: Path) -> Files:
    """The text of each file in a folder."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes().decode("utf-8")
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def find(name: str, files: Iterable[str]) -> str | None:
    """The path of a file that is named as a person would.

    Raises:
        UserError: Several files have that name.
    """
    wanted = PurePath(name).as_posix()
    if wanted in files:
        return wanted
    found = [path for path in files if path.endswith(f"/{wanted}")]
    if len(found) > 1:
        raise UserError(f"{name} may be {' or '.join(found)}; name one of them")
    return found[0] if found else None


def unknown(name: str, files: Iterable[str]) -> UserError:
    """What to say of a file that the project does not have."""
    wanted = PurePath(name)
    inside = [path for path in files if path.startswith(f"{wanted.as_posix()}/")]
    if inside:
        return UserError(f"{name} is a folder; name a file: {', '.join(inside)}")
    by_name = {PurePath(path).name: path for path in files}
    near = difflib.get_close_matches(wanted.name, by_name, n=1)
    hint = f"did you mean {by_name[near[0]]}?" if near else f"it has {', '.join(files)}"
    return UserError(f"the project has no file {name!r} with these answers; {hint}")
