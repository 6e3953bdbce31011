"""What the project needs of its data, whatever `load_data` reads them from."""

import hashlib
from typing import Any, NamedTuple

import keras
import numpy as np
from sklearn.model_selection import train_test_split

from ..data_path import check_found
from ..errors import UserError, explain
from ..samples import Subset, distinguish, is_finite
from .containers import as_array, as_fields, as_inputs, as_one_label, number_labels
from .part_names import PART_NAMES

PARTS = ("train", "validation", "test")


class Split(NamedTuple):
    """Samples and their labels, in the same order."""

    x: Any
    """Shape (samples, height, width, channels), float32; for a model of several inputs
    a dictionary or a tuple of arrays, as Keras takes them."""

    y: np.ndarray
    """Shape (samples,), whole numbers from 0 to the number of classes - 1; of several labels a
    sample, shape (samples, classes), from 0 to 1."""

    weights: np.ndarray | None = None
    """What each sample counts in the loss and in `weighted_metrics`: shape (samples,)."""

    @property
    def fields(self) -> tuple[Any, ...]:
        """Return what Keras is given: (x, y), or (x, y, weights)."""
        return tuple(self)[: 2 if self.weights is None else 3]

    @property
    def shape(self) -> Any:
        """Return the shape of one sample, or of each of its arrays."""
        return keras.tree.map_structure(lambda array: array.shape[1:], self.x)

    def take(self, rows: np.ndarray) -> "Split":
        """Return some of the samples, by their positions; none is read yet."""
        x = keras.tree.map_structure(lambda array: Subset(array, rows), self.x)
        return Split(x, *(array[rows] for array in self.fields[1:]))


class Data(NamedTuple):
    """Trials learn from `train` and are scored on `validation`; `test` is for the end."""

    train: Split
    validation: Split
    test: Split
    class_names: list[str]
    notes: tuple[str, ...] = ()
    """What was found out as they were read: what was left out, or taken as something."""

    @property
    def input_shape(self) -> Any:
        """Return the shape of one sample, or of each of its arrays."""
        return self.train.shape

    @property
    def classes(self) -> int:
        """Return how many classes there are."""
        return len(self.class_names)


def split(
    x: Any, y: Any, seed: int, weights: Any = None, parts: Any = None
) -> tuple[Split, Split, Split]:
    """Take the parts that the samples come in, or deal them at random.

    Args:
        x: The samples.
        y: Their answers.
        seed: Of the deal.
        weights: What each sample counts, if they do not all count alike.
        parts: Which part each sample is of, as `PART_NAMES` spells it. A part that has no
            sample gets a fifth of the training part. Where it is None, 60 % are dealt to
            train on, 20 % to validate and 20 % to test.

    Raises:
        UserError: There is one class, or a class has too few samples.
    """
    y = as_one_label(as_array(y, "y"))
    strata = y if y.ndim == 1 else np.zeros(len(y))
    _, counts = np.unique(strata, return_counts=True)
    if parts is None and y.ndim == 1 and (len(counts) < 2 or counts.min() < 5):
        raise UserError(
            "it takes two classes or more, and five samples or more of each, to train, "
            f"validate and test; the number of classes is {len(counts)}, and the smallest "
            f"number of samples {counts.min(initial=len(y))}"
            " (for numbers, answer another data_source in `copier update`)"
        )
    if not isinstance(x, np.ndarray) and not hasattr(x, "iloc"):
        x = as_inputs(x, len(y), "x")
    whole = Split(x, y, None if weights is None else as_array(weights, "weights"))
    if {len(array) for array in keras.tree.flatten(whole.fields)} != {len(y)}:
        raise UserError("x, y and the weights to split are not of one length")
    if parts is None:
        train, rest = train_test_split(
            np.arange(len(y)), train_size=0.6, stratify=strata, random_state=seed
        )
        validation, test = train_test_split(
            rest, train_size=0.5, stratify=strata[rest], random_state=seed
        )
        return whole.take(train), whole.take(validation), whole.take(test)
    parts = as_array(parts, "parts")
    if len(parts) != len(y):
        raise UserError(f"there are {len(parts)} parts for {len(y)} samples")
    named = np.array([PART_NAMES.get(str(part).strip().lower(), "") for part in parts])
    if not named.all():
        raise UserError(
            f"a sample's part is train, validation or test, not {parts[named.argmin()]!r}"
        )
    rows = {name: np.flatnonzero(named == name) for name in PARTS}
    for name in [name for name in PARTS[1:] if not len(rows[name])]:
        try:
            rows["train"], rows[name] = train_test_split(
                rows["train"],
                test_size=0.2,
                stratify=strata[rows["train"]],
                random_state=seed,
            )
        except ValueError as error:
            raise UserError(
                f"the training part cannot give a {name} part: {explain(error)}"
            ) from error
    train, validation, test = rows.values()
    return whole.take(train), whole.take(validation), whole.take(test)


