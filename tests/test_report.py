"""Reports, opened in a real browser that has no network."""

import contextlib
import json
import shlex
import shutil
from collections import defaultdict
from collections.abc import Callable
from functools import cache
from itertools import accumulate
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests import browsing
from tests.browsing import Page, flat, only
from tests.conftest import Render
from tests.hostile import refused
from tests.invented_studies import Record
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
def tuned(render: Render) -> Callable[[str], Project]:
    """A project with a trained study, made when first asked for."""

    @cache
    def tune(name: str) -> Project:
        answers = {"framework": name} | STUDIES[name]
        project = render(package_name=f"report_{name}", **answers)
        assert project.run("tune", "--epochs", "2", "--trials", "3").status == 0
        return project

    return tune


@pytest.mark.parametrize("name", often(STUDIES, ["search_cv", "regression"]))
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


def test_a_score_over_folds_stands_among_the_metrics(
    tuned: Callable[[str], Project], browser: Browser
) -> None:
    project = tuned("search_cv")
    assert project.run("report").status == 0
    page = browsing.read(browser, project.root / "runs" / "default" / "report.html")
    record = json.loads(project.run("trials", "--json").out)[0]
    rows = page.blocks["Metrics"]["rows"]
    folds = len(record["folds"])
    assert rows[0][0] == f"mean_test_accuracy (over {folds} folds)"
    assert float(rows[0][1]) == pytest.approx(record["objective"]["value"], rel=1e-3)
    assert [name for name, _ in rows[1:]] == [*record["metrics"]]
    assert rows[0][0] in project.run("show", str(record["number"])).out


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


@pytest.mark.parametrize("objective", ["val_loss", {}, {"name": "a", "direction": ""}])
def test_what_study_json_cannot_mean_is_one_line(
    objective: Any, tuned: Callable[[str], Project], tmp_path: Path
) -> None:
    project = tuned("search_cv")
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


@pytest.mark.matrix
def test_without_a_model_the_page_says_why(
    tuned: Callable[[str], Project], browser: Browser, tmp_path: Path
) -> None:
    project = tuned("search_cv")
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
    project = tuned("search_cv")
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
