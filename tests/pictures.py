"""The pictures of the pages, each for a light page and for a dark one.

`python -m tests.pictures` writes them again, in some three minutes. What they show is real:
a project is made and tuned in a terminal, and its report is opened in a browser. After a
change of the questions `python -m tests.pictures interview` writes the first of them.
"""

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import sysconfig
import termios
import venv
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory
from xml.sax.saxutils import escape

import pyte
from PIL import Image
from tunewright.questions import TEMPLATE

from tests.browsing import browser
from tests.repositories import git

DOCS = TEMPLATE / "docs"
COLUMNS, ROWS = 82, 60
"""Of the terminals; a picture ends where the text does."""

ASKING = "tunewright new my-study"
UNSEEN = ["cd my-study", "python -m pip install --quiet -e ."]
SESSION = [
    "python -m digit_study tune --trials 6",
    "python -m digit_study trials",
    "python -m digit_study reconstruct best --out best.keras | tail -n 7",
]
"""What the second terminal shows, with what it answers."""

AFTERWARDS = ["python -m digit_study tune", "python -m digit_study report"]
"""What the report needs."""


@dataclass(frozen=True)
class Theme:
    """The colours of a page."""

    ground: str
    text: str
    faint: str
    others: dict[str, str]
    """What stands for a colour that a program asked for."""


LIGHT = Theme(
    ground="#f6f8fa",
    text="#24292f",
    faint="#d0d7de",
    others={"5f87af": "#0969da", "ffaf00": "#953800", "green": "#116329"},
)
DARK = Theme(
    ground="#161b22",
    text="#e6edf3",
    faint="#30363d",
    others={"5f87af": "#79c0ff", "ffaf00": "#ffb757", "green": "#7ee787"},
)
THEMES = {"light": LIGHT, "dark": DARK}


