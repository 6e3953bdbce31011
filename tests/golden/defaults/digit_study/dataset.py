"""What the project needs of its data, whatever `load_data` reads them from."""

import hashlib
from typing import NamedTuple

import numpy as np
import tensorflow as tf
from sklearn.model_selection import train_test_split

from .errors import UserError


class Split(NamedTuple):
    """Samples and their labels, in the same order."""

    x: np.ndarray
    """Shape (samples, height, width, channels), float32."""

    y: np.ndarray
    """Shape (samples,), whole numbers from 0 to the number of classes - 1."""


class Data(NamedTuple):
    """Trials learn from `train` and are scored on `validation`; `test` is for the end."""

    train: Split
    validation: Split
    test: Split
    class_names: list[str]

    @property
    def input_shape(self) -> tuple[int, ...]:
        """Return the shape of one sample."""
        return self.train.x.shape[1:]

    @property
    def classes(self) -> int:
        """Return how many classes there are."""
        return len(self.class_names)


def split(x: np.ndarray, y: np.ndarray, seed: int) -> tuple[Split, Split, Split]:
    """Deal samples at random: 60 % to train on, 20 % to validate, 20 % to test.

    Every part has the classes in the same proportions.

    Raises:
        UserError: There is one class, or a class has too few samples.
    """
    counts = np.bincount(y)
    if len(counts) < 2 or counts.min() < 5:
        raise UserError(
            "it takes two classes or more, and five samples or more of each, to train, "
            f"validate and test; the number of classes is {len(counts)}, and the smallest "
            f"number of samples {counts.min(initial=len(y))}"
        )
    x_train, x_rest, y_train, y_rest = train_test_split(
        x, y, train_size=0.6, stratify=y, random_state=seed
    )
    x_val, x_test, y_val, y_test = train_test_split(
        x_rest, y_rest, train_size=0.5, stratify=y_rest, random_state=seed
    )
    return Split(x_train, y_train), Split(x_val, y_val), Split(x_test, y_test)


def check(data: Data) -> Data:
    """Refuse data that no model can be trained on; return the others as they are.

    Raises:
        UserError: It says what is wrong, and in which part.
    """
    if len(data.input_shape) != 3:
        raise UserError(
            f"a sample has the shape {data.input_shape}; this project was made for a "
            "picture, (height, width, channels) (see input_kind in `copier update`)"
        )
    classes = len(data.class_names)
    if classes < 2:
        raise UserError(f"a model needs two classes or more; the data have {classes}")
    for name in ("train", "validation", "test"):
        x, y = getattr(data, name)
        if len(x) == 0 or len(x) != len(y):
            raise UserError(
                f"the {name} part needs samples, and a label for each; "
                f"there are {len(x)} and {len(y)}"
            )
        if x.shape[1:] != data.input_shape:
            raise UserError(
                f"the {name} part has samples of shape {x.shape[1:]}, "
                f"the train part of shape {data.input_shape}"
            )
        if not np.isfinite(x).all():
            raise UserError(f"the {name} part holds NaN or infinity")
        if y.dtype.kind not in "iu" or y.min() < 0 or y.max() >= classes:
            raise UserError(
                f"the labels of the {name} part are not whole numbers "
                f"from 0 to {classes - 1}"
            )
        missing = sorted(set(range(classes)) - set(np.unique(y).tolist()))
        if missing:
            raise UserError(
                f"the {name} part has no sample of class "
                f"{data.class_names[missing[0]]!r}; it needs at least one of each"
            )
    return data


def fingerprint(data: Data) -> str:
    """Return a digest that changes when any sample, label or split does."""
    digest = hashlib.sha256()
    for part in (data.train, data.validation, data.test):
        for array in part:
            digest.update(f"{array.dtype}{array.shape}".encode())
            digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()


def shuffled_batches(part: Split, batch_size: int, seed: int) -> tf.data.Dataset:
    """Return the samples in another order in each epoch.

    What Keras makes of arrays does the same, but with functions that TensorFlow sets up
    anew four times in each epoch: on small data that is a third of the time.
    """
    samples = tf.data.Dataset.from_tensor_slices((part.x, part.y))
    return samples.shuffle(len(part.y), seed=seed).batch(batch_size)


def batches(part: Split, batch_size: int) -> tf.data.Dataset:
    """Return the samples as they come, in fewer batches.

    Without gradients they take less memory.
    """
    samples = tf.data.Dataset.from_tensor_slices((part.x, part.y))
    return samples.batch(4 * batch_size)
