"""What differs between two projects, as `diff -u` says it."""

import difflib
import io
from collections.abc import Mapping


def of_trees(before: Mapping[str, str], after: Mapping[str, str]) -> str:
    """The differences of all files.

    Args:
        before: The text of each file, by its path in the project.
        after: The same for the other project.
    """
    return "".join(
        of_files(
            before,
            path if path in before else None,
            after,
            path if path in after else None,
        )
        for path in sorted(before.keys() | after.keys())
    )


def of_files(
    before: Mapping[str, str],
    old: str | None,
    after: Mapping[str, str],
    new: str | None,
) -> str:
    """The differences of one file.

    Args:
        before: The text of each file, by its path in the project.
        old: The file's path there; None where there is no such file.
        after: The same for the other project.
        new: The file's path there.
    """
    lines = difflib.unified_diff(
        _lines(before[old]) if old else [],
        _lines(after[new]) if new else [],
        f"a/{old}" if old else "/dev/null",
        f"b/{new}" if new else "/dev/null",
    )
    return "".join(
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"
        for line in lines
    )


def _lines(text: str) -> list[str]:
    # str.splitlines would also split at form feeds and the like.
    return io.StringIO(text).readlines()
