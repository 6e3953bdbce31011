"""Pages for people whose blocks of code a test follows: files to write, lines to add."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

from markdown_it import MarkdownIt


@dataclass(frozen=True)
class Block:
    """A block of code on a page."""

    language: str
    text: str
    path: str
    """The last one that is named before it: where the code stands, or shall stand."""


def blocks(page: str) -> list[Block]:
    """Return a page's blocks of code, in their order."""
    found: list[Block] = []
    named = ""
    for token in MarkdownIt().parse(page):
        for part in token.children or []:
            if part.type == "code_inline" and part.content.startswith("template/"):
                named = part.content
        if token.type == "fence":
            found.append(Block(token.info, token.content, named))
    return found


def follow(page: Iterable[Block], template: Path) -> None:
    """Write the files that a page shows, and add its lines, to a copy of the template."""
    for block in page:
        path = template / block.path
        if block.language == "jinja":
            assert not path.exists()
            path.parent.mkdir(exist_ok=True)
            path.write_text(block.text, "utf-8")
        elif block.language == "diff":
            insert(path, block.text.splitlines())


def insert(path: Path, diff: list[str]) -> None:
    """Add a line of a diff after the one that it shows before it."""
    assert [line[0] for line in diff] == [" ", "+"]
    before, added = (line[1:] + "\n" for line in diff)
    text = path.read_text("utf-8")
    assert text.count(before) == 1
    path.write_text(text.replace(before, before + added), "utf-8")


def holds(code: str, excerpt: str) -> bool:
    """Return whether lines stand in code as they are, but for how far in they begin."""
    lines, wanted = code.splitlines(), dedent(excerpt).splitlines()
    windows = (lines[i : i + len(wanted)] for i in range(len(lines)))
    return any(dedent("\n".join(window)).splitlines() == wanted for window in windows)
