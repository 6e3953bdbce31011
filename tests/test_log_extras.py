"""What other tools are told of the trials, read back as these tools read it."""

import csv
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from mlflow.tracking import MlflowClient
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData
from tunewright.questions import choices, questions

from tests.conftest import Render
from tests.often import often
from tests.optuna_studies import check_optuna, exported
from tests.processes import free_port, serving
from tests.rendering import Project

Record = dict[str, Any]

FRAMEWORKS = choices(questions()["framework"])
SMALL: dict[str, Any] = {
    "setup": "full",
    "search_space": "small",
    "verbosity": "silent",
    "log_extras": ["tensorboard", "csv", "mlflow"],
    "report": False,
    "export_formats": ["optuna"],
}


@pytest.fixture(autouse=True)
def no_tracking_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """Unless a test names one."""
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")


def tune(project: Project, trials: int, epochs: int = 2) -> list[Record]:
    """Search; the records by number."""
    ran = project.run("tune", "--epochs", str(epochs), "--trials", str(trials))
    assert (ran.status, ran.out, ran.err) == (0, "", "")
    return project.records()


def by_epoch(record: Record, metric: str) -> dict[int, float]:
    """A metric's values, by epochs that go on from those of a trial before."""
    past = record.get("continues")
    return dict(enumerate(record["history"][metric], 1 + past["epoch"] if past else 1))


@pytest.mark.parametrize("framework", often(FRAMEWORKS, ["optuna"]))
def test_each_tool_is_told_what_the_records_say(framework: str, render: Render) -> None:
    project = render(framework=framework, package_name=f"{framework}_extras", **SMALL)
    records = tune(project, 2)
    assert len(records) == (1 if framework == "manual" else 2)
    study = project.root / "runs" / "default"
    for record in records:
        check_tensorboard(study / "tensorboard", record)
    check_tables(study, records)
    local = MlflowClient(f"sqlite:///{project.root / 'runs' / 'mlflow.db'}")
    check_mlflow(local, f"{framework}_extras/default", records)
    check_optuna(exported(project), records)


@pytest.mark.parametrize("second", often(["size", "time", "recall"], ["time"]))
def test_both_objectives_are_told(second: str, render: Render) -> None:
    name = f"both_extras_{second}"
    traded = {"algorithm": "nsga2", "second_objective": second}
    project = render(framework="optuna", package_name=name, **SMALL | traded)
    records = tune(project, 2)
    for record in records:
        assert len(record["objectives"]) == 2
        check_tensorboard(project.root / "runs" / "default" / "tensorboard", record)
    local = MlflowClient(f"sqlite:///{project.root / 'runs' / 'mlflow.db'}")
    check_mlflow(local, f"{name}/default", records)


@pytest.mark.matrix
def test_a_trial_that_goes_on_from_another_has_later_epochs(render: Render) -> None:
    search: dict[str, Any] = {"framework": "keras_tuner", "algorithm": "hyperband"}
    project = render(package_name="later_extras", **search, **SMALL)
    records = tune(project, trials=6, epochs=4)
    assert any(record["continues"] for record in records)
    study = project.root / "runs" / "default"
    for record in records:
        check_tensorboard(study / "tensorboard", record)
    check_tables(study, records)
    local = MlflowClient(f"sqlite:///{project.root / 'runs' / 'mlflow.db'}")
    check_mlflow(local, "later_extras/default", records)
    check_optuna(exported(project), records)


def goals_of(record: Record) -> list[dict[str, Any]]:
    """What a trial is judged by: one objective, or two."""
    return record.get("objectives") or [record["objective"]]


def hparams_of(events: EventAccumulator, part: str) -> HParamsPluginData:
    """What the HParams tab shows of a run."""
    content = events.summary_metadata[f"_hparams_/{part}"].plugin_data.content
    return HParamsPluginData.FromString(content)


