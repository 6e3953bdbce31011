"""Trials that crash, hang or die, in the process of their own that `tune` gives them."""

import re
import signal
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Render
from tests.processes import start, wait_until
from tests.rendering import Project, timeless

MISCHIEF = """

import os
import time

_get_model = get_model


def get_model(trial, *shape):
    print(f"trial {trial.number} in process {os.getpid()}")
    if trial.number in CRASHING:
        os.kill(os.getpid(), CRASHING[trial.number])
        os._exit(0)  # for 0 is no signal
    if trial.number in UNLUCKY and not os.path.exists(f"unlucky_{trial.number}"):
        open(f"unlucky_{trial.number}", "w").close()
        os.kill(os.getpid(), 9)
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

    def misbehave(
        crashing: dict[int, int], hanging: set[int], unlucky: set[int] | None = None
    ) -> Project:
        about = f"\n\nCRASHING = {crashing}\nHANGING = {hanging or 'set()'}"
        about += f"\nUNLUCKY = {unlucky or 'set()'}"
        model.write_text(before + about + MISCHIEF)
        return rendered

    yield misbehave
    model.write_text(before)


def tuned(project: Project, *words: str) -> tuple[int | None, str, str]:
    """Tune as a person does: status, and what it says on stdout and stderr."""
    process = start(project, "tune", *words)
    out, err = process.communicate()
    return process.returncode, out, err


def test_trials_that_crash_hang_or_are_killed_cost_only_themselves(
    project: Any,
) -> None:
    bad = project({1: 11, 5: 9, 6: 0}, {3})
    words = ("--trials", "7", "--study", "bad", "--trial-timeout", "15")
    status, out, err = tuned(bad, *words)
    assert status == 0, err
    logged = bad.records("bad")
    assert [record["number"] for record in logged] == list(range(7))
    errors = {r["number"]: r["error"] for r in logged if r["error"]}
    assert {n: error["type"] for n, error in errors.items()} == {
        1: "ProcessDied",
        3: "TimeoutError",
        5: "ProcessDied",
        6: "ProcessDied",
    }
    assert "SIGSEGV" in errors[1]["message"]
    assert "--trial-timeout" in errors[3]["message"]
    assert "SIGKILL" in errors[5]["message"] and "memory" in errors[5]["message"]
    assert errors[6]["message"] == "its process was ended by exit status 0"
    assert [r["number"] for r in logged if r["state"] == "complete"] == [0, 2, 4]
    # Those that died were tried twice, the one that hung was not; each took its process
    # with it, and nothing that was printed.
    tried = [line.split() for line in out.splitlines() if " in process " in line]
    times = Counter(int(words[1]) for words in tried)
    assert times == {number: 2 if number in (1, 5, 6) else 1 for number in range(7)}
    assert len({words[-1] for words in tried}) == 7
    again = [line for line in err.splitlines() if line.endswith("it is run again")]
    assert [line.split(":")[0] for line in again] == ["trial 1", "trial 5", "trial 6"]


def test_a_search_whose_every_trial_crashes_ends(project: Any) -> None:
    bad = project(dict.fromkeys(range(9), 6), set())
    status, _, err = tuned(bad, "--trials", "9", "--study", "crashing")
    assert status == 2
    *again, last = err.splitlines()
    assert len(again) == 3 and all("it is run again" in line for line in again), err
    assert "3 trials in a row failed" in last and "SIGABRT" in last
    logged = bad.records("crashing")
    assert [record["state"] for record in logged] == ["failed"] * 3


def test_another_process_goes_on_as_the_first_would_have(project: Any) -> None:
    good = project({}, set())
    config: Path = good.root / good.package / "config.py"
    before = config.read_text()
    try:
        config.write_text(before.replace("PER_PROCESS = 20", "PER_PROCESS = 2"))
        assert config.read_text() != before
        status, out, err = tuned(good, "--trials", "5", "--study", "renewed")
    finally:
        config.write_text(before)
    assert status == 0, err
    pids = re.findall(r" in process (\d+)", out)
    assert len(pids) == 5 and len(set(pids)) == 3
    words = ("--trials", "5", "--study", "one", "--in-process")
    status, _, err = tuned(good, *words)
    assert status == 0, err
    renewed, one = (
        timeless(good.records(study), "worker") for study in ("renewed", "one")
    )
    assert renewed == one


@pytest.mark.parametrize(
    ("code", "status", "line"),
    [
        ("1 / 0", 1, "ZeroDivisionError: division by zero"),
        ("exit()", 2, r"error: the code calls exit\(None\) \(data\.py, line .*"),
    ],
)
def test_a_mistake_outside_of_any_trial_is_shown_once(
    code: str, status: int, line: str, project: Any
) -> None:
    good = project({}, set())
    data: Path = good.root / good.package / "data.py"
    before = data.read_text()
    try:
        data.write_text(before + f"\n\ndef load_data() -> Data:\n    return {code}\n")
        ended, _, err = tuned(good, "--trials", "2", "--study", "mistaken")
    finally:
        data.write_text(before)
    assert ended == status
    assert len(re.findall(f"^{line}$", err, re.MULTILINE)) == 1
    assert not (good.root / "runs" / "mistaken" / "trials").exists()


def test_a_trial_whose_process_dies_once_is_as_if_it_had_not(project: Any) -> None:
    bad = project({}, set(), {1})
    status, _, err = tuned(bad, "--trials", "3", "--study", "unlucky")
    assert status == 0, err
    assert "it is run again" in err and len(err.splitlines()) == 1
    status, _, _ = tuned(bad, "--trials", "3", "--study", "lucky")
    assert status == 0
    unlucky, lucky = (
        timeless(bad.records(study), "worker") for study in ("unlucky", "lucky")
    )
    assert unlucky == lucky
    assert [record["state"] for record in lucky] == ["complete"] * 3


SHARED: dict[str, dict[str, Any]] = {
    "sampler": {"framework": "sampler", "execution": "workers"},
    "optuna": {"execution": "workers"},
    "cluster": {"execution": "cluster"},
}


@pytest.mark.parametrize("name", SHARED)
def test_a_trial_that_kills_any_worker_is_tried_twice_by_all_of_them(
    name: str, render: Render, request: pytest.FixtureRequest
) -> None:
    if name == "cluster":
        request.getfixturevalue("database")
    bad = render(
        package_name=f"supervised_{name}",
        epochs=1,
        search_space="small",
        layer_types=["conv", "dense"],
        algorithm="random",
        **SHARED[name],
    )
    trains = bad.root / bad.package / "search.py"
    lethal = """

