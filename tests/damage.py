"""What may happen to any file."""

from pathlib import Path


def leave_nothing(path: Path) -> None:
    path.unlink()


def empty(path: Path) -> None:
    path.write_bytes(b"")
