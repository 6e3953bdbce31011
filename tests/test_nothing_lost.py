"""Searches that are killed, interrupted, shared or asked for the impossible."""

import json
import os
import shutil
import signal
import time
from pathlib import Path
from typing import Any

import optuna
import pytest

from tests.conftest import Render
from tests.processes import kill, start, wait_until
from tests.rendering import Project, timeless
from tests.torture.victims import GRID


@pytest.fixture(scope="module")
def quick(render: Render) -> Project:
    """A project whose trials take about a second."""
    return render(
        package_name="quick_trials",
        epochs=3,
        search_space="small",
        layer_types=["conv", "pooling", "dense"],
    )


@pytest.fixture
def project(quick: Project, tmp_path: Path) -> Project:
    """The same project, with no study yet."""
    shutil.rmtree(quick.root / "runs", ignore_errors=True)
    return quick


@pytest.fixture(scope="module")
def with_workers(render: Render) -> Project:
    """The same with workers, which share a database."""
    return render(
        package_name="quick_workers",
        execution="workers",
        epochs=3,
        search_space="small",
        layer_types=["conv", "pooling", "dense"],
    )


@pytest.fixture
def shared(with_workers: Project) -> Project:
    """The same project, with no study yet."""
    shutil.rmtree(with_workers.root / "runs", ignore_errors=True)
    return with_workers


def numbers(project: Project) -> list[int]:
    """The numbers of the trials that are logged."""
    return [record["number"] for record in project.records()]


def in_optuna(project: Project) -> list[str]:
    """What Optuna takes the trials' states to be, by number."""
    database = project.root / "runs" / "default" / "study.db"
    study = optuna.load_study(
        storage=f"sqlite:///{database}", study_name=project.package
    )
    return [trial.state.name for trial in study.get_trials(deepcopy=False)]


@pytest.mark.matrix
def test_the_same_seed_gives_the_same_records(project: Project) -> None:
    for study in ("one", "two"):
        project.run("tune", "--trials", "3", "--seed", "7", "--study", study)
    assert timeless(project.records("one"), "worker") == timeless(
        project.records("two"), "worker"
    )
    project.run("tune", "--trials", "3", "--seed", "8", "--study", "other")
    assert timeless(project.records("one"), "worker") != timeless(
        project.records("other"), "worker"
    )


@pytest.mark.matrix
def test_a_killed_search_goes_on_as_if_nothing_had_happened(project: Project) -> None:
    project.run("tune", "--trials", "4", "--study", "whole")
    process = start(project, "tune", "--trials", "4")
    log = project.root / "runs" / "default" / "trials"
    wait_until((log / "trial_0001.json").exists, process)
    wait_until((log / "running.json").exists, process)
    kill(process, project)
    assert numbers(project) != [0, 1, 2, 3]

    ran = project.run("tune", "--trials", "4")
    assert (ran.status, ran.err) == (0, "")
    assert numbers(project) == [0, 1, 2, 3]
    assert not (log / "running.json").exists()
    assert timeless(project.records()) == timeless(project.records("whole"))


@pytest.mark.matrix
def test_a_lost_record_costs_only_its_trial(project: Project) -> None:
    project.run("tune", "--trials", "4")
    before = project.records()
    log = project.root / "runs" / "default" / "trials"
    (log / "trial_0001.json").write_text('{"schema": 1')
    (log / "trial_0003.json").unlink()
    ran = project.run("tune", "--trials", "4")
    assert ran.status == 0
    assert ran.err.count("trial 1: its record is broken") == 1
    assert (log / "trial_0001.json.broken").exists()
    after = project.records()
    assert [after[number] for number in (0, 2)] == [before[number] for number in (0, 2)]
    assert timeless(after)[3] == timeless(before)[3]
    assert numbers(project) == [0, 1, 2, 3]


@pytest.mark.matrix
def test_all_workers_killed_lose_nothing(shared: Project) -> None:
    process = start(shared, "tune", "--trials", "5", "--workers", "2")
    log = shared.root / "runs" / "default" / "trials"
    wait_until((log / "trial_0001.json").exists, process)
    wait_until(lambda: "RUNNING" in in_optuna(shared), process)
    kill(process, shared)
    assert "RUNNING" in in_optuna(shared)
    before = shared.records()

    ran = shared.run("tune", "--trials", "5")
    assert (ran.status, ran.err) == (0, "")
    assert numbers(shared) == [0, 1, 2, 3, 4]
    assert [one for one in shared.records() if one in before] == before
    assert not list(log.glob("running*"))
    assert set(in_optuna(shared)) <= {"COMPLETE", "PRUNED"}


