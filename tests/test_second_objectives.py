"""Two objectives: the score, and a time or another metric that it is traded for."""

import json
import re
from pathlib import Path
from typing import Any

import keras
import optuna
import pytest
from sklearn.metrics import precision_score, recall_score

from tests.commands import Run, refused
from tests.conftest import Render
from tests.rendering import KEPT, Project, timeless
from tests.test_own_metric import forget

SMALL: dict[str, Any] = {
    "framework": "optuna",
    "algorithm": "nsga2",
    "input_kind": "tabular",
    "layer_types": ["dense"],
    "search_space": "small",
    "verbosity": "silent",
}


def tune(project: Project, trials: int, study: str = "default") -> None:
    """Search with a tiny budget."""
    words = ["--trials", str(trials), "--epochs", "2", "--study", study]
    ran = project.run("tune", *words)
    assert ran.status == 0, ran.err


def front(records: list[dict[str, Any]]) -> set[int]:
    """The trials that no other beats, by a definition of the test's own."""
    points = {
        record["number"]: [
            goal["value"] * (1 if goal["direction"] == "maximize" else -1)
            for goal in record["objectives"]
        ]
        for record in records
    }
    return {
        number
        for number, point in points.items()
        if not any(
            other != point and all(a >= b for a, b in zip(other, point, strict=True))
            for other in points.values()
        )
    }


def test_precision_is_traded_for_recall(render: Render, tmp_path: Path) -> None:
    project = render(
        **SMALL,
        package_name="traded",
        objective="precision",
        second_objective="recall",
        keep_weights="best",
        export_formats=["optuna"],
    )
    tune(project, 3)
    tune(project, 1, "cut")
    tune(project, 3, "cut")
    records = project.records()
    assert timeless(project.records("cut"), *KEPT) == timeless(records, *KEPT)
    for record in records:
        values = [record["metrics"][name] for name in ("val_precision", "val_recall")]
        assert [goal["value"] for goal in record["objectives"]] == values
    best = front(records)
    assert {record["number"] for record in records if record["weights"]} == best
    listed = project.run("trials").out.splitlines()
    assert listed[0].split()[2:4] == ["val_precision", "val_recall"]
    assert {int(number) for number in re.findall(r"\d+", listed[-1])} == best
    assert int(listed[1].split()[0]) in best

    # What scikit-learn says of the same answers.
    path = tmp_path / "best.keras"
    rebuilt = project.run("reconstruct", "best", "--out", str(path))
    assert rebuilt.status == 0, rebuilt.err
    x, y, _ = project.load("data").load_data().validation
    predicted = keras.models.load_model(path).predict(x, verbose=0).argmax(axis=1)
    record = records[int(listed[1].split()[0])]
    for name, score in (("precision", precision_score), ("recall", recall_score)):
        expected = score(y, predicted, average="macro", zero_division=0)
        assert record["metrics"][f"val_{name}"] == pytest.approx(expected, abs=1e-5)

    database = tmp_path / "study.db"
    ran = project.run("export", "--to", "optuna", "--out", str(database))
    assert ran.status == 0, ran.err
    study = optuna.load_study(study_name="default", storage=f"sqlite:///{database}")
    assert [direction.name for direction in study.directions] == ["MAXIMIZE"] * 2
    assert study.metric_names == ["val_precision", "val_recall"]
    assert {trial.number for trial in study.best_trials} == best
    assert project.run("report").status == 0
    page = (project.root / "runs" / "default" / "report.html").read_text("utf-8")
    assert "maximize val_precision, maximize val_recall." in page
    assert "val_recall (maximize)" in page

    config = project.root / project.package / "config.py"
    text = config.read_text()
    config.write_text(text.replace('Objective("val_recall"', 'Objective("val_gain"'))
    forget(project)
    gone_on = project.run("tune", "--trials", "5", "--epochs", "2")
    assert "searched for another second objective; undo that" in gone_on.err
    unknown = project.run("tune", "--trials", "1", "--epochs", "1", "--study", "new")
    assert unknown.status == 2
    assert "SECOND_OBJECTIVE in config.py is 'val_gain'" in unknown.err
    assert "it has val_loss, val_accuracy, val_precision, val_recall\n" in unknown.err


def test_a_time_is_logged_and_no_rebuilt_model_held_to_it(render: Render) -> None:
    project = render(**SMALL, package_name="timed", second_objective="time")
    tune(project, 2)
    for record in project.records():
        second = record["objectives"][1]
        seconds = record["metrics"]["prediction_s"]
        assert second == {
            "name": "prediction_s",
            "direction": "minimize",
            "value": seconds,
        }
        assert 0 < seconds < record["duration_s"]
        assert "prediction_s" not in record["history"]
    path = project.root / "runs" / "default" / "trials" / "trial_0000.json"
    fields = json.loads(path.read_text())
    for slower in (fields["objectives"][1], fields["metrics"]):
        slower["value" if "value" in slower else "prediction_s"] = 3.0
    path.write_text(json.dumps(fields))
    rebuilt = project.run("reconstruct", "0")
    assert rebuilt.status == 0, rebuilt.err
    assert "prediction_s" not in rebuilt.out
    sources = project.root / "runs" / "default" / "sources"
    assert (sources / "timing.py").exists()
    # What is logged is told to Optuna, whatever a measurement of now would be.
    tune(project, 3)
    assert project.records()[0]["objectives"][1]["value"] == 3.0


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        (["second_objective=loss"], ["second_objective", "algorithm=nsga2"]),
        (
            ["algorithm=nsga2", "second_objective=accuracy"],
            ["second_objective", "'accuracy'", "'recall'"],
        ),
        (
            ["algorithm=nsga2", "task=regression", "second_objective=recall"],
            ["second_objective", "'recall'", "'r2'"],
        ),
    ],
)
def test_a_second_objective_that_means_nothing_is_refused(
    answers: list[str], words: list[str], run: Run, tmp_path: Path
) -> None:
    options = [word for answer in answers for word in ("-d", answer)]
    refused(run("new", tmp_path / "project", *options), *words)
