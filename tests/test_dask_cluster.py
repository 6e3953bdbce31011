"""Trials on a Dask cluster: those of a serial search, whatever dies while it runs."""

import json
import random
import re
import shutil
import signal
import time
from pathlib import Path
from typing import Any

import pytest
from distributed import Client
from tunewright.variants.dask_cluster import Cluster, cluster
from tunewright.variants.forked import Command

from tests.conftest import Render
from tests.often import often
from tests.processes import start, wait_until
from tests.rendering import KEPT, Project, timeless
from tests.torture.victims import GRID

ASIDE = ("worker", *KEPT)
"""What depends on who was faster."""
VARIANTS: dict[str, dict[str, Any]] = {
    "sampler_random": {"framework": "sampler", "algorithm": "random"},
    "search_cv_grid": {
        "framework": "search_cv",
        "algorithm": "grid",
        "keep_weights": "best",
    },
    "keras_tuner_random": {"framework": "keras_tuner", "algorithm": "random"},
    "keras_tuner_bayesian": {
        "framework": "keras_tuner",
        "algorithm": "bayesian",
        "keep_weights": "none",
    },
}
DEPENDS_ON_WHO_IS_FASTER = {"keras_tuner_bayesian"}
TRIALS = 5
SMALL: dict[str, Any] = {
    "layer_types": ["dense"],
    "epochs": 3,
    "patience": 1000,  # so that a trial of very many epochs takes long
    **GRID,
}
NAME = "sampler_random"
"""The variant of the tests to which the framework makes no difference."""

MISCHIEF = """

import os
import time

_get_model = get_model


def get_model(*values):
    if os.environ.get("ON_WORKER") and values[0]["dense1_units"] == 8:
        os.kill(os.getpid(), 9)
    return _get_model(*values)
"""


@pytest.fixture(scope="module")
def projects(render: Render) -> dict[str, Project]:
    """Render the projects, whose trials are short."""
    return {
        name: render(
            package_name=f"far_{name}", execution="cluster", **SMALL, **answers
        )
        for name, answers in VARIANTS.items()
    }


def tune(project: Project, study: str, *words: str) -> Command:
    """Start a search on the cluster."""
    return start(project, "tune", "--trials", str(TRIALS), "--study", study, *words)


def logged(project: Project, study: str) -> int:
    """Count the trials that are logged."""
    return len(list((project.root / "runs" / study / "trials").glob("trial_*.json")))


def kill_one(dask: Cluster, chance: random.Random) -> None:
    """Kill the process of a worker, if one is alive just now."""
    if alive := dask.processes():
        chance.choice(alive).kill()


@pytest.mark.parametrize("name", often(VARIANTS, ["sampler_random"]))
def test_a_cluster_runs_the_trials_of_a_serial_search(
    name: str, projects: dict[str, Project], address: str, render: Render
) -> None:
    project = projects[name]
    process = tune(project, "far")
    out, err = process.communicate()
    assert (process.returncode, err) == (0, "")
    assert out.count(f"has {TRIALS} trials") == 1
    found = project.records("far")
    assert {record["worker"] for record in found} == {0, 1}
    kept = [record["number"] for record in found if record["weights"]]
    asked = VARIANTS[name].get("keep_weights", "all")
    assert len(kept) == {"all": TRIALS, "best": 1, "none": 0}[asked]
    for number in kept[:1]:
        rebuilt = project.run("reconstruct", str(number), "--study", "far")
        assert rebuilt.status == 0, rebuilt.err
    assert project.run("tune", "--trials", "3", "--study", "here").status == 0
    assert {record["worker"] for record in project.records("here")} == {0}
    if name in DEPENDS_ON_WHO_IS_FASTER:
        return
    serial = render(package_name=f"near_{name}", **SMALL, **VARIANTS[name])
    assert serial.run("tune", "--trials", str(TRIALS)).status == 0
    alone = timeless(serial.records("default"), *ASIDE)
    assert timeless(project.records("far"), *ASIDE) == alone
    assert timeless(project.records("here"), *ASIDE) == alone[:3]


