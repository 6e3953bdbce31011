"""Arrays from whatever container `load_data` has them in, where it is sure what they mean."""

from collections.abc import Mapping
from numbers import Number
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from ..errors import UserError, explain


def as_array(values: Any, what: str) -> np.ndarray:
    """Return what a list, a column of a table or a tensor holds, by position.

    Raises:
        UserError: It is not an array.
    """
    try:
        array = np.asarray(values)
        if array.dtype == object:
            array = np.array(array.tolist())
    except (RuntimeError, TypeError, ValueError) as error:
        why = other_shape(values) or explain(error)
        raise UserError(f"{what} is not an array ({why})") from error
    if array.ndim == 0:
        raise UserError(f"{what} is not an array but of type {type(values).__name__}")
    return array


def other_shape(values: Any) -> str:
    """Say which sample is the first whose shape is not that of the others, if one is."""
    try:
        shapes = [np.array(value, object).shape for value in values]
    except (RuntimeError, TypeError, ValueError):
        return ""  # it has no samples
    for position, shape in enumerate(shapes):
        if shape != shapes[0]:
            return (
                f"sample 0 has shape {shapes[0]} and sample {position} {shape}; "
                "give all samples one shape"
            )
    return ""


def as_column(array: np.ndarray) -> np.ndarray:
    """Return an array of shape (samples, 1) as one of shape (samples,)."""
    return array[:, 0] if array.shape[1:] == (1,) else array


def as_numbers(values: Any, what: str) -> np.ndarray:
    """Return whole numbers as they are, and all others as float32.

    Raises:
        UserError: There is something else.
    """
    array = as_array(values, what)
    if array.dtype.kind not in "fiub":
        objects = np.asarray(values)
        columns = zip(getattr(values, "columns", ()), objects.T, strict=False)
        for name, column in columns:
            as_numbers(column, f"column {name!r} in {what}")
        held = objects.ravel().tolist()
        others = (value for value in held if not isinstance(value, Number))
        raise UserError(
            f"{what} holds {next(others, array.dtype)!r}, which is not a number; "
            "turn it into one in load_data, or leave it out"
        )
    if array.dtype.kind in "iu":
        return array
    with np.errstate(over="ignore"):  # to infinity, which is refused
        return array.astype("float32", copy=False)


def as_fields(part: Any, name: str) -> tuple[Any, ...]:
    """Return `x`, `y` and perhaps `weights` of a part as arrays.

    Raises:
        UserError: They are none, or what they hold is not sure.
    """
    what = f"the {name} part"
    if isinstance(part, tf.data.Dataset | keras.utils.PyDataset):
        part = read_dataset(part, what)
    if not isinstance(part, tuple | list) or len(part) not in (2, 3):
        raise UserError(f"{what} is of type {type(part).__name__}; make it a Split")
    x, y, weights = (*part, None)[:3]
    y = as_array(y, f"y of {what}")
    x = as_inputs(x, len(y), f"x of {what}")
    if weights is None:
        return x, y
    weights = as_column(as_numbers(weights, f"the weights of {what}"))
    return x, y, weights.astype("float32")


def as_inputs(x: Any, samples: int, what: str) -> Any:
    """Return one array, or a dictionary or a tuple with one for each input of a model."""
    if isinstance(x, Mapping):
        return {str(name): as_numbers(x[name], f"{name!r} in {what}") for name in x}
    listed = isinstance(x, list | tuple) and len(x) != samples  # not one per sample
    if listed and all(getattr(array, "shape", ())[:1] == (samples,) for array in x):
        named = enumerate(x)
        return tuple(as_numbers(array, f"x[{i}] in {what}") for i, array in named)
    return as_numbers(x, what)


def read_dataset(dataset: Any, what: str) -> tuple[Any, ...]:
    """Return all that a dataset yields as arrays; what it draws at random is drawn once.

    Raises:
        UserError: It is empty, has no batches, or does not say how many.
    """
    try:
        if isinstance(dataset, tf.data.Dataset):
            count = int(dataset.cardinality())
            batches = dataset.take(count).as_numpy_iterator()
        else:
            count = -1 if dataset.num_batches is None else dataset.num_batches
            dataset.on_epoch_begin()
            batches = (dataset[i] for i in range(count))
        if count == 0:
            raise UserError(f"{what} is a dataset without a batch")
        if count < 0:
            raise UserError(
                f"{what} is a dataset of no known length; write .take(BATCHES) after it, or "
                ".apply(tf.data.experimental.assert_cardinality(BATCHES))"
            )
        read = [tuple(batch) for batch in batches if isinstance(batch, tuple | list)]
        whole = keras.tree.map_structure(lambda *rows: np.concatenate(rows), *read)
        return tuple(whole)
    except (NotImplementedError, TypeError, ValueError) as error:
        raise UserError(
            f"{what} is a dataset without batches of (x, y) or (x, y, weights) "
            f"({explain(error)}); after single samples, write .batch(32)"
        ) from error


def as_one_label(y: np.ndarray) -> np.ndarray:
    """Return one label per sample where a column or one-hot rows have that.

    Several labels per sample stay as they are, with a column for each class.
    """
    y = as_column(y)
    if y.dtype.kind == "b" or (y.dtype.kind == "f" and (y == np.round(y)).all()):
        y = y.astype(int)
    if y.ndim == 2 and y.size and y.dtype.kind in "iu":
        one_hot = np.arange(y.shape[1]) == y.shape[1] - 1
        if (np.sort(y) == one_hot).all():
            return np.nonzero(y)[1]
    return y


def number_labels(parts: list[np.ndarray], names: list[str]) -> list[np.ndarray]:
    """Return the number of each label's class, where it is sure which that is.

    Of all parts at once, for one alone may not show what its labels mean.

    Raises:
        UserError: The labels mean no classes of these names, or it is not sure which.
    """
    if len({y.shape[1:] for y in parts}) > 1:
        shapes = ", ".join(str(y.shape) for y in parts)
        raise UserError(
            f"the labels of the parts have the shapes {shapes}; make y one array"
        )
    y, classes = as_one_label(np.concatenate(parts)), len(names)
    kind = y.dtype.kind
    if y.ndim > 1:
        of_numbers = kind in "iuf" and ((y >= 0) & (y <= 1)).all()
        if y.shape[1:] != (classes,) or not of_numbers:
            raise UserError(
                f"the labels of all parts have the shape {y.shape}; {classes} classes "
                f"take (samples,), or (samples, {classes}) with values from 0 to 1"
            )
        y = y.astype("float32")
    elif kind not in "iu" or not ((y >= 0) & (y < classes)).all():
        found, rows = np.unique(y.astype(str), return_inverse=True)
        unknown = sorted({*found.tolist()} - {*names})
        if not unknown:
            y = np.array([names.index(name) for name in found])[rows]
        elif kind not in "iuf":
            raise UserError(
                f"the label {unknown[0]!r} is not among class_names, {names}"
            )
        elif {*np.unique(y).tolist()} == {*range(1, classes + 1)}:
            y = y - 1
        else:
            raise UserError(
                f"the labels are not whole numbers from 0 to {classes - 1}, "
                f"they are {y.min()} to {y.max()}"
            )
    return np.split(y, np.cumsum([len(y) for y in parts])[:-1])
