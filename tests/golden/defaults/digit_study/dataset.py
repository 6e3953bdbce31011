"""What the project needs of its data, whatever `load_data` reads them from."""

import hashlib
from typing import NamedTuple

import numpy as np
from sklearn.model_selection import train_test_split

from .errors import UserError


class Part(NamedTuple):
    """Samples and their labels, in the same order."""

    x: np.ndarray
    """Shape (samples, height, width, channels), float32."""

    y: np.ndarray
    """Shape (samples,), whole numbers from 0 to the number of classes - 1."""


class Data(NamedTuple):
    """Trials learn from `train` and are scored on `validation`; `test` is for the end."""

    train: Part
    validation: Part
    test: Part
    class_names: list[str]

    @property
    def input_shape(self) -> tuple[int, ...]:
        """The shape of one sample."""
        return self.train.x.shape[1:]

    @property
    def classes(self) -> int:
        """How many classes there are."""
        return len(self.class_names)


def split(x: np.ndarray, y: np.ndarray, seed: int) -> tuple[Part, Part, Part]:
    """Deal samples at random: 60 % to train on, 20 % to validate, 20 % to test.

    Every part has the classes in the same proportions.

    Raises:
        UserError: A class has too few samples for each part to have some.
    """
    counts = np.bincount(y)
    if len(counts) < 2 or counts.min() < 5:
        raise UserError(
            f"the data have {len(counts)} classes, the smallest of "
            f"{counts.min(initial=len(y))} samples; "
            "it takes two classes, and five samples of each, to train, validate and test"
        )
    x_train, x_rest, y_train, y_rest = train_test_split(
        x, y, train_size=0.6, stratify=y, random_state=seed
    )
    x_val, x_test, y_val, y_test = train_test_split(
        x_rest, y_rest, train_size=0.5, stratify=y_rest, random_state=seed
    )
    return Part(x_train, y_train), Part(x_val, y_val), Part(x_test, y_test)


def check(data: Data) -> Data:
    """The same data, once it is sure that a model can be trained on them.

    Raises:
        UserError: It says what is wrong, and in which part.
    """
    if len(data.input_shape) != 3:
        raise UserError(
            f"a sample has the shape {data.input_shape}; this project was made for a "
            "picture, (height, width, channels)"
        )
    classes = len(data.class_names)
    if classes < 2:
        raise UserError(f"the data have {classes} class, and a model needs two or more")
    for name in ("train", "validation", "test"):
        x, y = getattr(data, name)
        if len(x) == 0 or len(x) != len(y):
            raise UserError(
                f"the {name} part has {len(x)} samples and {len(y)} labels; "
                "it needs as many of the one as of the other"
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
    """A digest that changes when any sample, label or split does."""
    digest = hashlib.sha256()
    for part in (data.train, data.validation, data.test):
        for array in part:
            digest.update(f"{array.dtype}{array.shape}".encode())
            digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()
