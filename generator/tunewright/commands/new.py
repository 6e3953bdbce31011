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
        description="Generate a project through stock Copier. In a terminal its questions "
        "are asked, unless there is an answer or --defaults: then whatever is not answered "
        "has its default. An answer that does not fit is refused, and nothing is written. "
        "Of a checkout past its newest tag that tag is taken.",
    )
    parser.set_defaults(run=run)
    parser.add_argument(
        "destination",
        type=shared.path,
        metavar="DEST",
        help="a folder that is not there yet, or is empty",
    )
    shared.add_answers(parser)
    parser.add_argument(
        "--defaults",
        action="store_true",
        help="ask nothing, in a terminal either",
    )
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
            ask=is_interview(options),
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


def is_interview(options: argparse.Namespace) -> bool:
    """Whether there is somebody to ask, who has not said anything yet."""
    said = options.defaults or options.data or options.data_file
    return not said and all(
        stream is not None and stream.isatty() for stream in (sys.stdin, sys.stdout)
    )
