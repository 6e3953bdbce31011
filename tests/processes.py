"""Commands of a generated project in processes of their own, which tests kill."""

import os
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing import forkserver
from pathlib import Path
from typing import IO, Any
from urllib.error import URLError
from urllib.request import urlopen
from uuid import uuid4

import psutil
from filelock import FileLock
from tunewright.variants.forked import Command, Stream, begin, obey, processes

from tests.rendering import Project


def start(project: Project, *words: str, module: str | None = None) -> Command:
    """Start a command of the project, in its folder and in a process that may be killed."""
    out = project.root.parent / f"{project.root.name}_{uuid4().hex}"
    return Command(
        project.root,
        module or project.package,
        words,
        os.environ,
        out.with_suffix(".out"),
        out.with_suffix(".err"),
    )


class Forked:
    """The part of `subprocess` that a comparison uses, with processes that are forked."""

    DEVNULL, STDOUT = subprocess.DEVNULL, subprocess.STDOUT

    class Popen:
        """A command of a project, in its folder; all that it says goes to one file."""

        def __init__(
            self, command: Sequence[str], cwd: Path, stdout: IO[str], **others: Any
        ) -> None:
            _, _, module, *words = command
            streams = (Stream(stdout.fileno()), Stream(stdout.fileno()))
            self._process = processes.Process(
                target=begin,
                args=(dict(os.environ), *streams, obey, (cwd.resolve(), module, words)),
            )
            self._process.start()

        def wait(self) -> int | None:
            """How it has ended."""
            self._process.join()
            return self._process.exitcode

        def poll(self) -> int | None:
            """The same, once it has."""
            return self._process.exitcode


def started_by(*commands: Command) -> list[psutil.Process]:
    """The processes that search, of those that were started here."""
    server = forkserver._forkserver._forkserver_pid  # type: ignore[attr-defined]
    pids = {command.pid for command in commands}
    return [p for p in psutil.Process(server).children() if p.pid not in pids]


def wait_until(condition: Callable[[], object], process: Command) -> None:
    """Until the condition holds, for as long as the process lives."""
    while not condition():
        assert process.poll() is None, process.communicate()
        time.sleep(0.02)


def kill(process: Command, project: Project) -> None:
    """Kill a search, and wait until nothing that it had started holds a lock."""
    process.kill()
    process.communicate()
    for path in (project.root / "runs" / "default").glob("**/*.lock"):
        FileLock(path).acquire(timeout=10).lock.release()


def free_port() -> str:
    """A port of this machine that nobody listens to."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


@contextmanager
def serving(
    command: Sequence[str | Path], address: str, folder: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """A server that works in a folder, once it answers at an address."""
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(
            command, cwd=folder, stdout=log, stderr=log, start_new_session=True
        )
    deadline = time.monotonic() + 240
    while time.monotonic() < deadline and process.poll() is None:
        try:
            urlopen(address, timeout=5)
            break
        except (URLError, OSError):
            time.sleep(0.05)
    yield process
    process.terminate()
    process.wait()
