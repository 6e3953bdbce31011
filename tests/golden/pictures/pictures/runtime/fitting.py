"""What a model is fitted with: options that `Model.fit` has, and an end at the best epoch."""

import inspect
from numbers import Integral
from typing import Any

import keras
import numpy as np

from ..errors import UserError

DATA = "`load_data` in data.py says what each part holds, its weights too"
STEPS = "each epoch takes all batches; `load_data` in data.py may return fewer samples"
BATCHES = "`get_model` in model.py returns the size of a batch"
ELSEWHERE = {
    **dict.fromkeys(["x", "y", "sample_weight"], DATA),
    **dict.fromkeys(["validation_data", "validation_split"], DATA),
    **dict.fromkeys(["steps_per_epoch", "validation_steps"], STEPS),
    **dict.fromkeys(["batch_size", "validation_batch_size"], BATCHES),
    "initial_epoch": "a trial begins with its first epoch, or goes on by itself",
    "shuffle": "`shuffled_batches` in dataset/batches.py shuffles what is trained on",
    "validation_freq": "each epoch is scored, for the weights of the best are kept",
    "verbose": "`fit` in train.py says what Keras prints",
}
"""What this project decides itself, and where."""


def check_built(built: Any) -> None:
    """Refuse what `get_model` returns, unless it is a model with the size of a batch.

    Raises:
        UserError: It says what was returned.
    """
    returns = "get_model in model.py returns"
    if not isinstance(built, tuple):
        raise UserError(f"{returns} {built!r}, not a BuiltModel")
    if not isinstance(built[1], Integral) or built[1] < 1:
        raise UserError(f"{returns} {built[1]!r} as `batch_size`; it takes 1 or more")


def check_fit_options(options: Any, model: keras.Model) -> dict[str, Any]:
    """Return the options as they are, with a list of callbacks.

    Raises:
        UserError: `Model.fit` has no use for one, or it is decided elsewhere.
    """
    returns = "get_fit_options in train.py returns"
    if not isinstance(options, dict):
        raise UserError(f"{returns} {options!r}; have it return a dictionary")
    known = inspect.signature(model.fit).parameters
    takes_any = any(each.kind is each.VAR_KEYWORD for each in known.values())
    for name in options:
        if name in ELSEWHERE:
            raise UserError(f"{returns} {name!r}; leave it out: {ELSEWHERE[name]}")
        if name not in known and not takes_any:
            raise UserError(f"{returns} {name!r}, which the model's `fit` rejects")
    epochs = options.get("epochs", 1)
    if not isinstance(epochs, Integral) or epochs < 1:
        raise UserError(f"{returns} {epochs!r} as `epochs`; it takes 1 or more")
    callbacks = keras.tree.flatten(options.get("callbacks") or [])
    for callback in callbacks:
        if isinstance(callback, keras.callbacks.BackupAndRestore):
            raise UserError(
                "BackupAndRestore would go on from where another trial was; leave it out, "
                "and have trials go on by `copier update -d checkpoints=true`"
            )
        if not isinstance(callback, keras.callbacks.Callback):
            raise UserError(
                f"{returns} {callback!r} among `callbacks`, which is not a callback; write an "
                "object of its class, such as keras.callbacks.TerminateOnNaN()"
            )
    return options | {"callbacks": callbacks}


def score_sample(model: keras.Model, sample: Any, y: np.ndarray) -> dict[str, Any]:
    """Score a model on one sample, and refuse a loss or an accuracy for other labels.

    Raises:
        UserError: It is for labels of another form than `y`, those of the training part.
    """
    try:
        scores: dict[str, Any] = model.test_step(sample)
    except ValueError as error:
        if "target.shape" not in str(error):  # as Keras says of a loss for other labels
            raise
        raise UserError(
            f"the loss in model.py is not for labels of shape {y.shape}: one of several "
            "classes takes sparse_categorical_crossentropy; a sigmoid for each class, or a "
            "single one for two classes, takes binary_crossentropy"
        ) from error
    metrics = [one for all in model.metrics for one in getattr(all, "metrics", ())]
    likeliest = any(type(one) is keras.metrics.CategoricalAccuracy for one in metrics)
    if likeliest and y.ndim > 1 and not np.allclose(y.sum(axis=1), 1):
        raise UserError(
            'a sample has several labels, and "accuracy" looks at the likeliest alone; '
            'write "binary_accuracy" in model.py and in OBJECTIVE in config.py'
        )
    return scores


class BestEpoch(keras.callbacks.EarlyStopping):
    """Stop early, and leave the model with the variables that scored best.

    They are taken as the validation begins, after all other callbacks. Those may change
    weights just before it, as SwapEMAWeights does, or at the end of an epoch, when it is
    too late for EarlyStopping to know what was scored.
    """

    def on_test_begin(self, logs: Any = None) -> None:
        self.scored = [keras.ops.convert_to_numpy(v) for v in self.model.variables]

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        super().on_epoch_end(epoch, logs)
        if self.best_epoch == epoch:
            self.best_weights = self.scored
        self.scored = []

    def on_train_end(self, logs: Any = None) -> None:
        best = zip(self.model.variables, self.best_weights, strict=True)
        for variable, value in best:
            variable.assign(value)
