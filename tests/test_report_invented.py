"""Reports of studies whose records are made up, opened in a real browser."""

import json
import math
import shutil
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from playwright.sync_api import Browser

from tests import browsing, invented_studies
from tests.browsing import flat, only
from tests.conftest import Render
from tests.invented_studies import Invented, Record
from tests.often import often
from tests.rendering import Project


@pytest.fixture(scope="module")
def project(render: Render) -> Project:
    """A project with a trained study, whose records are those that others are made of."""
    project = render(
        package_name="invented",
        search_space="small",
        layer_types=["conv", "dense"],
        pruner="none",
    )
    assert project.run("tune", "--epochs", "2", "--trials", "3").status == 0
    return project


@pytest.fixture
def invented(project: Project, tmp_path: Path) -> Iterator[Invented]:
    """A study whose records are written by the test."""
    yield Invented(project, tmp_path)


@pytest.mark.matrix
def test_a_thousand_trials_make_a_page_of_less_than_8_mb(
    invented: Invented, browser: Browser
) -> None:
    rng = Random(0)
    begin = datetime.fromisoformat("2026-01-01T08:00:00+01:00")
    for number in range(1000):
        value = rng.random()
        history = [value * (1 - 0.8**epoch) for epoch in range(1, 21)]
        params = {
            name: rng.uniform(0, 1) if isinstance(old, float) else old
            for name, old in invented.real["params"].items()
        }
        params |= {f"conv{i}_filters": rng.randint(8, 64) for i in range(1, 9)}
        params |= {f"dense{i}_dropout": rng.random() < 0.5 for i in range(1, 9)}
        params |= {"activation": rng.choice(["relu", "gelu", "tanh"])}
        skipped = [f"conv{i}" for i in range(1, 5) if rng.random() < 0.1]
        changes: Record = {
            "params": params,
            "skipped_layers": skipped,
            "history": {name: history for name in invented.real["history"]},
            "best_epoch": 20,
            "objective": invented.scored(value),
            "started": (begin + timedelta(seconds=5 * number)).isoformat(),
            "duration_s": rng.uniform(5, 19),
            "worker": number % 4,
        }
        if number % 4 == 1:
            changes["state"] = "pruned"
        elif number % 50 == 0:
            changes |= invented.failed("MemoryError", "too large " * (number % 3))
        invented.add(number, **changes)
    path = invented.report()
    assert path.stat().st_size < 8_000_000
    page = browsing.read(browser, path)
    assert page.faults == []
    assert page.counts["complete"] == 730 and page.counts["failed"] == 20
    assert len(only(page, "Parallel coordinates")["traces"]) == 731
    assert len(flat(only(page, "Learning curves"), "y")) > 980 * 20
    assert len(flat(only(page, "Timeline"), "x")) == 1000
    pruned = only(page, "Learning curves")["traces"][-1]
    assert pruned["name"] == "pruned here" and pruned["x"] == [20] * 250
    assert sum(len(f["traces"][0]["x"]) for f in page.blocks["Slices"]["figures"]) == (
        730 * 12
    )
    assert [row[2] for row in page.blocks["Failures"]["rows"]] == [
        ", ".join(map(str, numbers))
        for numbers in (
            range(0, 1000, 150),
            range(50, 1000, 150),
            range(100, 1000, 150),
        )
    ]


def test_two_objectives_have_a_front(
    invented: Invented, browser: Browser, render: Render
) -> None:
    invented.project = render(algorithm="nsga2", search_space="small")
    invented.real["optuna"] = None  # that of another sampler
    points = {
        0: (0.5, 100),
        1: (0.9, 1000),
        2: (0.4, 500),
        3: (0.9, 900),
        4: (0.7, 400),
    }
    for number, (score, size) in points.items():
        goals = [
            invented.scored(score),
            {"name": "parameter_count", "direction": "minimize", "value": size},
        ]
        changes = {"objectives": goals, "objective": goals[0], "parameter_count": size}
        invented.add(number, **changes)
    page = browsing.read(browser, invented.report())
    assert page.faults == []
    assert "Scores" not in page.blocks
    complete, front = only(page, "Score and size")["traces"]
    assert sorted(zip(complete["y"], complete["x"], strict=True)) == sorted(
        points.values()
    )
    assert front["text"] == ["0", "4", "3"]
    assert "maximize val_accuracy, minimize the model's parameters" in page.text
    rows = page.blocks["The front"]["rows"]
    units = str(invented.real["params"]["dense1_units"])
    assert [row[1] for row in rows] == ["0", "4", "3"]
    assert [row[3] for row in rows] == ["0.5", "0.7", "0.9"]
    assert [row[5] for row in rows] == ["100", "400", "900"]
    assert all(units in row[9:] for row in rows)
    heads = page.blocks["The front"]["heads"]
    assert heads[3] == "val_accuracy (maximize)"
    assert heads[5] == "parameters (minimize)"