def check_tensorboard(folder: Path, record: Record) -> None:
    """TensorBoard's own reader finds the curves and the hyperparameters."""
    events = EventAccumulator(str(folder / f"trial_{record['number']:04}"))
    events.Reload()
    for metric in record["history"]:
        scalars = {event.step: event.value for event in events.Scalars(metric)}
        assert scalars == pytest.approx(by_epoch(record, metric), rel=1e-6)
    goals = {f"hparam/{goal['name']}": goal["value"] for goal in goals_of(record)}
    for name, value in goals.items():
        [event] = events.Scalars(name)
        assert event.value == pytest.approx(value, rel=1e-6)
    columns = hparams_of(events, "experiment").experiment.metric_infos
    assert [column.name.tag for column in columns] == [*goals]
    told = hparams_of(events, "session_start_info").session_start_info.hparams
    assert told.keys() == record["params"].keys()
    for name, value in record["params"].items():
        kind = told[name].WhichOneof("kind")
        assert getattr(told[name], kind) == value


def check_tables(folder: Path, records: list[Record]) -> None:
    """Pandas reads a row a trial, and a row an epoch."""
    trials = pd.read_csv(folder / "trials.csv").set_index("trial")
    epochs = pd.read_csv(folder / "epochs.csv").set_index(["trial", "epoch"])
    assert list(trials.index) == [record["number"] for record in records]
    for record in records:
        row, score = trials.loc[record["number"]], record["objective"]
        assert row[f"objective {score['name']}"] == score["value"]
        assert row["state"] == record["state"]
        for name, value in record["params"].items():
            assert row[f"param {name}"] == value
        for metric in record["history"]:
            column = epochs.loc[record["number"]][metric]
            assert column.to_dict() == by_epoch(record, metric)


def check_mlflow(client: MlflowClient, name: str, records: list[Record]) -> None:
    """MLflow's own client finds a run a trial."""
    experiment = client.get_experiment_by_name(name)
    assert experiment is not None
    runs = client.search_runs([experiment.experiment_id])
    told = {run.data.tags["trial"]: run for run in runs}
    assert len(runs) == len(records)
    status = {"complete": "FINISHED", "pruned": "KILLED", "failed": "FAILED"}
    for record in records:
        run = told[str(record["number"])]
        assert run.info.status == status[record["state"]]
        assert run.data.params == {k: str(v) for k, v in record["params"].items()}
        names = ["objective", "second_objective"]
        goals = {name: run.data.metrics.get(name) for name in names}
        values = [goal["value"] for goal in goals_of(record)] + [None]
        assert goals == dict(zip(names, values, strict=False))
        for metric in record["history"]:
            found = client.get_metric_history(run.info.run_id, metric)
            told_of = {item.step: item.value for item in found}
            assert told_of == by_epoch(record, metric)


@pytest.mark.matrix
def test_what_a_tool_has_missed_it_is_told_by_the_next_search(render: Render) -> None:
    project = render(framework="sampler", package_name="missed_extras", **SMALL)
    records = tune(project, 2)
    study = project.root / "runs" / "default"
    shutil.rmtree(study / "tensorboard" / "trial_0000")
    (study / "trials.csv").unlink()
    client = MlflowClient(f"sqlite:///{project.root / 'runs' / 'mlflow.db'}")
    experiment = client.get_experiment_by_name("missed_extras/default")
    assert experiment is not None
    [first, second] = client.search_runs([experiment.experiment_id])
    client.delete_run(first.info.run_id)
    client.update_run(second.info.run_id, status="RUNNING")  # its writer was killed
    assert tune(project, 2) == records
    for record in records:
        check_tensorboard(study / "tensorboard", record)
    check_tables(study, records)
    check_mlflow(client, "missed_extras/default", records)


