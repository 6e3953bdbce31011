"""How a model gets its samples: in another order in each epoch, or as they come."""

from typing import Any

import keras
import numpy as np
import tensorflow as tf

from ..samples import read
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
        return [*map(read, keras.tree.flatten(x)), *rest]

    one = read_rows(np.arange(1))  # which shows the types and the shapes

    def as_tensors(rows: tf.Tensor) -> Any:
        tensors = tf.numpy_function(read_rows, [rows], [array.dtype for array in one])
        for tensor, array in zip(tensors, one, strict=True):
            tensor.set_shape((None, *array.shape[1:]))
        return keras.tree.pack_sequence_as(part.fields, tensors)

    read_ahead = rows.map(as_tensors, num_parallel_calls=tf.data.AUTOTUNE)
    return read_ahead.prefetch(tf.data.AUTOTUNE)
