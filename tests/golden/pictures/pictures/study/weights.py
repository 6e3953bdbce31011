"""Files of weights that somebody else may have written, checked before Keras reads them."""

from pathlib import Path
from typing import Any

import h5py


def check_weights_file(path: Path) -> None:
    """Refuse a file of weights that has anything but the plain arrays that Keras writes.

    Raises:
        ValueError: It has what leads to other files or is unpickled, or an array that is
            larger than what the file has of it, such as a compressed one.
    """
    size = 0
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
                    size += entry.nbytes
                else:
                    raise ValueError(f"{name} is not a plain array")
    if size > path.stat().st_size:
        raise ValueError("its arrays are larger than it is")


def is_plain(array: Any) -> bool:
    """Return whether this is an array of numbers that lies in the file as it is."""
    return (
        isinstance(array, h5py.Dataset)
        and array.id.get_create_plist().get_layout() == h5py.h5d.CONTIGUOUS
        and array.external is None
        and not array.dtype.hasobject
        and array.shape is not None
        and array.id.get_storage_size() == array.nbytes
    )