def test_a_trial_killed_between_its_record_and_optuna_is_not_run_again(
    shared: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        """In place of a signal: nothing after this point is run."""

    def killed(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(optuna.Study, "tell", killed)
        with pytest.raises(Killed):
            shared.run("tune", "--trials", "2")
    assert in_optuna(shared) == ["RUNNING"]
    before = shared.records()
    assert [record["number"] for record in before] == [0]

    shared.run("tune", "--trials", "2")
    assert shared.records()[0] == before[0]
    assert numbers(shared) == [0, 1]
    assert set(in_optuna(shared)) <= {"COMPLETE", "PRUNED"}


def test_ctrl_c_keeps_what_is_done_and_says_how_to_go_on(project: Project) -> None:
    process = start(project, "tune", "--trials", "50")
    log = project.root / "runs" / "default" / "trials"
    wait_until((log / "trial_0000.json").exists, process)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate()
    assert process.returncode == 130, err
    assert f"python -m {project.package} tune" in err
    assert "Traceback" not in err
    assert not (log / "running.json").exists()
    done = len(numbers(project))
    project.run("tune", "--trials", str(done + 1))
    assert numbers(project) == list(range(done + 1))


def test_a_timeout_ends_in_time_and_loses_nothing(project: Project) -> None:
    began = time.monotonic()
    project.run("tune", "--trials", "1")
    start = time.monotonic() - began  # and a trial, as long as a busy machine takes
    seconds = round(2 * start + 4)
    began = time.monotonic()
    ran = project.run("tune", "--trials", "1000", "--timeout", str(seconds))
    assert ran.status == 0
    assert time.monotonic() - began < seconds + start + 4
    assert f"python -m {project.package} tune" in ran.err
    done = len(numbers(project))
    assert 1 < done < 1000
    assert project.run("tune", "--trials", str(done + 1)).status == 0
    assert numbers(project) == list(range(done + 1))


def test_only_a_search_that_has_tried_all_says_so(render: Render) -> None:
    few = GRID | {"dense_units": [4], "activation": ["relu"], "epochs": 1}
    grid = {"framework": "sampler", "algorithm": "grid", "layer_types": ["dense"]}
    project = render(package_name="two_at_all", setup="full", **grid, **few)
    words = ("tune", "--trials", "9")
    assert "is tried" not in project.run(*words, "--timeout", "0.001").out
    ran = project.run(*words)
    assert ran.out.count("Every combination in the search space has been tried.") == 1
    assert numbers(project) == [0, 1]


def test_processes_that_share_a_study_reach_the_exact_number(shared: Project) -> None:
    together = [start(shared, "tune", "--trials", "6") for _ in range(3)]
    for process in together:
        _, err = process.communicate()
        assert process.returncode == 0, err
    assert numbers(shared) == list(range(6))
    assert set(in_optuna(shared)) <= {"COMPLETE", "PRUNED"}
    assert len(in_optuna(shared)) == 6
    drawn = [json.dumps(record["params"]) for record in shared.records()]
    assert len({record["worker"] for record in shared.records()}) > 1
    assert len(set(drawn)) > 3


def test_enough_trials_are_enough(project: Project) -> None:
    project.run("tune", "--trials", "2")
    project.run("tune", "--trials", "1")
    assert numbers(project) == [0, 1]


def test_a_grid_ends_when_every_combination_was_tried(render: Render) -> None:
    grid = render(
        package_name="tiny_grid",
        algorithm="grid",
        pruner="none",
        layer_types=["dense"],
        search_space="custom",
        dense_layers=[1],
        dense_units=[4, 8],
        activation=["relu"],
        optimizer=["adam"],
        learning_rate=[0.001, 0.01],
        batch_size=[128],
    )
    assert grid.run("tune", "--trials", "3", "--epochs", "1").status == 0
    for _ in range(2):
        assert grid.run("tune", "--trials", "9").status == 0
        drawn = {json.dumps(record["params"]) for record in grid.records()}
        assert len(drawn) == len(grid.records()) == 4


def test_a_failing_trial_is_logged_and_the_search_goes_on(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    train = project.load("train")
    get_model = train.get_model

    def broken_once(trial: optuna.Trial, *shape: Any) -> Any:
        built = get_model(trial, *shape)
        if trial.number == 1:
            raise ValueError("this cannot be built\nfor many reasons")
        return built

    monkeypatch.setattr(train, "get_model", broken_once)
    assert project.run("tune", "--trials", "3").status == 0
    failed = project.records()[1]
    assert failed["state"] == "failed"
    assert failed["error"]["type"] == "ValueError"
    assert failed["params"]["learning_rate"] > 0
    assert failed["objective"]["value"] is None
    assert failed["weights"] is None
    assert project.run("reconstruct", "1").status == 2
    assert "failed" in project.run("trials").out


def test_a_search_that_only_fails_ends(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ValueError("this cannot be built\nfor many reasons")

    monkeypatch.setattr(project.load("train"), "get_model", broken)
    ran = project.run("tune", "--trials", "9")
    assert ran.status == 2
    assert len(ran.err.splitlines()) == 1
    assert "this cannot be built" in ran.err
    assert numbers(project) == [0, 1, 2]


def test_a_loss_that_is_not_a_number_fails_the_trial(render: Render) -> None:
    project = render(
        package_name="diverging",
        layer_types=["dense"],
        search_space="custom",
        activation=["relu"],
        optimizer=["sgd"],
        learning_rate=[10.0],
        dense_layers=[8],
        dense_units=[512],
    )
    ran = project.run("tune", "--trials", "1", "--epochs", "2")
    assert ran.status == 0, ran.err
    text = (project.root / "runs/default/trials/trial_0000.json").read_text()
    record = json.loads(text, parse_constant=lambda name: pytest.fail(name))
    assert record["state"] == "failed"
    assert record["error"]["type"] == "FloatingPointError"
    assert None in record["history"]["loss"]


def test_a_changed_search_space_needs_a_new_study(project: Project) -> None:
    project.run("tune", "--trials", "1")
    model = project.root / project.package / "model.py"
    before = model.read_text()
    try:
        model.write_text("# A comment changes nothing.\n" + before)
        assert project.run("tune", "--trials", "2").status == 0
        model.write_text(before.replace("[8, 16]", "[8, 32]"))
        ran = project.run("tune", "--trials", "3")
        assert ran.status == 2
        assert len(ran.err.splitlines()) == 1
        assert "[8, 32]" in ran.err and "--study" in ran.err
        assert numbers(project) == [0, 1]
        assert project.run("tune", "--trials", "1", "--study", "new").status == 0
    finally:
        model.write_text(before)


def test_changed_data_need_a_new_study(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.run("tune", "--trials", "1")
    data = project.load("data")
    load_data = data.load_data
    monkeypatch.setattr(data, "SPLIT_SEED", 1)
    assert load_data().train.x.shape == (1078, 8, 8, 1)
    for command in (["tune", "--trials", "2"], ["reconstruct", "0"]):
        ran = project.run(*command)
        assert ran.status == 2
        assert "data" in ran.err
    assert numbers(project) == [0]


def test_weights_that_are_not_those_logged_are_refused(project: Project) -> None:
    project.run("tune", "--trials", "2")
    trials = project.root / "runs" / "default" / "trials"
    shutil.copy(trials / "trial_0000.weights.h5", trials / "trial_0001.weights.h5")
    ran = project.run("reconstruct", "1")
    assert ran.status == 2 and "damaged" in ran.err
    (trials / "trial_0000.weights.h5").unlink()
    ran = project.run("reconstruct", "0")
    assert ran.status == 2 and "gone" in ran.err


def test_a_model_that_scores_otherwise_is_not_passed_off(project: Project) -> None:
    project.run("tune", "--trials", "1")
    path = project.root / "runs" / "default" / "trials" / "trial_0000.json"
    record = json.loads(path.read_text())
    record["metrics"]["val_loss"] *= 1.01
    path.write_text(json.dumps(record))
    ran = project.run("reconstruct", "0")
    assert ran.status == 2
    assert "does not score as logged" in ran.err


def test_what_a_study_searched_is_known_from_either_of_two_files(
    project: Project,
) -> None:
    project.run("tune", "--trials", "1")
    study = project.root / "runs" / "default"
    described = (study / "study.json").read_text()
    (study / "study.json").unlink()
    ran = project.run("reconstruct", "0")
    assert ran.status == 0 and "restored from its copy" in ran.err
    assert (study / "study.json").read_text() == described
    (study / "trials" / "study.json").write_text(described[:-9])
    ran = project.run("tune", "--trials", "1")
    assert ran.status == 0 and "study.json.broken" in ran.err
    assert (study / "trials" / "study.json").read_text() == described


def test_a_study_of_which_nothing_says_what_it_searched_keeps_its_trials(
    project: Project,
) -> None:
    project.run("tune", "--trials", "1")
    before = project.records()
    study = project.root / "runs" / "default"
    (study / "study.json").unlink()
    (study / "trials" / "study.json").unlink()
    ran = project.run("tune", "--trials", "2")
    assert ran.status == 2
    assert len(ran.err.splitlines()) == 1
    assert "study.json" in ran.err and "--study" in ran.err
    assert project.records() == before


def test_the_model_can_be_saved_whole(project: Project, tmp_path: Path) -> None:
    project.run("tune", "--trials", "1")
    ran = project.run("reconstruct", "--out", str(tmp_path / "best.keras"))
    assert ran.status == 0
    import keras

    data = project.load("data").load_data()
    loss, accuracy = keras.saving.load_model(tmp_path / "best.keras").evaluate(
        *data.validation, verbose=0
    )
    logged = project.records()[0]["metrics"]
    assert loss == pytest.approx(logged["val_loss"], rel=1e-5)
    assert accuracy == pytest.approx(logged["val_accuracy"])
    assert os.listdir(tmp_path) == ["best.keras"]


def test_a_ctrl_c_that_python_would_lose_ends_the_search(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    train = project.load("train")
    get_model = train.get_model

    class Lossy:
        """Ctrl-C strikes while Python cleans up, where an exception is ignored."""

        def __del__(self) -> None:
            signal.raise_signal(signal.SIGINT)

    def interrupted(*arguments: Any) -> Any:
        Lossy()
        return get_model(*arguments)

    monkeypatch.setattr(train, "get_model", interrupted)
    assert project.run("tune", "--trials", "3").status == 130
    assert numbers(project) == []
