"""Trials that die for real within an epoch, between two, or in the middle of a file."""

import io
import json
import os
import shutil
import signal
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any
from unittest.mock import Mock

import msgspec
import numpy as np
import pytest
from sklearn.datasets import load_digits
from tunewright.variants.forked import hasten, processes

from tests.conftest import Render
from tests.often import often
from tests.rendering import Project

TIMES = {"started", "duration_s"}
EPOCHS = 6
VARIANTS: dict[str, dict[str, Any]] = {
    "manual": {"framework": "manual"},
    "sampler": {"framework": "sampler"},
    "optuna_median": {"framework": "optuna", "pruner": "median"},
    "optuna_hyperband": {"framework": "optuna", "pruner": "hyperband"},
    "keras_tuner": {"framework": "keras_tuner", "keep_weights": "best"},
    "search_cv": {"framework": "search_cv"},
    "halving": {"framework": "search_cv", "algorithm": "halving_grid"},
    "streamed": {
        "framework": "sampler",
        "data_source": "arrays",
    },
}
TRIALS = {
    "manual": 1,
    "optuna_median": 7,
    "optuna_hyperband": 7,
    "keras_tuner": 6,
    "halving": 3,
}
"""Where two are not enough to prune one, or for a second round."""

DEATHS: list[tuple[str, int]] = [
    ("checkpoint", 2),
    ("batch", 8),
    ("half", 2),
    ("logged", 1),
]
"""What each process in turn dies of, and at which time that this happens in it."""


def resuming(name: str, render: Render, folder: Path) -> Project:
    """A project whose trials go on, and soon have no patience."""
    np.save(folder / "x.npy", load_digits().images[:300, ..., None] / 16)
    np.save(folder / "y.npy", load_digits().target[:300])
    streamed = {"data_path": str(folder)} if name == "streamed" else {}
    return render(
        package_name=f"resuming_{name}",
        checkpoints=True,
        epochs=EPOCHS,
        patience=2,
        search_space="small",
        layer_types=["conv", "batch_norm", "dropout", "dense"],
        verbosity="silent",
        **streamed,
        **VARIANTS[name],
    )


