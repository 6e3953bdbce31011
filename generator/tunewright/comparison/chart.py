"""The chart of a comparison: best score so far against epochs spent."""

from pathlib import Path
from typing import Any

from .results import Row

COLOURS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000"]
"""Okabe and Ito's, which colour-blind people tell apart too."""

TICKS = [0, 0.2, 0.4, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 1]
NEAREST = 0.002
"""To 1; nearer scores are hardly told apart, and 1 itself is not infinitely far."""

MARKERS = "osD^vPX"
LINES = ["-", "--", "-.", ":"]


def draw(rows: list[Row], monitor: str, budget: int, file: Path) -> None:
    """Write the chart as SVG, the same bytes for the same rows."""
    # Half a second, which whoever only asks for help need not wait for. Without pyplot
    # no window system is looked for.
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    # Text stays text, and the names of elements do not change from run to run.
    with rc_context({"svg.fonttype": "none", "svg.hashsalt": "tunewright"}):
        figure = Figure(figsize=(8, 4.5), layout="constrained")
        axes = figure.add_subplot()
        axes.axvline(budget, color="0.6", linewidth=1, linestyle=":")
        _stretch(axes, rows, monitor)
        for number, row in enumerate(rows):
            _draw_row(axes, row, number)
        axes.set_xlim(left=0)
        axes.set_xlabel(f"epochs spent, of {budget}")
        axes.set_ylabel(f"{monitor} of the best trial so far")
        axes.grid(color="0.9")
        axes.spines[["top", "right"]].set_visible(False)
        figure.legend(loc="outside right upper", frameon=False)
        figure.savefig(file, format="svg", metadata={"Date": None})


def _stretch(axes: Any, rows: list[Row], monitor: str) -> None:
    """Give room to where searches end: near 1, or for a loss near 0."""
    if not monitor.endswith(("accuracy", "f1", "auc", "precision", "recall")):
        bests = [point["best"] for row in rows for point in row["curve"]]
        if all(best is None or best > 0 for best in bests):
            axes.set_yscale("log")
        return
    import numpy as np
    from matplotlib.ticker import FixedLocator

    axes.set_yscale(
        "function",
        functions=(
            lambda score: -np.log10(np.maximum(1 + NEAREST - score, 1e-9)),
            lambda height: 1 + NEAREST - 10.0**-height,
        ),
    )
    axes.yaxis.set_major_locator(FixedLocator(TICKS))


def _draw_row(axes: Any, row: Row, number: int) -> None:
    """Draw a framework's line: a step where a trial was better, up to the last epoch."""
    points = [point for point in row["curve"] if point["best"] is not None]
    shown = [
        i
        for i, point in enumerate(points)
        if i == 0 or point["best"] != points[i - 1]["best"]
    ]
    axes.plot(
        [point["epochs"] for point in points],
        [point["best"] for point in points],
        drawstyle="steps-post",
        color=COLOURS[number % len(COLOURS)],
        linestyle=LINES[number // len(COLOURS) % len(LINES)],
        marker=MARKERS[number % len(MARKERS)],
        markevery=shown,
        markersize=5,
        label=row["name"],
        gid=row["name"],
    )
