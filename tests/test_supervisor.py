"""Trials that crash, hang or die, in the process of their own that `tune` gives them."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Render
from tests.processes import start
from tests.rendering import Project

TIMES = {"started", "duration_s", "worker"}

MISCHIEF = """

import os
import time

_get_model = get_model


def get_model(trial: optuna.Trial, *shape: int) -> Built:
    print(f"trial {trial.number} in process {os.getpid()}")
    if trial.number in CRASHING:
        os.kill(os.getpid(), CRASHING[trial.number])
    if trial.number in HANGING:
        time.sleep(10_000)
    return _get_model(trial, *shape)
"""


@pytest.fixture(scope="module")
def rendered(render: Render) -> Project:
    """A project whose trials take about a second."""
    return render(
        package_name="supervised",
        epochs=1,
        search_space="small",
        layer_types=["dense"],
        algorithm="random",
    )


@pytest.fixture
def project(rendered: Project, request: pytest.FixtureRequest) -> Any:
    """The same project, whose model may do as a test says."""
    model = rendered.root / rendered.package / "model.py"
    before = model.read_text()

    def misbehave(crashing: dict[int, int], hanging: set[int]) -> Project:
        about = f"\n\nCRASHING = {crashing}\nHANGING = {hanging or 'set()'}"
        model.write_text(before + about + MISCHIEF)
        return rendered

    yield misbehave
    model.write_text(before)


def tuned(project: Project, *words: str) -> tuple[int, str, str]:
    """Tune as a person does: status, and what it says on stdout and stderr."""
    process = start(project, "tune", *words)
    out, err = process.communicate()
    return process.returncode, out, err


def records(project: Project, study: str) -> list[dict[str, Any]]:
    """The study's records by number."""
    listed = json.loads(project.run("trials", "--json", "--study", study).out)
    return sorted(listed, key=lambda record: int(record["number"]))


def test_trials_that_crash_hang_or_are_killed_cost_only_themselves(
    project: Any,
) -> None:
    bad = project({1: 11, 5: 9}, {3})
    words = ("--trials", "7", "--study", "bad", "--trial-timeout", "30")
    status, out, err = tuned(bad, *words)
    assert status == 0, err
    logged = records(bad, "bad")
    assert [record["number"] for record in logged] == list(range(7))
    errors = {r["number"]: r["error"] for r in logged if r["error"]}
    assert {n: error["type"] for n, error in errors.items()} == {
        1: "ProcessDied",
        3: "TimeoutError",
        5: "ProcessDied",
    }
    assert "SIGSEGV" in errors[1]["message"]
    assert "--trial-timeout" in errors[3]["message"]
    assert "SIGKILL" in errors[5]["message"] and "memory" in errors[5]["message"]
    assert [r["number"] for r in logged if r["state"] == "complete"] == [0, 2, 4, 6]
    # Each of the three took its process with it, and nothing that was printed.
    pids = {line.split()[-1] for line in out.splitlines() if " in process " in line}
    assert len(pids) == 4

    # What a trial did has no bearing on the others: they are as in one process.
    good = bad.run("tune", "--trials", "1", "--study", "good", "--seed", "0")
    assert good.status == 0
    first = [
        {k: v for k, v in r[0].items() if k not in TIMES}
        for r in (logged, records(bad, "good"))
    ]
    assert first[0] == first[1]


def test_a_search_whose_every_trial_crashes_ends(project: Any) -> None:
    bad = project(dict.fromkeys(range(9), 6), set())
    status, _, err = tuned(bad, "--trials", "9", "--study", "crashing")
    assert status == 2
    assert len(err.splitlines()) == 1, err
    assert "3 trials in a row failed" in err and "SIGABRT" in err
    logged = records(bad, "crashing")
    assert [record["state"] for record in logged] == ["failed"] * 3


def test_another_process_goes_on_as_the_first_would_have(project: Any) -> None:
    good = project({}, set())
    settings: Path = good.root / good.package / "settings.py"
    before = settings.read_text()
    try:
        settings.write_text(before.replace("PER_PROCESS = 20", "PER_PROCESS = 2"))
        assert settings.read_text() != before
        status, out, err = tuned(good, "--trials", "5", "--study", "renewed")
    finally:
        settings.write_text(before)
    assert status == 0, err
    pids = [line.split()[-1] for line in out.splitlines() if " in process " in line]
    assert len(pids) == 5 and len(set(pids)) == 3
    assert good.run("tune", "--trials", "5", "--study", "one").status == 0
    renewed, one = (
        [{k: v for k, v in r.items() if k not in TIMES} for r in records(good, study)]
        for study in ("renewed", "one")
    )
    assert renewed == one


def test_a_mistake_outside_of_any_trial_is_shown_once(project: Any) -> None:
    good = project({}, set())
    data: Path = good.root / good.package / "data.py"
    before = data.read_text()
    try:
        data.write_text(before + "\n\ndef load_data() -> Data:\n    return 1 / 0\n")
        status, _, err = tuned(good, "--trials", "2", "--study", "mistaken")
    finally:
        data.write_text(before)
    assert status == 1
    assert err.count("ZeroDivisionError") == 1
    assert not (good.root / "runs" / "mistaken" / "trials").exists()
