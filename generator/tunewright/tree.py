"""The files of a project, drawn as a tree."""

from collections.abc import Mapping
from pathlib import PurePosixPath


def draw(files: Mapping[str, str]) -> str:
    """A line a file or folder, with the number of lines in each file.

    Args:
        files: The text of each, by its path in the project.
    """
    names = _branches(PurePosixPath(), sorted(map(PurePosixPath, files)))
    width = max(len(name) for name, _ in names)
    lines = [
        name if path is None else f"{name:{width}}  {_count(files[str(path)]):>5,}"
        for name, path in names
    ]
    total = sum(map(_count, files.values()))
    return "\n".join([*lines, "", f"{len(files)} files, {total:,} lines"])


def _branches(
    folder: PurePosixPath, paths: list[PurePosixPath], before: str = ""
) -> list[tuple[str, PurePosixPath | None]]:
    """Each line without its number, and the file that it names unless it is a folder."""
    depth = len(folder.parts)
    names = sorted({path.parts[depth] for path in paths})
    lines: list[tuple[str, PurePosixPath | None]] = []
    for name in names:
        last = name == names[-1]
        branch = f"{before}{'└── ' if last else '├── '}{name}"
        if (folder / name) in paths:
            lines.append((branch, folder / name))
            continue
        inside = [path for path in paths if path.parts[depth] == name]
        lines.append((f"{branch}/", None))
        lines += _branches(folder / name, inside, before + ("    " if last else "│   "))
    return lines


def _count(text: str) -> int:
    return len(text.splitlines())
