"""What Keras and TensorFlow keep from one model to the next."""

import logging
from functools import cache
from typing import Any

import keras
from keras.src.backend.common import global_state
from tensorflow.python.framework import ops

# TensorFlow counts how often a step of training is traced, whatever model it is of, and
# warns of what is no mistake here: every trial has a model of its own.
logging.getLogger("tensorflow").addFilter(
    lambda record: "triggered tf.function retracing" not in record.getMessage()
)


@cache
def get_settings() -> dict[str, Any]:
    """Return what model.py has set for all models, as with `keras.config.set_dtype_policy`.

    It is looked up once, before the first model is built.
    """
    names = (
        "distribution",
        "dtype_policy",
        "flash_attention",
        "interactive_logging",
        "traceback_filtering",
    )
    return {name: global_state.get_global_attribute(name) for name in names}


def reset_keras(seed: int) -> None:
    """Free what earlier models took, and seed Python, NumPy and TensorFlow.

    Keras' optimizers leave each model's training step in TensorFlow's registry of
    gradients, which nothing ever empties: nine tenths of what a search grows by
    (https://github.com/tensorflow/tensorflow/issues/97697). The registry has no public
    way to do so; where a later TensorFlow has another one, nothing is done.
    """
    settings = get_settings()
    # Without the collection of garbage, which takes a quarter of a second: Python does
    # it by itself.
    keras.utils.clear_session(free_memory=False)
    for name, value in settings.items():  # which it has reset
        global_state.set_global_attribute(name, value)
    registry = getattr(ops.gradient_registry, "_registry", {})
    for name in [name for name in registry if name.startswith("CustomGradient-")]:
        del registry[name]
    keras.utils.set_random_seed(seed)
