"""The guide's pages: their code is run as it stands, in the order of the site."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from markdown_it import MarkdownIt
from markdown_it.token import Token
from tunewright.questions import TEMPLATE

DOCS = TEMPLATE / "docs"


def pages() -> list[Path]:
    """The guide's pages, as the site lists them."""
    site = yaml.safe_load((TEMPLATE / "mkdocs.yml").read_text("utf-8"))
    [guide] = [part["Guide"] for part in site["nav"] if "Guide" in part]
    return [DOCS / next(iter(entry.values())) for entry in guide]


def fences(page: Path) -> list[Token]:
    """A page's blocks of code."""
    tokens = MarkdownIt().parse(page.read_text("utf-8"))
    return [token for token in tokens if token.type == "fence"]


def test_the_site_lists_every_page_of_the_guide() -> None:
    listed = {page for page in pages() if page.parent.name == "guide"}
    assert listed == set((DOCS / "guide").glob("*.md"))


def test_all_code_of_the_guide_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {"__name__": "guide"}
    blocks = 0
    for page in pages():
        if page.parent.name != "guide":
            continue
        for fence in fences(page):
            assert fence.info == "python", page
            assert fence.map is not None
            # So that a failure names the page and its line.
            source = "\n" * (fence.map[0] + 1) + fence.content
            exec(compile(source, str(page), "exec"), names)  # noqa: S102
            blocks += 1
    assert blocks > 25
