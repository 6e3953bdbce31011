"""Commands of a generated project in processes of their own, which tests kill."""

import subprocess
import sys
import time
from collections.abc import Callable

from filelock import FileLock

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


def kill(process: subprocess.Popen[str], project: Project) -> None:
    """Kill a search, and wait until nothing that it had started holds a lock."""
    process.kill()
    process.communicate()
    for path in (project.root / "runs" / "default" / "locks").glob("*.lock"):
        FileLock(path).acquire(timeout=10).lock.release()
