"""What the command line may say."""

import argparse
import math
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from .errors import UserError
from .settings import EPOCHS, SEED, TRIALS

SUFFIXES = {
    "saved_model": ".saved_model",
    "tflite": ".tflite",
    "onnx": ".onnx",
    "optuna": ".db",
}
"""What `export` can write, and what the names of such files end in."""


class Parser(argparse.ArgumentParser):
    """A parser whose complaints are one line."""

    def error(self, message: str) -> NoReturn:
        raise UserError(f"{message} (see {self.prog} --help)")


def whole_number(least: int) -> Callable[[str], int]:
    """What argparse is to make of an option that counts."""

    def parse(text: str) -> int:
        if not re.fullmatch("[0-9]{1,10}", text) or not least <= int(text) < 2**31:
            raise argparse.ArgumentTypeError(
                f"{text!r} is not a whole number from {least} on"
            )
        return int(text)

    return parse


def seconds(text: str) -> float:
    """What argparse is to make of a time."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 < value < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds above 0")
    return value


def folder(text: str) -> Path:
    """What argparse is to make of the place for studies."""
    if not text or not text.isprintable():
        raise argparse.ArgumentTypeError(f"{text!r} is not the name of a folder")
    return Path(text)


def place(text: str) -> Path:
    """What argparse is to make of where a file is to be."""
    path = Path(text)
    writable = path.parent.is_dir() and os.access(path.parent, os.W_OK)
    if not text.isprintable() or not writable or path.is_dir():
        raise argparse.ArgumentTypeError(f"{text!r} is not a place for a file")
    return path


def file_name(suffix: str) -> Callable[[str], Path]:
    """What argparse is to make of the place for a file of this kind."""

    def parse(text: str) -> Path:
        if Path(text).suffix != suffix:
            raise argparse.ArgumentTypeError(f"{text!r} does not end in {suffix}")
        return place(text)

    return parse


def get_parser() -> Parser:
    """All commands and their options."""
    shared = Parser(add_help=False, allow_abbrev=False)
    shared.add_argument(
        "--study",
        default="default",
        metavar="NAME",
        help="which one (default: default)",
    )
    shared.add_argument(
        "--runs",
        type=folder,
        default=Path("runs"),
        metavar="DIR",
        help="the folder of all studies (default: runs)",
    )
    parser = Parser(
        prog="digit-study",
        allow_abbrev=False,
        description="Tune a model, list what was tried, rebuild what was logged.",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    command = commands.add_parser(
        "tune",
        parents=[shared],
        allow_abbrev=False,
        help="search, or go on with a search",
        description="Search until the study has as many trials as it should.",
    )
    command.add_argument(
        "--trials",
        type=whole_number(1),
        default=TRIALS,
        metavar="N",
        help=f"how many in all, earlier ones included (default: {TRIALS})",
    )
    command.add_argument(
        "--epochs",
        type=whole_number(1),
        metavar="N",
        help=f"at the most, in each trial (default: {EPOCHS}, or as the study began)",
    )
    command.add_argument(
        "--timeout",
        type=seconds,
        default=math.inf,
        metavar="S",
        help="stop after so many seconds (default: never)",
    )
    command.add_argument(
        "--trial-timeout",
        type=seconds,
        default=math.inf,
        metavar="S",
        help="log a trial as failed after so many seconds (default: never)",
    )
    command.add_argument(
        "--in-process",
        action="store_true",
        help="train in this very process, as a debugger needs it",
    )
    command.add_argument(
        "--seed",
        type=whole_number(0),
        metavar="N",
        help=f"of the first trial (default: {SEED}, or as the study began)",
    )

    command = commands.add_parser(
        "trials",
        parents=[shared],
        allow_abbrev=False,
        help="what was tried, best first",
        description="List what was tried, best first.",
    )
    command.add_argument("--json", action="store_true", help="the records themselves")

    rebuilt = Parser(add_help=False, allow_abbrev=False)
    rebuilt.add_argument(
        "trial",
        nargs="?",
        default="best",
        metavar="TRIAL",
        help="best, or a trial's number (default: best)",
    )
    rebuilt.add_argument(
        "--retrain",
        action="store_true",
        help="train it again, as where its weights are not kept",
    )
    command = commands.add_parser(
        "reconstruct",
        parents=[rebuilt, shared],
        allow_abbrev=False,
        help="rebuild a trial's model and prove that it scores as logged",
        description="Rebuild a trial's model, prove that it scores as logged, test it.",
    )
    command.add_argument(
        "--out",
        type=file_name(".keras"),
        metavar="FILE.keras",
        help="save the whole model there",
    )

    command = commands.add_parser(
        "report",
        parents=[shared],
        allow_abbrev=False,
        help="write the study as one HTML page",
        description="Write the study as one HTML page, which needs no network.",
    )
    command.add_argument(
        "--out",
        type=file_name(".html"),
        metavar="FILE.html",
        help="where (default: report.html in the study's folder)",
    )

    command = commands.add_parser(
        "export",
        parents=[rebuilt, shared],
        allow_abbrev=False,
        help="write a model for another runtime, or the study for Optuna's tools",
        description="Rebuild a trial's model, prove that it scores as logged, and write "
        "it for another runtime, which must answer as Keras does; or write the whole "
        "study as a database that optuna-dashboard opens.",
    )
    command.add_argument(
        "--to",
        required=True,
        choices=SUFFIXES,
        help=", ".join(SUFFIXES),
        metavar="FORMAT",
    )
    command.add_argument(
        "--out",
        type=place,
        metavar="PATH",
        help="where (default: in the study's folder)",
    )
    return parser


def parse(words: list[str]) -> argparse.Namespace:
    """What a command line asks for.

    Raises:
        UserError: It cannot be understood.
    """
    for word in words:
        # argparse may take this for no value: https://github.com/python/cpython/issues/109475
        if word.endswith("=--"):
            raise UserError(f"{word!r} is no option with a value")
    options = get_parser().parse_args(words)
    if options.command == "export":
        check_export(options)
    return options


def check_export(options: argparse.Namespace) -> None:
    """See that an export's options go together.

    Raises:
        UserError: They do not.
    """
    kind, out = options.to, options.out
    if kind == "optuna" and (options.trial != "best" or options.retrain):
        raise UserError("--to optuna writes the whole study, not a trial of it")
    if out and kind != "saved_model" and out.suffix != SUFFIXES[kind]:
        raise UserError(f"--out {str(out)!r} does not end in {SUFFIXES[kind]}")
