"""What a comparison found: a row a framework, as JSON and as a table."""

from collections import Counter
from collections.abc import Iterable
from typing import Any, TypedDict

from .budget import Record, epochs_of, steps
from .entrants import Entrant


class Point(TypedDict):
    """How far a search was after a trial, or after a rung of one."""

    trial: int
    epochs: int
    """Those of all trials so far."""
    best: float | None
    """The validation score of the trial that the project called the best by then."""


class Best(TypedDict):
    """The best trial, rebuilt."""

    trial: int
    objective: dict[str, Any]
    """What the search judged it by."""
    scores: dict[str, float]
    """Its model's, on the validation part and on the test part."""


class Row(TypedDict):
    """One framework of a comparison."""

    name: str
    framework: str
    algorithm: str
    project: str
    """Its folder, beside `comparison.json`."""
    search_space: str
    trials: int
    states: dict[str, int]
    """How many trials are complete, pruned and failed."""
    epochs: int
    commands: list[str]
    wall_s: float
    """How long these commands took."""
    trials_s: float | None
    """How long the trials themselves took; a trial of several rungs has only the last."""
    layers_left_out: int
    trials_with_layers_left_out: int
    best: Best | None
    curve: list[Point]
    data: str | None
    """The digest of the data, as `study.json` has it."""
    packages: dict[str, str]
    note: str | None
    """Why the budget is not spent."""
    error: str | None
    """What went wrong, if it did."""


def curve(records: list[Record], monitor: str) -> list[Point]:
    """Best score so far against epochs spent.

    Args:
        records: By number.
        monitor: The score on the validation part.
    """
    points: list[Point] = []
    best: Record | None = None
    epochs = 0
    for step in steps(records):
        epochs += step.epochs
        if step.is_last and step.record["state"] == "complete":
            best = better(best, step.record)
        score = best["metrics"][monitor] if best else None
        points.append({"trial": step.record["number"], "epochs": epochs, "best": score})
    return points


def better(best: Record | None, record: Record) -> Record:
    """The better one by the objective of their search, the earlier if they are equal."""
    if best is None:
        return record
    sign = -1 if record["objective"]["direction"] == "minimize" else 1
    value, rival = (sign * one["objective"]["value"] for one in (best, record))
    return record if rival > value else best


def row(entrant: Entrant, records: list[Record]) -> Row:
    """What the trials of a project come to; the rest is filled in by the caller."""
    left_out = [len(record["skipped_layers"]) for record in records]
    seconds = round(sum(record["duration_s"] for record in records), 3)
    return {
        "name": entrant.name,
        "framework": entrant.framework,
        "algorithm": entrant.algorithm,
        "project": entrant.folder.name,
        "search_space": entrant.search_space,
        "trials": len(records),
        "states": dict(Counter(record["state"] for record in records)),
        "epochs": sum(map(epochs_of, records)),
        "commands": [],
        "wall_s": 0.0,
        "trials_s": None if any(one.get("rungs") for one in records) else seconds,
        "layers_left_out": sum(left_out),
        "trials_with_layers_left_out": sum(count > 0 for count in left_out),
        "best": None,
        "curve": curve(records, entrant.monitor),
        "data": None,
        "packages": {},
        "note": None,
        "error": None,
    }


def table(rows: Iterable[Row], monitor: str) -> str:
    """The comparison as Markdown, which can be read as it is too."""
    test = monitor.replace("val_", "test_")
    cells = [
        [
            "framework",
            monitor,
            test,
            "epochs spent",
            "wall time",
            "in trials",
            "trials",
            "layers left out",
        ]
    ]
    for one in rows:
        scores = one["best"]["scores"] if one["best"] else {}
        cells.append(
            [
                one["name"],
                _score(scores.get(monitor)),
                _score(scores.get(test)),
                str(one["epochs"]),
                duration(one["wall_s"]),
                "-" if one["trials_s"] is None else duration(one["trials_s"]),
                _trials(one),
                _left_out(one),
            ]
        )
    widths = [max(len(line[i]) for line in cells) for i in range(len(cells[0]))]
    lines = [_line(line, widths) for line in cells]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)


def notes(rows: Iterable[Row], monitor: str) -> list[str]:
    """What a reader of the table has to know besides."""
    rows = list(rows)
    found = []
    spaces = {one["search_space"] for one in rows}
    for one in rows:
        if one["error"]:
            found.append(f"{one['name']}: {one['error']}")
        if one["note"]:
            found.append(f"{one['name']}: {one['note']}")
        if one["best"] and one["best"]["objective"]["name"] != monitor:
            found.append(f"{one['name']}: {_judged_by(one['best'])}")
        if len(spaces) > 1:
            found.append(f"{one['name']}: the search space is {one['search_space']}")
    return found


def duration(seconds: float) -> str:
    """Minutes and seconds."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02}"


def _score(value: float | None) -> str:
    return "-" if value is None else f"{value:.4f}"


def _trials(one: Row) -> str:
    parts = [
        f"{one['states'][state]} {state}"
        for state in ("pruned", "failed")
        if state in one["states"]
    ]
    return f"{one['trials']} ({', '.join(parts)})" if parts else str(one["trials"])


def _judged_by(best: Best) -> str:
    objective = best["objective"]
    return (
        f"the search went by {objective['name']}, the mean over the folds "
        f"({objective['value']:.4f} for its best trial)"
    )


def _left_out(one: Row) -> str:
    if not one["layers_left_out"]:
        return "0"
    return f"{one['layers_left_out']} in {counted(one['trials_with_layers_left_out'])}"


def counted(trials: int) -> str:
    """So many trials."""
    return "1 trial" if trials == 1 else f"{trials} trials"


def _line(cells: list[str], widths: list[int]) -> str:
    first, *others = zip(cells, widths, strict=True)
    padded = [first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in others)]
    return "| " + " | ".join(padded) + " |"
