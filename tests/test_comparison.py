"""How a comparison spends its budget, and how it draws what it found."""

import re
import warnings
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tunewright.comparison import budget, results
from tunewright.comparison.chart import draw
from tunewright.comparison.entrants import Entrant
from tunewright.comparison.running import Project, spend

SVG = "{http://www.w3.org/2000/svg}"
Record = dict[str, Any]


# The budget.


def trial(number: int, epochs: int, value: float = 0.5, **keys: Any) -> Record:
    """A record, as far as a comparison reads it."""
    return {
        "number": number,
        "state": "complete",
        "skipped_layers": [],
        "objective": {"name": "score", "direction": "maximize", "value": value},
        "metrics": {"val_accuracy": value},
        "history": {"loss": [0.1] * epochs},
        "duration_s": 1.0,
        **keys,
    }


def folds(*epochs: int) -> list[dict[str, int]]:
    """What a cross-validated record says of its folds."""
    return [{"epochs": count} for count in epochs]


def rungs(*epochs: int) -> list[dict[str, Any]]:
    """What a record says of the rungs that its trial reached."""
    return [{"epochs": count, "fold_scores": [0.5] * 3} for count in epochs]


def test_all_that_a_trial_trained_counts() -> None:
    assert budget.epochs_of(trial(0, 7)) == 7
    assert budget.epochs_of(trial(0, 0, history={})) == 0
    assert budget.epochs_of(trial(0, 4, folds=folds(4, 5, 6))) == 15
    # All rungs: of the last it is known how many epochs each fold had.
    climbed = trial(0, 4, folds=folds(4, 5, 6), rungs=rungs(1, 3, 9))
    assert budget.epochs_of(climbed) == 3 + 9 + 15
    assert budget.epochs_of(climbed | {"state": "failed"}) == 3 + 9 + 27 + 15


def test_successive_halving_runs_rung_by_rung() -> None:
    records = [
        trial(0, 1, 0.1, state="pruned", folds=folds(1, 1, 1), rungs=rungs(1)),
        trial(1, 1, 0.9, folds=folds(3, 3, 2), rungs=rungs(1, 3)),
        trial(2, 1, 0.2, state="pruned", folds=folds(1, 1, 1), rungs=rungs(1)),
    ]
    assert results.curve(records, "val_accuracy") == [
        {"trial": 0, "epochs": 3, "best": None},
        {"trial": 1, "epochs": 6, "best": None},
        {"trial": 2, "epochs": 9, "best": None},
        {"trial": 1, "epochs": 17, "best": 0.9},
    ]


def test_the_best_so_far_is_the_one_that_the_search_would_choose() -> None:
    records = [trial(0, 2, 0.5), trial(1, 3, 0.9, state="pruned"), trial(2, 1, 0.4)]
    records += [trial(3, 0, state="failed", history={}), trial(4, 2, 0.6)]
    records[4]["metrics"]["val_accuracy"] = 0.3  # as cross-validation may have it
    curve = results.curve(records, "val_accuracy")
    assert [point["best"] for point in curve] == [0.5, 0.5, 0.5, 0.5, 0.3]
    assert [point["epochs"] for point in curve] == [2, 5, 6, 6, 8]
    for record in records:
        record["objective"]["direction"] = "minimize"
    curve = results.curve(records, "val_accuracy")
    assert [point["best"] for point in curve] == [0.5, 0.5, 0.4, 0.4, 0.4]


@pytest.fixture
def project(tmp_path: Path) -> Callable[..., "Searched"]:
    """A project that needs no framework."""

    def project(framework: str = "sampler", source: str = "", **keys: Any) -> Searched:
        (tmp_path / "mine").mkdir()
        (tmp_path / "mine" / "search.py").write_text(source)
        entrant = Entrant(
            framework, "random", tmp_path, "mine", "standard", "val_accuracy"
        )
        return Searched(entrant, **keys)

    return project


class Searched(Project):
    """A search of which it is known beforehand how long each trial takes."""

    def __init__(self, entrant: Entrant, trials: list[int], folds: int = 0) -> None:
        super().__init__(entrant, Path("unused.log"))
        self.all = [trial(number, epochs) for number, epochs in enumerate(trials)]
        for record, epochs in zip(self.all, trials, strict=True):
            if folds:
                record["folds"] = [{"epochs": epochs}] * folds
        self.asked: list[int] = []

    def tune(self, epochs: int, seed: int, trials: int) -> None:
        self.asked.append(trials)

    def records(self) -> list[Record]:
        return self.all[: self.asked[-1]] if self.asked else []


def test_the_budget_is_exceeded_by_less_than_one_trial(
    project: Callable[..., Searched],
) -> None:
    lengths = [10, 2, 3, 7, 10, 1, 1, 4, 10, 10, 5, 9, 10, 10, 10]
    search = project(trials=lengths)
    seen: list[int] = []
    note = spend(search, 10, 0, 60, lambda records: seen.append(len(records)))
    assert note is None
    # Six trials fit whatever they take; they took 33, so two more do, and so on.
    assert search.asked == seen == [6, 8, 10, 11]
    spent = sum(map(budget.epochs_of, search.records()))
    assert sum(lengths[:10]) < 60 <= spent == sum(lengths[:11]) < 60 + 10


