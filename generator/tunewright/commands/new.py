"""`tunewright new`: generate a project, and take no answer loosely."""

import argparse
import sys
from pathlib import Path

from .. import options as shared
from ..checkout import version_behind
from ..destination import all_or_nothing


def add(commands: "argparse._SubParsersAction[shared.Parser]") -> None:
    """Tell argparse about the command."""
    parser = commands.add_parser(
        "new",
        allow_abbrev=False,
        help="generate a project",
        description="Generate a project through stock Copier, with the default for "
        "whatever is not answered. Nothing is asked; an answer that does not fit is "
        "refused, and then nothing is written. Of a checkout past its newest tag that "
        "tag is taken.",
    )
    parser.set_defaults(run=run)
    parser.add_argument(
        "destination",
        type=shared.path,
        metavar="DEST",
        help="a folder that is not there yet, or is empty",
    )
    shared.add_answers(parser)
    shared.add_template(parser)


def run(options: argparse.Namespace) -> None:
    """Generate a project and say what to do next."""
    answers = shared.get_answers(options)
    template, vcs_ref = shared.get_source(options)
    as_it_stands = vcs_ref == "HEAD" and options.vcs_ref is None
    behind = version_behind(Path(template)) if as_it_stands else None
    with all_or_nothing(options.destination):
        # Copier takes a third of a second to import: help need not wait for it.
        from ..render import render

        project = render(
            options.destination,
            answers,
            template=template,
            vcs_ref=behind or vcs_ref,
        )
    if behind:
        print(
            f"note: {template} has commits after {behind}, which was taken, so that "
            "`copier update` can go on from it; --vcs-ref HEAD takes them too",
            file=sys.stderr,
        )
    for warning in project.warnings:
        print(f"warning: {warning}", file=sys.stderr)
    print(project.message)