def test_a_study_keeps_its_own_objective(invented: Invented, browser: Browser) -> None:
    study = json.loads((invented.log.parent / "study.json").read_text())
    study["objective"] = {"name": "val_loss", "direction": "minimize"}
    (invented.log.parent / "study.json").write_text(json.dumps(study))
    losses = [0.5, 0.7, 0.2, 0.9]
    for number, loss in enumerate(losses):
        history = {"val_loss": [2.0, loss], "val_accuracy": [0.1, loss]}
        score = study["objective"] | {"value": loss}
        invented.add(number, objective=score, history=history, best_epoch=2)
    page = browsing.read(browser, invented.report())
    assert page.faults == []
    assert page.counts["best"] == 2
    assert "minimize val_loss" in page.text and "val_accuracy of" not in page.text
    _, _, so_far = only(page, "Scores")["traces"]
    assert so_far["y"] == [0.5, 0.5, 0.2, 0.2]
    curves = only(page, "Learning curves")["traces"]
    [line] = [trace for trace in curves if "best" in trace["name"]]
    assert line["y"][:-1] == [2.0, 0.2]


def test_a_study_of_an_earlier_version_shows_its_model(
    invented: Invented, browser: Browser
) -> None:
    study = json.loads((invented.log.parent / "study.json").read_text())
    del study["sources"], study["patience"]
    (invented.log.parent / "study.json").write_text(json.dumps(study))
    shutil.rmtree(invented.log.parent / "sources")
    (invented.log.parent / "model.py").write_text("# as it was")
    page = browsing.read(browser, invented.report())
    assert page.faults == []
    assert page.blocks["model.py"]["text"].strip() == "# as it was"


HOSTILE = "</script><script>document.title = 'x'</script><img src=x onerror=alert(1)>"


def test_what_a_record_says_is_text_and_nothing_else(
    invented: Invented, browser: Browser
) -> None:
    invented.add(0, objective=invented.scored(0.01))
    names = ["{{ 7 * 7 }}", HOSTILE, "<b>bold</b>", "&lt;", "%{x}", "$x$", "a" * 300]
    for number in range(1, 6):
        params: Record = {name: f"{name} {number % 2}" for name in names}
        params |= {"learning_rate": 0.1 * number, "b": bool(number % 2), "n": None}
        score = invented.scored(number / 10)
        skipped = [f"conv{HOSTILE}"]
        invented.add(number, params=params, skipped_layers=skipped, objective=score)
    invented.add(6, **invented.failed(HOSTILE, f"{HOSTILE}\n\0\x1b[2J\u202e"))
    study = json.loads((invented.log.parent / "study.json").read_text())
    study |= {"project": HOSTILE, "algorithm": HOSTILE, "packages": {HOSTILE: HOSTILE}}
    (invented.log.parent / "study.json").write_text(json.dumps(study))
    (invented.log.parent / "sources" / "model.py").write_text(f"# {HOSTILE}")
    page = browsing.read(browser, invented.report())
    assert page.faults == []
    assert page.title.startswith("a - ")
    assert not page.elements & {"img", "b"}
    figures = [figure for block in page.blocks.values() for figure in block["figures"]]
    assert page.scripts == 2 + len(figures)
    [[kind, message, trials]] = page.blocks["Failures"]["rows"]
    assert kind == HOSTILE and message.startswith(HOSTILE) and trials == "6"
    assert page.blocks["Layers left out"]["rows"][0][:3] == [
        f"conv{HOSTILE}",
        "5",
        "71%",
    ]
    params = dict(page.blocks["Hyperparameters"]["rows"])
    assert params["{{ 7 * 7 }}"] == "{{ 7 * 7 }} 1"
    shown = only(page, "Parallel coordinates")["text"]
    assert "<b>bold</b>" in shown and "{{ 7 * 7 }}" in shown and HOSTILE[:25] in shown
    assert "49" not in params


