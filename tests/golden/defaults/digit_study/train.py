"""How a model is trained and scored, in the same way in every trial."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import keras
import numpy as np
from optuna import TrialPruned
from optuna.trial import BaseTrial

from .config import OBJECTIVE, PATIENCE
from .dataset import Data, Split, fingerprint
from .dataset.batches import batches, shuffled_batches
from .errors import UserError
from .inspect_data import summarize
from .model import get_model
from .runtime.fitting import BestEpoch, check_built, check_fit_options, score_sample
from .runtime.signals import Stop
from .study import MONITOR, Budget, Record, Study, TrialLog
from .study.record import set_scores
from .study.running import clear_ended


def prepare_data(trial: BaseTrial, data: Data) -> Data:
    """Return the data as a trial sees them, such as windows of a length that it draws."""
    return data


def get_fit_options(trial: BaseTrial, data: Data) -> dict[str, Any]:
    """Return more arguments of `Model.fit`: your callbacks, class weights, fewer epochs.

    They may be hyperparameters, as in `get_model` and `prepare_data`.
    https://keras.io/api/models/model_training_apis/#fit-method
    """
    return {"callbacks": []}


class Setup(NamedTuple):
    """A trial's model, and the data and the options that it is trained with."""

    model: keras.Model
    batch_size: int
    skipped_layers: list[str]
    data: Data
    fit_options: dict[str, Any]


def set_up(trial: BaseTrial, data: Data) -> Setup:
    """Make what a trial trains, when it is run and when it is rebuilt.

    All hyperparameters are asked for here, so that both ask for the same.

    Raises:
        UserError: There is no `BuiltModel`, or no size of its batches.
    """
    data = prepare_data(trial, data)
    built = get_model(trial, data.input_shape, data.classes)
    check_built(built)
    return Setup(*built, data, get_fit_options(trial, data))


def check_drawn(record: Record, params: Mapping[str, Any]) -> None:
    """Refuse hyperparameters that were drawn while a model was trained.

    Raises:
        UserError: No model that is rebuilt would draw them again.
    """
    if late := params.keys() - record.params.keys():
        raise UserError(
            f"{min(late)} is drawn after `set_up`, so that no rebuilt model would have it; "
            "draw it in `get_fit_options` in train.py"
        )


class TrialCallback(keras.callbacks.Callback):
    """Say how far the running trial is, and leave it when the search is to stop."""

    def __init__(self, log: TrialLog, record: Record, stop: Stop) -> None:
        super().__init__()
        self.running = log.running
        self.record = record
        self.stop = stop
        self.score: float | None = None

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self.running.update(
            epoch=epoch,
            epochs=self.params["epochs"],
            score=self.score,
            params=self.record.params,
        )

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self.stop.check()

    def on_test_batch_end(self, batch: int, logs: Any = None) -> None:
        self.stop.check()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.score = logs[MONITOR]


def fit(
    setup: Setup,
    record: Record,
    epochs: int,
    *,
    callbacks: Sequence[keras.callbacks.Callback] = (),
) -> None:
    """Train a model until it no longer gets better, and note in its record how it went.

    The model is left with the weights of its best epoch.

    Raises:
        FloatingPointError: The loss became NaN or infinite.
        UserError: The model was not compiled, has no metric of the objective's name, or
            cannot be trained with these options.
        KeyboardInterrupt: The search is to stop.
    """
    model, data = setup.model, setup.data
    record.skipped_layers = setup.skipped_layers
    metrics = create_variables(setup)
    if MONITOR not in metrics:
        raise UserError(
            f"OBJECTIVE in config.py is {OBJECTIVE.name!r}, and the model in model.py has "
            f"no such metric; it has {', '.join(metrics)}"
        )
    record.parameter_count = model.count_params()
    options = check_fit_options(setup.fit_options, model)
    stopping = BestEpoch(MONITOR, mode=OBJECTIVE.direction[:3], patience=PATIENCE)
    first, last = keras.callbacks.History(), keras.callbacks.History()
    yours, own = options.pop("callbacks"), [*callbacks, stopping, last]
    callbacks = [keras.callbacks.TerminateOnNaN(), first, *yours, *own]
    record.state = "complete"
    try:
        model.fit(
            shuffled_batches(data.train, setup.batch_size, record.seed),
            shuffle=False,  # for `shuffled_batches` does it
            epochs=min(epochs, options.pop("epochs", epochs)),
            validation_data=batches(data.validation, setup.batch_size),
            callbacks=callbacks,
            verbose=0,
            **options,
        )
    except TrialPruned:  # by a callback of yours
        if not first.epoch:
            raise
        record.state = "pruned"
        if last.epoch != first.epoch:  # those after it have yet to see the epoch
            logs = {name: values[-1] for name, values in first.history.items()}
            for callback in own:
                callback.on_epoch_end(first.epoch[-1], logs)
        stopping.on_train_end()
    set_scores(record, last.history, stopping.best_epoch + 1)
    losses = record.metrics["loss"], record.metrics["val_loss"]
    if None in (*losses, record.objective.value):
        raise FloatingPointError("the loss or the score is NaN or infinite")


def create_variables(setup: Setup) -> list[str]:
    """Create all variables of a model, its optimizer and its metrics.

    A subclassed model has none before it is called. Where `fit` has to make those of the
    optimizer, TensorFlow traces the training step a second time, which takes as long as
    several epochs on small data.

    Returns:
        The names of the metrics on the validation part.

    Raises:
        UserError: The model was not compiled, has several outputs, or is for other labels.
    """
    model, data = setup.model, setup.data
    if getattr(model, "optimizer", None) is None:
        raise UserError("the model in model.py has no optimizer; give `compile` one")
    sample = data.validation.take(slice(1)).fields
    outputs = model(sample[0], training=False)  # as `test_step` does
    if keras.tree.is_nested(outputs):
        raise UserError(
            f"the model in model.py has outputs in a {type(outputs).__name__}, and a sample "
            "one array `y`; give it one output, with several labels as columns"
        )
    metrics = score_sample(model, sample, data.train.y)
    model.optimizer.build(model.trainable_variables)
    return [f"val_{name}" for name in metrics]


def evaluate(setup: Setup, part: Split) -> dict[str, float]:
    """Return each metric of the model, in batches as they were when it was trained."""
    scores = setup.model.evaluate(
        batches(part, setup.batch_size), verbose=0, return_dict=True
    )
    return {name: float(v) for name, v in scores.items() if np.ndim(v) == 0}


def begin_or_resume(study: Study, log: TrialLog, data: Data, budget: Budget) -> None:
    """Write down what is about to be searched, or refuse to go on with another search.

    Raises:
        UserError: The study searched something else.
    """
    begins = not study.exists or study.is_untried
    study.begin_or_resume(
        {
            "data": fingerprint(data),
            "class_names": data.class_names,
            "epochs": budget.epochs,
            "seed": budget.seed,
            **(summarize(data) if begins else {}),
        }
    )
    clear_ended(log)
    log.check_weights()
