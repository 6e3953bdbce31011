"""Updating a project through stock Copier, with Copier's errors in one line."""

import tempfile
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import copier

from . import packaged, renaming, yaml_text
from .errors import UserError
from .git import run_git
from .questions import PACKAGED, TEMPLATE, strict
from .render import advice, asked_by, quietly

ANSWERS = ".copier-answers.yml"

CURRENT = ":current:"
"""What Copier calls the version that a project has."""


@dataclass(frozen=True)
class Updated:
    """What an update did."""

    message: str
    """What the template says after an update: what to look at."""

    conflicts: list[str]
    """The files in which an edit was in the way, as paths in the project."""

    rejected: list[str]
    """The files, each with `.rej` at its end, that hold the edits which did not fit."""

    deleted: list[str]
    """The files that the answers no longer need, and that nobody edited."""

    lost: dict[str, str]
    """Those that somebody edited, and where the last commit has them."""

    renamed: list[str]
    """What is left to do where the package has another name."""

    replaced: list[str]
    """Which answers changed though they were not given, and how."""

    warnings: list[str]


def update(
    project: Path,
    answers: Mapping[str, Any],
    *,
    vcs_ref: str | None = None,
    conflict: Literal["inline", "rej"] = "inline",
) -> Updated:
    """Take another version of the template, with other answers where some are given.

    Args:
        project: Its folder, in a git repository and with everything committed.
        answers: By question; all others stay as they are.
        vcs_ref: A tag, branch or commit of the template, or `:current:` for the version
            that the project has; None is the newest.
        conflict: Whether edits that are in the way are marked in the file, or put beside it.

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
    wanted = version if vcs_ref == CURRENT else vcs_ref
    data = strict(answers, asked_by(template, wanted))
    rejected = _beside(project)
    old = str(before.get("package_name", ""))
    new = str(data.get("package_name", old))
    written: dict[str, bytes] | None = None
    moving: Any = nullcontext()
    if new != old:
        named = {**before, "package_name": new}
        written = _as_written(named, template, version)
        moving = renaming.renamed(
            project,
            old,
            new,
            _as_written(before, template, version),
            written,
            ANSWERS,
        )
    with moving, quietly() as caught:
        worker = copier.run_update(
            project,
            data=data,
            vcs_ref=copier.VcsRef.CURRENT if vcs_ref == CURRENT else vcs_ref,
            defaults=True,
            overwrite=True,
            conflict=conflict,
            quiet=True,
            unsafe=False,
        )
    message = worker.jinja_env.from_string(worker.template.message_after_update)
    deleted = _files(project, "D")
    lost: list[str] = []
    if deleted:
        lost = _edited(
            project, deleted, written or _as_written(before, template, version)
        )
    return Updated(
        message=message.render(worker.answers.combined),
        conflicts=_files(project, "U"),
        rejected=sorted(_beside(project) - rejected),
        deleted=[file for file in deleted if file not in lost],
        lost={file: _before(file, old, new) for file in lost},
        renamed=_left_to_do(project, old, new) if new != old else [],
        replaced=_replaced(before, _recorded(project), data),
        warnings=advice(caught),
    )


def _as_written(
    answers: Mapping[str, Any], template: str, version: str
) -> dict[str, bytes]:
    """Return what the template itself writes, before anybody edits it."""
    given = {name: answers[name] for name in answers if not name.startswith("_")}
    with tempfile.TemporaryDirectory() as folder:
        with quietly():
            copier.run_copy(
                template,
                folder,
                data=given,
                vcs_ref=version,
                defaults=True,
                quiet=True,
                unsafe=False,
            )
        files = [path for path in Path(folder).rglob("*") if path.is_file()]
        return {
            path.relative_to(folder).as_posix(): path.read_bytes() for path in files
        }


def _edited(project: Path, files: list[str], written: Mapping[str, bytes]) -> list[str]:
    """Pick the files that are not, in git, as the template wrote them."""
    return [
        file
        for file in files
        if run_git(project, "show", f":./{file}").stdout.splitlines()
        != written.get(file, b"").decode("utf-8", "replace").splitlines()
    ]


def _before(file: str, old: str, new: str) -> str:
    """Name a file as the last commit does, under which the package has its old name."""
    first, slash, rest = file.partition("/")
    return f"{old}{slash}{rest}" if slash and first == new else file


def _left_to_do(project: Path, old: str, new: str) -> list[str]:
    """Say what no update can do for a package that has another name."""
    still = renaming.mentions(project, old)
    return [
        f"the package is {new} now; install the project again",
        *([f"{old} still stands in {', '.join(still)}"] if still else []),
    ]


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
        "(_commit, _src_path); generate it again from a template that git knows"
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


def _beside(project: Path) -> set[str]:
    """List the files with edits that did not fit, whatever git ignores."""
    words = ["ls-files", "--others", "-z", "--", "*.rej"]
    return {file for file in run_git(project, *words).stdout.split("\0") if file}