EVERY: list[tuple[Callable[[Invented], None], set[str]]] = [
    (
        invented_studies.make_none,
        {"", "Scores", "Learning curves", "Timeline", "Trials", "Importance"},
    ),
    (invented_studies.make_one, {"Importance"}),
    (invented_studies.make_two, {"Importance"}),
    (invented_studies.make_no_complete, {"", "Scores", "Importance"}),
    (
        invented_studies.make_all_failed,
        {"", "Scores", "Learning curves", "Importance"},
    ),
    (invented_studies.make_constant, {"Importance"}),
    (invented_studies.make_scores_alike, {"Importance"}),
    (invented_studies.make_without_params, {"Importance"}),
    (invented_studies.make_now_and_then, {"Importance"}),
    (invented_studies.make_of_all_types, {"Importance"}),
    (invented_studies.make_nulls, {"Importance"}),
    (invented_studies.make_strange_times, {"Timeline", "Importance"}),
    (invented_studies.make_two_sittings, {"Importance"}),
    (invented_studies.make_huge, {"Importance", "Parallel coordinates"}),
    (invented_studies.make_gap, {"Importance"}),
]
"""Studies of each kind, and the parts that say what is missing to draw them."""

LIKE_OTHERS = {
    *("make_one", "make_two", "make_constant", "make_scores_alike"),
    *("make_all_failed", "make_now_and_then", "make_two_sittings"),
    "make_without_params",
}
"""What makes a study that is odd in no way that others are not, too."""


@pytest.mark.parametrize(
    ("make", "flaws"),
    often(EVERY, [one for one in EVERY if one[0].__name__ not in LIKE_OTHERS]),
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_study_of_any_kind_is_a_page_that_says_what_is_left_out(
    invented: Invented,
    browser: Browser,
    make: Callable[[Invented], None],
    flaws: set[str],
) -> None:
    make(invented)
    page = browsing.read(browser, invented.report())
    assert page.faults == []
    assert page.counts["trials"] == len([*invented.log.glob("trial_*.json")])
    for title, block in page.blocks.items():
        for figure in block["figures"]:
            assert figure["drawn"] and math.isfinite(figure["height"]), title
    may_be_empty = {"Failures", "Layers left out", "What was tried", "Hyperparameters"}
    found = {title for title, block in page.blocks.items() if block["flaw"]}
    assert found - may_be_empty - {"Confusion matrix"} == flaws
    assert "Traceback" not in page.text


def test_a_timeline_leaves_pauses_out(invented: Invented, browser: Browser) -> None:
    invented_studies.make_two_sittings(invented)
    page = browsing.read(browser, invented.report())
    axis = only(page, "Timeline")["xaxis"]
    [pause] = axis["rangebreaks"]
    begin, end = (datetime.fromisoformat(bound) for bound in pause["bounds"])
    assert begin > datetime(2026, 1, 1, 8, 0, 19) and end < datetime(
        2026, 1, 3, 8, 0, 20
    )
    assert end - begin > timedelta(hours=47)


def test_the_hyperparameter_that_decides_comes_first(invented: Invented) -> None:
    """In studies of random values, of which one decides and the others have no effect."""
    importance = invented.project.load("report.importance")
    names = ["rate", "units", "kind"]
    for seed, driver in enumerate(names * 2):
        random = Random(seed)
        for number in range(40):
            params: Record = {
                "rate": 10 ** random.uniform(-4, -1),
                "units": random.choice([16, 32, 64, 128]),
                "kind": random.choice(["relu", "elu", "gelu"]),
            }
            effects = {
                "rate": -((math.log10(params["rate"]) + 2) ** 2),
                "units": params["units"] / 64,
                "kind": {"relu": 0, "elu": 2, "gelu": 1}[params["kind"]],
            }
            if number % 10 == 0:
                params["rare"] = effects[driver]
            score = invented.scored(effects[driver] + random.gauss(0, 0.05))
            invented.add(number, params=params, objective=score, state="complete")
        log = invented.project.load("study").TrialLog(invented.log)
        records = log.read_all()
        weights = importance.Importance(records).weights
        assert {*weights} == {*names}  # too few trials have the other
        assert next(iter(weights)) == driver
        assert max(w for name, w in weights.items() if name != driver) < 0.2
        assert importance.Importance(records[:9]).weights == {}
