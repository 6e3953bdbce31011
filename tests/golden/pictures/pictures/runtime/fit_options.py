"""What `get_fit_options` returns, or in one line why `Model.fit` cannot have it."""

import inspect
from numbers import Integral
from typing import Any

import keras

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
            raise UserError(f"{returns} {name!r}, which `fit` of the model has not")
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
                f"{returns} {callback!r} among `callbacks`, which is no callback; write an "
                "object of its class, such as keras.callbacks.TerminateOnNaN()"
            )
    return options | {"callbacks": callbacks}
