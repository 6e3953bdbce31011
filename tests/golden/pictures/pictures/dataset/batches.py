"""How a model gets its samples: in another order in each epoch, or as they come."""

from typing import Any

import keras
import numpy as np
import tensorflow as tf

from ..samples import read_bytes
from . import Split


def shuffled_batches(part: Split, batch_size: int, seed: int) -> tf.data.Dataset:
    """Return the samples in another order in each epoch."""
    rows = tf.data.Dataset.range(len(part.y)).shuffle(len(part.y), seed=seed)
    return read_batches(part, rows.batch(batch_size))


def batches(part: Split, batch_size: int) -> tf.data.Dataset:
    """Return the samples as they come, in fewer batches.

    Without gradients they take less memory.
    """
    return read_batches(part, tf.data.Dataset.range(len(part.y)).batch(4 * batch_size))


def read_batches(part: Split, rows: tf.data.Dataset) -> tf.data.Dataset:
    """Read the samples of each batch of rows, while the model learns from those before.

    `keras.utils.PyDataset` does the same, but takes a millisecond more for each batch.
    """

    def read_rows(rows: np.ndarray) -> list[np.ndarray]:
        x, *rest = part.take(rows).fields
        return [*map(read_bytes, keras.tree.flatten(x)), *rest]

    one = read_rows(np.arange(1))  # which shows the types and the shapes
    inputs = len(keras.tree.flatten(part.x))

    def as_tensors(rows: tf.Tensor) -> Any:
        tensors = tf.numpy_function(read_rows, [rows], [array.dtype for array in one])
        for tensor, array in zip(tensors, one, strict=True):
            tensor.set_shape((None, *array.shape[1:]))
        x = map(from_bytes, tensors[:inputs])
        return keras.tree.pack_sequence_as(part.fields, [*x, *tensors[inputs:]])

    # Nothing in it depends on a tensor's value, so that AutoGraph need not rewrite it.
    as_it_is = tf.autograph.experimental.do_not_convert(as_tensors)
    read_ahead = rows.map(as_it_is, num_parallel_calls=tf.data.AUTOTUNE)
    return read_ahead.prefetch(tf.data.AUTOTUNE)


def from_bytes(x: tf.Tensor) -> tf.Tensor:
    """Return pictures from 0 to 1 where they are bytes; TensorFlow does it with all cores."""
    return tf.cast(x, tf.float32) / 255 if x.dtype == tf.uint8 else x
