"""`tunewright update`: take a newer template, or other answers, and keep all edits."""

import argparse
import shlex
import sys
from pathlib import Path

from .. import options as shared
from ..errors import StepFailed


def add(commands: "argparse._SubParsersAction[shared.Parser]") -> None:
    """Tell argparse about the command."""
    parser = commands.add_parser(
        "update",
        allow_abbrev=False,
        help="take a newer template, or other answers, and keep your edits",
        description="Update a project that is committed to git, through stock Copier: to "
        "the newest version of the template that it was made from, and to the answers "
        "that are given. All other answers stay. Another package_name moves the package, "
        "with your edits. Files that were deleted are listed, and those in which an edit of "
        "yours was in the way: then the exit status is 1.",
    )
    parser.set_defaults(run=run)
    parser.add_argument(
        "project",
        nargs="?",
        type=shared.path,
        default=Path(),
        metavar="DIR",
        help="the project's folder (default: this one)",
    )
    shared.add_answers(parser)
    parser.add_argument(
        "--vcs-ref",
        type=shared.filled,
        metavar="REF",
        help="a tag, branch or commit of the template, or :current: for the one that the "
        "project has (default: the newest version)",
    )
    parser.add_argument(
        "--conflict",
        choices=["inline", "rej"],
        default="inline",
        help="where an edit of yours is in the way: mark both versions in the file, or put "
        "your edit into a .rej file beside it (default: inline)",
    )


def run(options: argparse.Namespace) -> None:
    """Update the project and say what is left to do.

    Raises:
        StepFailed: There are conflicts.
    """
    answers = shared.get_answers(options)
    # Copier takes a third of a second to import: help need not wait for it.
    from ..rename_journal import settle_interrupted
    from ..updating import update

    if settled := settle_interrupted(options.project):
        print(f"note: {settled}", file=sys.stderr)
    updated = update(
        options.project, answers, vcs_ref=options.vcs_ref, conflict=options.conflict
    )
    for warning in updated.warnings:
        print(f"warning: {warning}", file=sys.stderr)
    for note in (*updated.replaced, *updated.renamed):
        print(f"note: {note}", file=sys.stderr)
    print(updated.message)
    for file in updated.deleted:
        print(f"deleted: {file}")
    for file, before in updated.lost.items():
        back = shlex.join(["git", "checkout", "HEAD", "--", before])
        print(f"deleted, with your edits: {file} ({back} brings it back)")
    for file in updated.conflicts:
        print(f"conflict: {file}")
    for file in updated.rejected:
        print(f"rejected: {file}")
    if count := len(updated.conflicts):
        raise StepFailed(
            f"{count} {'file has' if count == 1 else 'files have'} both versions between "
            "<<<<<<< and >>>>>>>; edit what is listed as a conflict, and commit"
        )
    if count := len(updated.rejected):
        raise StepFailed(
            f"{count} {'file has' if count == 1 else 'files have'} edits of yours that did "
            "not fit; make them again in the file beside it, and delete the .rej file"
        )
