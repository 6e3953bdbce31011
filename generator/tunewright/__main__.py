"""The `tunewright` command."""

import importlib.metadata
import io
import os
import sys
from collections.abc import Sequence

from .commands import browse, compare, demo, new, preview, update, variants
from .errors import UserError, printable
from .options import Parser


def get_parser() -> Parser:
    """All commands and their options."""
    parser = Parser(
        prog="tunewright",
        allow_abbrev=False,
        description="Write hyperparameter-tuning projects from the Tunewright template.",
    )
    version = importlib.metadata.version("tunewright")
    parser.add_argument("--version", action="version", version=f"tunewright {version}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for command in (new, update, preview, browse, demo, compare, variants):
        command.add(commands)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; the exit status is 2 where the person has something to fix."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A project's title may hold what the terminal's encoding does not.
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        options = get_parser().parse_args(arguments)
        options.run(options)
        sys.stdout.flush()
    except UserError as error:
        print(f"error: {printable(str(error))}", file=sys.stderr)
        return error.status
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # Whoever read the output has seen enough, as `head` does. Python would complain
        # once more when it flushes at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
