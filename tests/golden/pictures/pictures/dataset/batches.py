"""How a model gets its samples: in another order in each epoch, or as they come."""

import math
from typing import Any

import keras
import numpy as np

from ..samples import read
from . import Split


class Batches(keras.utils.PyDataset):
    """One part of the data, read a batch at a time.

    https://keras.io/api/utils/python_utils/#pydataset-class
    """

    def __init__(self, part: Split, batch_size: int, seed: int | None = None) -> None:
        """Read a part.

        Args:
            part: Its samples may be anything that an array of row numbers can index.
            batch_size: How many samples are read at once.
            seed: Of the order, which is another one in each epoch; where there is none,
                the samples come as they are.
        """
        super().__init__()
        self.part = part
        self.batch_size = batch_size
        self.random = None if seed is None else np.random.default_rng(seed)
        self.order = np.arange(len(part.y))
        self.on_epoch_end()

    def __len__(self) -> int:
        return math.ceil(len(self.order) / self.batch_size)

    def __getitem__(self, number: int) -> tuple[Any, ...]:
        begin = number * self.batch_size
        rows = self.order[begin : begin + self.batch_size]
        x, *rest = self.part.take(rows).fields
        return keras.tree.map_structure(read, x), *rest

    def on_epoch_end(self) -> None:
        """Deal the samples anew."""
        if self.random is not None:
            self.random.shuffle(self.order)


def shuffled_batches(part: Split, batch_size: int, seed: int) -> Batches:
    """Return the samples in another order in each epoch."""
    return Batches(part, batch_size, seed)


def batches(part: Split, batch_size: int) -> Batches:
    """Return the samples as they come."""
    return Batches(part, batch_size)
