"""What other tools are told of trials of scikit-learn's models, and the notebook of such a project."""

import sys
from pathlib import Path
from typing import Any

import nbformat
import pandas as pd
import pytest
from mlflow.tracking import MlflowClient
from nbclient import NotebookClient
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from tests.conftest import Render
from tests.often import often
from tests.rendering import Project
from tests.test_log_extras import check_mlflow, check_tensorboard

SMALL: dict[str, Any] = {
    "input_kind": "tabular",
    "search_space": "small",
    "estimators": ["knn", "linear"],
}


def outputs(cell: Any) -> str:
    """What a cell has shown as text."""
    return "".join(output.get("text", "") for output in cell.outputs)


def tuned(
    render: Render, name: str, monkeypatch: pytest.MonkeyPatch, **answers: Any
) -> Project:
    """A project with three trials, two where a person writes the values."""
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    project = render(
        package_name=f"told_{name}",
        log_extras=["tensorboard", "csv", "mlflow"],
        verbosity="silent",
        report=False,
        **SMALL,
        **answers,
    )
    ran = project.run("tune", "--trials", "3")
    assert (ran.status, ran.out, ran.err) == (0, "", "")
    return project


@pytest.mark.parametrize(
    "framework",
    often(["optuna", "keras_tuner", "sampler", "search_cv", "manual"], ["search_cv"]),
)
def test_each_tool_is_told_what_the_records_say(
    framework: str, render: Render, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = tuned(render, framework, monkeypatch, framework=framework)
    records = project.records()
    assert len(records) == (2 if framework == "manual" else 3)
    study = project.root / "runs" / "default"
    assert not (study / "epochs.csv").exists()
    table = pd.read_csv(study / "trials.csv").set_index("trial")
    client = MlflowClient(f"sqlite:///{project.root / 'runs' / 'mlflow.db'}")
    experiment = client.get_experiment_by_name(f"told_{framework}/default")
    assert experiment is not None
    runs = {
        run.data.tags["trial"]: run.data
        for run in client.search_runs([experiment.experiment_id])
    }
    assert len(table) == len(runs) == len(records)
    for record in records:
        row, run = table.loc[record["number"]], runs[str(record["number"])]
        score = record["objective"]
        assert row[f"objective {score['name']}"] == pytest.approx(score["value"])
        assert run.metrics["objective"] == pytest.approx(score["value"])
        assert run.params == {k: str(v) for k, v in record["params"].items()}
        for name, value in record["params"].items():
            assert row[f"param {name}"] == value
        events = EventAccumulator(
            str(study / "tensorboard" / f"trial_{record['number']:04}")
        ).Reload()
        assert record["metrics"]
        for name, value in record["metrics"].items():
            assert row[f"metric {name}"] == pytest.approx(value)
            assert run.metrics[name] == pytest.approx(value)
            [event] = events.Scalars(name)
            assert event.value == pytest.approx(value, rel=1e-6)


@pytest.mark.parametrize("second", often(["size", "time", "f1"], ["size"]))
def test_both_objectives_are_told(
    second: str, render: Render, monkeypatch: pytest.MonkeyPatch
) -> None:
    traded = {"algorithm": "nsga2", "second_objective": second}
    project = tuned(render, f"both_{second}", monkeypatch, **traded)
    records = project.records()
    for record in records:
        assert len(record["objectives"]) == 2
        check_tensorboard(project.root / "runs" / "default" / "tensorboard", record)
    client = MlflowClient(f"sqlite:///{project.root / 'runs' / 'mlflow.db'}")
    check_mlflow(client, f"told_both_{second}/default", records)


@pytest.mark.parametrize("framework", often(["sampler", "keras_tuner"], []))
def test_all_cells_of_the_notebook_run_in_turn(
    framework: str, render: Render, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = render(
        package_name=f"noted_{framework}",
        framework=framework,
        notebook=True,
        trials=4,
        **SMALL,
    )
    # The kernel is this Python, whatever else is installed for the person.
    monkeypatch.setenv("JUPYTER_PATH", str(Path(sys.prefix) / "share" / "jupyter"))
    text = project.read("study.ipynb")
    notebook = nbformat.reads(text, as_version=4)
    assert text == nbformat.writes(notebook) + "\n"
    where = {"metadata": {"path": str(project.root)}}
    NotebookClient(notebook, timeout=300, resources=where).execute()
    cells = {cell.id: cell for cell in notebook.cells}
    assert "has 4 trials:" in outputs(cells["search"])
    assert "samples of shape (30,), y (" in outputs(cells["data"])
    [figure] = cells["history"].outputs
    assert figure.data["application/vnd.plotly.v1+json"]["data"]
    best = outputs(cells["best"])
    assert "validation: {" in best and "test: {" in best
    assert cells["best"].outputs[-1].data["text/plain"].startswith("Pipeline(")
    assert "curves" not in cells
