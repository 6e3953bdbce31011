"""Pages in a real browser, which has no network."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Request, sync_playwright
from playwright.sync_api import Page as BrowserPage

NAMES = ["chromium", "chromium-browser", "google-chrome"]
"""`make browser` looks for the same."""


@dataclass
class Page:
    """What a browser made of a report."""

    title: str
    text: str
    """All that is to be read."""
    counts: dict[str, int]
    """The numbers at its top."""
    blocks: dict[str, dict[str, Any]]
    """Each part by its title: figures, cells of the table, text, flaw."""
    scripts: int
    elements: set[str]
    """The kinds of elements outside figures and their scripts."""
    faults: list[str] = field(default_factory=list)
    """What the browser complained of, and what was asked for from elsewhere."""


READ = """() => ({
  title: document.title,
  text: document.body.innerText,
  counts: Object.fromEntries(
    [...document.querySelectorAll('header [id]')].map(e => [e.id, Number(e.innerText)])
  ),
  blocks: Object.fromEntries([...document.querySelectorAll('.block')].map(block => [
    block.querySelector('h3')?.innerText ?? '',
    {
      figures: [...block.querySelectorAll('.plotly-graph-div')].map(div => ({
        drawn: div.querySelectorAll('svg.main-svg').length,
        height: div.getBoundingClientRect().height,
        width: div.getBoundingClientRect().width,
        text: div.textContent,
        xaxis: div.layout.xaxis,
        traces: div.data.map(trace => ({
          name: trace.name, type: trace.type, x: [...(trace.x ?? [])],
          y: [...(trace.y ?? [])], text: trace.text, visible: trace.visible ?? true,
        })),
        shapes: div.querySelectorAll('.trace path, .point path, .hm image').length,
      })),
      heads: [...block.querySelectorAll('thead th')].map(cell => cell.innerText),
      rows: [...block.querySelectorAll('tbody tr')].map(
        row => [...row.cells].map(cell => cell.innerText)
      ),
      text: block.querySelector('pre')?.innerText ?? '',
      flaw: block.querySelector('.flaw')?.innerText ?? '',
    },
  ])),
  scripts: document.scripts.length,
  elements: [...document.querySelectorAll('body *')]
    .filter(e => !e.closest('figure')).map(e => e.localName),
})"""


@contextmanager
def browser() -> Iterator[Browser]:
    """A browser of this machine.

    Raises:
        FileNotFoundError: It has none.
    """
    path = next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        raise FileNotFoundError("no browser opens reports; `make browser` installs one")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox"]
        )
        yield started
        started.close()


@contextmanager
def opened(
    started: Browser, path: Path, **options: Any
) -> Iterator[tuple[BrowserPage, list[str]]]:
    """Open a page without a network; with what is wrong with it, which is noted meanwhile."""
    faults: list[str] = []
    context = started.new_context(**options)
    context.set_offline(True)
    page = context.new_page()

    def requested(request: Request) -> None:
        if not request.url.startswith(("file://", "data:", "blob:")):
            faults.append(f"it asks for {request.url}")

    page.on("request", requested)
    page.on("console", lambda message: faults.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("dialog", lambda dialog: faults.append(f"dialog: {dialog.message}"))
    page.goto(path.as_uri())
    yield page, faults
    context.close()


def read(started: Browser, path: Path, **options: Any) -> Page:
    """Open a page without a network, and read it once it is drawn."""
    with opened(started, path, **options) as (page, faults):
        page.wait_for_function(
            "[...document.querySelectorAll('.plotly-graph-div')]"
            ".every(div => div.querySelector('svg.main-svg'))"
        )
        page.evaluate("document.querySelectorAll('details').forEach(d => {d.open = 1})")
        page.wait_for_function(
            "[...document.querySelectorAll('.plotly-graph-div')].every(div => Math.abs("
            "div.querySelector('svg.main-svg').clientWidth - div.clientWidth) < 2)"
        )
        found = page.evaluate(READ)
    return Page(**found | {"elements": set(found["elements"])}, faults=faults)


def flat(figure: dict[str, Any], key: str) -> list[Any]:
    """What all traces of a figure have, but for gaps."""
    return [v for trace in figure["traces"] for v in trace[key] if v is not None]


def only(page: Page, title: str) -> dict[str, Any]:
    """The figure of a part that has one, which is drawn."""
    block = page.blocks[title]
    assert block["flaw"] == "", title
    [figure] = block["figures"]
    assert figure["drawn"] and figure["shapes"], title
    assert figure["height"] > 100 and figure["width"] > 200, title
    assert flat(figure, "x") or flat(figure, "y"), title
    return dict(figure)
