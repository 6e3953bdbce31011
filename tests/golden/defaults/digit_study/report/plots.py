"""How a search went, in figures drawn from the records alone.

Where there is nothing to draw, `NotDrawn` says why.
"""

import html
import math
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from statistics import quantiles
from typing import Any

import plotly.graph_objects as go

from ..study.record import STATES, Record, epochs, ranked, sign

COLOURS = {"complete": "#3b78c4", "pruned": "#e08a2e", "failed": "#c7433f"}
SYMBOLS = {"complete": "circle", "pruned": "x", "failed": "triangle-up"}
BEST = "#1c9a6c"

MAX_POINTS = 50_000
"""Of all learning curves together; a page with more is slow to open."""
MAX_MARKERS = 2000
MIN_VALUES = 8
"""With fewer, none is called far out."""
FLATTENED = 4
"""From how many times the range of the others on outliers flatten them."""


class NotDrawn(Exception):
    """Why a figure is left out, as a sentence."""


def styled(figure: go.Figure, height: int) -> go.Figure:
    """Style a figure as the page has it, in light and in darkness."""
    figure.update_layout(
        template="none",
        title=None,
        height=height,
        margin={"l": 60, "r": 20, "t": 30, "b": 50},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        legend={"orientation": "h", "y": 1, "yanchor": "bottom", "x": 0},
    )
    lines = {"gridcolor": "rgba(128,128,128,0.2)", "zeroline": False}
    figure.update_xaxes(automargin=True, **lines)
    figure.update_yaxes(automargin=True, **lines)
    return figure


def in_html(figure: go.Figure) -> str:
    """Write a figure as a part of the page, which has Plotly's code but once."""
    text: str = figure.to_html(
        full_html=False,
        include_plotlyjs=False,
        config={
            "modeBarButtons": [["toImage"]],  # which saves a picture
            "displaylogo": False,
            "responsive": True,
        },
    )
    return text


def leave_out_outliers(figure: go.Figure, drawn: list[float | None]) -> None:
    """Zoom to most values where a few that are far out would flatten all others.

    Far out is beyond three times the range of the middle half (Tukey, 1977).
    """
    values = [value for value in drawn if value is not None]
    if len(values) < MIN_VALUES:
        return
    first, _, third = quantiles(values, n=4)
    reach = 3 * (third - first)
    near = [value for value in values if first - reach <= value <= third + reach]
    low, high = min(near), max(near)
    if not 0 < FLATTENED * (high - low) < max(values) - min(values):
        return
    margin = (high - low) / 20
    figure.update_yaxes(range=[low - margin, high + margin])
    figure.add_annotation(
        text=f"{len(values) - len(near)} far out; double-click to see all",
        showarrow=False,
        x=1,
        y=1,
        xref="paper",
        yref="paper",
    )


def whole_steps(last: int) -> int | None:
    """Return what keeps Plotly from fractions on an axis that counts so far."""
    return 1 if last < 10 else None


def label(value: object) -> str:
    """Write text as Plotly is to show it, which knows some HTML, and formulas between dollars."""
    text = str(value)
    shown = text if len(text) <= 40 else f"{text[:25]}…{text[-14:]}"
    return html.escape(shown).replace("$", "&#36;")


def history(records: list[Record]) -> go.Figure:
    """Draw each trial's score, and the best one so far."""
    scored = [r for r in records if r.objective.value is not None]
    complete = [record for record in scored if record.state == "complete"]
    if not complete:
        raise NotDrawn("No trial is complete yet.")
    figure = go.Figure()
    for state in ("complete", "pruned"):
        some = [record for record in scored if record.state == state]
        figure.add_scatter(
            x=[record.number for record in some],
            y=[record.objective.value for record in some],
            mode="markers",
            marker={"color": COLOURS[state], "symbol": SYMBOLS[state], "size": 7},
            hovertemplate="trial %{x}: %{y:.4f}<extra></extra>",
            name=state,
            visible=bool(some),
        )
    scores = [record.objective.value or 0.0 for record in complete]
    best_of = max if sign(records[0]) == 1 else min
    figure.add_scatter(
        x=[record.number for record in complete],
        y=[*accumulate(scores, best_of)],
        line={"color": BEST, "shape": "hv"},
        mode="lines",
        hoverinfo="skip",
        name="best so far",
    )
    figure.update_layout(xaxis_title="trial", yaxis_title=records[0].objective.name)
    figure.update_xaxes(dtick=whole_steps(max(record.number for record in scored)))
    leave_out_outliers(figure, [record.objective.value for record in scored])
    return styled(figure, 400)


