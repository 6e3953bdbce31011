"""Trials whose weights are not there any more, trained again from their records."""

import json
import shutil
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from tests.conftest import Render
from tests.often import often
from tests.rendering import Project

VARIANTS: dict[str, dict[str, Any]] = {
    "manual": {"framework": "manual"},
    "sampler": {"framework": "sampler"},
    "search_cv": {"framework": "search_cv"},
    "search_cv_halving": {"framework": "search_cv", "algorithm": "halving_random"},
    "optuna": {"framework": "optuna", "pruner": "median"},
    "keras_tuner": {"framework": "keras_tuner", "algorithm": "hyperband"},
}


def retrained_project(
    name: str, render: Render, trials: int = 5, **answers: Any
) -> Project:
    """A project with dropout, whose trials stop early, and a study in it."""
    project = render(
        package_name=f"retrained_{name}",
        epochs=4,
        patience=1,
        search_space="small",
        layer_types=["conv", "batch_norm", "dropout", "dense"],
        **VARIANTS[name],
        **answers,
    )
    ran = project.run("tune", "--trials", str(trials))
    assert ran.status == 0, ran.err
    return project


def weights_in(path: Path) -> dict[str, np.ndarray[Any, Any]]:
    """All arrays of a weights file, by name."""
    found: dict[str, np.ndarray[Any, Any]] = {}
    with h5py.File(path) as file:
        file.visititems(
            lambda name, item: (
                found.update({name: item[()]})
                if isinstance(item, h5py.Dataset)
                else None
            )
        )
    return found


@pytest.mark.parametrize("name", often(VARIANTS, ["manual", "optuna"]))
def test_a_trial_trained_again_has_its_weights_to_the_bit(
    name: str, render: Render, tmp_path: Path
) -> None:
    # The pruner prunes none of the first five, so fewer show as much.
    trials = 3 if name == "optuna" else 5
    project = retrained_project(name, render, trials)
    folder = project.root / "runs" / "default" / "trials"
    reconstruct = project.load("reconstruct")
    data = project.load("data").load_data()
    log = project.load("study").TrialLog(folder)
    for record in project.records():
        extra = [log] if name == "keras_tuner" else []
        built = reconstruct.retrain(project.record(record), data, *extra)
        built.model.save_weights(tmp_path / "again.weights.h5")
        again = weights_in(tmp_path / "again.weights.h5")
        logged = weights_in(folder / record["weights"])
        assert again.keys() == logged.keys()
        for key, value in logged.items():
            assert np.array_equal(again[key], value), (record["number"], key)

    shutil.rmtree(folder, ignore_errors=False)
    assert project.run("reconstruct", "0", "--retrain").status == 2


def test_weights_that_are_gone_or_damaged_are_named_and_can_be_had_again(
    render: Render,
) -> None:
    project = retrained_project("sampler", render, trials=4)
    folder = project.root / "runs" / "default" / "trials"
    (folder / "trial_0001.weights.h5").unlink()
    with (folder / "trial_0003.weights.h5").open("r+b") as file:
        file.seek(2000)
        file.write(b"rubbish")
    ran = project.run("tune", "--trials", "4")
    assert ran.status == 0
    assert [line.split(":")[0] for line in ran.err.splitlines()] == [
        "trial 1",
        "trial 3",
    ]
    assert (folder / "trial_0003.weights.h5.broken").exists()
    for record in project.records():
        lost = record["number"] in (1, 3)
        assert (record["weights"] is None) is lost
        assert (record["weights_note"] is not None) is lost
        plain = project.run("reconstruct", str(record["number"]))
        assert plain.status == (2 if lost else 0)
        assert ("--retrain" in plain.err) is lost
        ran = project.run("reconstruct", str(record["number"]), "--retrain")
        assert ran.status == 0, ran.err


@pytest.mark.parametrize("keep_weights", ["best", "none"])
@pytest.mark.matrix
def test_what_was_dropped_can_be_trained_again(
    keep_weights: str, render: Render
) -> None:
    project = retrained_project(
        "optuna", render, keep_weights=keep_weights, algorithm="random"
    )
    dropped = [record for record in project.records() if not record["weights"]]
    assert len(dropped) >= 4
    for record in dropped:
        assert record["weights_note"]
        number = str(record["number"])
        assert project.run("reconstruct", number).status == 2
        assert project.run("reconstruct", number, "--retrain").status == 0


@pytest.mark.parametrize("keep_weights", ["all", "none"])
@pytest.mark.matrix
def test_a_trial_of_a_later_round_goes_on_from_weights_that_were_lost(
    keep_weights: str, render: Render
) -> None:
    project = render(
        package_name=f"rounds_{keep_weights}",
        epochs=9,
        patience=9,
        search_space="small",
        layer_types=["conv", "dense"],
        framework="keras_tuner",
        keep_weights=keep_weights,
    )
    assert project.run("tune", "--trials", "12", "--study", "whole").status == 0
    runs = project.root / "runs"
    whole = json.loads(project.run("trials", "--json", "--study", "whole").out)
    later = {r["number"]: r["continues"] for r in whole if r["continues"]}
    first = min(later)
    assert project.run("tune", "--trials", str(first)).status == 0
    lost = later[first]["trial"]
    (path,) = (runs / "default").rglob(f"trial_{lost:04}.weights.h5")
    path.write_bytes(path.read_bytes()[:1000])
    assert project.run("tune", "--trials", "12").status == 0
    again = project.records()
    whole.sort(key=lambda record: int(record["number"]))
    times = {"started", "duration_s", "weights_sha256"}
    for one, other in zip(again, whole, strict=True):
        assert {k: v for k, v in one.items() if k not in times} == {
            k: v for k, v in other.items() if k not in times
        }
