"""Where scikit-learn's models are tuned: in several processes, on several machines."""

import os
from typing import Any

import pytest

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
}
DEPENDS_ON_WHO_IS_FASTER = {"optuna_tpe"}
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