def curves(records: list[Record]) -> go.Figure:
    """Draw the metric that is watched, by epoch; a mark is where a trial was pruned."""
    watched = records[0].objective.name if records else ""
    trained = [record for record in records if record.history.get(watched)]
    if not trained:
        raise NotDrawn("No trial has finished an epoch yet.")
    points = sum(len(record.history[watched]) for record in trained)
    shown = trained[:: math.ceil(points / MAX_POINTS)]
    figure = go.Figure()
    for state in STATES:
        some = [record for record in shown if record.state == state]
        if some:
            line = {"color": COLOURS[state], "width": 1}
            add_curves(figure, some, watched, name=state, line=line, opacity=0.6)
    best = ranked(trained)[0]
    name = f"the best, trial {best.number}"
    add_curves(figure, [best], watched, name=name, line={"color": BEST, "width": 3})
    pruned = [record for record in shown if record.state == "pruned"]
    if pruned:
        figure.add_scatter(
            x=[epochs(record)[-1] for record in pruned],
            y=[record.history[watched][-1] for record in pruned],
            text=[str(record.number) for record in pruned],
            mode="markers",
            marker={"color": COLOURS["pruned"], "symbol": SYMBOLS["pruned"], "size": 8},
            hovertemplate="trial %{text} was pruned after epoch %{x}<extra></extra>",
            name="pruned here",
        )
    figure.update_layout(xaxis_title="epoch", yaxis_title=watched)
    figure.update_xaxes(dtick=whole_steps(max(epochs(r)[-1] for r in trained)))
    leave_out_outliers(figure, [v for r in shown for v in r.history[watched]])
    return styled(figure, 420)


def add_curves(
    figure: go.Figure, records: list[Record], watched: str, **style: Any
) -> None:
    """Add trials' curves as one line with gaps, which is drawn faster than many."""
    x: list[int | None] = []
    y: list[float | None] = []
    text: list[str | None] = []
    for record in records:
        values = record.history[watched]
        x += [*epochs(record), None]
        y += [*values, None]
        text += [str(record.number)] * len(values) + [None]
    figure.add_scatter(
        x=x,
        y=y,
        text=text,
        mode="lines" if len(x) > MAX_MARKERS else "lines+markers",
        marker_size=4,
        hovertemplate="trial %{text}, epoch %{x}: %{y:.4f}<extra></extra>",
        **style,
    )


def timeline(records: list[Record]) -> go.Figure:
    """Draw when each trial ran, and in which worker; long pauses are left out."""
    if not records:
        raise NotDrawn("No trial is logged yet.")
    figure = go.Figure()
    for state in STATES:
        some = [record for record in records if record.state == state]
        if some:
            figure.add_bar(
                base=[begin for begin, _ in spans(some)],
                x=[1000 * record.duration_s for record in some],
                y=[f"worker {record.worker}" for record in some],
                customdata=[[r.number, r.duration_s] for r in some],
                orientation="h",
                marker={
                    "color": COLOURS[state],
                    "line": {"color": "rgba(255,255,255,0.7)", "width": 1},
                },
                hovertemplate="trial %{customdata[0]}: %{customdata[1]:.1f} s"
                "<extra></extra>",
                name=state,
            )
    workers = len({record.worker for record in records})
    figure.update_layout(barmode="overlay", bargap=0.3)
    figure.update_xaxes(type="date", rangebreaks=pauses(spans(records)))
    figure.update_yaxes(type="category", categoryorder="category descending")
    return styled(figure, min(130 + 40 * workers, 800))


def spans(records: list[Record]) -> list[tuple[datetime, datetime]]:
    """Return when each trial began and ended, in UTC: several machines may have run them."""
    found = []
    for record in records:
        # Plotly knows nothing of zones.
        begin = datetime.fromisoformat(record.started).astimezone(UTC)
        begin = begin.replace(tzinfo=None)
        found.append((begin, begin + timedelta(seconds=record.duration_s)))
    return found


def pauses(ran: list[tuple[datetime, datetime]]) -> list[dict[str, list[datetime]]]:
    """Find the times in which nothing ran, where they are long beside those in which it did."""
    work = sum((end - begin for begin, end in ran), timedelta())
    margin = work / 50
    found = []
    last = min(begin for begin, _ in ran)
    for begin, end in sorted(ran):
        if begin - last > work / 2:
            found.append({"bounds": [last + margin, begin - margin]})
        last = max(last, end)
    return found
