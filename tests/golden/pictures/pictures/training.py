"""A trial: one model trained, scored and logged, in the same way every time."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import keras

from .batches import for_scoring, for_training
from .dataset import Data, Part, fingerprint
from .errors import UserError
from .memory import forget_models
from .model import Built
from .records import (
    DIRECTION,
    MONITOR,
    OBJECTIVE,
    Record,
    begin,
    note_failure,
    set_score,
)
from .settings import PATIENCE
from .stopping import Stop
from .study import ALGORITHM, FRAMEWORK, Study, search_space_digest
from .trials import TrialLog
from .watching import Watcher
from .workers import Worker


@dataclass
class Training:
    """What it takes to train a model."""

    data: Data
    epochs: int
    stop: Stop
    watcher: Watcher


@dataclass
class Run(Training):
    """What the trials of one `tune` have in common."""

    log: TrialLog
    worker: Worker
    seed: int


class StopTraining(keras.callbacks.Callback):
    """Leave the training within a batch when the search is to stop."""

    def __init__(self, stop: Stop) -> None:
        super().__init__()
        self.stop = stop

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self.stop.check()

    def on_test_batch_end(self, batch: int, logs: Any = None) -> None:
        self.stop.check()


def run_trial(
    run: Run,
    number: int,
    train: Callable[[Record], keras.Model],
) -> Record:
    """Run one trial, and log it whatever comes of it.

    Args:
        run: The search that it belongs to.
        number: The trial's.
        train: Builds and trains the model, fills in the record that it is given, and
            returns the model with the weights of its best epoch.

    Returns:
        The record; its state is `failed` where the model could not be trained, or its
        weights not be written.

    Raises:
        UserError: One trial after the other fails, or the record cannot be written.
        KeyboardInterrupt: The search is to stop; nothing is logged.
    """
    clock = time.perf_counter()
    seed = run.seed + number
    forget_models()
    keras.utils.set_random_seed(seed)
    record = begin(number, seed, run.worker.number)
    run.watcher.begun(record)
    try:
        model = train(record)
        with run.worker.turn:
            run.log.keep_weights(record, model)
    except Exception as error:  # noqa: BLE001 - whatever a model does is logged
        note_failure(record, type(error).__name__, str(error))
    record["duration_s"] = round(time.perf_counter() - clock, 3)
    try:
        with run.worker.turn:
            run.log.add(record)
    except OSError as error:
        raise UserError(
            f"trial {number} cannot be logged: {error}; mend that, then go on with the "
            "same command"
        ) from error
    run.watcher.ended(record)
    run.watcher.check(record)
    return record


def fit(
    run: Training,
    built: Built,
    record: Record,
    *,
    train: Part | None = None,
    callbacks: Sequence[keras.callbacks.Callback] = (),
    epochs: int | None = None,
    initial_epoch: int = 0,
) -> None:
    """Train a model until it no longer gets better, and note in its record how it went.

    The model is left with the weights of its best epoch.

    Args:
        run: What it takes, of the search that the trial belongs to.
        built: The trial's model.
        record: What is filled in.
        train: What to learn from, if not the whole training part.
        callbacks: What else is to be called while it trains.
        epochs: The last epoch, if not as many as the search allows.
        initial_epoch: How many epochs the weights have had already.

    Raises:
        FloatingPointError: The loss became NaN or infinite.
        KeyboardInterrupt: The search is to stop.
    """
    record["skipped_layers"] = built.skipped_layers
    record["parameter_count"] = built.model.count_params()
    run.watcher.begun(record)
    make_variables(built, run.data.validation)
    stopping = keras.callbacks.EarlyStopping(
        MONITOR, mode="max", patience=PATIENCE, restore_best_weights=True
    )
    training = built.model.fit(
        for_training(train or run.data.train, built.batch_size, record["seed"]),
        shuffle=False,  # for `for_training` does it
        initial_epoch=initial_epoch,
        epochs=epochs or run.epochs,
        validation_data=for_scoring(run.data.validation, built.batch_size),
        callbacks=[
            keras.callbacks.TerminateOnNaN(),
            stopping,
            *callbacks,
            keras.callbacks.LambdaCallback(
                on_epoch_end=lambda epoch, logs: run.watcher.epoch(
                    record["number"], epoch + 1, logs[MONITOR]
                )
            ),
            StopTraining(run.stop),
        ],
        verbose=0,
    )
    set_score(record, training.history, stopping.best_epoch - initial_epoch + 1)
    losses = record["metrics"]["loss"], record["metrics"]["val_loss"]
    if None in (*losses, record["objective"]["value"]):
        raise FloatingPointError("the loss or the score is NaN or infinite")
    record["state"] = "complete"


def make_variables(built: Built, part: Part) -> None:
    """Make what a model has beside its weights: the optimizer's state and the metrics'.

    Where `fit` has to make them, TensorFlow traces the training step a second time, which
    takes as long as several epochs on small data.
    """
    built.model.optimizer.build(built.model.trainable_variables)
    built.model.test_step((part.x[:1], part.y[:1]))


def begin_or_resume(study: Study, data: Data, epochs: int, seed: int) -> None:
    """Write down what is about to be searched, or see that it is what was.

    Raises:
        UserError: The study searched something else.
    """
    study.begin_or_resume(describe(data, epochs, seed))
    TrialLog(study.trials_folder).check_weights()


def describe(data: Data, epochs: int, seed: int) -> dict[str, Any]:
    """What is searched, for `study.json`."""
    return {
        "framework": FRAMEWORK,
        "algorithm": ALGORITHM,
        "objective": {"name": OBJECTIVE, "direction": DIRECTION},
        "search_space": search_space_digest(),
        "data": fingerprint(data),
        "class_names": data.class_names,
        "samples": {
            "train": len(data.train.x),
            "validation": len(data.validation.x),
            "test": len(data.test.x),
        },
        "epochs": epochs,
        "seed": seed,
    }