def test_a_search_that_has_no_more_to_try_ends(
    project: Callable[..., Searched],
) -> None:
    search = project(trials=[1, 1, 1])
    assert spend(search, 10, 0, 60, lambda _: None) == (
        "the search space has no more to try"
    )
    assert search.asked == [6]


def test_manual_tries_what_a_person_has_written(
    project: Callable[..., Searched],
) -> None:
    search = project("manual", trials=[4, 4])
    note = spend(search, 10, 0, 60, lambda _: None)
    assert note == "PARAMS in config.py has no more to try"
    assert search.asked == [6]


def test_folds_count_when_the_next_step_is_chosen(
    project: Callable[..., Searched],
) -> None:
    search = project("search_cv", "FOLDS = 3\n", trials=[10] * 9, folds=3)
    assert spend(search, 10, 0, 100, lambda _: None) is None
    assert search.asked == [3, 4]


def test_successive_halving_is_set_up_once(project: Callable[..., Searched]) -> None:
    source = "FOLDS = 3\nFACTOR = 3\n"
    search = project("search_cv", source, trials=[1] * 99, folds=3)
    note = spend(search, 15, 0, 300, lambda _: None)
    assert search.asked == [31]
    assert note == "successive halving, set up once for 31 trials"


@pytest.mark.parametrize(
    ("trials", "epochs", "spent"),
    [
        (1, 15, 15),
        (2, 15, 2 * 15),
        (3, 15, 3 * 5 + 15),
        (9, 15, 9 * 1 + 3 * 3 + 9),
        (31, 15, 31 * 1 + 11 * 3 + 4 * 9),
        (9, 2, 9 * 2),
        (27, 27, 4 * 27),
    ],
)
def test_what_successive_halving_takes(trials: int, epochs: int, spent: int) -> None:
    assert budget.epochs_of_halving(trials, epochs, 3) == spent


# The table and the chart.


def row(name: str, **keys: Any) -> results.Row:
    """A framework's row."""
    framework, _, algorithm = name.partition(":")
    entrant = Entrant(
        framework,
        algorithm or framework,
        Path(name),
        "mine",
        "standard",
        "val_accuracy",
    )
    records = [trial(0, 3, 0.5, skipped_layers=["pooling1"]), trial(1, 2, 0.7)]
    found = results.row(entrant, records)
    found.update(keys)  # type: ignore[typeddict-item]
    return found


def test_the_notes_say_what_the_table_cannot() -> None:
    rows = [row("a:x", note="one trial"), row("b:y", search_space="small", error="it")]
    rows[0]["best"] = {
        "trial": 1,
        "objective": {"name": "mean_test_accuracy", "value": 0.25},
        "scores": {"val_accuracy": 0.5},
    }
    assert results.notes(rows, "val_accuracy") == [
        "a:x: one trial",
        (
            "a:x: the search went by mean_test_accuracy, the mean over the folds "
            "(0.2500 for its best trial)"
        ),
        "a:x: the search space is standard",
        "b:y: it",
        "b:y: the search space is small",
    ]
    lines = results.table(rows, "val_accuracy").splitlines()
    assert "1 in 1 trial " in lines[2]
    assert " 0.5000 |" in lines[2] and " - |" in lines[2]  # it says nothing of a test


def test_the_same_rows_make_the_same_chart(tmp_path: Path) -> None:
    rows = [row(f"framework:{number}") for number in range(12)]
    for name in ("one.svg", "other.svg"):
        draw(rows, "val_accuracy", 5, tmp_path / name)
    assert (tmp_path / "one.svg").read_bytes() == (tmp_path / "other.svg").read_bytes()
    root = ET.parse(tmp_path / "one.svg").getroot()
    ids = [group.get("id") for group in root.iter(f"{SVG}g")]
    assert [name for name in ids if name and name.startswith("framework:")] == [
        one["name"] for one in rows
    ]


@pytest.mark.parametrize("monitor", ["val_accuracy", "val_loss"])
@pytest.mark.parametrize("scores", [[0.1, 0.999, 1.0], [0.5], [None, 0.0], [None], []])
def test_any_score_can_be_drawn(
    monitor: str, scores: list[float | None], tmp_path: Path
) -> None:
    points: list[results.Point] = [
        {"trial": number, "epochs": 3 * number + 3, "best": score}
        for number, score in enumerate(scores)
    ]
    with warnings.catch_warnings(action="error"):
        draw([row("a:x", curve=points)], monitor, 9, tmp_path / "chart.svg")
    assert ET.parse(tmp_path / "chart.svg").getroot().tag == f"{SVG}svg"
    assert not re.search(r"\b(nan|inf)\b", (tmp_path / "chart.svg").read_text("utf-8"))
