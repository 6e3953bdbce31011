"""The pages for people: each block of code in them is run, and the site has no fault."""

import os
import re
import shlex
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import yaml
from markdown_it import MarkdownIt
from markdown_it.token import Token
from tunewright.__main__ import get_parser
from tunewright.questions import TEMPLATE

from tests.browsing import browser
from tests.interviews import interview
from tests.reference import PAGE, reference
from tests.repositories import commit, git

DOCS = TEMPLATE / "docs"
GUIDE = DOCS / "guide"
SVG = "{http://www.w3.org/2000/svg}"
RUN_ELSEWHERE = {
    "data.md": "test_tuned_preprocessing.py",
    "developing.md": "test_developing.py",
    "editing.md": "test_edits.py",
    "estimators.md": "test_estimators.py",
    "extending.md": "test_extending.py",
    "objective.md": "test_own_metric.py",
    "performance.md": "test_benchmarks.py",
}
"""Pages whose blocks another file of tests is about."""


def nav() -> list[Path]:
    """Return the pages in the order in which the site lists them."""
    site = yaml.safe_load((TEMPLATE / "mkdocs.yml").read_text("utf-8"))
    found: list[Path] = []

    def walk(entry: Any) -> None:
        if isinstance(entry, str):
            found.append(DOCS / entry)
            return
        for part in entry.values() if isinstance(entry, dict) else entry:
            walk(part)

    walk(site["nav"])
    return found


def fences(page: Path, language: str | None = None) -> list[Token]:
    """Return a page's blocks of code."""
    tokens = MarkdownIt().parse(page.read_text("utf-8"))
    found = [token for token in tokens if token.type == "fence"]
    return [token for token in found if language in (None, token.info)]


def commands(page: Path) -> list[tuple[str, list[str]]]:
    """Return what a page's consoles are told, and what they answer, in turn."""
    found: list[tuple[str, list[str]]] = []
    for fence in fences(page, "console"):
        for line in fence.content.replace("\\\n", "").splitlines():
            if line.startswith("$ "):
                found.append((line.removeprefix("$ ").split("  #")[0], []))
            else:
                found[-1][1].append(line)
    return found


def shape(line: str) -> str:
    """Return a line of output, less what differs from machine to machine."""
    line = re.sub(r"complete|pruned", "STATE", line.removesuffix("best so far"))
    line = re.sub(r"\d[\d.,]*(e-\d+)?", "0", line)
    return " ".join(re.sub(r"(, 0 STATE)+", "", line).split())


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve files, as whoever publishes the site does; its search needs that."""

    class Silent(SimpleHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            pass

    handler = partial(Silent, directory=folder)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


LOOK = """() => ({
  width: document.documentElement.scrollWidth,
  pictures: [...document.querySelectorAll('article img')]
    .filter(e => e.checkVisibility()).map(e => e.getAttribute('src')),
  broken: [...document.querySelectorAll('article img')]
    .filter(e => e.checkVisibility() && !e.naturalWidth).length,
})"""


def assert_pictures_are_for(scheme: str, found: dict[str, Any], width: int) -> None:
    """Check what is seen of a page."""
    assert found["pictures"] and not found["broken"], found
    assert all(source.endswith(f"#only-{scheme}") for source in found["pictures"])
    assert found["width"] <= width


def look_at(site: Path, page: str, width: int, scheme: Any) -> None:
    """Open a page, and choose the other colours: its pictures go with them."""
    faults: list[str] = []
    with served(site) as root, browser() as started:
        context = started.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme
        )
        opened = context.new_page()
        opened.on("console", lambda message: faults.append(message.text))
        opened.on("pageerror", lambda error: faults.append(str(error)))
        opened.goto(root + page, wait_until="networkidle")
        assert_pictures_are_for(scheme, opened.evaluate(LOOK), width)
        # From the system's colours to light ones, and from these to dark ones.
        for _ in range({"dark": 1, "light": 2}[scheme]):
            opened.locator("[data-md-component=palette] label:visible").click()
        other = {"light": "dark", "dark": "light"}[scheme]
        assert_pictures_are_for(other, opened.evaluate(LOOK), width)
    assert faults == []


def test_the_site_is_built_without_a_warning(tmp_path: Path) -> None:
    """Build it as `make docs` does, in another place, and look at it."""
    shutil.copytree(DOCS, tmp_path / "docs")
    shutil.copy(TEMPLATE / "mkdocs.yml", tmp_path)
    ran = subprocess.run(
        [Path(sys.executable).with_name("zensical"), "build", "--strict", "--clean"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert "No issues found" in ran.stderr + ran.stdout
    for page in nav():
        name = page.relative_to(DOCS).with_suffix("")
        folder = tmp_path / "site" / ("" if name.name == "index" else name)
        assert (folder / "index.html").stat().st_size > 5000, page
    look_at(tmp_path / "site", "", 390, "dark")
    look_at(tmp_path / "site", "frameworks/", 1280, "light")


def test_the_site_has_every_page() -> None:
    assert sorted(nav()) == sorted(DOCS.rglob("*.md"))


def pictures() -> list[tuple[str, str | None]]:
    """Return each picture of the pages, and the page's colours that it is for."""
    found = []
    for page in nav():
        for source in re.findall(r"!\[[^]]+\]\((\S+)\)", page.read_text("utf-8")):
            name, _, scheme = source.partition("#only-")
            found.append((name, scheme or None))
    return found