class Terminal:
    """A screen, and a shell's folder."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        """Begin with an empty screen."""
        self.folder = folder
        self.environment = environment
        self.screen = pyte.Screen(COLUMNS, ROWS)
        self.stream = pyte.ByteStream(self.screen)

    def run(self, words: str) -> None:
        """Show a command and what it writes; it must succeed."""
        self.stream.feed(f"\x1b[32m$\x1b[0m \x1b[1m{words}\x1b[0m\r\n".encode())
        if words.startswith("cd "):
            self.folder /= words.removeprefix("cd ")
            return
        here, there = pty.openpty()
        size = struct.pack("HHHH", ROWS, COLUMNS, 0, 0)
        fcntl.ioctl(there, termios.TIOCSWINSZ, size)
        process = subprocess.Popen(
            words,
            shell=True,
            cwd=self.folder,
            env=self.environment,
            stdin=there,
            stdout=there,
            stderr=there,
        )
        os.close(there)
        while True:
            # Whoever asks waits for longer than it takes to draw a question.
            wait = 2 if words == ASKING else None
            if not select.select([here], [], [], wait)[0]:
                os.write(here, b"\r")
                continue
            try:
                self.stream.feed(os.read(here, 4096))
            except OSError:  # so a terminal ends on Linux
                break
        os.close(here)
        assert process.wait() == 0, "\n".join(self.screen.display)

    def lines(self) -> list[list[pyte.screens.Char]]:
        """Return the rows, down to the last that has text."""
        buffer = self.screen.buffer
        rows = [[buffer[y][x] for x in range(COLUMNS)] for y in range(ROWS)]
        while not any(cell.data.strip() for cell in rows[-1]):
            rows.pop()
        return rows


WIDTH, HEIGHT, MARGIN, GAP = 8.4, 19, 14, 10
"""Of a letter at 14 pixels, around them all, and above a command."""

FONTS = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace"


def draw(terminal: Terminal, name: str) -> None:
    """Write the pictures of a terminal."""
    for scheme, theme in THEMES.items():
        (DOCS / f"{name}-{scheme}.svg").write_text(svg(terminal, theme), "utf-8")


def svg(terminal: Terminal, theme: Theme) -> str:
    """Draw a terminal. Text stays text."""
    lines = terminal.lines()
    width = COLUMNS * WIDTH + 2 * MARGIN
    gaps = sum(map(is_command, lines[1:])) * GAP
    height = len(lines) * HEIGHT + gaps + 2 * MARGIN
    root = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}"'
        f' width="{width:g}" height="{height:g}"'
        f' font-family="{FONTS}" font-size="14" fill="{theme.text}">'
    )
    frame = (
        f'<rect x="0.5" y="0.5" width="{width - 1:g}" height="{height - 1:g}" rx="8"'
        f' fill="{theme.ground}" stroke="{theme.faint}"/>'
    )
    parts = [root, frame]
    y = MARGIN - 0.25 * HEIGHT
    for number, line in enumerate(lines):
        y += HEIGHT + (GAP if is_command(line) and number else 0)
        parts += runs(line, y, theme)
    return "\n".join([*parts, "</svg>", ""])


def is_command(line: list[pyte.screens.Char]) -> bool:
    """Return whether a row begins with the prompt."""
    return line[0].data == "$"


def runs(line: list[pyte.screens.Char], y: float, theme: Theme) -> Iterator[str]:
    """Draw a row, a piece for each style; a piece keeps to its columns in any font."""
    at = 0
    for (colour, bold), group in groupby(line, key=lambda cell: (cell.fg, cell.bold)):
        cells = [*group]
        text = "".join(cell.data for cell in cells)
        start, at = at + len(text) - len(text.lstrip()), at + len(cells)
        length = len(text.strip())
        # The second half of a wide letter is a cell without text.
        length += sum(not cell.data for cell in cells)
        if not text.strip():
            continue
        style = ' font-weight="bold"' if bold else ""
        if colour in theme.others:
            style += f' fill="{theme.others[colour]}"'
        yield (
            f'<text x="{MARGIN + start * WIDTH:g}" y="{y:g}" xml:space="preserve"'
            f' textLength="{length * WIDTH:g}"{style}>{escape(text.strip())}</text>'
        )


def environment(folder: Path) -> dict[str, str]:
    """Return that of a Python which has all that this one has, and may be installed to."""
    venv.create(folder)
    (packages,) = folder.glob("lib/python*/site-packages")
    here = sysconfig.get_path("purelib")
    (packages / "all.pth").write_text(f"import site; site.addsitedir({here!r})\n")
    places = [folder / "bin", Path(sys.executable).parent, os.environ["PATH"]]
    return os.environ | {
        "PATH": os.pathsep.join(map(str, places)),
        "PIP_NO_DEPS": "1",
        # Off, as pip reads it: https://github.com/pypa/pip/issues/5735
        "PIP_NO_BUILD_ISOLATION": "0",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "TERM": "xterm-256color",
        "PROMPT_TOOLKIT_NO_CPR": "1",
    }


def photograph(report: Path, scheme: str, file: Path) -> None:
    """Take a picture of a report's first two figures."""
    with browser() as started:
        context = started.new_context(
            viewport={"width": 1000, "height": 1000},
            color_scheme="dark" if scheme == "dark" else "light",
            device_scale_factor=1.5,
        )
        page = context.new_page()
        page.goto(report.as_uri())
        page.wait_for_function(
            "[...document.querySelectorAll('.plotly-graph-div')]"
            ".every(div => div.querySelector('svg.main-svg'))"
        )
        blocks = page.locator("#The-search .block")
        boxes = [blocks.nth(i).bounding_box() for i in (0, 1)]
        first, last = [box for box in boxes if box]
        edge = 12
        page.screenshot(
            path=file,
            full_page=True,
            clip={
                "x": first["x"] - edge,
                "y": first["y"] - edge,
                "width": first["width"] + 2 * edge,
                "height": last["y"] + last["height"] - first["y"] + 2 * edge,
            },
        )
        context.close()
    # Of 256 colours it is a third as large, and looks the same.
    Image.open(file).convert("RGB").quantize(256).save(file, optimize=True)


def darkened(chart: str) -> str:
    """Return a chart of `tunewright compare` for a dark page."""
    for light, dark in {
        "fill: #ffffff": "fill: none",
        "#000000": DARK.text,
        "#e6e6e6": DARK.faint,
        "#0072b2": "#5c8dff",
    }.items():
        chart = chart.replace(light, dark)
    return re.sub(r"(?=</style>)", f" text{{fill: {DARK.text}}}", chart, count=1)


def main() -> None:
    """Write all pictures, or only the interview."""
    chart = (DOCS / "frameworks.svg").read_text("utf-8")
    (DOCS / "frameworks-dark.svg").write_text(darkened(chart), "utf-8")
    with TemporaryDirectory() as name:
        folder = Path(name)
        # What is committed, for `tunewright new` has a word on what is not, and on tags.
        git(folder, "clone", "--quiet", "--no-tags", str(TEMPLATE), "tunewright")
        source = {"PYTHONPATH": str(folder / "tunewright" / "generator")}
        terminal = Terminal(folder, environment(folder / "venv") | source)
        terminal.run(ASKING)
        draw(terminal, "interview")
        if sys.argv[1:] == ["interview"]:
            return
        for words in UNSEEN:
            terminal.run(words)
        terminal.screen.reset()
        for words in SESSION:
            terminal.run(words)
        draw(terminal, "terminal")
        for words in AFTERWARDS:
            terminal.run(words)
        report = terminal.folder / "runs" / "default" / "report.html"
        for scheme in THEMES:
            photograph(report, scheme, DOCS / f"report-{scheme}.png")


if __name__ == "__main__":
    main()
