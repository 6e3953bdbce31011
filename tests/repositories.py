"""Git repositories in tests."""

import subprocess
from pathlib import Path


def git(folder: Path, *words: str) -> str:
    """What git says, run as somebody."""
    who = ["-c", "user.name=Somebody", "-c", "user.email=somebody@example.org"]
    return subprocess.run(
        ["git", *who, *words], cwd=folder, check=True, capture_output=True, text=True
    ).stdout.strip()


def commit(folder: Path, tag: str | None = None) -> None:
    """Commit all that is there, in a repository that is made if need be."""
    git(folder, "init", "--quiet")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "A commit")
    if tag:
        git(folder, "tag", tag)


def files_of(folder: Path) -> dict[str, str]:
    """The text of each file but git's own, by its path in the folder."""
    return {
        path.relative_to(folder).as_posix(): path.read_text("utf-8")
        for path in folder.rglob("*")
        if path.is_file() and ".git" not in path.relative_to(folder).parts
    }
