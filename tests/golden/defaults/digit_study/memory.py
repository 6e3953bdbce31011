"""What Keras and TensorFlow would keep of every model, and say of many."""

import logging

import keras
from tensorflow.python.framework import ops

# TensorFlow counts how often a step of training is traced, whatever model it is of, and
# warns of what is no mistake here: every trial has a model of its own.
logging.getLogger("tensorflow").addFilter(
    lambda record: "triggered tf.function retracing" not in record.getMessage()
)


def forget_models() -> None:
    """Give back what earlier models took, before another one is built.

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
