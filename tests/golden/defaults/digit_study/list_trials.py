"""The commands that show trials: all in a table, or one with all that is logged of it."""

import difflib
from collections.abc import Mapping

import click

from .commands import print_table, study_options
from .config import OBJECTIVE
from .errors import UserError, printable
from .study import Record, Study, TrialLog, ranked
from .study.cells import by_param, cells, heads, metrics, order, param_cells
from .study.choosing import find
from .study.files import to_json
from .study.values import Value


@click.command()
@study_options
@click.option(
    "--sort",
    "column",
    default="score",
    help="By score (best first), number, another column, or a hyperparameter.",
)
@click.option("--limit", type=click.IntRange(1), help="No more than so many.")
@click.option("--params", is_flag=True, help="With a column for each hyperparameter.")
@click.option("--json", "as_json", is_flag=True, help="The records themselves.")
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
    raise UserError(f"--sort {column!r} is no column; {hint}")


@click.command()
@study_options
@click.argument("trial", default="best")
def show(study: Study, trial: str) -> None:
    """Show all that is logged of a trial: its number, or `best`."""
    if not study.exists:
        study.describe()
    record = find(study, trial)
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
