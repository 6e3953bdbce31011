"""Models other than Keras's with two objectives: a score, and a size, a time or another metric."""

from pathlib import Path
from typing import Any

import optuna
import pytest
from sklearn.datasets import load_diabetes
from sklearn.metrics import precision_score, recall_score

from tests.conftest import Render
from tests.interviews import refused
from tests.processes import start
from tests.rendering import KEPT, Project, timeless
from tests.test_estimators import FAMILIES, check_rebuilt, project_of, tune
from tests.test_own_metric import forget
from tests.test_second_objectives import front

NSGA2: dict[str, Any] = {"framework": "optuna", "algorithm": "nsga2"}


def second_of(record: dict[str, Any]) -> tuple[str, str, float]:
    """A record's second objective."""
    goal = record["objectives"][1]
    return goal["name"], goal["direction"], goal["value"]


def test_the_size_of_a_file_is_traded_for_the_score(
    render: Render, tmp_path: Path
) -> None:
    project = project_of(
        render,
        "spaces_size",
        **NSGA2,
        estimators=["random_forest", "linear"],
        export_formats=["optuna"],
    )
    tune(project, 6, "whole")
    tune(project, 4)
    tune(project, 6)
    records = project.records()
    aside = ("weights_sha256",)
    assert timeless(records, *aside) == timeless(project.records("whole"), *aside)
    trials = project.root / "runs" / "default" / "trials"
    for record in records:
        kilobytes = round((trials / record["weights"]).stat().st_size / 1000)
        assert record["metrics"]["model_kb"] == kilobytes
        assert second_of(record) == ("model_kb", "minimize", kilobytes)
    forests, linear = (
        [r for r in records if r["params"]["estimator"] == family]
        for family in ("random_forest", "linear")
    )
    assert min(map(size_of, forests)) > max(map(size_of, linear)) > 0

    # What is rebuilt is proven by what can be measured again: its scores.
    best = front(records)
    ran = project.run("reconstruct", "best")
    assert ran.status == 0, ran.err
    assert "model_kb" not in ran.out
    listed = project.run("trials").out.splitlines()
    assert listed[0].split()[2:4] == ["val_accuracy", "model_kb"]
    assert int(listed[1].split()[0]) in best
    assert {int(n) for n in listed[-1].split(": ")[1].split(", ")} == best

    database = tmp_path / "study.db"
    ran = project.run("export", "--to", "optuna", "--out", str(database))
    assert ran.status == 0, ran.err
    study = optuna.load_study(study_name="default", storage=f"sqlite:///{database}")
    assert [d.name for d in study.directions] == ["MAXIMIZE", "MINIMIZE"]
    assert study.metric_names == ["val_accuracy", "model_kb"]
    assert {trial.number for trial in study.best_trials} == best
    assert project.run("report").status == 0
    page = (project.root / "runs" / "default" / "report.html").read_text("utf-8")
    assert "maximize val_accuracy, minimize model_kb." in page
    assert "The front" in page


def size_of(record: dict[str, Any]) -> float:
    """The kilobytes of a trial's model."""
    return float(record["metrics"]["model_kb"])


def test_precision_is_traded_for_recall_to_the_bit(render: Render) -> None:
    project = project_of(
        render,
        "spaces_recall",
        **NSGA2,
        estimators=["svm", "knn"],
        objective="precision",
        second_objective="recall",
        keep_weights="best",
    )
    tune(project, 6)
    tune(project, 6, "again")
    records = project.records()
    aside = ("weights_sha256",)
    assert timeless(records, *aside) == timeless(project.records("again"), *aside)
    best = front(records)
    assert {record["number"] for record in records if record["weights"]} == best
    _, y = project.load("data").load_data().validation[:2]
    rebuilding = project.load("reconstruct")
    study = project.load("study").Study(project.root / "runs", "default")
    data = rebuilding.load(study)
    for record in records:
        rebuilt = rebuilding.reconstruct(
            study, str(record["number"]), data, retrain=True
        )
        predicted = rebuilt.model.predict(data.validation.x)
        scores = [
            score(y, predicted, average="macro", zero_division=0)
            for score in (precision_score, recall_score)
        ]
        assert [goal["value"] for goal in record["objectives"]] == scores

    config = project.root / project.package / "config.py"
    text = config.read_text()
    config.write_text(text.replace('Objective("val_recall"', 'Objective("val_gain"'))
    forget(project)
    gone_on = project.run("tune", "--trials", "7")
    assert "searched for another second objective; undo that" in gone_on.err
    new = project.run("tune", "--trials", "1", "--study", "new")
    assert new.status == 2
    assert "SECOND_OBJECTIVE in config.py is 'val_gain', and `evaluate` in" in new.err
    assert new.err.endswith("it has val_accuracy, val_precision, val_recall\n")