import os

_fit = fit


def fit(setup, record, *epochs, **options):
    print(f"trial {record.number} in process {os.getpid()}")
    if record.number == 1:
        os.kill(os.getpid(), 11)
    _fit(setup, record, *epochs, **options)
"""
    trains.write_text(trains.read_text() + lethal)
    status, out, err = tuned(bad, "--trials", "5")
    assert status == 0, err
    logged = bad.records()
    assert [record["number"] for record in logged] == list(range(5))
    assert [record["state"] == "failed" for record in logged] == [
        number == 1 for number in range(5)
    ]
    assert logged[1]["error"]["type"] == "ProcessDied"
    assert "SIGSEGV" in logged[1]["error"]["message"]
    tried = [line for line in out.splitlines() if line.startswith("trial 1 in process")]
    assert len(tried) == 2
    assert err.splitlines() == [
        "trial 1: its process was ended by SIGSEGV; it is run again"
    ]
    assert not list((bad.root / "runs" / "default" / "trials").glob("running*"))


def test_ctrl_c_is_answered_at_once_and_a_second_one_obeyed(project: Any) -> None:
    bad = project({}, {0})
    process = start(bad, "tune", "--study", "stuck", "--trials", "4")
    running = bad.root / "runs" / "stuck" / "trials" / "running.json"
    wait_until(running.exists, process)
    process.send_signal(signal.SIGINT)
    answer = "stopping at the next batch; again to stop now\n"
    wait_until(lambda: process.errors.read_text() == answer, process)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate()
    assert process.returncode == 130
    assert err.removeprefix(answer).splitlines() == [
        "Stopped: 0 of 4 trials are logged. To go on:",
        f"  python -m {bad.package} tune --study stuck --trials 4",
    ]
