"""Several processes may tune one study: each has a number, and they take turns."""

from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Self

from filelock import FileLock, Timeout


class Worker:
    """This process, among those that tune a study.

    A worker holds the lock of its number for as long as it lives. The operating system
    lets go of it however the process ends, so that a number whose lock is free belongs
    to nobody alive.
    """

    def __init__(self, study: Path) -> None:
        """Take the lowest number that is free.

        Args:
            study: The study's folder.
        """
        self.folder = study / "locks"
        self.folder.mkdir(parents=True, exist_ok=True)
        self.turn = FileLock(self.folder / "study.lock")
        """Held by whoever changes what all workers share: `with worker.turn:`."""
        for self.number in count():
            self.own = self.lock(self.number)
            try:
                self.own.acquire(blocking=False)
                return
            except Timeout:
                continue

    def lock(self, number: int) -> FileLock:
        """The lock of a worker's number."""
        return FileLock(self.folder / f"worker_{number}.lock")

    def another_has(self, number: int) -> bool:
        """Whether another living process has this number."""
        if number == self.number:
            return False
        try:
            with self.lock(number).acquire(blocking=False):
                return False
        except Timeout:
            return True

    def is_alone(self) -> bool:
        """Whether no other living process tunes the study."""
        numbers = (
            int(path.stem.removeprefix("worker_"))
            for path in self.folder.glob("worker_*.lock")
        )
        return not any(self.another_has(number) for number in numbers)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.own.release()
