"""Reports, opened in a real browser that has no network."""

import contextlib
import json
import math
import shlex
import shutil
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import cache
from itertools import accumulate
from pathlib import Path
from random import Random
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests import browsing, invented_studies
from tests.browsing import Page
from tests.conftest import Render
from tests.hostile import refused
from tests.invented_studies import Invented, Record
from tests.often import often
from tests.rendering import Project

SMALL: dict[str, Any] = {"search_space": "small", "layer_types": ["conv", "dense"]}
STUDIES: dict[str, dict[str, Any]] = {
    "manual": SMALL,
    "sampler": SMALL,
    "search_cv": SMALL,
    "optuna": SMALL | {"pruner": "none"},
    "keras_tuner": SMALL,
    "regression": {"framework": "sampler", "input_kind": "tabular"}
    | {"task": "regression", "search_space": "small", "verbosity": "debug"},
}
"""What is trained, by name; the name is the framework's where no other is given."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The one that opens all pages."""
    with browsing.browser() as started:
        yield started


@pytest.fixture(scope="module")
def tuned(render: Render) -> Callable[[str], Project]:
    """A project with a trained study, made when first asked for."""

    @cache
    def tune(name: str) -> Project:
        answers = {"framework": name} | STUDIES[name]
        project = render(package_name=f"report_{name}", **answers)
        assert project.run("tune", "--epochs", "2", "--trials", "3").status == 0
        return project

    return tune


@pytest.fixture
def invented(tuned: Callable[[str], Project], tmp_path: Path) -> Iterator[Invented]:
    """A study whose records are written by the test."""
    yield Invented(tuned("optuna"), tmp_path)


def flat(figure: dict[str, Any], key: str) -> list[Any]:
    """What all traces of a figure have, but for gaps."""
    return [v for trace in figure["traces"] for v in trace[key] if v is not None]


def only(page: Page, title: str) -> dict[str, Any]:
    """The figure of a part that has one, which is drawn."""
    block = page.blocks[title]
    assert block["flaw"] == "", title
    [figure] = block["figures"]
    assert figure["drawn"] and figure["shapes"], title
    assert figure["height"] > 100 and figure["width"] > 200, title
    assert flat(figure, "x") or flat(figure, "y"), title
    return dict(figure)


@pytest.mark.parametrize("name", often(STUDIES, ["search_cv", "optuna", "regression"]))
def test_a_trained_study_is_one_page(
    tuned: Callable[[str], Project], browser: Browser, name: str
) -> None:
    project = tuned(name)
    ran = project.run("report")
    path = project.root / "runs" / "default" / "report.html"
    assert (ran.status, ran.err) == (0, "")
    assert str(path) in ran.out
    page = browsing.read(browser, path)
    assert page.faults == []

    records = project.records()
    best = json.loads(project.run("trials", "--json").out)[0]
    states = [record["state"] for record in records]
    assert page.counts == {
        "best": best["number"],
        "trials": len(records),
        **{state: states.count(state) for state in ("complete", "pruned", "failed")},
    }
    check_search(page, name, records, best)
    check_best(page, project, best)
    if name == "regression":
        check_residuals(page, project, best)
    else:
        check_confusion(page, project, best)
    if name == "manual":
        assert "two complete trials" in page.blocks["Importance"]["flaw"]
    elif states.count("complete") > 1:
        check_importance(page, [r for r in records if r["state"] == "complete"])
    description = json.loads((path.parent / "study.json").read_text())
    facts = dict(row for row in page.blocks["study.json"]["rows"])
    assert facts["seed"] == "0" and facts["data (SHA-256)"] == description["data"]
    assert f"keras {description['packages']['keras']}" in facts["packages"]
    assert "def get_model" in page.blocks["model.py"]["text"]


def check_search(page: Page, name: str, records: list[Record], best: Record) -> None:
    """The scores, the learning curves, and who ran what."""
    complete, _, so_far = only(page, "Scores")["traces"]
    scores = [r["objective"]["value"] for r in records if r["state"] == "complete"]
    better = min if best["objective"]["direction"] == "minimize" else max
    assert complete["y"] == scores
    assert so_far["y"] == [*accumulate(scores, better)]
    monitor = "val_mae" if name == "regression" else "val_accuracy"
    curves = only(page, "Learning curves")["traces"]
    [line] = [trace for trace in curves if "best" in trace["name"]]
    assert line["y"][:-1] in [record["history"][monitor] for record in records]
    drawn = [value for t in curves[: curves.index(line)] for value in t["y"]]
    logged = [value for record in records for value in record["history"][monitor]]
    assert sorted(filter(None, drawn)) == sorted(logged)
    bars = only(page, "Timeline")
    assert sorted(flat(bars, "x")) == sorted(1000 * r["duration_s"] for r in records)


def check_best(page: Page, project: Project, best: Record) -> None:
    """The best trial, and that the command on the page rebuilds it."""
    number = best["number"]
    command = shlex.split(page.blocks[f"Trial {number}"]["text"])
    assert command[:3] == ["python", "-m", project.package]
    with contextlib.chdir(project.root):
        ran = project.run(*command[3:])
    assert f"Trial {number} of study" in ran.out
    assert (project.root / "best.keras").is_file()
    params = dict(page.blocks["Hyperparameters"]["rows"])
    assert params.keys() == best["params"].keys()
    assert float(params["learning_rate"]) == pytest.approx(
        best["params"]["learning_rate"], rel=1e-3
    )
    metrics = dict(page.blocks["Metrics"]["rows"])
    assert [*metrics][-len(best["metrics"]) :] == [*best["metrics"]]


