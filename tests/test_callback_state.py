"""What callbacks know outlasts a process, or their trial starts over and says why."""

from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from tests.conftest import Render
from tests.often import often
from tests.rendering import Project
from tests.test_epoch_resume import study_files

EPOCHS = 4


@pytest.fixture(scope="module")
def project(render: Render) -> Project:
    """A project whose one trial is quickly trained, and goes on where it stopped."""
    return render(
        package_name="callback_state",
        framework="manual",
        input_kind="tabular",
        checkpoints=True,
        epochs=EPOCHS,
        search_space="small",
        verbosity="silent",
    )


class Memory(keras.callbacks.Callback):
    """Ends a training by what it has seen, in containers of each kind."""

    def __init__(self, other: keras.callbacks.Callback, rates: list[float]) -> None:
        super().__init__()
        self.other = other
        self.rates = rates
        self.seen: list[float] = []
        self.last: deque[float] = deque(maxlen=2)
        self.by_name: dict[str, dict[int, tuple[float, ...]]] = {"loss": {}}
        self.names = {"a"}
        self.mean = np.zeros(2)
        self.lowest = np.float32(1)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        loss = logs["val_loss"]
        self.seen.append(loss)
        self.last.append(loss)
        self.by_name["loss"][epoch] = (loss, float("nan"))
        self.names.add(str(epoch))
        self.mean = self.mean * 0.5 + loss
        self.lowest = np.float32(min(self.lowest, loss))
        logs["known"] = float(
            sum(self.seen)
            + sum(self.last)
            + len(self.by_name["loss"])
            + len(self.names)
            + self.mean.sum()
            + self.lowest
            + self.other.wait
        )
        self.model.optimizer.learning_rate = self.rates[epoch] / (1 + logs["known"])


class AtEnd(keras.callbacks.Callback):
    """Draws a weight again at the end of each epoch, after it was scored."""

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        kernel = self.model.layers[-1].kernel
        kernel.assign(kernel * (1.1 if epoch % 2 else 0.9))


def plateau() -> list[keras.callbacks.Callback]:
    """Return what lowers the rate, and would do so too late if it forgot an epoch."""
    return [keras.callbacks.ReduceLROnPlateau(patience=1, min_delta=0.3, cooldown=1)]


def scheduled() -> list[keras.callbacks.Callback]:
    """Return a schedule made of what it has seen nothing of, and of a list."""
    rates = [0.01 * 0.9**epoch for epoch in range(EPOCHS)]
    return [
        keras.callbacks.LearningRateScheduler(lambda epoch, rate: rates[epoch]),
        keras.callbacks.EarlyStopping(
            "val_loss", patience=3, restore_best_weights=True
        ),
    ]


def remembering() -> list[keras.callbacks.Callback]:
    """Return a callback that knows another one, and one that changes weights."""
    other = keras.callbacks.EarlyStopping("loss", patience=9, min_delta=0.05)
    return [Memory(other, [0.1] * EPOCHS), AtEnd(), other]


def averaged() -> list[keras.callbacks.Callback]:
    """Return what swaps weights, before they are scored and at the end of an epoch."""
    return [keras.callbacks.SwapEMAWeights(swap_on_epoch=True)]


MADE = {make.__name__: make for make in (plateau, scheduled, remembering, averaged)}


def set_callbacks(
    project: Project,
    patch: pytest.MonkeyPatch,
    make: Callable[[], list[keras.callbacks.Callback]],
) -> None:
    """Have a project train with callbacks, and keep averages where they want some."""
    train, model = project.load("train"), project.load("model")
    get_model = model.get_model

    def averaging(*arguments: Any) -> Any:
        built = get_model(*arguments)
        built.model.optimizer.use_ema = True
        return built

    patch.setattr(train, "get_fit_options", lambda *_: {"callbacks": make()})
    if make is averaged:
        patch.setattr(train, "get_model", averaging)


def interrupt(project: Project, patch: pytest.MonkeyPatch) -> None:
    """Have each training end after its first epoch, as by Ctrl-C."""
    callback = project.load("runtime.checkpoints").Checkpoint
    write = callback.write

    def interrupted(self: Any, epoch: int) -> None:
        write(self, epoch)
        raise KeyboardInterrupt

    patch.setattr(callback, "write", interrupted)


@pytest.mark.parametrize("name", often([*MADE], ["remembering"]))
def test_callbacks_know_what_they_knew(
    name: str, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_callbacks(project, monkeypatch, MADE[name])
    words = ["tune", "--study"]
    assert project.run(*words, f"{name}_whole").status == 0
    whole = study_files(project, f"{name}_whole")
    record = whole["trial_0000.json"]
    assert record["error"] is None and len(record["history"]["loss"]) == EPOCHS
    for _ in range(EPOCHS - 1):
        with monkeypatch.context() as patch:
            interrupt(project, patch)
            assert project.run(*words, name).status == 130
    ran = project.run(*words, name)
    assert (ran.status, ran.err) == (0, "")
    assert study_files(project, name) == whole
    rebuilt = project.run("reconstruct", "--study", name)
    assert rebuilt.status == 0, rebuilt


def in_a_file(folder: Path) -> list[keras.callbacks.Callback]:
    """Return a callback with an open file."""
    return [keras.callbacks.CSVLogger(folder / "log.csv")]


def outside(folder: Path) -> list[keras.callbacks.Callback]:
    """Return a callback that notes something outside."""
    seen: list[int] = []
    return [
        keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, _: seen.append(epoch))
    ]


def shared(folder: Path) -> list[keras.callbacks.Callback]:
    """Return two callbacks that share what they know."""
    other = keras.callbacks.EarlyStopping("loss", patience=9)
    first, second = (Memory(other, [0.1] * 9) for _ in "ab")
    second.seen = first.seen
    return [first, second, other]


UNKEPT = {
    "in_a_file": (in_a_file, "CSVLogger.csv_file"),
    "outside": (outside, "LambdaCallback.on_epoch_end"),
    "shared": (shared, "Memory.seen"),
}


@pytest.mark.parametrize("name", often([*UNKEPT], ["in_a_file"]))
def test_a_trial_begins_anew_where_a_callback_knows_what_no_file_can_keep(
    name: str, project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make, named = UNKEPT[name]
    set_callbacks(project, monkeypatch, lambda: make(tmp_path))
    words = ["tune", "--study"]
    assert project.run(*words, f"{name}_whole").status == 0
    with monkeypatch.context() as patch:
        interrupt(project, patch)
        assert project.run(*words, name).status == 130
    ran = project.run(*words, name)
    assert ran.status == 0
    assert ran.err == f"trial 0 starts over: no checkpoint can keep {named}\n"
    assert study_files(project, name) == study_files(project, f"{name}_whole")
