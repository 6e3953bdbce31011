"""Write the figures of docs/performance.md: run each benchmark where the page names it.

    python benchmarks/write.py [NAME ...]          (such as trials.py; all where none)

A comment `figures: trials.py 3` on the page is the command whose output stands below it.
The page is written after each, so that what was measured is kept.
"""

import importlib.metadata
import os
import platform
import re
import shlex
import subprocess
import sys
from datetime import date
from pathlib import Path

BENCHMARKS = Path(__file__).resolve().parent
PAGE = BENCHMARKS.parent / "docs" / "performance.md"
BLOCK = re.compile(r"<!-- figures: (.+?) -->\n.*?<!-- end -->", re.DOTALL)


def main(names: list[str]) -> None:
    """Run the benchmarks of these names, in the page's order, and write what they print."""
    commands = [
        match[1]
        for match in BLOCK.finditer(PAGE.read_text("utf-8"))
        if not names or shlex.split(match[1])[0] in names
    ]
    if not commands:
        sys.exit(f"error: {PAGE} has no figures of {', '.join(names)}")
    for command in commands:
        print(f"python benchmarks/{command}", flush=True)
        write(command, measure(command))


def measure(command: str) -> str:
    """What a benchmark prints."""
    name, *words = shlex.split(command)
    ran = subprocess.run(
        [sys.executable, BENCHMARKS / name, *words],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return ran.stdout.strip()


def write(command: str, figures: str) -> None:
    """Put figures below the comment that names their command."""
    machine = (
        f"{date.today()}, {os.cpu_count()} cores, Python {platform.python_version()}, "
        f"TensorFlow {importlib.metadata.version('tensorflow')}"
    )
    block = (
        f"<!-- figures: {command} -->\n```text\n{machine}\n{figures}\n```\n<!-- end -->"
    )

    def replaced(match: re.Match[str]) -> str:
        return block if match[1] == command else match[0]

    PAGE.write_text(BLOCK.sub(replaced, PAGE.read_text("utf-8")), "utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
