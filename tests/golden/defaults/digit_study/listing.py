"""The commands that show what is logged: of all trials or one, of all studies or two."""

import difflib
import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from .commands import print_table, runs_option, study_options
from .config import OBJECTIVE
from .errors import UserError, printable
from .study import Record, Study, TrialLog, ranked
from .study.cells import (
    by_param,
    cells,
    format_duration,
    format_value,
    heads,
    metrics,
    numbers,
    order,
    param_cells,
    truncate,
)
from .study.files import to_json
from .study.record import STATES
from .study.values import Value


@click.command()
@study_options
@click.option(
    "--sort",
    "column",
    default="score",
    help="By score (best first), number, another column, or a hyperparameter.",
)
@click.option("--limit", type=click.IntRange(1), help="Show at most this many.")
@click.option("--params", is_flag=True, help="Add a column for each hyperparameter.")
@click.option("--json", "as_json", is_flag=True, help="Print the records as JSON.")
def trials(
    study: Study, column: str, limit: int | None, params: bool, as_json: bool
) -> None:
    """List what was tried, best first."""
    records = ranked(TrialLog(study.trials_folder).read_all())
    if not records:
        study.describe()
    objective = records[0].objective.name if records else OBJECTIVE.name
    listed = sort(records, column, objective)[:limit]
    if as_json:
        click.echo(to_json(listed))
        return
    names = [*by_param(listed)] if params else []
    rows = [
        [cell.text for cell in cells(record) + param_cells(record, names)]
        for record in listed
    ]
    lines = [heads(objective) + names, *rows]
    print_table([[printable(text) for text in line] for line in lines])


def sort(records: list[Record], column: str, objective: str) -> list[Record]:
    """Sort ranked trials by a column, or by a hyperparameter.

    Raises:
        UserError: There is neither.
    """
    names = heads(objective)
    if column in ("score", objective):
        return records
    if column in ("number", *names):
        place = names.index({"number": "trial"}.get(column, column))
        return sorted(records, key=lambda record: order(cells(record)[place].value))
    params = [*by_param(records)]
    if column in params:
        return sorted(records, key=lambda record: order(record.params.get(column)))
    known = ["score", "number", *names, *params]
    close = difflib.get_close_matches(column, known)
    hint = f"did you mean {', '.join(close)}?" if close else f"take {', '.join(known)}"
    raise UserError(f"--sort {column!r} is not a column; {hint}")


@click.command()
@study_options
@click.argument("trial", default="best")
def show(study: Study, trial: str) -> None:
    """Show all that is logged of a trial: its number, or `best`."""
    if not study.exists:
        study.describe()
    record = TrialLog(study.trials_folder).find(trial)
    texts = [cell.text for cell in cells(record)]
    facts = dict(zip(heads(record.objective.name), texts, strict=True))
    if record.weights:
        facts["weights"] = str(study.trials_folder / record.weights)
    else:
        facts["weights"] = record.weights_note or "none"
    print_pairs(facts | {"started": record.started, "seed": record.seed})
    click.echo(f"\nMetrics at epoch {record.best_epoch or '-'}:")
    print_pairs(metrics(record))
    click.echo("\nHyperparameters:")
    print_pairs(record.params)
    if error := record.error:
        click.echo()
        for line in (error.traceback or f"{error.type}: {error.message}").splitlines():
            click.echo(printable(line))


def print_pairs(values: Mapping[str, Value]) -> None:
    """Print names and values, a line each."""
    print_table([(printable(name), printable(str(values[name]))) for name in values])


@click.command()
@runs_option
def studies(runs: Path) -> None:
    """List all studies, and how each stands."""
    rows = []
    for folder in sorted(path.parent for path in runs.glob("*/trials")):
        with suppress(UserError):  # a copy, say, with a name that no study can have
            study = Study(runs, folder.name)
            rows.append(list_study(study))
    if not rows:
        raise UserError(f"there is no study in {runs}; `tune` starts one")
    print_table([("study", *STATES, "best", "last written"), *rows])


def list_study(study: Study) -> list[str]:
    """Write a study's line of the table."""
    records = read(study)
    states: list[str] = [record.state for record in records]
    written = study.trials_folder.stat().st_mtime  # each record is moved into it
    return [
        study.name,
        *(str(states.count(state)) for state in STATES),
        printable(best_of(records)),
        datetime.fromtimestamp(written).isoformat(" ", "minutes"),
    ]


def read(study: Study) -> list[Record]:
    """Read a study's trials, best first."""
    return ranked(TrialLog(study.trials_folder).read_all())


def best_of(ranking: list[Record]) -> str:
    """Say which trial is the best, if one is complete."""
    if not ranking or ranking[0].state != "complete":
        return "-"
    score = ranking[0].objective
    return f"{score.name} {format_value(score.value)} (trial {ranking[0].number})"


@click.command()
@click.argument("names", nargs=2, metavar="STUDY STUDY")
@runs_option
def compare(names: tuple[str, str], runs: Path) -> None:
    """Say how two studies differ: what they searched, over which data, what came of it."""
    one, other = (facts(Study(runs, name)) for name in names)
    rows = [
        (printable(key), printable(one.get(key, "-")), printable(other.get(key, "-")))
        for key in one | other
        if one.get(key) != other.get(key)
    ]
    if rows:
        print_table([("", *names), *rows])
    else:
        click.echo("They do not differ.")


def facts(study: Study) -> dict[str, str]:
    """Return what can differ: all of `study.json`, what came of it, and what was tried."""
    found: dict[str, str] = {}
    for key, value in study.describe().items():
        parts = value.items() if isinstance(value, dict) else [("", value)]
        found |= {f"{key} {name}".strip(): to_text(part) for name, part in parts}
    records = read(study)
    states: list[str] = [record.state for record in records]
    found |= {f"{state} trials": str(states.count(state)) for state in STATES}
    found["best"] = best_of(records)
    found["trained for"] = format_duration(sum(one.duration_s for one in records))
    params = by_param(records).items()
    return found | {f"{name} tried": span(values) for name, values in params}


def span(values: list[Value]) -> str:
    """Say where numbers begin and end, or which other values there are."""
    if tried := numbers(values):
        return f"{format_value(min(tried))} to {format_value(max(tried))}"
    return truncate(", ".join(sorted({format_value(value) for value in values})))


def to_text(value: Any) -> str:
    """Write a value of `study.json`; of a digest, as much as tells it from others."""
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return text[:12] if re.fullmatch("[0-9a-f]{64}", text) else truncate(text)
