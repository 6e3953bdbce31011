"""`--help` of a generated project, against a Python that does nothing.

python benchmarks/startup.py [RUNS]
"""

import sys
import tempfile
from pathlib import Path

from pairs import compare
from tunewright.questions import TEMPLATE
from tunewright.render import render
from tunewright.template import copy_without_git


def main(runs: int = 15) -> None:
    """Print the medians and the median ratio of so many pairs of runs."""
    with tempfile.TemporaryDirectory() as folder:
        template = copy_without_git(TEMPLATE, Path(folder) / "template")
        project = Path(folder) / "project"
        render(project, {}, template=template)
        commands = {
            "python -m digit_study --help": ["-m", "digit_study", "--help"],
            "python -c pass": ["-c", "pass"],
        }
        print("Help:")
        compare({n: [sys.executable, *c] for n, c in commands.items()}, runs, project)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