@pytest.mark.parametrize("data_source", ["builtin", "csv"])
def test_a_time_is_logged_and_no_rebuilt_model_held_to_it(
    data_source: str, render: Render
) -> None:
    answers: dict[str, Any] = {"task": "regression", "second_objective": "time"}
    project = project_of(
        render,
        f"spaces_time_{data_source}",
        **NSGA2,
        **answers,
        estimators=["linear"],
        data_source=data_source,
    )
    if data_source == "csv":
        write_patients(project)
    tune(project, 3)
    for record in project.records():
        name, direction, seconds = second_of(record)
        assert (name, direction) == ("prediction_s", "minimize")
        assert seconds == record["metrics"].pop("prediction_s")
        assert 0 < seconds < record["duration_s"]
        check_rebuilt(project, record, "--retrain")


def write_patients(project: Project) -> None:
    """Write scikit-learn's patients as the project's table."""
    table = load_diabetes(as_frame=True, scaled=False).frame
    table.astype(float).to_csv(project.root / "data.csv", index=False)


@pytest.mark.matrix
@pytest.mark.parametrize("family", FAMILIES)
def test_each_family_has_the_size_of_its_file(family: str, render: Render) -> None:
    project = project_of(render, f"spaces_size_{family}", **NSGA2, estimators=[family])
    tune(project, 3)
    tune(project, 3, "again")
    aside = ("weights_sha256",)
    records = project.records()
    assert timeless(records, *aside) == timeless(project.records("again"), *aside)
    for record in records:
        record["metrics"].pop("model_kb")
        check_rebuilt(project, record, "--retrain")


@pytest.mark.matrix
@pytest.mark.parametrize("execution", ["workers", "cluster"])
def test_two_objectives_with_several_processes(
    execution: str, render: Render, database: str
) -> None:
    project = project_of(
        render,
        f"spaces_{execution}",
        **NSGA2,
        estimators=["random_forest", "svm"],
        execution=execution,
        keep_weights="best",
    )
    words = ["tune", "--trials", "9"]
    more = ["--workers", "2"] if execution == "workers" else []
    processes = [start(project, *words, *more) for _ in range(1 if more else 2)]
    for process in processes:
        _, err = process.communicate()
        assert process.returncode == 0, err
    records = project.records()
    assert [record["number"] for record in records] == [*range(9)]
    assert {record["state"] for record in records} == {"complete"}
    best = front(records)
    assert {record["number"] for record in records if record["weights"]} <= best
    assert {second_of(record)[0] for record in records} == {"model_kb"}
    assert project.run("reconstruct").status == 0
    if execution == "workers":
        one = ["--study", "one", "--in-process", "--trials", "4"]
        assert project.run("tune", *one).status == 0
        # As many as NSGA-II draws at random do not depend on who was faster.
        assert timeless(project.records("one"), "worker", *KEPT) == timeless(
            records[:4], "worker", *KEPT
        )


@pytest.mark.parametrize("second", ["loss", "auc"])
def test_what_a_family_cannot_be_scored_by_is_no_second_objective(
    second: str, template: Any
) -> None:
    answers = {**NSGA2, "estimators": ["svm"], "second_objective": second}
    message = refused(template, answers)
    assert "svm gives no probabilities; choose other estimators" in message
