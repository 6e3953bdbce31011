"""Samples, dealt into batches."""

import tensorflow as tf

from .dataset import Part


def for_training(part: Part, batch_size: int, seed: int) -> tf.data.Dataset:
    """Samples in another order in each epoch.

    Keras would deal arrays in the same way, but it begins its pipeline twice in an epoch,
    and that takes longer than these few steps: on small data as long as the training.
    """
    x, y = tf.constant(part.x), tf.constant(part.y)
    rows = tf.data.Dataset.range(len(part.y)).shuffle(len(part.y), seed=seed)
    return rows.batch(batch_size).map(lambda i: (tf.gather(x, i), tf.gather(y, i)))


def for_scoring(part: Part, batch_size: int) -> tf.data.Dataset:
    """Samples as they come, in fewer batches: without gradients they take less memory."""
    return tf.data.Dataset.from_tensor_slices(part).batch(4 * batch_size)
