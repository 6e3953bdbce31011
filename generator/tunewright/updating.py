"""Updating a project through stock Copier, with Copier's errors in one line."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import copier

from . import packaged, yaml_text
from .errors import UserError
from .git import run_git
from .questions import PACKAGED, TEMPLATE, strict
from .render import advice, asked_by, quietly

ANSWERS = ".copier-answers.yml"


@dataclass(frozen=True)
class Updated:
    """What an update did."""

    message: str
    """What the template says after an update: what to look at."""

    conflicts: list[str]
    """The files in which an edit was in the way, as paths in the project."""

    deleted: list[str]
    """The files that the answers no longer need; git has them, with all edits."""

    replaced: list[str]
    """Which answers changed though they were not given, and how."""

    warnings: list[str]


def update(project: Path, answers: Mapping[str, Any]) -> Updated:
    """Take the newest version of the template, with other answers where some are given.

    Args:
        project: Its folder, in a git repository and with everything committed.
        answers: By question; all others stay as they are.

    Raises:
        UserError: An answer is wrong, or there is nothing that an update can go on from.
    """
    before = _recorded(project)
    template, version = _made_from(project, before)
    _require_repository(project)
    if (
        TEMPLATE == PACKAGED
        and Path(template).expanduser() == packaged.data_repository()
    ):
        packaged.keep_own()
        packaged.require(version)
    data = strict(answers, asked_by(template, None))
    with quietly() as caught:
        worker = copier.run_update(
            project, data=data, defaults=True, overwrite=True, quiet=True, unsafe=False
        )
    message = worker.jinja_env.from_string(worker.template.message_after_update)
    return Updated(
        message=message.render(worker.answers.combined),
        conflicts=_files(project, "U"),
        deleted=_files(project, "D"),
        replaced=_replaced(before, _recorded(project), data),
        warnings=advice(caught),
    )


def _recorded(project: Path) -> dict[str, Any]:
    """Read the answers that a project was made from."""
    file = project / ANSWERS
    try:
        answers = yaml_text.parse(file.read_text("utf-8"))
    except OSError as error:
        raise UserError(
            f"{project} has no {ANSWERS} that can be read; name a project's folder"
        ) from error
    except ValueError as error:
        raise UserError(f"{file} is not YAML: {error}") from error
    return answers if isinstance(answers, dict) else {}


def _made_from(project: Path, recorded: Mapping[str, Any]) -> tuple[str, str]:
    """Find where the project's template is, and which version of it the project has."""
    match recorded.get("_src_path"), recorded.get("_commit"):
        case str(template), str(version):
            return template, version
    raise UserError(
        f"{project / ANSWERS} does not say from which version of which template the project is "
        "(_commit, _src_path); generate it anew from a template that git knows"
    )


def _replaced(
    before: Mapping[str, Any], now: Mapping[str, Any], given: Mapping[str, Any]
) -> list[str]:
    """Say which answers Copier has put the default for, without a word of its own."""
    kept = (before.keys() & now.keys()) - given.keys()
    return [
        f"{name} was {before[name]} and is {now[name]}, for the other answers rule out "
        f"{before[name]}"
        for name in sorted(kept)
        if not name.startswith("_") and before[name] != now[name]
    ]


def _require_repository(project: Path) -> None:
    """Make sure that git has all that an update will change."""
    if run_git(project, "rev-parse", "--git-dir").returncode:
        raise UserError(
            f"{project} is in no git repository; run `git init` there and commit it first"
        )
    if run_git(project, "status", "--porcelain", "--", ".").stdout:
        raise UserError(
            f"{project} has changes that are not committed; commit or stash them first"
        )


def _files(project: Path, status: str) -> list[str]:
    """List the files that are unmerged (U) or deleted (D), as git has it."""
    words = ["diff", "--name-only", f"--diff-filter={status}", "--relative", "-z"]
    return [file for file in run_git(project, *words).stdout.split("\0") if file]
