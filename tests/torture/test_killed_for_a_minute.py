"""A process that searches killed every few seconds for a minute, and all others go on."""

import json
import random
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from tunewright.variants.dask_cluster import Cluster, cluster

from tests.conftest import Render
from tests.processes import start, started_by
from tests.rendering import Project
from tests.torture.conftest import Count
from tests.torture.victims import TINY

SECONDS = 60
PAUSE = 4
"""Seconds from one kill to the next."""
TRIALS = 60

FRAMEWORKS: dict[str, dict[str, Any]] = {
    "optuna": {"framework": "optuna", "execution": "workers"},
    "sampler": {"framework": "sampler", "execution": "workers"},
    "search_cv": {"framework": "search_cv", "execution": "workers"},
    "keras_tuner": {"framework": "keras_tuner", "execution": "workers"},
    "cluster": {"framework": "optuna", "execution": "cluster"},
    "dask_sampler": {"framework": "sampler", "execution": "cluster"},
    "dask_search_cv": {
        "framework": "search_cv",
        "algorithm": "random",
        "execution": "cluster",
    },
    "dask_keras_tuner": {
        "framework": "keras_tuner",
        "algorithm": "random",
        "execution": "cluster",
    },
}
SMALL: dict[str, Any] = {"setup": "full", "layer_types": ["dense"], "epochs": 8, **TINY}


@pytest.fixture
def dask(
    name: str, project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Cluster | None]:
    """A Dask cluster of two workers, where the project searches on one."""
    if not name.startswith("dask"):
        yield None
        return
    with cluster(tmp_path, [project.root], workers=2) as made:
        monkeypatch.setenv("DASK_SCHEDULER_ADDRESS", made.address)
        yield made


@pytest.fixture
def project(name: str, render: Render) -> Project:
    """A project whose trials are short."""
    return render(package_name=f"minute_{name}", **SMALL, **FRAMEWORKS[name])


@pytest.mark.torture
@pytest.mark.parametrize("name", FRAMEWORKS)
def test_a_minute_of_kills_costs_no_trial(
    name: str,
    project: Project,
    dask: Cluster | None,
    count: Count,
    request: pytest.FixtureRequest,
) -> None:
    if name == "cluster":
        request.getfixturevalue("database")
    words = ("tune", "--trials", str(TRIALS), "--runs", str(project.root / "runs"))
    processes = [start(project, *words) for _ in range(2 if name == "cluster" else 1)]
    victims = dask.processes if dask else partial(started_by, *processes)
    chance = random.Random(name)
    ends = time.monotonic() + SECONDS
    kills = logged = 0
    folder = project.root / "runs" / "default" / "trials"
    while time.monotonic() < ends and any(p.poll() is None for p in processes):
        time.sleep(PAUSE)
        before, logged = logged, len(list(folder.glob("trial_*.json")))
        # A search whose processes never come to a trial gives up, and is right to.
        if logged > before and (alive := victims()):
            chance.choice(alive).kill()
            count("a worker killed every few seconds", name)
            kills += 1
    for process in processes:
        out, err = process.communicate()
        assert process.returncode == 0, err
        assert f"has {TRIALS} trials" in out
    records = [
        json.loads(path.read_bytes()) for path in sorted(folder.glob("trial_*.json"))
    ]
    assert [record["number"] for record in records] == [*range(TRIALS)]
    errors = [record["error"]["type"] for record in records if record["error"]]
    assert set(errors) <= {"ProcessDied"}  # one that was killed twice
    assert kills >= 5
