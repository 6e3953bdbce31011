"""Git, as a command of its own."""

import subprocess
from collections.abc import Mapping
from pathlib import Path

from .errors import UserError, git_said


def run_git(
    folder: Path, *words: str, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run git in a folder, however that ends.

    Args:
        folder: Where; one that is not there makes git fail.
        words: Its command line.
        environment: All variables, if not those of this process.

    Raises:
        UserError: There is no git.
    """
    try:
        return subprocess.run(
            ["git", "-C", str(folder), *words],
            capture_output=True,
            text=True,
            check=False,
            env=environment,
        )
    except FileNotFoundError as error:
        raise UserError("git is not there; install it first") from error


def require_git(folder: Path, *words: str) -> str:
    """Run git in a folder, and return what it says.

    Raises:
        UserError: It fails.
    """
    ran = run_git(folder, *words)
    if ran.returncode:
        raise UserError(f"{folder}: {git_said(ran.stderr, ran.returncode)}")
    return ran.stdout.strip()
