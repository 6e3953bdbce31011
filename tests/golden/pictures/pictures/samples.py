"""Samples that stay as they are until they are asked for."""

import math
from collections.abc import Iterator
from typing import Protocol

import numpy as np

CHUNK = 2**20
"""About as many numbers are read at once where all samples are looked at."""


class Samples(Protocol):
    """What can be read by row numbers: an array, or what is read only then."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Return (samples, height, width, channels)."""
        ...

    def __len__(self) -> int:
        """Return how many there are."""
        ...

    def __getitem__(self, rows: np.ndarray, /) -> np.ndarray:
        """Return the samples of these rows."""
        ...


class Subset:
    """Some of the samples, none of which is read before it is asked for."""

    def __init__(self, samples: Samples, rows: np.ndarray) -> None:
        if isinstance(samples, Subset):
            rows = samples.rows[rows]
            samples = samples.samples
        self.samples: Samples = samples
        self.rows: np.ndarray = rows

    @property
    def shape(self) -> tuple[int, ...]:
        """Return the shape of an array of them."""
        return (len(self.rows), *self.samples.shape[1:])

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, rows: np.ndarray, /) -> np.ndarray:
        return self.samples[self.rows[rows]]

    @property
    def digests(self) -> np.ndarray | None:
        """Return what the samples are told apart by, if it was kept when they were read."""
        digests = getattr(self.samples, "digests", None)
        return None if digests is None else digests[self.rows]


def chunks(samples: Samples) -> Iterator[np.ndarray]:
    """Yield all samples as a model is given them, some at a time."""
    step = max(1, CHUNK // math.prod(samples.shape[1:]))
    for begin in range(0, len(samples), step):
        rows = np.arange(begin, min(begin + step, len(samples)))
        yield read(Subset(samples, rows))


def limits(samples: Samples) -> tuple[float, float]:
    """Return the lowest and the highest value of all samples."""
    ends = [(chunk.min(), chunk.max()) for chunk in chunks(samples)]
    return min(low for low, _ in ends), max(high for _, high in ends)


def read(samples: Samples) -> np.ndarray:
    """Return all samples as a model is given them."""
    return np.asarray(samples[np.arange(len(samples))], "float32")


def read_bytes(samples: Subset) -> np.ndarray:
    """Return pictures as the bytes that they are, and others as a model is given them."""
    pixels = getattr(samples.samples, "pixels", None)
    return read(samples) if pixels is None else np.asarray(pixels[samples.rows])


def is_finite(samples: Samples) -> bool:
    """Return whether no sample has NaN or infinity, which pictures never have."""
    is_picture = getattr(samples, "digests", None) is not None
    return is_picture or all(np.isfinite(chunk).all() for chunk in chunks(samples))


def distinguish(samples: Samples) -> Iterator[np.ndarray]:
    """Yield what other samples do not have: their digests, or else all that they hold."""
    digests = getattr(samples, "digests", None)
    yield from chunks(samples) if digests is None else [digests]
