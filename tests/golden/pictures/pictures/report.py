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

from . import figures, summaries
from .errors import UserError
from .files import read_regular, write_atomically
from .influence import Influence
from .muting import native_stderr_muted
from .records import DIRECTION, MONITOR, OBJECTIVE, Record, front, rank
from .settings import PROJECT
from .study import Study
from .trials import TrialLog


@dataclass(frozen=True)
class Block:
    """A part of the page: figures, a table or a text, or why there is none."""

    title: str
    about: str = ""
    figures: Sequence[str] = ()
    """In HTML."""
    head: Sequence[str] = ()
    rows: summaries.Rows = ()
    text: str = ""
    flaw: str = ""


def write_report(study: Study, path: Path) -> None:
    """Write the page, whole or not at all.

    Raises:
        UserError: There is no such study.
    """
    description = study.describe()
    records = TrialLog(study.trials_folder).read_all()
    best = next((r for r in rank(records) if r["state"] == "complete"), None)
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
        about=description | {"objective": OBJECTIVE, "direction": DIRECTION},
        made=datetime.now().astimezone().isoformat(" ", "minutes"),
        count=len(records),
        states=Counter(record["state"] for record in records),
        trained=summaries.lasting(sum(record["duration_s"] for record in records)),
        best=best,
        sections={
            "The best trial": about_best(study, best),
            "The search": about_search(records),
            "The hyperparameters": about_hyperparameters(records),
            "Left out and failed": about_troubles(records),
            "What was searched": about_study(study, description),
        },
    )
    write_atomically(path, page)


def about_best(study: Study, best: Record | None) -> list[Block]:
    """What the best trial was, and where its model errs."""
    if best is None:
        return [Block("", flaw="No trial is complete yet.")]
    again = [] if best["weights"] else ["--retrain"]
    words = ["reconstruct", str(best["number"]), *again, "--out", "best.keras"]
    size, epoch = best["parameter_count"], best["best_epoch"]
    return [
        Block(
            f"Trial {best['number']}",
            f"{'?' if size is None else f'{size:,}'} parameters, trained for "
            f"{summaries.lasting(best['duration_s'])}. This command rebuilds it:",
            text=study.command_line(*words),
        ),
        Block("Hyperparameters", rows=summaries.params(best)),
        Block(
            "Metrics",
            f"At epoch {epoch}, the best.",
            rows=summaries.metrics(best),
        ),
        about_mistakes(study, best),
    ]


def about_mistakes(study: Study, best: Record) -> Block:
    """Where the model errs on the validation part."""
    title = "Confusion matrix"
    about = "How many samples of the validation part were taken for which class."
    try:
        with native_stderr_muted():
            from .mistakes import find_mistakes

        found = find_mistakes(study, best)
    except UserError as error:
        return Block(title, flaw=f"They take a model, and {error}.")
    except Exception as error:  # noqa: BLE001 - whatever `load_data` may end in
        return Block(title, flaw=f"They take a model: {type(error).__name__}: {error}")
    return Block(title, about, [figures.in_html(found.figure)], found.head, found.rows)


def about_search(records: list[Record]) -> list[Block]:
    """How the search went."""
    return [
        draw(
            "Score and size",
            "Each complete trial, and the front: those that none beats in both.",
            partial(figures.pareto, records),
        ),
        table(
            "The front",
            ["trial", OBJECTIVE, "parameters"],
            summaries.sizes(front(records)),
        ),
        draw(
            "Learning curves",
            f"{MONITOR} by epoch; a cross is where a trial was pruned.",
            partial(figures.curves, records),
        ),
        draw(
            "Timeline",
            "Which trials ran when (UTC), and where; long pauses are left out.",
            partial(figures.timeline, records),
        ),
    ]


def about_hyperparameters(records: list[Record]) -> list[Block]:
    """What was tried, and what it did to the score."""
    tried = table(
        "What was tried", ["name", "trials", "values"], summaries.tried(records)
    )
    influence = Influence(records)
    if influence.flaw:
        return [Block("Importance", flaw=influence.flaw), tried]
    return [
        draw(
            "Importance",
            "How much each decided on whether a trial was among the best (PED-ANOVA).",
            influence.importance,
        ),
        draw("Parallel coordinates", "A line is a trial.", influence.parallel),
        draw(
            "Slices",
            f"{OBJECTIVE} over the most important ones; later trials are darker.",
            *(partial(influence.slice, name) for name in influence.foremost),
        ),
        tried,
    ]


def about_troubles(records: list[Record]) -> list[Block]:
    """Which layers were left out, and which trials failed."""
    return [
        table(
            "Layers left out",
            ["layer", "trials", "of all", "hyperparameters then"],
            summaries.layers_left_out(records),
        ),
        table("Failures", ["error", "message", "trials"], summaries.failures(records)),
    ]


def about_study(study: Study, description: dict[str, Any]) -> list[Block]:
    """What was searched, over which data, with which versions."""
    try:
        source, flaw = read_regular(study.folder / "model.py").decode(), ""
    except (OSError, ValueError) as error:
        source, flaw = "", f"It cannot be read: {error}."
    return [
        table("study.json", ["key", "value"], summaries.facts(description)),
        Block("model.py", "As it was when the study began.", text=source, flaw=flaw),
    ]


def table(title: str, head: Sequence[str], rows: summaries.Rows) -> Block:
    """A table, or that there is nothing to put in."""
    return Block(title, head=head, rows=rows, flaw="" if rows else "None.")


def draw(title: str, about: str, *drawings: Callable[[], go.Figure]) -> Block:
    """Figures; one that cannot be drawn is left out, and the page says why."""
    drawn, flaw = [], ""
    for drawing in drawings:
        try:
            with warnings.catch_warnings(action="ignore"):  # of overflows
                drawn.append(figures.in_html(drawing()))
        except figures.NotDrawn as error:
            flaw = str(error)
        except Exception as error:  # noqa: BLE001 - a record may hold odd values
            flaw = f"It cannot be drawn: {type(error).__name__}: {error}"
    return Block(title, about, drawn, flaw=flaw)
