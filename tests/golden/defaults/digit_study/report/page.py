"""The study as one HTML page that needs no network: `page.html`, filled in."""

import warnings
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import plotly.graph_objects as go
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from plotly.offline import get_plotlyjs

from ..config import PROJECT
from ..errors import UserError
from ..runtime.quiet import silence_native_stderr
from ..study import Record, Study, TrialLog, ranked
from ..study.files import read_untrusted, write_atomically
from ..study.record import monitor
from . import plots, tables
from .importance import Importance


@dataclass(frozen=True)
class Block:
    """A part of the page: figures, a table or a text, or why there is none."""

    title: str
    about: str = ""
    figures: Sequence[str] = ()
    """In HTML."""
    head: Sequence[str] = ()
    rows: tables.Rows = ()
    text: str = ""
    flaw: str = ""


def write_report(study: Study, path: Path) -> None:
    """Write the page, whole or not at all.

    Raises:
        UserError: There is no such study.
    """
    description = study.describe()
    objective = description["objective"]["name"]
    records = TrialLog(study.trials_folder).read_all()
    best = next((r for r in ranked(records) if r["state"] == "complete"), None)
    templates = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    page = templates.get_template("page.html").render(
        plotly=get_plotlyjs(),
        project=PROJECT,
        study=study.name,
        about=description,
        made=datetime.now().astimezone().isoformat(" ", "minutes"),
        count=len(records),
        states=Counter(record["state"] for record in records),
        trained=tables.format_duration(sum(record["duration_s"] for record in records)),
        best=best,
        sections={
            "The best trial": about_best(study, best),
            "The search": about_search(records, objective),
            "The hyperparameters": about_hyperparameters(records, objective),
            "Left out and failed": about_troubles(records),
            "What was searched": about_study(study, description),
        },
    )
    write_atomically(path, page)


def about_best(study: Study, best: Record | None) -> list[Block]:
    """Show what the best trial was, and where its model errs."""
    if best is None:
        return [Block("", flaw="No trial is complete yet.")]
    again = [] if best["weights"] else ["--retrain"]
    words = ["reconstruct", str(best["number"]), *again, "--out", "best.keras"]
    size, epoch = best["parameter_count"], best["best_epoch"]
    return [
        Block(
            f"Trial {best['number']}",
            f"{'?' if size is None else f'{size:,}'} parameters, trained for "
            f"{tables.format_duration(best['duration_s'])}. This command rebuilds it:",
            text=study.command_line(*words),
        ),
        Block("Hyperparameters", rows=tables.params(best)),
        Block(
            "Metrics",
            f"At epoch {epoch}, the best.",
            rows=tables.metrics(best),
        ),
        about_mistakes(study, best),
    ]


def about_mistakes(study: Study, best: Record) -> Block:
    """Show where the model errs on the validation part."""
    title = "Confusion matrix"
    about = "How many samples of the validation part were taken for which class."
    try:
        with silence_native_stderr():
            from .confusion import find_mistakes

        found = find_mistakes(study, best)
    except UserError as error:
        return Block(title, flaw=f"They take a model, and {error}.")
    except Exception as error:  # noqa: BLE001 - whatever `load_data` may end in
        return Block(title, flaw=f"They take a model: {type(error).__name__}: {error}")
    return Block(title, about, [plots.in_html(found.figure)], found.head, found.rows)


def about_search(records: list[Record], objective: str) -> list[Block]:
    """Show how the search went."""
    return [
        draw(
            "Scores",
            f"{objective} of each trial, and the best so far.",
            partial(plots.history, records),
        ),
        draw(
            "Learning curves",
            f"{monitor(objective)} by epoch; a cross is where a trial was pruned.",
            partial(plots.curves, records),
        ),
        draw(
            "Timeline",
            "Which trials ran when (UTC), and where; long pauses are left out.",
            partial(plots.timeline, records),
        ),
    ]


def about_hyperparameters(records: list[Record], objective: str) -> list[Block]:
    """Show what was tried, and what it did to the score."""
    tried = table("What was tried", ["name", "trials", "values"], tables.tried(records))
    importance = Importance(records)
    if importance.flaw:
        return [Block("Importance", flaw=importance.flaw), tried]
    return [
        draw(
            "Importance",
            "How much each decided on whether a trial was among the best (PED-ANOVA).",
            importance.importance,
        ),
        draw("Parallel coordinates", "A line is a trial.", importance.parallel),
        draw(
            "Slices",
            f"{objective} over the most important ones; later trials are darker.",
            *(partial(importance.slice, name) for name in importance.foremost),
        ),
        tried,
    ]


def about_troubles(records: list[Record]) -> list[Block]:
    """Show which layers were left out, and which trials failed."""
    return [
        table(
            "Layers left out",
            ["layer", "trials", "of all", "hyperparameters then"],
            tables.skipped_layers(records),
        ),
        table("Failures", ["error", "message", "trials"], tables.failures(records)),
    ]


def about_study(study: Study, description: dict[str, Any]) -> list[Block]:
    """Show what was searched, over which data, with which versions."""
    # Earlier versions of this project kept `model.py` alone, in the study's folder.
    folder = study.sources_folder if "sources" in description else study.folder
    try:
        source, flaw = read_untrusted(folder / "model.py").decode(), ""
    except (OSError, ValueError) as error:
        source, flaw = "", f"It cannot be read: {error}."
    return [
        table("study.json", ["key", "value"], tables.facts(description)),
        Block("model.py", "As it was when the study began.", text=source, flaw=flaw),
    ]


def table(title: str, head: Sequence[str], rows: tables.Rows) -> Block:
    """Show a table, or that there is nothing to put in."""
    return Block(title, head=head, rows=rows, flaw="" if rows else "None.")


def draw(title: str, about: str, *drawings: Callable[[], go.Figure]) -> Block:
    """Draw figures; one that cannot be drawn is left out, and the page says why."""
    drawn, flaw = [], ""
    for drawing in drawings:
        try:
            with warnings.catch_warnings(action="ignore"):  # of overflows
                drawn.append(plots.in_html(drawing()))
        except plots.NotDrawn as error:
            flaw = str(error)
        except Exception as error:  # noqa: BLE001 - a record may hold odd values
            flaw = f"It cannot be drawn: {type(error).__name__}: {error}"
    return Block(title, about, drawn, flaw=flaw)
