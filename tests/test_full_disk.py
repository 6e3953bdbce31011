"""Studies on a disk that is full, and with a database that nobody can write."""

import json
import os
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.conftest import Render
from tests.rendering import Project
from tests.test_conformance import in_trial, raises_once

LARGE: dict[str, Any] = {
    "package_name": "on_a_full_disk",
    "epochs": 1,
    "search_space": "custom",
    "layer_types": ["dense"],
    "dense_layers": [1],
    "dense_units": [256, 272],
    "algorithm": "random",
}
"""The weights of a trial take about 250 kB."""


@pytest.fixture
def project(render: Render) -> Project:
    """Render a project whose trials run one after the other."""
    return render(**LARGE)


@pytest.fixture
def shared(render: Render) -> Project:
    """Render a project whose workers share a database."""
    return render(**LARGE, execution="workers")


@pytest.fixture
def disk(project: Project) -> Iterator[Project]:
    """Give a project a disk of two megabytes for its studies."""
    runs = project.root / "runs"
    runs.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "none", str(runs)],
        capture_output=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip("only root may make a small disk")
    yield project
    subprocess.run(["umount", "--lazy", str(runs)], check=True)


def records(project: Project) -> dict[int, dict[str, Any]]:
    """Return the study's records by number."""
    listed = json.loads(project.run("trials", "--json").out)
    return {record["number"]: record for record in listed}


def test_a_full_disk_ends_a_search_with_a_word_and_loses_nothing(
    disk: Project,
) -> None:
    ran = disk.run("tune", "--trials", "20")
    assert ran.status == 2
    assert len(ran.err.splitlines()) == 1, ran.err
    assert "No space left" in ran.err or "disk is full" in ran.err
    before = records(disk)
    complete = {n: r for n, r in before.items() if r["state"] == "complete"}
    assert len(complete) >= 2
    failed = [r for r in before.values() if r["state"] == "failed"]
    assert all(r["error"]["message"] and not r["weights"] for r in failed)
    assert not [p for p in (disk.root / "runs").rglob(".*.h5*")]
    assert disk.run("reconstruct", "best").status == 0

    subprocess.run(
        ["mount", "-o", "remount,size=64m", str(disk.root / "runs")], check=True
    )
    assert disk.run("tune", "--trials", str(len(before) + 2)).status == 0
    after = records(disk)
    assert sorted(after) == list(range(len(before) + 2))
    assert {n: after[n] for n in before} == before


def test_a_database_that_cannot_be_written_costs_no_trial(
    shared: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage = shared.load("storage.sqlite")
    impatient: Callable[..., sqlite3.Connection] = sqlite3.connect

    def connect(*where: Any, **options: Any) -> sqlite3.Connection:
        return impatient(*where, **{**options, "timeout": 0.2})

    locked: list[sqlite3.Connection] = []

    def lock() -> None:
        if not locked:
            database = shared.root / "runs" / "default" / "study.db"
            locked.append(sqlite3.connect(database, isolation_level=None))
            locked[0].execute("BEGIN EXCLUSIVE")

    with monkeypatch.context() as patch:
        patch.setattr(storage.sqlite3, "connect", connect)
        in_trial(shared, patch, 1, lock)
        ran = shared.run("tune", "--trials", "4")
    assert locked
    locked[0].close()
    assert ran.status == 2
    assert len(ran.err.splitlines()) == 1, ran.err
    assert "database is locked" in ran.err
    before = records(shared)
    assert 0 in before
    assert shared.run("tune", "--trials", "4").status == 0
    after = records(shared)
    assert sorted(after) == [0, 1, 2, 3]
    assert {n: after[n] for n in before} == before
    assert not [record for record in after.values() if record["error"]]


@pytest.mark.matrix
def test_a_database_that_goes_away_while_it_is_used_is_made_anew(
    shared: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = shared.root / "runs" / "default" / "study.db"
    with monkeypatch.context() as patch:
        in_trial(shared, patch, 1, lambda: database.unlink(missing_ok=True))
        ran = shared.run("tune", "--trials", "3")
    assert ran.status in (0, 2)
    assert len(ran.err.splitlines()) <= 1, ran.err
    before = records(shared)
    assert shared.run("tune", "--trials", "4").status == 0
    after = records(shared)
    assert sorted(after) == [0, 1, 2, 3]
    assert {n: after[n] for n in before} == before
    assert database.exists()


def test_trials_that_fail_now_and_then_end_no_search(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in (1, 3):
        with monkeypatch.context() as patch:
            in_trial(project, patch, number, raises_once(MemoryError(os.name)))
            words = ("tune", "--trials", str(number + 1))
            assert project.run(*words).status == 0
    assert [r["state"] for _, r in sorted(records(project).items())] == [
        "complete",
        "failed",
        "complete",
        "failed",
    ]
