"""The study as one HTML page that needs no network: `page.html`, filled in."""

import warnings
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import plotly.graph_objects as go
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from plotly.offline import get_plotlyjs

from ..commands import silence_native_stderr
from ..config import PROJECT
from ..errors import explain
from ..inspect_data import describe
from ..study import Record, Study, TrialLog, ranked
from ..study.cells import format_duration, metrics
from ..study.files import read_untrusted, write_atomically
from ..study.pareto import front
from . import plots, tables
from .importance import Importance


def write_report(study: Study, path: Path, reload_s: int | None = None) -> None:
    """Write the page, whole or not at all.

    Args:
        study: What it shows.
        path: Where it is written.
        reload_s: After how many seconds a browser loads it again, if at all.

    Raises:
        UserError: There is no such study.
    """
    description = study.describe()
    objective = description["objective"]["name"]
    records = TrialLog(study.trials_folder).read_all()
    best = next((r for r in ranked(records) if r.state == "complete"), None)
    templates = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    page = templates.get_template("page.html").render(
        plotly=get_plotlyjs(),
        reload_s=reload_s,
        project=PROJECT,
        study=study,
        about=description,
        describe=describe,
        objective=objective,
        watched=objective,
        made=datetime.now().astimezone().isoformat(" ", "minutes"),
        records=records,
        states=Counter(record.state for record in records),
        best=best,
        broken=sorted(path.name for path in study.folder.rglob("*.broken*")),
        source=read_source(study, description),
        importance=Importance(records),
        plots=plots,
        tables=tables,
        ranked=ranked,
        metrics=metrics,
        format_duration=format_duration,
        front=front,
        zip=zip,
        draw=draw,
        find_mistakes=find_mistakes,
    )
    write_atomically(path, page)


def read_source(study: Study, description: dict[str, Any]) -> str:
    """Return `model.py` as it was when the study began, or why it cannot be read."""
    # Earlier versions of this project kept `model.py` alone, in the study's folder.
    folder = study.sources_folder if "sources" in description else study.folder
    try:
        return read_untrusted(folder / "model.py").decode()
    except (OSError, ValueError) as error:
        return f"It cannot be read: {error}."


def draw(drawing: Callable[..., go.Figure], *arguments: Any) -> tuple[str, str]:
    """Return a figure in HTML; or nothing, and why it cannot be drawn."""
    try:
        with warnings.catch_warnings(action="ignore"):  # of overflows
            return plots.in_html(drawing(*arguments)), ""
    except plots.NotDrawn as error:
        return "", str(error)
    except Exception as error:  # noqa: BLE001 - a record may hold odd values
        return "", f"It cannot be drawn: {explain(error)}"


def find_mistakes(study: Study, best: Record) -> tuple[Any, str]:
    """Return where the best model errs; or nothing, and why that is not known."""
    try:
        with silence_native_stderr():
            from . import confusion

        return confusion.find_mistakes(study, best), ""
    except Exception as error:  # noqa: BLE001 - whatever `load_data` may end in
        return None, f"They take a model: {explain(error)}"
