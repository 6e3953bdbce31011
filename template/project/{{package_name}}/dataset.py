"""What the project needs of its data, whatever `load_data` reads them from."""

import hashlib
from typing import NamedTuple

import numpy as np

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


def check(data: Data) -> Data:
    """The same data, once it is sure that a model can be trained on them.

    Raises:
        UserError: It says what is wrong, and in which part.
    """
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
