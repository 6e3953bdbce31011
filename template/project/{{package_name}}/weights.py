"""Weights that somebody else may have written, looked at before Keras reads them."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import h5py
import keras


def count_numbers(path: Path) -> int:
    """How many numbers a file of weights holds, which it need not be read for.

    Raises:
        ValueError: It has something else than the plain arrays that Keras writes: what
            leads to other files or is unpickled, or an array that is larger than what
            the file has of it, such as a compressed one.
    """
    numbers = size = 0
    with h5py.File(path) as file:
        groups = [file["/"]]
        while groups:
            group = groups.pop()
            for name in group:
                if group.get(name, getclass=True, getlink=True) is not h5py.HardLink:
                    raise ValueError(f"{name} is a link")
                entry = group[name]
                if h5py.h5o.get_info(entry.id).rc > 1:  # so that no group holds itself
                    raise ValueError(f"{name} has two names")
                if isinstance(entry, h5py.Group):
                    groups.append(entry)
                elif is_plain(entry):
                    numbers += entry.size
                    size += entry.nbytes
                else:
                    raise ValueError(f"{name} is not a plain array")
    if size > path.stat().st_size:
        raise ValueError("its arrays are larger than it is")
    return numbers


def is_plain(array: Any) -> bool:
    """Whether this is an array of numbers that lies in the file as it is."""
    return (
        isinstance(array, h5py.Dataset)
        and array.id.get_create_plist().get_layout() == h5py.h5d.CONTIGUOUS
        and array.external is None
        and not array.dtype.hasobject
        and array.shape is not None
        and array.id.get_storage_size() == array.nbytes
    )


@contextmanager
def at_most(numbers: int) -> Iterator[None]:
    """Have a layer refused that asks for more weights than are left of so many.

    Layers take the memory while a model is built, so the model cannot be asked for its
    size before.
    """
    add_weight = keras.Layer.add_weight
    left = numbers

    def count(layer: keras.Layer, *arguments: Any, **options: Any) -> keras.Variable:
        nonlocal left
        left -= math.prod(options.get("shape") or ())
        if left < 0:
            raise ValueError(f"{layer.name} is larger than the logged weights")
        return add_weight(layer, *arguments, **options)

    keras.Layer.add_weight = count
    try:
        yield
    finally:
        keras.Layer.add_weight = add_weight
