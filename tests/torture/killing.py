"""Commands of a generated project in processes that are killed with SIGKILL.

Each process is forked from one that has imported the frameworks and done nothing else. It
runs a command as it is, no line of the project changed, and with TensorFlow's functions run
eagerly, which for models as small as these is faster than to compile them.
"""

import os
import signal
import sys
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from tunewright.variants.forked import hasten, processes

from tests.rendering import Project
from tests.torture.points import WRITES, Fatal, Points

Words = tuple[str, ...]

PATIENCE_S = 120.0
"""No command here takes so long, unless it hangs."""


@dataclass(frozen=True)
class Attempt:
    """What a command came to."""

    words: Words
    status: int | None
    """None where it was killed."""
    points: list[str]
    """What it was about to do at each point, the one at which it was killed included."""
    said: str
    """On both of its streams."""
    seconds: float

    @property
    def killed(self) -> bool:
        """Whether it was killed, and did not end before that."""
        return self.status is None

    @property
    def writes(self) -> int:
        """How many files were written from their beginning."""
        return sum(point.startswith(WRITES) for point in self.points)

    def __str__(self) -> str:
        end = "killed" if self.killed else f"status {self.status}"
        at = f"at point {len(self.points)}, {self.points[-1]}" if self.points else ""
        return f"{' '.join(self.words)}: {end} {at} after {self.seconds:.3f} s"


def completed(project: Project, words: Words) -> Attempt:
    """Run a command to its end."""
    attempt = run(project, words)
    assert attempt.status == 0, f"{attempt}\n{attempt.said}"
    return attempt


def killed_at(project: Project, words: Words, point: int) -> Attempt:
    """Run a command that dies at a point, counted from 1, should it get there."""
    return run(project, words, Fatal(point))


def killed_within(project: Project, words: Words, write: int) -> Attempt:
    """Run a command that dies within a write, counted from 1, should it get there."""
    return run(project, words, Fatal(write, torn=True))


def killed_after(project: Project, words: Words, seconds: float) -> Attempt:
    """Run a command that dies after so many seconds, should it take as long."""
    return run(project, words, seconds=seconds)


def run(
    project: Project,
    words: Words,
    fatal: Fatal | None = None,
    seconds: float | None = None,
) -> Attempt:
    """Run a command, until it ends or is killed."""
    log, said = project.root / "points.log", project.root / "said.log"
    process = processes.Process(target=obey, args=(project, words, fatal, log, said))
    process.start()
    began = perf_counter()
    process.join(PATIENCE_S if seconds is None else seconds)
    hangs = process.is_alive() and seconds is None
    process.kill()
    process.join()
    attempt = Attempt(
        words,
        None if process.exitcode == -signal.SIGKILL else process.exitcode,
        log.read_text("utf-8").splitlines() if log.exists() else [],
        said.read_text("utf-8", "replace") if said.exists() else "",
        perf_counter() - began,
    )
    assert not hangs, f"{attempt}: it hangs"
    log.unlink(missing_ok=True)
    said.unlink(missing_ok=True)
    return attempt


def obey(
    project: Project,
    words: Words,
    fatal: Fatal | None,
    log: Path,
    said: Path,
) -> None:
    """Run a command in this process, which is for nothing else."""
    hasten()
    with said.open("wb") as streams:
        os.dup2(streams.fileno(), 1)
        os.dup2(streams.fileno(), 2)
    import tensorflow as tf

    tf.config.run_functions_eagerly(True)
    with log.open("wb", buffering=0) as out:
        Points(project.root / "runs", out, fatal).install()
        ran = project.run(*words)
    print(ran.out, ran.err, flush=True)
    sys.exit(ran.status)