def test_workers_and_the_search_itself_are_killed_and_no_trial_is_lost(
    projects: dict[str, Project], dask: Cluster, address: str
) -> None:
    project = projects[NAME]
    chance = random.Random(0)
    process = tune(project, "killed")
    wait_until(lambda: logged(project, "killed") >= 1, process)
    kill_one(dask, chance)
    wait_until(lambda: logged(project, "killed") >= 3, process)
    process.kill()
    process.communicate()

    process = tune(project, "killed")
    wait_until(lambda: logged(project, "killed") >= 4, process)
    kill_one(dask, chance)
    _, err = process.communicate()
    assert (process.returncode, err) == (0, "")
    found = project.records("killed")
    assert [record["number"] for record in found] == [*range(TRIALS)]
    assert {record["state"] for record in found} == {"complete"}
    assert all(record["weights"] for record in found)
    assert project.run("tune", "--trials", str(TRIALS), "--study", "here").status == 0
    assert timeless(project.records("killed"), *ASIDE) == timeless(
        project.records("here"), *ASIDE
    )


def test_ctrl_c_ends_the_search_and_frees_the_workers(
    projects: dict[str, Project], dask: Cluster, address: str
) -> None:
    project = projects[NAME]
    process = tune(project, "cut", "--epochs", "100000")
    with Client(dask.address, set_as_default=False) as client:
        wait_until(lambda: set(at_work(client)) == {True}, process)
        wait_until(lambda: min(epochs_shown(project, "cut"), default=0), process)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate()
        left = time.monotonic() + 10
        while any(at_work(client)):
            assert time.monotonic() < left
    assert process.returncode == 130
    answered, stopped, *_ = err.splitlines()
    assert answered.startswith("stopping at the next batch")
    assert stopped.startswith(f"Stopped: 0 of {TRIALS} trials are logged")
    assert epochs_shown(project, "cut") == []


def epochs_shown(project: Project, study: str) -> list[int]:
    """Return how far each running trial is, as the display reads it."""
    files = (project.root / "runs" / study / "trials").glob("running_*.json")
    return [json.loads(path.read_text())["epoch"] for path in files]


def at_work(client: Client) -> list[bool]:
    """Ask each worker if it runs a trial, be it one that nobody waits for."""

    def is_at_work(dask_worker: Any) -> bool:
        return bool(dask_worker.state.executing_count)

    return list(client.run(is_at_work).values())


def test_a_trial_that_takes_too_long_is_logged_as_failed(
    projects: dict[str, Project], address: str
) -> None:
    project = projects[NAME]
    words = ["--epochs", "100000", "--trial-timeout", "1"]
    process = tune(project, "long", *words)
    _, err = process.communicate()
    assert process.returncode == 2
    # How many, depends on how many were running, and on which worker is faster.
    assert re.match(
        r"error: \d trials in a row failed, the last with TimeoutError", err
    )
    assert len(err.splitlines()) == 1
    for record in project.records("long"):
        assert record["error"]["type"] == "TimeoutError"
        assert "--trial-timeout" in record["error"]["message"]