def check(data: Data) -> Data:
    """Return the data as arrays, or refuse those that no model can be trained on.

    Raises:
        UserError: It says what is wrong, and in which part.
    """
    if not isinstance(data, Data):
        raise UserError(f"load_data returned a {type(data).__name__}; make it a Data")
    if data.classes < 2:
        raise UserError(
            f"a model needs two classes or more; the data have {data.classes}"
            " (for numbers, answer another data_source in `copier update`)"
        )
    data = as_arrays(data)
    several = isinstance(data.train.x, dict | tuple)  # whose shapes are for get_model
    if not several and len(data.input_shape) != 3:
        raise UserError(
            f"a sample has the shape {data.input_shape}; this project was made for a "
            "picture, (height, width, channels) (see data_source in `copier update`)"
        )
    for name in PARTS:
        part: Split = getattr(data, name)
        x, y, weights = part
        arrays = keras.tree.flatten(x)
        counts = {len(array) for array in arrays}
        if counts != {len(y)} or len(y) == 0:
            raise UserError(
                f"the {name} part needs samples, and a label for each; "
                f"there are {' and '.join(map(str, [*counts, len(y)]))}"
            )
        if part.shape != data.input_shape:
            raise UserError(
                f"the {name} part has samples of shape {part.shape}, "
                f"the train part of shape {data.input_shape}"
            )
        if not all(is_finite(array) for array in arrays):
            raise UserError(f"the {name} part holds NaN or infinity")
        if weights is not None and not (
            weights.shape == (len(y),) and weights.min() >= 0 < weights.sum() < np.inf
        ):
            raise UserError(
                f"the weights of the {name} part are not one number per sample, 0 or more"
            )
        present = np.unique(y) if y.ndim == 1 else range(data.classes)
        missing = sorted({*range(data.classes)} - {*present})
        if missing:
            raise UserError(
                f"the {name} part has no sample of class {data.class_names[missing[0]]!r}; "
                "it needs at least one of each"
            )
    return data._replace(notes=(*data.notes, *check_found()))


def as_arrays(data: Data) -> Data:
    """Return the data with arrays in place of other containers."""
    names = [str(name) for name in data.class_names]
    parts = [Split(*as_fields(getattr(data, name), name)) for name in PARTS]
    y = number_labels([part.y for part in parts], names)
    train, validation, test = (
        part._replace(y=y) for part, y in zip(parts, y, strict=True)
    )
    return data._replace(
        class_names=names, train=train, validation=validation, test=test
    )


def fingerprint(data: Data) -> str:
    """Return a digest that changes when any sample, label, weight or split does."""
    digest = hashlib.sha256()
    for part in (data.train, data.validation, data.test):
        for array in keras.tree.flatten(part.fields):
            digest.update(f"{array.shape}".encode())
            for chunk in distinguish(array):
                digest.update(np.ascontiguousarray(chunk).data)
    return digest.hexdigest()
