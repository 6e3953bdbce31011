"""Labels in the forms that people have them in, and what a model is to make of them."""

from typing import Any

import keras
import numpy as np

from ..errors import UserError
from .containers import as_column


def as_one_label(y: np.ndarray) -> np.ndarray:
    """Return one label a sample where a column or one-hot rows have that.

    Several labels a sample stay as they are, with a column for each class.
    """
    y = as_column(y)
    if y.dtype.kind == "b" or (y.dtype.kind == "f" and (y == np.round(y)).all()):
        y = y.astype(int)
    if y.ndim == 2 and y.size and y.dtype.kind in "iu":
        one_hot = np.arange(y.shape[1]) == y.shape[1] - 1
        if (np.sort(y) == one_hot).all():
            return np.nonzero(y)[1]
    return y


def number_parts(parts: list[np.ndarray], names: list[str]) -> list[np.ndarray]:
    """Return the labels of all parts: one alone may not show what its labels mean."""
    if len({y.shape[1:] for y in parts}) > 1:
        shapes = ", ".join(str(y.shape) for y in parts)
        raise UserError(
            f"the labels of the parts have the shapes {shapes}; make y one array"
        )
    numbers = number_labels(np.concatenate(parts), names)
    return np.split(numbers, np.cumsum([len(y) for y in parts])[:-1])


def number_labels(y: np.ndarray, names: list[str]) -> np.ndarray:
    """Return the number of each label's class, where it is sure which that is.

    Raises:
        UserError: The labels are other text, or of another shape.
    """
    y, classes = as_one_label(y), len(names)
    if y.ndim > 1:
        of_numbers = y.dtype.kind in "iuf" and ((y >= 0) & (y <= 1)).all()
        if y.shape[1:] != (classes,) or not of_numbers:
            raise UserError(
                f"the labels of all parts have the shape {y.shape}; {classes} classes "
                f"take (samples,), or (samples, {classes}) with values from 0 to 1"
            )
        return y.astype("float32")
    if y.dtype.kind in "iu" and ((y >= 0) & (y < classes)).all():
        return y
    found, rows = np.unique(y.astype(str), return_inverse=True)
    unknown = sorted(set(found.tolist()) - set(names))
    if not unknown:
        return np.array([names.index(name) for name in found])[rows]
    if y.dtype.kind in "iu" and set(np.unique(y)) == {*range(1, classes + 1)}:
        return y - 1
    if y.dtype.kind not in "iuf":
        raise UserError(f"the label {unknown[0]!r} is not among class_names, {names}")
    return y


def check_labels(y: np.ndarray, names: list[str], part: str) -> None:
    """Refuse labels of a part that are not numbers of all classes.

    Raises:
        UserError: It says what they are, or which class has no sample.
    """
    classes = len(names)
    if y.ndim > 1:  # and number_labels has seen to them
        return
    if y.dtype.kind not in "iu" or y.min() < 0 or y.max() >= classes:
        raise UserError(
            f"the labels of the {part} part are not whole numbers "
            f"from 0 to {classes - 1}, they are {y.min()} to {y.max()}"
        )
    missing = sorted(set(range(classes)) - set(np.unique(y).tolist()))
    if missing:
        raise UserError(
            f"the {part} part has no sample of class {names[missing[0]]!r}; "
            "it needs at least one of each"
        )


def score_sample(model: keras.Model, sample: Any, y: np.ndarray) -> dict[str, Any]:
    """Score a model on one sample, and refuse a loss or an accuracy for other labels.

    Raises:
        UserError: It is for labels of another form than `y`, those of the training part.
    """
    try:
        scores: dict[str, Any] = model.test_step(sample)
    except ValueError as error:
        if "target.shape" not in str(error):  # as Keras says of a loss for other labels
            raise
        raise UserError(
            f"the loss in model.py is not for labels of shape {y.shape}: one of several "
            "classes takes sparse_categorical_crossentropy; a sigmoid for each class, or a "
            "single one for two classes, takes binary_crossentropy"
        ) from error
    metrics = [one for all in model.metrics for one in getattr(all, "metrics", ())]
    likeliest = any(type(one) is keras.metrics.CategoricalAccuracy for one in metrics)
    if likeliest and y.ndim > 1 and not np.allclose(y.sum(axis=1), 1):
        raise UserError(
            'a sample has several labels, and "accuracy" looks at the likeliest alone; '
            'write "binary_accuracy" in model.py and in OBJECTIVE in config.py'
        )
    return scores
