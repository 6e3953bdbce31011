"""`tunewright compare`: the same search by several frameworks, in one table and chart."""

import argparse
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .. import options as shared
from ..comparison import entrants, packages, results
from ..comparison.budget import Record, epochs_of
from ..comparison.entrants import Entrant
from ..comparison.report import Comparison
from ..comparison.results import Row
from ..comparison.running import Project, spend
from ..destination import all_or_nothing
from ..errors import StepFailed, UserError
from ..questions import choices

TRIALS = EPOCHS = 20


def add(commands: "argparse._SubParsersAction[shared.Parser]") -> None:
    """Tell argparse about the command."""
    parser = commands.add_parser(
        "compare",
        allow_abbrev=False,
        help="run the same search by several frameworks: one table, one chart",
        description="Generate a project for each framework with the same answers, give "
        "each the same budget of epochs on the same data and seeds, one after the other, "
        "and write comparison.json, comparison.md and comparison.svg beside the "
        "projects. What they need must be installed in this Python.",
    )
    parser.set_defaults(run=run)
    parser.add_argument(
        "--frameworks",
        nargs="+",
        default=[],
        metavar="NAME",
        help="which, each with an algorithm if you like, as optuna:gp "
        "(default: all, each with its own default algorithm)",
    )
    parser.add_argument(
        "--trials",
        type=shared.positive,
        default=TRIALS,
        metavar="N",
        help="the budget is as many epochs as N trials have at the most "
        f"(default: {TRIALS})",
    )
    parser.add_argument(
        "--epochs",
        type=shared.positive,
        default=EPOCHS,
        metavar="N",
        help=f"at the most, in each training (default: {EPOCHS})",
    )
    parser.add_argument(
        "--seed",
        type=seed,
        default=0,
        metavar="N",
        help="of every search (default: 0)",
    )
    parser.add_argument(
        "--out",
        type=shared.path,
        default=Path("comparison"),
        metavar="DIR",
        help="a folder that is not there yet, or is empty (default: comparison)",
    )
    shared.add_answers(parser)
    shared.add_template(parser)


def seed(text: str) -> int:
    """What argparse is to make of a seed."""
    if not re.fullmatch("[0-9]{1,9}", text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 0 on")
    return int(text)


def run(options: argparse.Namespace) -> None:
    """Generate the projects, let each spend its budget, and write what came of it."""
    packages.require_chart()
    answers, optional = get_answers(options)
    out: Path = options.out
    with all_or_nothing(out):
        projects = generate(options, answers, optional)
    print(
        f"{options.trials * options.epochs} epochs for each of {len(projects)} "
        f"projects in {out}",
        flush=True,
    )
    rows: list[Row] = []
    try:
        for entrant in projects:
            rows.append(compete(entrant, options))
    except KeyboardInterrupt:
        if sys.stdout.isatty():
            print()
        print(
            f"Stopped: {out} keeps the projects with all that they logged, and has "
            "no table.",
            file=sys.stderr,
        )
        raise
    require_same_data(rows)
    comparison = Comparison(
        rows=rows,
        monitor=projects[0].monitor,
        trials=options.trials,
        epochs=options.epochs,
        seed=options.seed,
        answers=answers,
    )
    comparison.write(out)
    print(f"\n{comparison.table}\n")
    for note in comparison.notes:
        print(note)
    print(f"The chart is {out / 'comparison.svg'}")
    if failed := [one["name"] for one in rows if one["error"]]:
        raise StepFailed(f"{', '.join(failed)} did not come to an end; see above")


def get_answers(options: argparse.Namespace) -> tuple[dict[str, Any], set[str]]:
    """The answers that the projects are given.

    Returns:
        By question, and those that were found in a file: a project's file has some that
        only its own framework asks for.

    Raises:
        UserError: One is the comparison's own to give, or names data that are not there.
    """
    answers = each_from(options.data_file) if options.data_file else {}
    given = shared.each_once(options.data)
    entrants.require_open(given)
    optional = answers.keys() - given.keys()
    answers |= entrants.with_absolute_data(given, Path.cwd())
    entrants.require_open(answers)
    return answers, optional


def each_from(file: Path) -> dict[str, Any]:
    """The answers in a file, but for those that are the comparison's own to give."""
    answers = shared.read_answers(file)
    if own := [name for name in answers if name in (*entrants.DECIDED, "setup")]:
        print(f"note: of {file}, {', '.join(own)} are left aside", file=sys.stderr)
    left = {name: answers[name] for name in answers if name not in own}
    return entrants.with_absolute_data(left, file.parent)


def generate(
    options: argparse.Namespace, answers: Mapping[str, Any], optional: set[str]
) -> list[Entrant]:
    """Generate the projects, and make sure that all of them can run.

    Raises:
        UserError: Something is wrong; nothing has run then.
    """
    # Copier takes a third of a second to import: help need not wait for it.
    from ..render import asked_by

    source = shared.get_source(options)
    known = choices(asked_by(*source)["framework"])
    projects = entrants.generate(
        options.out,
        entrants.choose(options.frameworks or known, known),
        answers,
        optional=optional,
        trials=options.trials,
        epochs=options.epochs,
        source=source,
    )
    packages.require_all(entrant.folder for entrant in projects)
    return projects


def compete(entrant: Entrant, options: argparse.Namespace) -> Row:
    """Let a project search until its budget is spent, and rebuild its best trial."""
    budget = options.trials * options.epochs
    project = Project(entrant, options.out / f"{entrant.folder.name}.log")
    live = Live(entrant, budget)
    best, note, error = None, None, None
    try:
        note = spend(project, options.epochs, options.seed, budget, live.show)
        best = project.test()
    except StepFailed as failure:
        error = str(failure)
    records = project.records()
    row = results.row(entrant, records)
    row |= {
        "commands": project.commands,
        "wall_s": round(project.wall_s, 3),
        "note": note,
        "error": error,
    }
    if best:
        number, scores = best
        (record,) = (one for one in records if one["number"] == number)
        row["best"] = {
            "trial": number,
            "objective": record["objective"],
            "scores": scores,
        }
    if records:
        study = project.describe()
        row |= {"data": study["data"], "packages": study["packages"]}
    live.end(row)
    return row


class Live:
    """A framework's line, which a terminal shows again after each step."""

    def __init__(self, entrant: Entrant, budget: int) -> None:
        self.name = entrant.name
        self.monitor = entrant.monitor
        self.budget = budget
        self.is_terminal = sys.stdout.isatty()
        self.show([])

    def show(self, records: list[Record]) -> None:
        """Say how far the search is."""
        if self.is_terminal:
            spent = sum(map(epochs_of, records))
            line = (
                f"{self.name}: {spent} of {self.budget} epochs, "
                f"{results.counted(len(records))}"
            )
            print(f"\r\033[K{line}", end="", flush=True)

    def end(self, row: Row) -> None:
        """Say how the search ended."""
        if self.is_terminal:
            print("\r\033[K", end="")
        said = f"{row['epochs']} epochs, {results.counted(row['trials'])}"
        if row["best"]:
            said += f", {self.monitor} {row['best']['scores'][self.monitor]:.4f}"
        if row["error"]:
            said += f"; {row['error']}"
        print(f"{self.name}: {said} ({results.duration(row['wall_s'])})", flush=True)


def require_same_data(rows: list[Row]) -> None:
    """Make sure that what is compared can be.

    Raises:
        UserError: The data changed while the comparison ran.
    """
    if len({row["data"] for row in rows if row["data"]}) > 1:
        raise UserError("the data changed while the comparison ran; run it again")