@pytest.mark.matrix
def test_what_kills_workers_is_logged_as_failed_and_a_dead_scheduler_ends_the_search(
    render: Render, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = render(
        package_name="deadly", execution="cluster", **SMALL, **VARIANTS[NAME]
    )
    model = project.root / project.package / "model.py"
    model.write_text(model.read_text() + MISCHIEF)
    with cluster(tmp_path, [project.root], failures=0) as dask:
        monkeypatch.setenv("DASK_SCHEDULER_ADDRESS", dask.address)
        process = tune(project, "deadly", "--trials", "4")
        _, err = process.communicate()
        assert process.returncode == 0
        # It may take the one worker some time to come back.
        assert all(line.startswith("there is no worker") for line in err.splitlines())
        last = tune(project, "lost", "--epochs", "100000")
        wait_until((project.root / "runs/lost/study.json").exists, last)
        dask.scheduler.kill()
        _, err = last.communicate()
        assert last.returncode == 2
        assert err.startswith(f"error: the Dask scheduler at {dask.address} is gone")
        assert len(err.splitlines()) == 1
    found = project.records("deadly")
    deadly = [record for record in found if record["params"]["dense1_units"] == 8]
    assert len(found) == 4
    assert deadly
    for record in found:
        assert (record["state"] == "failed") == (record in deadly)
    assert {record["error"]["type"] for record in deadly} == {"ProcessDied"}


def test_without_a_cluster_it_says_how_to_start_one(
    projects: dict[str, Project], monkeypatch: pytest.MonkeyPatch
) -> None:
    told = {
        "": "no Dask scheduler is named: start `dask scheduler`",
        "nowhere": "no Dask scheduler answers at nowhere: start `dask scheduler`",
        "tls://127.0.0.1:1": "tls://127.0.0.1:1 needs certificates",
    }
    for address, complaint in told.items():
        monkeypatch.setenv("DASK_SCHEDULER_ADDRESS", address)
        process = tune(projects[NAME], "none")
        _, err = process.communicate()
        assert process.returncode == 2
        assert err.startswith(f"error: {complaint}")
        assert len(err.splitlines()) == 1
    assert not (projects[NAME].root / "runs" / "none").exists()


def test_a_study_that_is_done_needs_no_worker(
    projects: dict[str, Project], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = projects[NAME]
    assert project.run("tune", "--trials", str(TRIALS), "--study", "done").status == 0
    with cluster(tmp_path, [], workers=0) as dask:
        monkeypatch.setenv("DASK_SCHEDULER_ADDRESS", dask.address)
        process = tune(project, "done")
        out, err = process.communicate()
    assert (process.returncode, err) == (0, "")
    assert f"nothing to do: {TRIALS} of {TRIALS} trials" in out


CHANGES = {
    "data": ("data.py", "SPLIT_SEED = 0", "SPLIT_SEED = 1"),
    "model.py": ("model.py", "[4, 6, 8]", "[4, 6, 9]"),
    "train.py": ("train.py", "shuffle=False", "shuffle=True"),
    "PATIENCE in config.py": ("config.py", "PATIENCE = 1000", "PATIENCE = 999"),
    "OBJECTIVE in config.py": ("config.py", '"maximize")', '"minimize")'),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_worker_that_has_something_else_is_named(
    name: str, projects: dict[str, Project], address: str, tmp_path: Path
) -> None:
    project = changed_copy(projects[NAME], tmp_path, *CHANGES[name])
    process = tune(project, "other")
    _, err = process.communicate()
    assert process.returncode == 2
    assert err.startswith("error: the worker at tcp://")
    assert f"has another {name}; bring its machine up to date" in err
    assert len(err.splitlines()) == 1


def test_a_worker_may_have_other_comments(
    projects: dict[str, Project], address: str, tmp_path: Path
) -> None:
    change = ("model.py", "import keras\n", "import keras  # as ever\n\n")
    project = changed_copy(projects[NAME], tmp_path, *change)
    process = tune(project, "same", "--trials", "1")
    _, err = process.communicate()
    assert (process.returncode, err) == (0, "")


def changed_copy(
    original: Project, folder: Path, file: str, before: str, after: str
) -> Project:
    """Copy a project, and replace some text in one of its modules."""
    project = Project(folder, original.package)
    shutil.copytree(original.root / original.package, project.root / project.package)
    path = project.root / project.package / file
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, after))
    return project


@pytest.mark.matrix
def test_a_worker_without_the_project_is_named(
    projects: dict[str, Project], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = projects[NAME]
    with cluster(tmp_path, []) as dask:
        monkeypatch.setenv("DASK_SCHEDULER_ADDRESS", dask.address)
        process = tune(project, "unknown")
        _, err = process.communicate()
    assert process.returncode == 2
    assert err.startswith("error: a worker cannot import what trials need")
    assert project.package in err
    assert len(err.splitlines()) == 1
