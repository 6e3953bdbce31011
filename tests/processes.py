"""Commands of a generated project in processes of their own, which tests kill."""

import subprocess
import sys
import time
from collections.abc import Callable

from tests.rendering import Project


def start(project: Project, *arguments: str) -> subprocess.Popen[str]:
    """Start a command of the project, in its folder."""
    return subprocess.Popen(
        [sys.executable, "-m", project.package, *arguments],
        cwd=project.root,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def wait_until(condition: Callable[[], object], process: subprocess.Popen[str]) -> None:
    """Until the condition holds, for as long as the process lives."""
    while not condition():
        assert process.poll() is None, process.communicate()
        time.sleep(0.02)