def check_confusion(page: Page, project: Project, best: Record) -> None:
    """The confusion matrix is that of the model which scored so."""
    [matrix] = only(page, "Confusion matrix")["traces"]
    counts = matrix["text"]
    validation = project.load("data").load_data().validation
    assert [sum(row) for row in counts] == [*map(int, count_labels(validation.y))]
    right = sum(row[i] for i, row in enumerate(counts))
    assert right / len(validation.y) == pytest.approx(best["metrics"]["val_accuracy"])
    rows = page.blocks["Confusion matrix"]["rows"]
    for i, (label, samples, recall, *_) in enumerate(rows):
        assert label == matrix["x"][i] == matrix["y"][i]
        assert int(samples) == sum(counts[i])
        share = 100 * counts[i][i] / sum(counts[i])
        assert float(recall.rstrip("%")) == pytest.approx(share, abs=0.051)


def count_labels(labels: Any) -> list[int]:
    """How many samples each class has."""
    found = labels.tolist()
    return [found.count(label) for label in range(max(found) + 1)]


def check_residuals(page: Page, project: Project, best: Record) -> None:
    """The residuals are those of the model which scored so."""
    residuals = only(page, "Residuals")["traces"][0]["y"]
    assert len(residuals) == len(project.load("data").load_data().validation.y)
    mae = sum(map(abs, residuals)) / len(residuals)
    assert mae == pytest.approx(best["metrics"]["val_mae"], rel=1e-4)
    [[_, _, _, shown, _, r2]] = page.blocks["Residuals"]["rows"]
    assert float(shown) == pytest.approx(mae, rel=1e-3)
    assert float(r2) == pytest.approx(best["metrics"]["val_r2"], abs=1e-3)


def check_importance(page: Page, complete: list[Record]) -> None:
    """What Optuna draws is of the complete trials, whatever framework searched."""
    values: dict[str, list[Any]] = defaultdict(list)
    for record in complete:
        for name, value in record["params"].items():
            values[name].append(value)
    varied = {name for name, tried in values.items() if len(set(tried)) > 1}
    figures = page.blocks["Importance"]["figures"]
    assert bool(figures) == (len(complete) >= 10)
    for figure in figures:
        [bars] = figure["traces"]
        counts = {name: len(values[name]) for name in varied}
        assert set(bars["y"]) == {name for name in varied if counts[name] >= 5}
        assert sum(bars["x"]) == pytest.approx(1)
    lines = only(page, "Parallel coordinates")["traces"]
    assert len(lines) == len(complete) + 1  # the scale
    slices = page.blocks["Slices"]["figures"]
    assert len(slices) == min(len(varied), 12)
    for figure in slices:
        [name] = {name for name in varied if name == figure["xaxis"]["title"]["text"]}
        assert figure["drawn"]
        drawn = [
            v == "True" if v in ("True", "False") else v for v in flat(figure, "x")
        ]
        assert sorted(drawn) == pytest.approx(sorted(values[name])), name


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


@pytest.mark.parametrize("objective", ["val_loss", {}, {"name": "a", "direction": ""}])
def test_what_study_json_cannot_mean_is_one_line(
    objective: Any, tuned: Callable[[str], Project], tmp_path: Path
) -> None:
    project = tuned("sampler")
    shutil.copytree(project.root / "runs" / "default", tmp_path / "a")
    for path in (tmp_path / "a" / "study.json", tmp_path / "a/trials/study.json"):
        path.write_text(
            json.dumps(json.loads(path.read_text()) | {"objective": objective})
        )
    study = project.load("study").Study(tmp_path, "a")
    with pytest.raises(project.load("errors").UserError, match=r"study\.json is lost"):
        project.load("report.page").write_report(study, tmp_path / "report.html")


def test_without_it_there_is_none(render: Render) -> None:
    project = render(framework="sampler", report=False)
    requirements = project.read("pyproject.toml")
    assert "plotly" not in requirements and "optuna" not in requirements
    assert not (project.root / project.package / "report").exists()
    assert "report" not in project.run("--help").out
    assert project.run("report").status == 2


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


@pytest.mark.parametrize(
    ("make", "flaws"),
    [
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
    ],
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


def test_without_a_model_the_page_says_why(
    tuned: Callable[[str], Project], browser: Browser, tmp_path: Path
) -> None:
    project = tuned("sampler")
    shutil.copytree(project.root / "runs", tmp_path / "runs")
    [best, *_] = json.loads(project.run("trials", "--json").out)
    study = project.load("study").Study(tmp_path / "runs", "default")
    weights = study.trials_folder / best["weights"]
    report = tmp_path / "report.html"

    def flaw() -> Any:
        project.load("report.page").write_report(study, report)
        page = browsing.read(browser, report)
        assert page.counts["best"] == best["number"]
        return page.blocks["Confusion matrix"]["flaw"]

    assert flaw() == ""
    whole = weights.read_bytes()
    weights.write_bytes(whole[:-1])
    assert "damaged" in flaw() and "--retrain" in flaw()
    weights.unlink()
    assert "gone" in flaw()


def test_a_report_that_cannot_be_written_leaves_the_one_before(
    tuned: Callable[[str], Project], monkeypatch: pytest.MonkeyPatch
) -> None:
    project = tuned("manual")
    path = project.root / "runs" / "default" / "report.html"
    path.write_text("before")
    files = sorted(path.parent.iterdir())

    def fail(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(project.load("study.files"), "move_into_place", fail)
        refused(project.run("report"), "No space left")
    assert path.read_text() == "before" and sorted(path.parent.iterdir()) == files
    out = project.root / "elsewhere.html"
    assert project.run("report", "--out", str(out)).status == 0
    assert path.read_text() == "before" and out.stat().st_size > 10**6


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
