"""Samples, dealt into batches."""

import tensorflow as tf

from .dataset import Part


def for_training(part: Part, batch_size: int, seed: int) -> tf.data.Dataset:
    """Samples in another order in each epoch.

    What Keras makes of arrays does the same, but with functions that TensorFlow sets up
    anew four times in each epoch: on small data that is a third of the time.
    """
    samples = tf.data.Dataset.from_tensor_slices((part.x, part.y))
    return samples.shuffle(len(part.y), seed=seed).batch(batch_size)


def for_scoring(part: Part, batch_size: int) -> tf.data.Dataset:
    """Samples as they come, in fewer batches: without gradients they take less memory."""
    return tf.data.Dataset.from_tensor_slices((part.x, part.y)).batch(4 * batch_size)
