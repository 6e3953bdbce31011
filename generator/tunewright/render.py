"""Rendering through stock Copier, with Copier's errors in one line."""

import contextlib
import io
import re
import tempfile
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import copier
import yaml
from copier.errors import CopierError, CopierWarning, DirtyLocalWarning
from plumbum import ProcessExecutionError

from .errors import UserError, git_said
from .questions import TEMPLATE, Questions, questions, strict


@dataclass(frozen=True)
class Rendered:
    """What was generated."""

    message: str
    """What the template says after a copy: the next commands."""

    warnings: list[str]

    answers: dict[str, Any]
    """All, with the values of what was not asked."""


def render(
    destination: Path,
    answers: Mapping[str, Any],
    *,
    template: str | Path = TEMPLATE,
    vcs_ref: str | None = "HEAD",
    ask: bool = False,
) -> Rendered:
    """Generate a project, with the default for whatever is not answered.

    Args:
        destination: A folder that is not there yet, or is empty.
        answers: By question.
        template: A folder or URL; a folder that git does not know is rendered as it is.
        vcs_ref: The version of the template, where git knows it; None is the latest.
        ask: Whether the person is asked, in the terminal, for what is not answered.

    Raises:
        UserError: An answer is wrong, or the template cannot be had; nothing is written.
    """
    data = strict(answers, asked_by(template, vcs_ref))
    with quietly() as caught:
        worker = copier.run_copy(
            str(template),
            destination,
            data=data,
            defaults=not ask,
            quiet=True,
            unsafe=False,
            vcs_ref=vcs_ref,
        )
    message = worker.jinja_env.from_string(worker.template.message_after_copy)
    return Rendered(
        message=message.render(
            worker.answers.combined, _copier_conf={"dst_path": destination}
        ),
        warnings=advice(caught),
        answers=dict(worker.answers.combined),
    )


def asked_by(template: str | Path, vcs_ref: str | None) -> Questions:
    """The questions of a template, in any place and version.

    Raises:
        UserError: The template cannot be had, or is another kind of template.
    """
    folder = Path(template)
    with _errors_in_one_line(f"template {template}: "):
        if vcs_ref == "HEAD" and folder.is_dir():
            asked = questions(folder)
        else:
            asked = _asked_elsewhere(str(template), vcs_ref)
    if not {"project_name", "package_name"} <= asked.keys():
        raise UserError(f"{template} is not a Tunewright template")
    return asked


def _asked_elsewhere(template: str, vcs_ref: str | None) -> Questions:
    """The questions of a template that Copier must fetch first."""
    with (
        _silence(),
        warnings.catch_warnings(action="ignore"),
        tempfile.TemporaryDirectory() as nowhere,
    ):
        worker = copier.run_copy(
            template,
            nowhere,
            defaults=True,
            exclude=["*"],  # no file need be rendered to know what is asked
            pretend=True,
            quiet=True,
            vcs_ref=vcs_ref,
        )
    return worker.template.questions_data


@contextlib.contextmanager
def quietly() -> Iterator[list[warnings.WarningMessage]]:
    """Let Copier say nothing itself, and keep what it warns of."""
    with (
        _errors_in_one_line(),
        _silence(),
        warnings.catch_warnings(record=True) as caught,
    ):
        warnings.simplefilter("always", CopierWarning)
        yield caught


def advice(caught: list[warnings.WarningMessage]) -> list[str]:
    """Say of each of Copier's warnings what to do."""
    found = [one.message for one in caught if isinstance(one.message, CopierWarning)]
    return [_advice(warning) for warning in found]


@contextlib.contextmanager
def _errors_in_one_line(before: str = "") -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:  # Copier raises one in an interview that is an error too
        raise
    except (CopierError, OSError, ValueError, yaml.YAMLError) as error:
        raise UserError(before + one_line(error)) from error


def _silence() -> contextlib.redirect_stderr[io.StringIO]:
    """Keep back what Copier says even when it is told to be quiet."""
    return contextlib.redirect_stderr(io.StringIO())


def one_line(error: Exception) -> str:
    """What Copier says of a wrong answer: `question: what is wrong`."""
    if isinstance(error, ProcessExecutionError):
        return git_said(error.stderr, error.retcode)
    text = re.sub(r"\s+", " ", str(error)).strip()
    for pattern in (
        r"Validation error for question '(\w+)': (.*)",
        r"Invalid choice for '(\w+)': (.*)",
    ):
        if found := re.search(pattern, text):
            return f"{found[1]}: {found[2]}"
    return text


def _advice(warning: CopierWarning) -> str:
    if isinstance(warning, DirtyLocalWarning):
        return (
            "the template has uncommitted changes, so the version that "
            ".copier-answers.yml records cannot be found again by `copier update`: "
            "commit them and generate the project again"
        )
    return one_line(warning)