def test_a_trial_that_failed_is_told_of_too(
    render: Render, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = render(framework="optuna", package_name="failed_extras", **SMALL)
    train = project.load("train")
    get_model = train.get_model

    def fail_at_first(trial: Any, *of: Any) -> Any:
        if trial.number == 0:
            raise ValueError('too, "wide"\nby far')
        return get_model(trial, *of)

    monkeypatch.setattr(train, "get_model", fail_at_first)
    ran = project.run("tune", "--epochs", "1", "--trials", "2")
    assert ran.status == 0, ran.err
    failed, complete = project.records()
    assert [failed["state"], complete["state"]] == ["failed", "complete"]
    study = project.root / "runs" / "default"
    with (study / "trials.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert rows[0]["error"] == f"ValueError: {failed['error']['message']}"
    assert rows[0]["objective val_accuracy"] == ""
    assert (study / "tensorboard" / "trial_0000").is_dir()
    client = MlflowClient(f"sqlite:///{project.root / 'runs' / 'mlflow.db'}")
    experiment = client.get_experiment_by_name("failed_extras/default")
    assert experiment is not None
    runs = client.search_runs([experiment.experiment_id])
    status = {run.data.tags["trial"]: run.info.status for run in runs}
    assert status == {"0": "FAILED", "1": "FINISHED"}


@pytest.mark.parametrize(
    ("answers", "again"),
    [
        ({"framework": "sampler"}, []),
        ({"framework": "search_cv", "algorithm": "halving_random"}, [0]),
    ],
    ids=["sampler", "halving"],
)
def test_who_follows_the_log_hears_of_each_trial_once(
    answers: dict[str, str], again: list[int], render: Render, tmp_path: Path
) -> None:
    project = render(**answers)
    running, study = project.load("study.running"), project.load("study")
    records = project.load("study.record")
    log = study.TrialLog(tmp_path)
    heard = []

    class Follower(running.LogFollower):  # type: ignore[name-defined]
        def on_trial_end(self, record: Any) -> None:
            heard.append(record.number)
            if record.number == 7:
                raise OSError("the disk is full")

    def write(number: int, day: int, note: str | None = None) -> None:
        record = records.Record(number=number, seed=0)
        records.mark_failed(record, "ValueError", "")
        record.started, record.weights_note = f"2026-01-0{day}T08:00:00+00:00", note
        log.write(record)

    write(0, day=1)
    with Follower(log) as follower:
        write(2, day=1)
        while not heard:
            time.sleep(0.05)
        write(2, day=1, note="another trial is better")
        write(0, day=2)  # on a later rung
    assert heard == [2, *again]
    assert follower.records.keys() == {0, 2}
    with pytest.raises(OSError, match="the disk is full"), Follower(log):
        write(7, day=1)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """An MLflow tracking server, and its process."""
    uri = f"http://127.0.0.1:{(port := free_port())}"
    words = ["server", "--port", port, "--workers", "1", "--backend-store-uri"]
    command = [
        sys.executable,
        "-m",
        "mlflow",
        *words,
        f"sqlite:///{tmp_path}/server.db",
    ]
    with serving(command, f"{uri}/health", tmp_path) as process:
        yield uri, process


@pytest.mark.matrix
def test_a_tracking_server_that_goes_is_told_the_rest_later(
    server: tuple[str, subprocess.Popen[bytes]],
    render: Render,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    uri, process = server
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    answers = SMALL | {"log_extras": ["mlflow"]}
    project = render(framework="sampler", package_name="served_extras", **answers)
    records = tune(project, 1)
    check_mlflow(MlflowClient(uri), "served_extras/default", records)
    train = project.load("train")
    get_model = train.get_model

    def stop_the_server(*of: Any) -> Any:
        process.terminate()
        process.wait()
        return get_model(*of)

    monkeypatch.setattr(train, "get_model", stop_the_server)
    ran = project.run("tune", "--epochs", "2", "--trials", "3")
    assert (ran.status, ran.out) == (0, "")
    [line] = ran.err.splitlines()
    assert line.startswith("MLflow cannot log trial 1: ")
    assert len(project.records()) == 3
    ran = project.run("tune", "--epochs", "2", "--trials", "3", "--study", "other")
    assert (ran.status, ran.out) == (2, "")
    [line] = ran.err.splitlines()
    assert line.startswith(
        f"error: MLFLOW_TRACKING_URI is {uri!r}, which does not answer"
    )
    assert not (project.root / "runs" / "other").exists()
