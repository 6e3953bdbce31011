"""A trial: one model trained, scored and logged, in the same way every time."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import keras

from .dataset import Data, Part, fingerprint
from .errors import UserError
from .model import Built
from .settings import PATIENCE
from .stopping import Stop
from .study import ALGORITHM, FRAMEWORK, Study, search_space_digest
from .trials import DIRECTION, MONITOR, OBJECTIVE, Record, TrialLog, begin, set_score
from .workers import Worker

FAILURES_IN_A_ROW = 3
"""After so many a search ends: the mistake is in the code, not in a trial."""


@dataclass
class Run:
    """What the trials of one `tune` have in common."""

    data: Data
    log: TrialLog
    worker: Worker
    epochs: int
    seed: int
    stop: Stop
    on_epoch: Callable[[int, int, float], None]
    """Called with a trial's number, the epoch and its score."""
    on_trial: Callable[[Record], None]
    """Called with each record once it is written."""
    failures: int = 0
    """How many trials failed since one went well."""


class StopTraining(keras.callbacks.Callback):
    """Leave the training within a batch when the search is to stop."""

    def __init__(self, stop: Stop) -> None:
        super().__init__()
        self.stop = stop

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self.stop.check()

    def on_test_batch_end(self, batch: int, logs: Any = None) -> None:
        self.stop.check()


def run_trial(run: Run, number: int, train: Callable[[Record], keras.Model]) -> Record:
    """Run one trial, and log it whatever comes of it.

    Args:
        run: The search that it belongs to.
        number: The trial's.
        train: Builds and trains the model, fills in the record that it is given, and
            returns the model with the weights of its best epoch.

    Returns:
        The record; its state is `failed` where the model could not be trained.

    Raises:
        UserError: One trial after the other fails.
        KeyboardInterrupt: The search is to stop; nothing is logged.
    """
    clock = time.perf_counter()
    seed = run.seed + number
    # Without the collection of garbage, which takes a quarter of a second and gives back
    # little: Python does it by itself.
    keras.utils.clear_session(free_memory=False)
    keras.utils.set_random_seed(seed)
    record = begin(number, seed, run.worker.number)
    model: keras.Model | None = None
    try:
        model = train(record)
    except Exception as error:  # noqa: BLE001 - whatever a model does is logged
        record["state"] = "failed"
        record["objective"]["value"] = None
        record["error"] = {"type": type(error).__name__, "message": str(error)}
    record["duration_s"] = round(time.perf_counter() - clock, 3)
    with run.worker.turn:
        run.log.add(record, model)
    run.on_trial(record)
    run.failures = run.failures + 1 if record["error"] else 0
    if record["error"] and run.failures == FAILURES_IN_A_ROW:
        message = record["error"]["message"].strip().splitlines() or [""]
        raise UserError(
            f"{run.failures} trials in a row failed, the last with "
            f"{record['error']['type']}: {message[0]}; "
            "mend that, then name a new study with --study"
        )
    return record


def fit(
    run: Run,
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
        run: The search that the trial belongs to.
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
    x, y = train or run.data.train
    stopping = keras.callbacks.EarlyStopping(
        MONITOR, mode="max", patience=PATIENCE, restore_best_weights=True
    )
    training = built.model.fit(
        x,
        y,
        batch_size=built.batch_size,
        initial_epoch=initial_epoch,
        epochs=epochs or run.epochs,
        validation_data=run.data.validation,
        callbacks=[
            keras.callbacks.TerminateOnNaN(),
            stopping,
            *callbacks,
            keras.callbacks.LambdaCallback(
                on_epoch_end=lambda epoch, logs: run.on_epoch(
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


def begin_or_resume(study: Study, data: Data, epochs: int, seed: int) -> None:
    """Write down what is about to be searched, or see that it is what was.

    Raises:
        UserError: The study searched something else.
    """
    study.begin_or_resume(describe(data, epochs, seed))


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
