"""How a model is trained and scored, in the same way in every trial."""

import logging
from collections.abc import Sequence
from typing import Any

import keras
from tensorflow.python.framework import ops

from .config import OBJECTIVE, PATIENCE
from .dataset import Data, Split, batches, fingerprint, shuffled_batches
from .errors import UserError
from .model import BuiltModel
from .runtime.signals import Stop
from .study import MONITOR, Budget, Record, Study, TrialLog
from .study.record import set_scores
from .study.running import clear_ended

# TensorFlow counts how often a step of training is traced, whatever model it is of, and
# warns of what is no mistake here: every trial has a model of its own.
logging.getLogger("tensorflow").addFilter(
    lambda record: "triggered tf.function retracing" not in record.getMessage()
)


class TrialCallback(keras.callbacks.Callback):
    """Say how far the running trial is, and leave it when the search is to stop."""

    def __init__(self, log: TrialLog, record: Record, stop: Stop) -> None:
        super().__init__()
        self.running = log.running
        self.record = record
        self.stop = stop

    def on_train_begin(self, logs: Any = None) -> None:
        self.running.note_epoch(0, None, self.record.params)

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self.stop.check()

    def on_test_batch_end(self, batch: int, logs: Any = None) -> None:
        self.stop.check()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.running.note_epoch(epoch + 1, logs[MONITOR], self.record.params)


def reset_keras(seed: int) -> None:
    """Free what earlier models took, and seed Python, NumPy and TensorFlow.

    Keras' optimizers leave each model's training step in TensorFlow's registry of
    gradients, which nothing ever empties: nine tenths of what a search grows by
    (https://github.com/tensorflow/tensorflow/issues/97697). The registry has no public
    way to do so; where a later TensorFlow has another one, nothing is done.
    """
    # Without the collection of garbage, which takes a quarter of a second: Python does
    # it by itself.
    keras.utils.clear_session(free_memory=False)
    registry = getattr(ops.gradient_registry, "_registry", {})
    for name in [name for name in registry if name.startswith("CustomGradient-")]:
        del registry[name]
    keras.utils.set_random_seed(seed)


def fit(
    built: BuiltModel,
    data: Data,
    record: Record,
    epochs: int,
    *,
    callbacks: Sequence[keras.callbacks.Callback] = (),
) -> None:
    """Train a model until it no longer gets better, and note in its record how it went.

    The model is left with the weights of its best epoch.

    Raises:
        FloatingPointError: The loss became NaN or infinite.
        UserError: The model has no metric of the objective's name.
        KeyboardInterrupt: The search is to stop.
    """
    record.skipped_layers = built.skipped_layers
    record.parameter_count = built.model.count_params()
    prepare(built, data)
    stopping = keras.callbacks.EarlyStopping(
        MONITOR,
        mode=OBJECTIVE.direction[:3],
        patience=PATIENCE,
        restore_best_weights=True,
    )
    training = built.model.fit(
        shuffled_batches(data.train, built.batch_size, record.seed),
        shuffle=False,  # for `shuffled_batches` does it
        epochs=epochs,
        validation_data=batches(data.validation, built.batch_size),
        callbacks=[
            keras.callbacks.TerminateOnNaN(),
            stopping,
            *callbacks,
        ],
        verbose=0,
    )
    set_scores(record, training.history, stopping.best_epoch + 1)
    losses = record.metrics["loss"], record.metrics["val_loss"]
    if None in (*losses, record.objective.value):
        raise FloatingPointError("the loss or the score is NaN or infinite")
    record.state = "complete"


def prepare(built: BuiltModel, data: Data) -> None:
    """Create the variables of the optimizer and the metrics before `fit` does.

    Where `fit` has to make them, TensorFlow traces the training step a second time, which
    takes as long as several epochs on small data.

    Raises:
        UserError: There is no metric of the objective's name.
    """
    built.model.optimizer.build(built.model.trainable_variables)
    metrics = built.model.test_step((data.validation.x[:1], data.validation.y[:1]))
    names = [f"val_{name}" for name in metrics]
    if MONITOR not in names:
        raise UserError(
            f"OBJECTIVE in config.py is {OBJECTIVE.name!r}, and the model in model.py has "
            f"no such metric; it has {', '.join(names)}"
        )


def evaluate(built: BuiltModel, part: Split) -> dict[str, float]:
    """Return each metric of the model, in batches as they were when it was trained."""
    scores = built.model.evaluate(
        batches(part, built.batch_size), verbose=0, return_dict=True
    )
    return {name: float(value) for name, value in scores.items()}


def begin_or_resume(study: Study, log: TrialLog, data: Data, budget: Budget) -> None:
    """Write down what is about to be searched, or refuse to go on with another search.

    Raises:
        UserError: The study searched something else.
    """
    study.begin_or_resume(
        {
            "data": fingerprint(data),
            "class_names": data.class_names,
            "samples": {
                "train": len(data.train.x),
                "validation": len(data.validation.x),
                "test": len(data.test.x),
            },
            "epochs": budget.epochs,
            "seed": budget.seed,
        }
    )
    clear_ended(log)
    log.check_weights()
