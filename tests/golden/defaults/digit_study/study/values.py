"""What a hyperparameter may be: what a record holds, and gives back as it was."""

import json
from collections.abc import Mapping
from typing import Any

import msgspec

from ..errors import UserError, first_line

Scalar = str | int | float | bool | None
Value = Scalar | tuple[Scalar, ...]
"""JSON has an array for a tuple."""


def recordable(params: Mapping[str, Any]) -> dict[str, Value]:
    """Return hyperparameters as they are recorded: lists are tuples, which cannot change.

    Raises:
        UserError: One has a value that cannot be read out of a record again.
    """
    return {name: to_value(name, value) for name, value in params.items()}


def to_value(name: str, value: Any) -> Value:
    """Return a hyperparameter's value as it is recorded; `recordable` says how."""
    try:
        plain = to_plain(value)
        text = json.dumps(plain, allow_nan=False).encode()
        found: Value = msgspec.json.decode(text, type=Value)
        if found == plain:
            return found
    except (TypeError, ValueError, RecursionError):
        pass
    raise UserError(
        f"{name} is {first_line(repr(value))[:80]}, and a hyperparameter is a finite "
        "number, a string, True, False, None, or a list of these: write a name for it, "
        "and look up in model.py what that stands for"
    )


def to_plain(value: Any) -> Any:
    """Return Python's own value for one of NumPy's, and a tuple for a list."""
    value = value.tolist() if hasattr(value, "tolist") else value
    return tuple(map(to_plain, value)) if isinstance(value, list | tuple) else value