def work(
    project: Project, words: list[str], trained: Path, death: tuple[str, int]
) -> None:
    """Tune, note each epoch that was trained, and die as `kill -9` has it."""
    hasten()
    checkpoints = project.load("runtime.checkpoints")
    callback = checkpoints.Checkpoint
    cause, left = death[0], [death[1]]

    def strike(*_: Any) -> None:
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def after(owner: Any, name: str, strike: Callable[..., None] = strike) -> None:
        method = getattr(owner, name)

        def struck(*arguments: Any, **options: Any) -> Any:
            result = method(*arguments, **options)
            strike(*arguments)
            return result

        setattr(owner, name, struck)

    def note(self: Any, epoch: int, logs: Any = None) -> None:
        with trained.open("a") as file:
            file.write(".")
        on_epoch_end(self, epoch, logs)

    def move(beside: Path, path: Path) -> None:
        whole = beside.read_bytes()
        os.truncate(beside, len(whole) // 2)
        strike()
        beside.write_bytes(whole)
        move_into_place(beside, path)

    on_epoch_end, callback.on_epoch_end = callback.on_epoch_end, note
    if cause == "checkpoint":
        after(callback, "write")
    elif cause == "batch":
        after(callback, "on_train_batch_end")
    elif cause == "half":
        move_into_place = checkpoints.move_into_place
        checkpoints.move_into_place = move
    elif cause == "logged":  # the checkpoint is about to be deleted
        after(project.load("study.log"), "write_atomically")
    elif cause == "pruned":
        pruning = project.load("search").PruningCallback
        after(
            pruning, "on_epoch_end", lambda self, *_: strike() if self.pruned else None
        )
    raise SystemExit(project.run("tune", *words).status)


def tune(
    project: Project, name: str, study: str, death: tuple[str, int] = ("", 0)
) -> int:
    """Tune in a process of its own; how many epochs it trained."""
    words = ["--study", study, "--trials", str(TRIALS.get(name, 2))]
    trained = project.root / "trained"
    trained.write_text("")
    process = processes.Process(target=work, args=(project, words, trained, death))
    process.start()
    process.join()
    assert process.exitcode == (-signal.SIGKILL if death[0] else 0)
    return len(trained.read_text())


def study_files(project: Project, study: str) -> dict[str, Any]:
    """Records less their times, weights to the byte, and what else there is."""
    found: dict[str, Any] = {}
    for path in (project.root / "runs" / study).rglob("*trial_*"):
        if path.suffix == ".json" and path.parent.name == "trials":
            record = json.loads(path.read_text("utf-8"))
            found[path.name] = {k: v for k, v in record.items() if k not in TIMES}
        else:
            found[path.name] = path.read_bytes()
    return found


@pytest.mark.parametrize(
    "name",
    often(VARIANTS, ["manual"]),
)
def test_a_killed_trial_ends_as_if_it_had_not_been(
    name: str, render: Render, tmp_path: Path
) -> None:
    project = resuming(name, render, tmp_path)
    trained = tune(project, name, "whole")
    whole = study_files(project, "whole")
    records = [file for file in whole.values() if isinstance(file, dict)]
    assert len(records) == TRIALS.get(name, 2)
    assert not any(record["error"] for record in records)
    deaths = DEATHS[:-1] if name == "manual" else [*DEATHS]
    if name.startswith("optuna"):
        assert any(record["state"] == "pruned" for record in records)
        deaths.append(("pruned", 1))

    again = sum(tune(project, name, "killed", death) for death in [*deaths, ("", 0)])
    assert study_files(project, "killed") == whole
    assert again == trained + 1  # that after which it died in the middle of writing


@pytest.fixture(scope="module")
def manual(render: Render, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project whose one trial is quickly trained."""
    return resuming("manual", render, tmp_path_factory.mktemp("manual"))


class Interrupted:
    """A trial that has a checkpoint, and the model that it was of."""

    def __init__(self, project: Project) -> None:
        shutil.rmtree(project.root / "runs" / "cut", ignore_errors=True)
        self.module = project.load("runtime.checkpoints")
        write = self.module.Checkpoint.write

        def interrupted(callback: Any, epoch: int) -> None:
            write(callback, epoch)
            params = callback.trial["params"]
            record = project.load("study.record").Record
            self.record = record(number=0, seed=0, params=params)
            self.model = callback.model
            self.callbacks = callback.states.callbacks
            raise KeyboardInterrupt

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(self.module.Checkpoint, "write", interrupted)
            assert project.run("tune", "--study", "cut").status == 130
        self.data = project.load("data").load_data()
        folder = project.root / "runs" / "cut" / "trials"
        self.path = project.load("study").TrialLog(folder).checkpoint_path(0)
        self.whole = self.path.read_bytes()

    def read(self, content: bytes, epochs: int = EPOCHS, **record: Any) -> Any:
        """What is read from a checkpoint of this content."""
        self.path.write_bytes(content)
        callback = self.module.Checkpoint(
            self.path.parent,
            msgspec.structs.replace(self.record, **record),
            epochs,
            self.callbacks,
            self.model,
            self.data,
        )
        return callback.read()


@pytest.fixture(scope="module")
def interrupted(manual: Project) -> "Interrupted":
    """A trial with a checkpoint, which is only read."""
    return Interrupted(manual)


@pytest.mark.matrix
def test_early_stopping_waits_no_longer_for_a_trial_that_was_interrupted(
    manual: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ["tune", "--epochs", "60", "--study"]
    assert manual.run(*words, "waited").status == 0
    whole = study_files(manual, "waited")
    length = len(whole["trial_0000.json"]["history"]["loss"])
    assert 3 <= length < 60
    callback = manual.load("runtime.checkpoints").Checkpoint
    write = callback.write

    def interrupted(self: Any, epoch: int) -> None:
        write(self, epoch)
        if epoch > length - 4:  # while it waits, and just before
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(callback, "write", interrupted)
        for _ in range(3):
            assert manual.run(*words, "in_pieces").status == 130
        assert manual.run(*words, "in_pieces").status == 0
    assert study_files(manual, "in_pieces") == whole


def test_no_damaged_checkpoint_is_used(
    interrupted: Interrupted, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = interrupted.whole
    state = interrupted.read(whole)
    assert state.epoch == 1 and len(state.variables) > 20
    rng = Random(0)
    cuts = [whole[:size] for size in (0, 1, *rng.sample(range(len(whole)), 60))]
    pickled, bare = io.BytesIO(), io.BytesIO()
    np.savez(pickled, about=np.array([None, {}], object))
    np.save(bare, np.zeros(3))
    rubbish = [b"\0" * 999, rng.randbytes(999), b"{}", whole[: len(whole) // 2] * 2]
    for content in [*cuts, *rubbish, pickled.getvalue(), bare.getvalue()]:
        assert interrupted.read(content) is None
        aside = interrupted.path.with_name(f"{interrupted.path.name}.broken")
        assert aside.read_bytes() == content
        aside.unlink()
        said = capsys.readouterr().err
        assert "trial 0: its checkpoint is broken" in said and said.count("\n") == 1
    for _ in range(200):  # one byte in which nothing is kept may change unnoticed
        flipped = bytearray(whole)
        flipped[rng.randrange(len(whole))] ^= 1 << rng.randrange(8)
        read = interrupted.read(bytes(flipped))
        if read is not None:
            np.testing.assert_equal(read, state)


@pytest.mark.parametrize(
    "other", [{"seed": 1}, {"params": {"batch_size": 16}}, {"epochs": 9}]
)
def test_no_checkpoint_of_something_else_is_used(
    interrupted: Interrupted, capsys: pytest.CaptureFixture[str], other: dict[str, Any]
) -> None:
    assert interrupted.read(interrupted.whole, **other) is None
    assert "trial 0: its checkpoint is of something else" in capsys.readouterr().err


def test_a_trial_with_a_broken_checkpoint_begins_anew(manual: Project) -> None:
    interrupted = Interrupted(manual)
    interrupted.path.write_bytes(interrupted.whole[:-100])
    ran = manual.run("tune", "--study", "cut")
    assert ran.status == 0 and "trial 0: its checkpoint is broken" in ran.err
    assert manual.run("tune", "--study", "unbroken").status == 0
    cut = study_files(manual, "cut")
    assert cut.pop(f"{interrupted.path.name}.broken") == interrupted.whole[:-100]
    assert cut == study_files(manual, "unbroken")


def test_a_full_disk_fails_no_trial(
    manual: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = Mock(side_effect=OSError("no space left"))
    monkeypatch.setattr(manual.load("runtime.checkpoints").np, "savez", full)
    ran = manual.run("tune", "--study", "full")
    assert ran.status == 0 and "trial 0: no checkpoint: no space left" in ran.err
    [record] = [f for f in study_files(manual, "full").values() if isinstance(f, dict)]
    assert record["state"] == "complete"
