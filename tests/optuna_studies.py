"""Exported studies, as Optuna reads them."""

from datetime import datetime
from pathlib import Path
from typing import Any

import optuna
import pytest
from optuna.trial import TrialState

from tests.rendering import Project

Record = dict[str, Any]

STATES = {
    "complete": TrialState.COMPLETE,
    "pruned": TrialState.PRUNED,
    "failed": TrialState.FAIL,
}


def exported(project: Project) -> Path:
    """Export a project's study, for which nothing else is said."""
    ran = project.run("export", "--to", "optuna")
    assert (ran.status, ran.err) == (0, "")
    database = project.root / "runs" / "default" / "optuna.db"
    assert f"sqlite:///{database}" in ran.out
    return database


def read(database: Path, name: str = "default") -> optuna.Study:
    """The study, loaded by Optuna."""
    return optuna.load_study(study_name=name, storage=f"sqlite:///{database}")


def check_optuna(database: Path, records: list[Record], name: str = "default") -> None:
    """Optuna has the trials that the records have."""
    study = read(database, name)
    trials = study.get_trials()
    assert len(trials) == len(records)
    for trial, record in zip(trials, records, strict=True):
        assert trial.state == STATES[record["state"]]
        assert trial.params == record["params"]
        goals = record.get("objectives", [record["objective"]])
        if record["state"] != "failed":
            assert trial.values == [goal["value"] for goal in goals]
        monitor = record["history"].get("val_accuracy", [])
        past = record.get("continues")
        told = {
            step: value
            for step, value in enumerate(monitor, 1 + past["epoch"] if past else 1)
            if value is not None
        }
        assert trial.intermediate_values == told
        assert trial.user_attrs["number"] == record["number"]
        assert trial.user_attrs["skipped_layers"] == record["skipped_layers"]
        assert trial.user_attrs["error"] == record["error"]
        assert trial.datetime_start is not None
        began = datetime.fromisoformat(record["started"]).timestamp()
        assert trial.datetime_start.timestamp() == pytest.approx(began, abs=0.01)
        assert trial.duration is not None
        lasted = trial.duration.total_seconds()
        assert lasted == pytest.approx(record["duration_s"], abs=0.01)
    complete = [record for record in records if record["state"] == "complete"]
    if complete and len(study.directions) == 1:
        assert study.direction.name.lower() == complete[0]["objective"]["direction"]
        best = max if study.direction.name == "MAXIMIZE" else min
        scores = [record["objective"]["value"] for record in complete]
        assert study.best_value == best(scores)
