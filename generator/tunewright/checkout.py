"""A checkout of the template, and how it stands to its versions."""

from contextlib import suppress
from pathlib import Path

from packaging.version import InvalidVersion, Version

from .errors import UserError
from .git import run_git


def version_behind(folder: Path) -> str | None:
    """Return the newest version's tag where a checkout is past it.

    What is made from the commits after it counts as newer than all that is tagged: Copier
    would refuse to update it to that tag. None where there is nothing to refuse.
    """
    if not _is_checkout(folder):
        return None
    versions = {tag: found for tag in _git(folder, "tag") if (found := _version(tag))}
    if not versions:
        return None
    newest = max(versions, key=lambda tag: versions[tag])
    behind = _git(folder, "tag", "--merged", "HEAD")
    here = _git(folder, "tag", "--points-at", "HEAD")
    return newest if newest in behind and newest not in here else None


def describe(folder: Path) -> str | None:
    """Name the version of a checkout as Copier does: by its tag, or from the last one on.

    What is not committed has no name; it is marked. None where git does not know the folder.
    """
    if not _is_checkout(folder):
        return None
    changed = "-dirty" if _git(folder, "status", "--porcelain") else ""
    return "".join(_git(folder, "describe", "--tags", "--always")) + changed or None


def version_of(folder: Path) -> str | None:
    """Return the tag of the version that a checkout is, where nothing in it was changed."""
    if _git(folder, "status", "--porcelain"):
        return None
    here = [tag for tag in _git(folder, "tag", "--points-at", "HEAD") if _version(tag)]
    return here[0] if here else None


def _is_checkout(folder: Path) -> bool:
    """Find out whether a folder is a repository, and no folder in one."""
    tops = _git(folder, "rev-parse", "--show-toplevel")
    return [Path(top).resolve() for top in tops] == [folder.resolve()]


def _version(tag: str) -> Version | None:
    """Read a tag as Copier does, which passes over what is no finished version."""
    try:
        version = Version(tag)
    except InvalidVersion:
        return None
    return None if version.is_prerelease else version


def _git(folder: Path, *words: str) -> list[str]:
    """Ask git; where there is none, or it does not know the folder, nothing is said."""
    with suppress(UserError):
        return run_git(folder, *words).stdout.splitlines()
    return []
