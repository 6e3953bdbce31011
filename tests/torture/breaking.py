"""What may happen to a file, and commands run on many broken studies in one process."""

import faulthandler
import json
import os
import shutil
import stat
import sys
import traceback
import warnings
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random

from tunewright.variants.forked import hasten, processes

from tests.rendering import Project, Ran
from tests.torture.killing import Words

NOBODY = 65534
"""A user to whom permissions apply: tests in a container are run by root."""

PATIENCE_S = 30
"""No command here takes so long, unless it hangs."""


@dataclass(frozen=True)
class Damage:
    """One thing that happens to one file."""

    kind: str
    do: Callable[[Path], None]
    detail: str = ""

    @property
    def takes_it_away(self) -> bool:
        """Whether nothing is left that could be set aside."""
        return self.kind == "removed"

    def __str__(self) -> str:
        return f"{self.kind} {self.detail}".strip()


def places(size: int, most: int) -> list[int]:
    """Where to cut a file of this size: everywhere, or evenly; never to nothing."""
    if size - 1 <= most:
        return list(range(1, size))
    return sorted({1 + (size - 2) * n // (most - 1) for n in range(most)})


def within_a_character(text: bytes) -> list[int]:
    """Where a cut leaves part of a character; UTF-8's later bytes begin with 10."""
    return [n for n in range(1, len(text)) if text[n] & 0xC0 == 0x80]


def cut(path: Path, size: int) -> None:
    """Leave the first bytes only."""
    os.truncate(path, size)


def flip(path: Path, place: int) -> None:
    """Change the bits of a byte."""
    with path.open("r+b") as file:
        file.seek(place)
        (byte,) = file.read(1)
        file.seek(place)
        file.write(bytes([byte ^ 0xFF]))


def fill(path: Path, times: int) -> None:
    """Put rubbish in its place, some times as long."""
    size = max(path.stat().st_size, 16) * times
    path.write_bytes(Random(size).randbytes(size))


def put_a_folder(path: Path) -> None:
    """Put a folder in its place, with something in it."""
    path.unlink(missing_ok=True)
    path.mkdir()
    (path / "something").write_text("in it")


def move_and_link(path: Path) -> None:
    """Move it out of all studies, and leave a link to it."""
    outside = outside_of(path)
    outside.parent.mkdir(exist_ok=True)
    shutil.move(path, outside)
    path.symlink_to(outside)


def outside_of(path: Path) -> Path:
    """Where `move_and_link` puts a file of a study: beside the folder of all studies."""
    runs = next(parent for parent in path.parents if parent.name == "runs")
    return runs.parent / "outside" / "-".join(path.relative_to(runs).parts)


def link_to_nothing(path: Path) -> None:
    """Leave a link that leads nowhere."""
    path.unlink(missing_ok=True)
    path.symlink_to(path.parent / "nowhere" / "nothing")


def empty(path: Path) -> None:
    """Leave nothing of what it holds."""
    path.write_bytes(b"")


def put_a_pipe(path: Path) -> None:
    """Put a pipe in its place, whose reader would wait for ever."""
    path.unlink(missing_ok=True)
    os.mkfifo(path)


REMOVED = Damage("removed", Path.unlink)
EMPTIED = Damage("emptied", empty)
FILLED = Damage("filled with rubbish", lambda path: fill(path, 1), "as long")
OVERFILLED = Damage("filled with rubbish", lambda path: fill(path, 3), "longer")
FOLDER = Damage("replaced", put_a_folder, "by a folder")
LINKED = Damage("replaced", move_and_link, "by a link to itself outside")
DANGLING = Damage("replaced", link_to_nothing, "by a link to nothing")
PIPE = Damage("replaced", put_a_pipe, "by a pipe")

PLAIN = [REMOVED, EMPTIED, FILLED, OVERFILLED]
REPLACED = [FOLDER, LINKED, DANGLING, PIPE]


def cut_at(place: int) -> Damage:
    """Cut at a place."""
    return Damage("cut", lambda path: cut(path, place), f"at {place}")


def flipped_at(place: int) -> Damage:
    """One byte changed."""
    return Damage("a byte flipped", lambda path: flip(path, place), f"at {place}")


def copied_from(other: Path, name: str) -> Damage:
    """Another file of its kind copied over it."""
    return Damage("replaced", lambda path: void(shutil.copy(other, path)), f"by {name}")


def void(_: object) -> None:
    """Nothing, whatever a function returned."""


def content(path: Path) -> tuple[str, bytes]:
    """What is at a path: of which kind, and what it holds or where it leads."""
    if not os.path.lexists(path):
        return "nothing", b""
    mode = path.lstat().st_mode
    if stat.S_ISREG(mode):
        return "file", path.read_bytes()
    if stat.S_ISLNK(mode):
        return "link", os.fsencode(path.readlink())
    if stat.S_ISDIR(mode):
        return "folder", b"".join(p.read_bytes() for p in sorted(path.iterdir()))
    return "pipe" if stat.S_ISFIFO(mode) else "other", b""


def run_each(
    project: Project, commands: Sequence[Words], warm: Words | None = None
) -> list[Ran]:
    """Run commands one after the other in a process that had done nothing before.

    One that raises, or does not end, has the status -1 and the traceback on stderr; those
    after it are run all the same.

    Args:
        project: Whose commands.
        commands: Each on a study of its own.
        warm: What to run first, and then to become nobody.
    """
    results: list[Ran] = []
    while len(results) < len(commands):
        answers, said = project.root / "answers.log", project.root / "said.log"
        for file in (answers, said):
            file.unlink(missing_ok=True)
        rest = list(commands[len(results) :])
        process = processes.Process(
            target=obey_each, args=(project, rest, warm, answers, said)
        )
        process.start()
        process.join()
        lines = answers.read_text("utf-8").splitlines() if answers.exists() else []
        results += [Ran(**json.loads(line)) for line in lines]
        if len(lines) < len(rest):
            end = f"the process ended with {process.exitcode}: "
            results.append(Ran(-1, "", end + said.read_text("utf-8", "replace")))
    return results


def obey_each(
    project: Project,
    commands: list[Words],
    warm: Words | None,
    answers: Path,
    said: Path,
) -> None:
    """Run commands in this process, which is for nothing else."""
    hasten()
    with said.open("wb") as streams, answers.open("w", encoding="utf-8") as out:
        os.dup2(streams.fileno(), 1)
        os.dup2(streams.fileno(), 2)
        import tensorflow as tf

        tf.config.run_functions_eagerly(True)
        warnings.filterwarnings("ignore", "Even though the `tf.config")
        if warm:
            assert project.run(*warm).status == 0
            become_nobody()
        for command in commands:
            faulthandler.dump_traceback_later(PATIENCE_S, exit=True, file=streams)
            try:
                ran = project.run(*command)
            except BaseException:  # noqa: BLE001 - the process tells of it
                ran = Ran(-1, "", traceback.format_exc())
            faulthandler.cancel_dump_traceback_later()
            out.write(json.dumps(asdict(ran)) + "\n")
            out.flush()
    sys.stdout = sys.stderr = open(os.devnull, "w")  # noqa: SIM115


def become_nobody() -> None:
    """Give up root's right to read and write everything."""
    if os.geteuid() == 0:
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
