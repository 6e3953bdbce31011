"""Edits of data in projects that read pictures batch by batch."""

from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.datasets import load_digits

from tests.edits import FRAMEWORKS, Changes, Edit
from tests.photographs import write_photographs
from tests.rendering import Project

PICTURES: dict[str, Any] = {
    "input_kind": "image",
    "layer_types": ["conv", "global_pooling"],
    "data_path": "samples",
}
ARRAYS = PICTURES | {"data_source": "arrays"}
FOLDER = PICTURES | {"data_source": "image_folder", "image_size": [24, 16, 3]}
RETURNS = {
    "arrays": "    return Data(train, validation, test, class_names, scaler, notes)\n",
    "image_folder": "    return Data(train, validation, test, found.class_names, found.notes)\n",
}
NAMES = {"arrays": "class_names", "image_folder": "found.class_names"}


def write_arrays(project: Project) -> None:
    """Write digits as bytes, where the project looks for its data."""
    folder = project.root / "samples"
    folder.mkdir()
    digits = load_digits()
    np.save(folder / "x.npy", digits.images[:500].astype("uint8")[..., None])
    np.save(folder / "y.npy", digits.target[:500])


def write_pictures(project: Project) -> None:
    """Write photographs in a folder per class, where the project looks for its data."""
    write_photographs(project.root / "samples")


def returned(source: str, *lines: str) -> Changes:
    """Return the change after which `load_data` makes something else of each part."""
    body = "".join(f"        {line}\n" for line in lines)
    code = (
        "    import numpy as np\n    import tensorflow as tf\n\n"
        "    from .dataset.batches import batches\n    from .samples import read\n\n"
        f"    def turned(part):\n{body}\n"
        "    parts = map(turned, (train, validation, test))\n"
        f"    return Data(*parts, {NAMES[source]})\n"
    )
    return {"data.py": [(RETURNS[source], code)]}


FROM_DIRECTORY: Changes = {
    "data.py": '''"""The pictures in a folder, as Keras reads them."""

import keras

from .data_path import find_data
from .dataset import Data


def load_data() -> Data:
    """Read 60, 20 and 20 % of the pictures."""

    def read(part, share):
        return keras.utils.image_dataset_from_directory(
            find_data(),
            image_size=(24, 16),
            batch_size=8,
            validation_split=share,
            subset=part,
            seed=1,
            verbose=False,
        )

    train = read("training", 0.4)
    rest = read("validation", 0.4)
    half = int(rest.cardinality()) // 2
    validation, test = rest.take(half), rest.skip(half)
    return Data(train, validation, test, train.class_names)
'''
}
"""What Keras's own guides show."""


def edit(
    name: str,
    frameworks: list[str] | tuple[str, ...],
    source: str,
    changes: Changes,
    **more: Any,
) -> Edit:
    """Return an edit of a project over pictures."""
    answers = ARRAYS if source == "arrays" else FOLDER
    writes: Callable[[Project], None] = (
        write_arrays if source == "arrays" else write_pictures
    )
    answers = answers | more.pop("answers", {})
    return Edit(name, frameworks, changes, answers, prepare=writes, **more)


BATCHED = (
    "samples = tf.data.Dataset.from_tensor_slices((read(part.x), part.y))",
    "return samples.shuffle(1000, seed=1).batch(32)",
)
EDITS = [
    edit(
        "dataset-of-arrays-of-pictures",
        FRAMEWORKS,
        "arrays",
        returned("arrays", *BATCHED),
        answers={"checkpoints": True},
    ),
    edit(
        "dataset-of-keras-of-pictures",
        ["optuna"],
        "arrays",
        returned("arrays", "return batches(part, 32)"),
    ),
    edit(
        "dataset-of-pictures-without-a-seed",
        ["sampler"],
        "arrays",
        returned("arrays", BATCHED[0], "return samples.shuffle(1000).batch(32)"),
        midway=lambda _: {},
        refused=r"the data have changed since it began .*without a seed",
    ),
    edit(
        "dataset-of-pictures-without-an-end",
        ["sampler"],
        "arrays",
        returned("arrays", BATCHED[0], "return samples.batch(32).repeat()"),
        refused="the train part is a dataset of no known length",
    ),
    edit(
        "a-part-of-pictures-without-a-batch",
        ["optuna"],
        "image_folder",
        returned(
            "image_folder",
            BATCHED[0],
            "samples = samples.batch(32)",
            "return samples if part is train else samples.take(0)",
        ),
        refused="the validation part is a dataset without a batch",
    ),
    edit("pictures-as-keras-reads-them", FRAMEWORKS, "image_folder", FROM_DIRECTORY),
    edit(
        "pictures-as-floats-with-weights",
        ["optuna", "search_cv"],
        "image_folder",
        returned(
            "image_folder", "return read(part.x), part.y, 1.0 + np.arange(len(part.y))"
        ),
    ),
    edit(
        "pictures-in-a-list",
        ["optuna"],
        "image_folder",
        returned("image_folder", "return [*read(part.x)], part.y.tolist()"),
    ),
]
