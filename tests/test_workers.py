"""Several workers on one study: the trials of one, and one that is killed costs none."""

import json
import math
import os
import random
import re
import signal
from typing import Any

import psutil
import pytest
from tunewright.variants.forked import Command

from tests.conftest import Render
from tests.often import often
from tests.processes import start, started_by, wait_until
from tests.rendering import KEPT, Project, timeless
from tests.torture.victims import GRID

ASIDE = ("worker", *KEPT)
"""What depends on who was faster."""
VARIANTS: dict[str, dict[str, Any]] = {
    "optuna_random": {"framework": "optuna", "algorithm": "random", "pruner": "none"},
    "optuna_tpe": {"framework": "optuna", "keep_weights": "best"},
    "sampler_random": {"framework": "sampler", "algorithm": "random"},
    "sampler_grid": {"framework": "sampler", "algorithm": "grid"},
    "search_cv_random": {"framework": "search_cv", "keep_weights": "best"},
    "search_cv_halving": {"framework": "search_cv", "algorithm": "halving_random"},
    "keras_tuner_random": {"framework": "keras_tuner", "algorithm": "random"},
    "keras_tuner_grid": {"framework": "keras_tuner", "algorithm": "grid"},
    "keras_tuner_hyperband": {"framework": "keras_tuner", "keep_weights": "best"},
    "keras_tuner_bayesian": {"framework": "keras_tuner", "algorithm": "bayesian"},
}
DEPENDS_ON_WHO_IS_FASTER = {"optuna_tpe", "keras_tuner_bayesian"}
SHARED_OTHERWISE = [
    "sampler_grid",
    "keras_tuner_hyperband",
    "search_cv_random",
    "optuna_tpe",
]
"""One for each way in which workers agree on who runs what."""
IMPORT = "from .errors import UserError\n"
TRIALS = 7
SMALL: dict[str, Any] = {
    "setup": "full",
    "execution": "workers",
    "layer_types": ["dense"],
    "epochs": 3,
    **GRID,
}


@pytest.fixture
def project(name: str, render: Render) -> Project:
    """A project whose trials are short."""
    return render(package_name=f"shared_{name}", **SMALL, **VARIANTS[name])


def tune(project: Project, study: str, workers: int) -> Command:
    """Start a search."""
    words = ["--trials", str(TRIALS), "--study", study, "--workers", str(workers)]
    return start(project, "tune", *words)


@pytest.mark.parametrize("name", often(VARIANTS, ["sampler_grid"]))
def test_two_workers_run_the_trials_of_one(name: str, project: Project) -> None:
    process = tune(project, "two", 2)
    out, err = process.communicate()
    assert process.returncode == 0, err
    assert err == ""
    assert out.count(f"has {TRIALS} trials") == 1
    shared = project.records("two")
    assert [record["number"] for record in shared] == [*range(TRIALS)]
    assert {record["worker"] for record in shared} == {0, 1}
    assert not list((project.root / "runs" / "two" / "trials").glob("running*"))
    assert project.run("reconstruct", "--study", "two").status == 0
    if name in DEPENDS_ON_WHO_IS_FASTER:
        return
    words = ["--trials", str(TRIALS), "--study", "one"]
    assert project.run("tune", *words).status == 0
    assert timeless(shared, *ASIDE) == timeless(project.records("one"), *ASIDE)


@pytest.mark.parametrize("name", often(VARIANTS, SHARED_OTHERWISE[2:]))
def test_workers_that_are_killed_cost_no_trial(name: str, project: Project) -> None:
    process = tune(project, "killed", 2)
    folder = project.root / "runs" / "killed" / "trials"
    chance = random.Random(name)
    spared: list[psutil.Process] = []
    for logged in (1, 3, 5):
        while len(list(folder.glob("trial_*.json"))) < logged:
            assert process.poll() is None, process.communicate()
        alive = started_by(process)
        # A new one may be running again what another was at: twice is once too often.
        if victims := [searcher for searcher in alive if searcher in spared] or alive:
            chance.choice(victims).kill()
        spared = alive
    _, err = process.communicate()
    assert process.returncode == 0, err
    assert all(line.endswith("it is run again") for line in err.splitlines()), err
    found = project.records("killed")
    assert [record["number"] for record in found] == [*range(TRIALS)]
    assert {record["state"] for record in found} <= {"complete", "pruned"}
    for path in folder.glob("trial_*.weights.h5"):
        assert found[int(path.name[6:10])]["weights"] == path.name


def test_a_trial_goes_on_from_its_checkpoint_though_the_sampler_knows_more(
    render: Render,
) -> None:
    answers = {"framework": "optuna", "algorithm": "grid", "checkpoints": True}
    long = {"patience": 60, "activation": ["relu", "tanh", "elu"]}
    project = render(package_name="going_on", **SMALL | answers | long)
    # With this seed, and trial 1 ended, the sampler would draw something else for trial 0.
    words = ["--trials", "2", "--workers", "2", "--seed", "156"]
    process = start(project, "tune", *words, "--epochs", "20")
    folder = project.root / "runs" / "default" / "trials"
    checkpoint = folder / "trial_0000.checkpoint.npz"
    wait_until(checkpoint.exists, process)
    claims = [json.loads(path.read_text()) for path in folder.glob("running_*.json")]
    (running,) = [claim for claim in claims if claim["number"] == 0]
    searcher = psutil.Process(running["pid"])
    searcher.suspend()
    wait_until((folder / "trial_0001.json").exists, process)
    searcher.kill()
    _, err = process.communicate()
    assert process.returncode == 0, err
    assert "starts over" not in err
    assert project.records("default")[0]["params"] == running["params"]
    assert not [*folder.glob("*.broken")]


