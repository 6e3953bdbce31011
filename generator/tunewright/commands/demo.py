"""`tunewright demo`: generate a project, tune it, rebuild its best trial, and report."""

import argparse
import itertools
import os
import shlex
import subprocess
import sys
from pathlib import Path

from .. import options as shared
from ..destination import require_free
from ..errors import StepFailed

PACKAGE = "digit_study"
"""What the default answers call the package."""


def add(commands: "argparse._SubParsersAction[shared.Parser]") -> None:
    """Tell argparse about the command."""
    parser = commands.add_parser(
        "demo",
        allow_abbrev=False,
        help="generate a project, tune it, and rebuild its best trial",
        description="Generate a project with the default answers, install what it "
        "needs into this Python, tune it, list its trials, rebuild the best and "
        "write a report.",
    )
    parser.set_defaults(run=run)
    parser.add_argument(
        "destination",
        nargs="?",
        type=shared.path,
        metavar="DEST",
        help="a folder that is not there yet (default: demo/digit-study, "
        "or the next number after it)",
    )
    parser.add_argument(
        "--trials",
        type=shared.positive,
        metavar="N",
        help="how many (default: as the project has it)",
    )
    parser.add_argument(
        "--epochs",
        type=shared.positive,
        metavar="N",
        help="at the most, in each trial (default: as the project has it)",
    )
    shared.add_template(parser)


def run(options: argparse.Namespace) -> None:
    """Go through it all, as a person would at a terminal."""
    template, vcs_ref = shared.get_source(options)
    project = options.destination or free_folder(Path("demo"))
    require_free(project)
    version = ["--vcs-ref", vcs_ref] if vcs_ref else []
    python("copier", "copy", "--defaults", *version, template, str(project))

    print(f"\n$ cd {shlex.quote(str(project))}", flush=True)
    python(*installer(), "--quiet", "-e", ".", folder=project)
    budget = []
    if options.trials:
        budget += ["--trials", str(options.trials)]
    if options.epochs:
        budget += ["--epochs", str(options.epochs)]
    python(PACKAGE, "tune", *budget, folder=project)
    python(PACKAGE, "trials", folder=project)
    python(PACKAGE, "reconstruct", "best", "--out", "best.keras", folder=project)
    python(PACKAGE, "report", folder=project)
    print_next_steps(project)


def free_folder(parent: Path) -> Path:
    """A name that nothing has yet."""
    numbered = (parent / f"digit-study-{number}" for number in itertools.count(2))
    names = itertools.chain([parent / "digit-study"], numbered)
    return next(name for name in names if not name.exists())


def installer() -> list[str]:
    """The module that installs packages: uv where this Python has it, for pip takes a minute."""
    if Path(sys.executable).with_name("uv").exists():
        return ["uv", "pip", "install"]
    return ["pip", "install", "--disable-pip-version-check"]


def python(module: str, *arguments: str, folder: Path | None = None) -> None:
    """Run a module with this Python, after a line that shows the command.

    Its output is not captured, so progress stays live.

    Raises:
        StepFailed: It ended with another status than 0.
    """
    command = ["-m", module, *arguments]
    shown = shlex.join(["python", *command])
    print(f"\n$ {shown}", flush=True)
    process = subprocess.Popen([sys.executable, *command], cwd=folder)
    try:
        status = process.wait()
    except KeyboardInterrupt:
        # The terminal interrupts the command too; let it put its things in order.
        process.wait()
        raise
    if status != 0:
        raise StepFailed(f"{shown!r} ended with status {status}; see above")


def print_next_steps(project: Path) -> None:
    """Say where the project is and what to try with it."""
    print(f"""
The project is in {project}. To go on with it:

{activation()}  cd {shlex.quote(str(project))}
  python -m {PACKAGE} tune --trials 40

To search other ranges, edit them in {PACKAGE}/model.py and begin a second study:

  python -m {PACKAGE} tune --study second

To change an answer and keep your edits:

  git init && git add . && git commit -m "As generated"
  copier update --defaults --vcs-ref :current: -d search_space=wide""")


def activation() -> str:
    """The line that makes `python` this Python, where it is not so already."""
    in_venv = sys.prefix != sys.base_prefix
    if not in_venv or os.environ.get("VIRTUAL_ENV") == sys.prefix:
        return ""
    script = Path(sys.prefix, "bin", "activate")
    here = Path.cwd()
    shown = script.relative_to(here) if script.is_relative_to(here) else script
    return f"  source {shlex.quote(str(shown))}\n"
