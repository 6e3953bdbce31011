"""Studies of any framework as Optuna has them, read by Optuna and by its dashboard."""

import json
import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import optuna
import pytest

from tests.conftest import Render
from tests.invented_studies import Invented
from tests.optuna_studies import STATES, check_optuna, exported, read
from tests.processes import free_port, serving
from tests.rendering import Project

SMALL: dict[str, Any] = {
    "setup": "full",
    "search_space": "small",
    "layer_types": ["dense"],
    "verbosity": "silent",
    "epochs": 2,
    "report": False,
    "export_formats": ["optuna"],
}


@pytest.fixture(scope="module")
def tuned(render: Render) -> Project:
    """A scikit-learn project with two trials."""
    project = render(
        framework="search_cv", package_name="exported_search_cv", trials=2, **SMALL
    )
    assert project.run("tune").status == 0
    return project


def test_a_study_that_is_exported_again_is_replaced(tuned: Project) -> None:
    for _ in range(2):
        check_optuna(exported(tuned), tuned.records())
    about = read(exported(tuned)).user_attrs
    assert about["framework"] == "search_cv"
    assert about["packages"]["scikit-learn"]
    left = {path.name for path in (tuned.root / "runs" / "default").iterdir()}
    assert not [name for name in left if name.startswith(".")]


@pytest.fixture
def invented(tuned: Project, tmp_path: Path) -> Invented:
    """A study of records that are made up, beside the project's own."""
    return Invented(tuned, tmp_path)


def export_invented(study: Invented) -> Path:
    """Export it, under a name that a URL would misread."""
    folder = study.log.parents[2] / "a b #1?x=y"
    folder.mkdir()
    database = folder / "c d.db"
    made = study.project.load("study").Study(study.log.parents[1], "a")
    study.project.load("export.optuna").write_database(made, database)
    return database


def test_states_numbers_and_odd_values_are_kept(invented: Invented) -> None:
    odd = {"x": None, "y": True, "z": "über", "n": 2**60, "f": 1e-300, "i": -3}
    invented.add(0)
    invented.add(3, state="pruned", params={"lr": 0.001, "units": 4})
    invented.add(4, **invented.failed("MemoryError", "too large\nby far"), params={})
    invented.add(7, params=odd)
    invented.add(8, params=odd | {"n": 5, "f": 3.5, "i": 3, "y": False})
    invented.add(9, params={"lr": 0.5, "units": 1024, "activation": "relu"})
    records = [json.loads(p.read_text()) for p in sorted(invented.log.glob("trial_*"))]
    database = export_invented(invented)
    with sqlite3.connect(database) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    study = optuna.load_study(
        study_name="a",
        storage=optuna.storages.RDBStorage(
            "sqlite://", engine_kwargs={"creator": lambda: sqlite3.connect(database)}
        ),
    )
    trials = study.get_trials()
    assert [trial.state for trial in trials] == [STATES[r["state"]] for r in records]
    assert [trial.user_attrs["number"] for trial in trials] == [0, 3, 4, 7, 8, 9]
    assert trials[2].user_attrs["error"]["type"] == "MemoryError"
    assert trials[3].params == odd
    assert trials[5].distributions["lr"].to_external_repr(0.5) == 0.5
    assert trials[1].distributions["lr"] == optuna.distributions.FloatDistribution(
        0.001, 0.5, log=True
    )


def test_a_study_without_a_trial_is_one_of_optuna_too(invented: Invented) -> None:
    made = invented.project.load("study").Study(invented.log.parents[1], "a")
    database = invented.log.parent / "optuna.db"
    count = invented.project.load("export.optuna").write_database(made, database)
    assert count == 0
    assert read(database, "a").get_trials() == []


def test_two_objectives_stay_two(render: Render) -> None:
    project = render(
        framework="optuna", algorithm="nsga2", package_name="exported_two", **SMALL
    )
    assert project.run("tune", "--trials", "3").status == 0
    database = exported(project)
    check_optuna(database, project.records())
    study = read(database)
    assert [direction.name for direction in study.directions] == [
        "MAXIMIZE",
        "MINIMIZE",
    ]
    records = [project.record(record) for record in project.records()]
    front = project.load("study.pareto").front(records)
    assert len(study.best_trials) == len(front)


@pytest.fixture
def dashboard(tuned: Project, tmp_path: Path) -> Iterator[str]:
    """What optuna-dashboard serves of the exported study, at its address."""
    uri = f"http://127.0.0.1:{(port := free_port())}"
    command = Path(sys.executable).with_name("optuna-dashboard")
    words = ["--host", "127.0.0.1", "--port", port, f"sqlite:///{exported(tuned)}"]
    with serving([command, *words], f"{uri}/api/meta", tmp_path):
        yield uri


def test_the_dashboard_shows_a_study_of_scikit_learn(
    dashboard: str, tuned: Project
) -> None:
    def get(path: str) -> Any:
        with urlopen(f"{dashboard}{path}", timeout=30) as answer:
            return json.load(answer)

    [listed] = get("/api/studies")["study_summaries"]
    assert listed["study_name"] == "default"
    shown = get(f"/api/studies/{listed['study_id']}")
    for trial, record in zip(shown["trials"], tuned.records(), strict=True):
        assert trial["state"] == "Complete"
        assert trial["values"] == [record["objective"]["value"]]
        params = {one["name"]: one["param_external_value"] for one in trial["params"]}
        assert params == {name: str(v) for name, v in record["params"].items()}
    assert shown["objective_names"] == [tuned.records()[0]["objective"]["name"]]