@pytest.mark.parametrize(
    "name",
    often(["search_cv_halving", "keras_tuner_hyperband"], ["keras_tuner_hyperband"]),
)
def test_ctrl_c_ends_all_workers_and_the_search_goes_on(
    name: str, project: Project
) -> None:
    process = tune(project, "cut", 2)
    folder = project.root / "runs" / "cut" / "trials"
    wait_until(lambda: list(folder.glob("trial_*.json")), process)
    children = started_by(process)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate()
    assert process.returncode == 130
    answered, stopped, *_ = err.splitlines()
    assert answered.startswith("stopping at the next batch")
    assert re.match(rf"Stopped: [0-9] of {TRIALS} trials (is|are) logged", stopped)
    assert not any(child.is_running() for child in children)

    process = tune(project, "cut", 2)
    _, err = process.communicate()
    assert (process.returncode, err) == (0, "")
    assert tune(project, "whole", 1).wait() == 0
    assert timeless(project.records("cut"), *ASIDE) == timeless(
        project.records("whole"), *ASIDE
    )


def test_a_worker_keeps_to_its_part_of_the_machine(
    render: Render, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = render(package_name="parts", execution="workers")
    resources = project.load("runtime.resources")
    threads = str(max((os.cpu_count() or 1) // 2, 1))
    ours = {"CUDA_VISIBLE_DEVICES": "3, 5", "OMP_NUM_THREADS": "7", "HOME": "/"}
    monkeypatch.setattr(resources.os, "environ", ours)
    theirs = resources.WorkerResources(1, 2).environment()
    assert theirs["CUDA_VISIBLE_DEVICES"] == "5"
    assert theirs["TF_FORCE_GPU_ALLOW_GROWTH"] == "true"
    assert theirs["TF_NUM_INTRAOP_THREADS"] == threads
    assert theirs["OMP_NUM_THREADS"] == "7"  # whoever set it meant it
    assert theirs["HOME"] == "/"
    ours["CUDA_VISIBLE_DEVICES"] = ""
    theirs = resources.WorkerResources(0, 2).environment()
    assert theirs["CUDA_VISIBLE_DEVICES"] == ""
    assert "TF_NUM_INTRAOP_THREADS" not in ours


@pytest.mark.parametrize("name", ["sampler_random"])
def test_what_all_workers_refuse_is_said_once(name: str, project: Project) -> None:
    path = project.root / project.package / "data.py"
    refuses = "    raise UserError('no data today')\n"
    text = path.read_text("utf-8").replace("from .dataset ", f"{IMPORT}from .dataset ")
    head, begin, body = text.partition(") -> Data:\n")
    path.write_text(head + begin + refuses + body, "utf-8")
    command = tune(project, "refused", 3)
    _, err = command.communicate()
    assert command.returncode == 2, err
    assert err == "error: no data today\n"
    path.write_text(text + "def (", "utf-8")
    command = tune(project, "refused", 2)
    _, err = command.communicate()
    assert command.returncode == 2, err
    [line] = err.splitlines()
    assert f"{path}, line " in line and "invalid syntax" in line


def test_a_worker_with_nothing_new_to_say_waits_to_be_stopped(render: Render) -> None:
    project = render(package_name="said", execution="workers", framework="sampler")
    refusal = project.load("errors").UserError
    study = project.load("study").Study(project.root / "runs", "said")
    workers = project.load("runtime.workers")
    with project.load("runtime.signals").Stop(math.inf, quiet=True) as stop:
        with pytest.raises(refusal), workers.one_refusal(study, stop):
            raise refusal("no data today")
        os.kill(os.getpid(), signal.SIGINT)  # as the supervisor does then
        with pytest.raises(KeyboardInterrupt), workers.one_refusal(study, stop):
            raise refusal("no data today")


@pytest.mark.parametrize("name", ["sampler_random", "optuna_tpe"])
def test_a_study_goes_on_once_a_model_can_be_made(name: str, project: Project) -> None:
    path = project.root / project.package / "model.py"
    good = path.read_text("utf-8")
    bad = good.replace("    return BuiltModel(", "    return print(")
    assert bad != good
    path.write_text(bad, "utf-8")
    command = tune(project, "mended", 2)
    _, err = command.communicate()
    assert command.returncode == 2 and err.count("\n") == 1, err
    path.write_text(good, "utf-8")
    command = tune(project, "mended", 2)
    _, err = command.communicate()
    assert (command.returncode, err) == (0, "")
    assert len(project.records("mended")) == TRIALS
