"""The commands that show studies: all in a table, or how two of them differ."""

import re
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from .commands import print_table, runs_option
from .errors import UserError, printable
from .study import Record, Study, TrialLog, ranked
from .study.cells import by_param, format_duration, format_value, numbers, truncate
from .study.record import STATES
from .study.values import Value


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
        raise UserError(f"there is no study in {runs}; `tune` begins one")
    print_table([("study", *STATES, "best", "last written"), *rows])


def list_study(study: Study) -> list[str]:
    """Write a study's line of the table."""
    records = read(study)
    states = [record.state for record in records]
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
    states = [record.state for record in records]
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
