"""The options that several commands share: answers, and where the template is."""

import argparse
import re
from pathlib import Path
from typing import Any, NoReturn

from . import packaged, yaml_text
from .errors import UserError
from .questions import PACKAGED, TEMPLATE


class Parser(argparse.ArgumentParser):
    """A parser whose complaints are one line."""

    def error(self, message: str) -> NoReturn:
        raise UserError(f"{message} (see {self.prog} --help)")


def filled(text: str) -> str:
    """What argparse is to make of a name: an empty one is a slip in a script."""
    if not text:
        raise argparse.ArgumentTypeError("it is empty")
    return text


def path(text: str) -> Path:
    """What argparse is to make of a path."""
    return Path(filled(text))


def positive(text: str) -> int:
    """What argparse is to make of a number of things."""
    if not re.fullmatch("[0-9]{1,9}", text) or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 on")
    return int(text)


def answer(text: str) -> tuple[str, str]:
    """What argparse is to make of an answer."""
    name, equals, value = text.partition("=")
    if not equals:
        raise argparse.ArgumentTypeError(f"{text!r} is not QUESTION=ANSWER")
    return name, value


def add_answers(parser: Parser) -> None:
    """Let a command take answers."""
    parser.add_argument(
        "-d",
        "--data",
        action="append",
        default=[],
        type=answer,
        metavar="QUESTION=ANSWER",
        help="an answer; again for each further one",
    )
    parser.add_argument(
        "--data-file",
        type=path,
        metavar="FILE",
        help="a YAML file of answers, such as a project's .copier-answers.yml; "
        "-d beats it",
    )


def get_answers(options: argparse.Namespace) -> dict[str, Any]:
    """All answers that were given, as they were given."""
    from_file = read_answers(options.data_file) if options.data_file else {}
    return from_file | each_once(options.data)


def each_once(answers: list[tuple[str, str]]) -> dict[str, str]:
    """The answers by question.

    Raises:
        UserError: A question is answered twice.
    """
    found: dict[str, str] = {}
    for name, value in answers:
        if name in found:
            raise UserError(f"{name} is answered twice; leave one answer out")
        found[name] = value
    return found


def read_answers(file: Path) -> dict[str, Any]:
    """The answers in a file, without what Copier itself notes there.

    Raises:
        UserError: The file cannot be read, or holds no answers.
    """
    try:
        answers = yaml_text.parse(file.read_text("utf-8-sig"))
    except OSError as error:
        raise UserError(f"--data-file {file}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UserError(f"{file} is not UTF-8 text") from error
    except ValueError as error:
        raise UserError(f"{file} is not YAML: {error}") from error
    if not isinstance(answers, dict):
        raise UserError(f"{file} holds no answers; write `question: answer` a line")
    return {
        name: value
        for name, value in answers.items()
        if name not in ("_commit", "_src_path")
    }


def add_template(parser: Parser) -> None:
    """Let a command take another template."""
    parser.add_argument(
        "--template",
        type=filled,
        metavar="SOURCE",
        help="a folder or git URL (default: the one that this program has)",
    )
    parser.add_argument(
        "--vcs-ref",
        type=filled,
        metavar="REF",
        help="a tag, branch or commit of the template "
        "(default: a folder as it stands, the latest version at a URL)",
    )


def get_template(options: argparse.Namespace) -> tuple[str, str | None]:
    """Where the template is, so that `copier update` finds it too, and its version.

    Raises:
        UserError: There is none.
    """
    if options.template is None and not (TEMPLATE / "copier.yml").is_file():
        raise UserError(
            "there is no template beside this program; name one with --template"
        )
    if options.template is None and options.vcs_ref and TEMPLATE == PACKAGED:
        return get_source(options)  # other versions are where projects find them
    folder = TEMPLATE if options.template is None else Path(options.template)
    if folder.expanduser().is_dir():
        return str(folder.expanduser().resolve()), options.vcs_ref or "HEAD"
    return options.template, options.vcs_ref


def get_source(options: argparse.Namespace) -> tuple[str, str | None]:
    """Where the template is for a project that may be updated, and its version.

    Raises:
        UserError: There is none, or it cannot be kept.
    """
    if options.template is None and TEMPLATE == PACKAGED:
        place, tag = packaged.source()
        return place, options.vcs_ref or tag
    return get_template(options)
