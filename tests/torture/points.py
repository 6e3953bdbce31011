"""The points at which a study's files change, counted inside the process that does it."""

import os
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

CHANGES: dict[str, Callable[..., tuple[list[Any], list[int]]]] = {
    "os.rename": lambda one, other, at, to: ([one, other], [at, to]),
    "os.link": lambda one, other, at, to: ([one, other], [at, to]),
    "os.symlink": lambda one, other, at: ([one, other], [at]),
    "os.remove": lambda path, at: ([path], [at]),
    "os.mkdir": lambda path, mode, at: ([path], [at]),
    "os.rmdir": lambda path, at: ([path], [at]),
    "os.truncate": lambda path, length: ([path], []),
    "sqlite3.connect": lambda path: ([path], []),
}
"""What Python says before a change, and which paths and folders its arguments are."""

WRITING = os.O_WRONLY | os.O_RDWR
TORN = b'{"sch'
"""What a crash may leave of a file that was being written."""


WRITES = "write "
"""What the points begin with at which a file is about to be written from its beginning."""


@dataclass(frozen=True)
class Fatal:
    """The point at which the process is to die."""

    point: int
    """Counted from 1."""
    torn: bool = False
    """Whether it dies within a write: only files that are about to be written from their
    beginning count, and the one in question is there, with some bytes in it."""


class Points:
    """Writes down each point, and kills the process at the fatal one.

    A point is passed just before the change: to die there is to die after the one before
    it as well. Libraries that write from C tell Python nothing, so those in use are met
    where they are called; what happens within is left to kills at random times.
    """

    def __init__(self, folder: Path, out: BinaryIO, fatal: Fatal | None) -> None:
        """Watch a folder.

        Args:
            folder: What is in it counts.
            out: Where each point is written down, outside the folder.
            fatal: None to watch only.
        """
        self.folder = str(folder)
        self.out = out
        self.fatal = fatal
        self.count = 0
        """The points that count."""

    def install(self) -> None:
        """Watch from now on, for as long as the process lives."""
        sys.addaudithook(self.audit)
        self.meet(os, "fsync", "fsync")
        self.watch_libraries()
        self.watch_transactions()

    def passed(self, what: str, path: str | None = None) -> None:
        """Note a point, and die where that is due.

        Args:
            what: What is about to happen.
            path: The file that is about to be written from its beginning.
        """
        self.out.write(f"{WRITES if path else ''}{what}\n".encode())
        if self.fatal is None or (self.fatal.torn and path is None):
            return
        self.count += 1
        if self.fatal.point == self.count:
            if self.fatal.torn and path:
                self.fatal = None
                Path(path).write_bytes(TORN)
            os.kill(os.getpid(), signal.SIGKILL)

    def audit(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Hear of what Python is about to do."""
        if event == "open":
            path, mode, flags = arguments
            if flags & WRITING and (name := self.inside(path)):
                whole = mode is not None and bool(flags & os.O_TRUNC)
                self.passed(f"open {name}", os.fsdecode(path) if whole else None)
        elif event in CHANGES:
            paths, folders = CHANGES[event](*arguments)
            if event == "os.mkdir" and os.path.isdir(paths[0]):
                return
            if names := [name for path in paths if (name := self.inside(path))]:
                self.passed(f"{event} {' '.join(names)}")
            elif any(
                folder >= 0 for folder in folders
            ):  # within a folder being removed
                self.passed(f"{event} {paths[0]}")

    def inside(self, path: Any) -> str | None:
        """The path within the folder, where it is there."""
        if isinstance(path, int):
            return None
        name = os.path.abspath(os.fsdecode(path))
        return os.path.relpath(name, self.folder) if self.holds(name) else None

    def holds(self, name: str) -> bool:
        """Whether this is the folder, or within it."""
        return name == self.folder or name.startswith(self.folder + os.sep)

    def meet(self, owner: Any, name: str, what: str) -> None:
        """Note a point whenever a function is about to be called."""
        function = getattr(owner, name)

        def met(*arguments: Any, **options: Any) -> Any:
            self.passed(what)
            return function(*arguments, **options)

        setattr(owner, name, met)

    def watch_libraries(self) -> None:
        """HDF5 and TensorFlow's files."""
        import h5py
        from tensorflow.io import gfile

        self.meet(h5py.File, "__init__", "h5py open")
        self.meet(h5py.File, "close", "h5py close")
        self.meet(gfile.GFile, "write", "gfile write")
        self.meet(gfile.GFile, "close", "gfile close")
        self.meet(gfile, "makedirs", "gfile makedirs")
        self.meet(gfile, "rmtree", "gfile rmtree")

    def watch_transactions(self) -> None:
        """SQLite, as SQLAlchemy talks to it."""
        from sqlalchemy import Engine, event

        changed: set[int] = set()
        """The connections whose transaction changes something."""

        def statement(connection: Any, _: Any, text: str, *__: Any) -> None:
            words = text.split()
            if words and words[0] not in ("SELECT", "PRAGMA"):
                changed.add(id(connection))
                self.passed(f"sql {' '.join(words[:3])}")

        def commit(connection: Any) -> None:
            if id(connection) in changed:
                changed.remove(id(connection))
                self.passed("sql commit")

        event.listen(Engine, "before_cursor_execute", statement)
        event.listen(Engine, "commit", commit)