def test_each_picture_has_one_for_light_pages_and_one_for_dark() -> None:
    shown = pictures()
    assert {scheme for _, scheme in shown} == {"light", "dark"}
    by_scheme = [
        [name.replace(f"-{scheme}", "") for name, scheme in shown if scheme == one]
        for one in ("light", "dark")
    ]
    assert by_scheme[0] == by_scheme[1]
    readme = (TEMPLATE / "README.md").read_text("utf-8")
    named = re.findall(r'(?:src|srcset)="docs/(\S+)"', readme)
    there = {file.name for ext in ("svg", "png") for file in DOCS.glob(f"*.{ext}")}
    assert named and {*named, *(name for name, _ in shown)} == there


def drawn(name: str) -> list[str]:
    """Return what a picture of a terminal says; that for dark pages says the same."""
    said = [
        ["".join(text.itertext()) for text in ET.parse(file).iter(f"{SVG}text")]
        for file in (DOCS / f"{name}-light.svg", DOCS / f"{name}-dark.svg")
    ]
    assert said[0] == said[1]
    return said[0]


def test_the_pictured_interview_is_what_is_asked(template: Path) -> None:
    """`python -m tests.pictures interview` draws it again."""
    lines = drawn("interview")
    asked = [prompt.strip() for prompt in interview(template, {}).asked.values()]
    assert asked and [line for line in lines if line in asked] == asked
    assert not any("warning" in line for line in lines)


def test_the_pictured_terminal_shows_commands_of_the_quickstart() -> None:
    """`python -m tests.pictures` draws it; what both say of a trial must be the same."""
    lines = drawn("terminal")
    page = (DOCS / "quickstart.md").read_text("utf-8")
    said = {shape(line) for line in page.splitlines()}
    own = [line for line in lines if line.startswith("python -m digit_study")]
    assert {line.split()[3] for line in own} >= {"tune", "trials", "reconstruct"}
    trials = [line for line in lines if line.startswith("trial  ")]
    assert len(trials) > 6 and {shape(line) for line in trials} <= said


def test_the_reference_is_that_of_the_questions() -> None:
    """`python -m tests.reference` writes it."""
    assert PAGE.read_text("utf-8") == reference()


def test_every_block_of_code_is_run_somewhere() -> None:
    told = {"quickstart.md", "updating.md", "frameworks.md"}
    for page in nav():
        languages = {fence.info for fence in fences(page)}
        name = page.relative_to(DOCS).as_posix()
        if page.parent == GUIDE:
            assert languages <= {"python"}, page
        elif name in told:
            assert languages <= {"console", "yaml"}, page
        elif languages:
            assert (TEMPLATE / "tests" / RUN_ELSEWHERE[name]).exists()


@pytest.mark.matrix
def test_all_code_of_the_guide_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {"__name__": "guide"}
    blocks = 0
    for page in nav():
        if page.parent != GUIDE:
            continue
        for fence in fences(page):
            assert fence.map is not None
            # So that a failure names the page and its line.
            source = "\n" * (fence.map[0] + 1) + fence.content
            exec(compile(source, str(page), "exec"), names)  # noqa: S102
            blocks += 1
    assert blocks > 25


@pytest.mark.parametrize("page", ["frameworks.md", "developing.md"])
def test_this_checkouts_own_commands_are_understood(page: str) -> None:
    """Other tests run them; it is the options that a page may have wrong."""
    own = [
        words for words, _ in commands(DOCS / page) if words.startswith("tunewright")
    ]
    assert own
    for words in own:
        get_parser().parse_args(shlex.split(words)[1:])


class Console:
    """A terminal in a folder, where what this Python has installed is at hand."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        place = Path(sys.executable).parent
        # pip works out what it would install, and installs nothing.
        self.environment = os.environ | {
            "PATH": f"{place}{os.pathsep}{os.environ['PATH']}",
            "PIP_DRY_RUN": "1",
            "PIP_NO_DEPS": "1",
            # Off, as pip reads it: https://github.com/pypa/pip/issues/5735
            "PIP_NO_BUILD_ISOLATION": "0",
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            "COLUMNS": "200",
        }

    def run(self, words: str) -> str:
        """Return what a command prints; it must succeed."""
        if words.startswith("cd "):
            self.folder = self.folder / words.removeprefix("cd ")
            return ""
        ran = subprocess.run(
            words,
            cwd=self.folder,
            shell=True,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        assert ran.returncode == 0, (words, ran.stderr)
        return ran.stdout


@pytest.mark.matrix
def test_the_quickstart_is_what_one_sees(tmp_path: Path, repository: Path) -> None:
    console = Console(tmp_path)
    for words, answer in commands(DOCS / "quickstart.md"):
        # uvx would build the package from the clone, and ask in a terminal.
        new = f"tunewright new --template {repository}"
        words = words.replace("uvx --from ./tunewright tunewright new", new)
        if words == f"{new} my-study":
            words += " --defaults"
        if "penguins" in words:
            console.folder = tmp_path
        said = {shape(line) for line in console.run(words).splitlines()}
        for line in answer:
            assert line == "..." or shape(line) in said, (words, line, said)
    assert (tmp_path / "my-study" / "best.keras").is_file()
    assert (tmp_path / "penguins").is_dir()


def test_the_updates_are_what_one_sees(tmp_path: Path, repository: Path) -> None:
    console = Console(tmp_path)
    console.run(f"copier copy --defaults --vcs-ref HEAD {repository} my-study")
    console.run("cd my-study")
    commit(console.folder)
    for words, _ in commands(DOCS / "updating.md"):
        if words.startswith("tunewright"):
            get_parser().parse_args(shlex.split(words)[1:])
        else:
            console.run(words)
    changed = git(console.folder, "diff", "--name-only").splitlines()
    assert ".copier-answers.yml" in changed
    assert "digit_study/config.py" in changed
