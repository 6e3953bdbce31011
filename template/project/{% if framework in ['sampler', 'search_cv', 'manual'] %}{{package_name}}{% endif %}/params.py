"""Hyperparameters that note which of them a model uses."""

from collections.abc import Iterator, Mapping, MutableMapping
from typing import Any


class UsedParams(MutableMapping[str, Any]):
    """Values by name; `used` has those that were read, in whatever way, as they were given.

    A model reads nothing about layers that it does not have. So two sets of values make
    the same model where one of them has all that the other one used.
    """

    def __init__(self, values: dict[str, Any]) -> None:
        self._values = values
        self._changed: set[str] = set()
        self.used: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        value = self._values[name]
        if name not in self._changed:
            self.used[name] = value
        return value

    def __setitem__(self, name: str, value: Any) -> None:
        self._values[name] = value
        self._changed.add(name)

    def __delitem__(self, name: str) -> None:
        del self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __or__(self, other: Mapping[str, Any]) -> dict[str, Any]:
        return {**self, **other}

    def __ror__(self, other: Mapping[str, Any]) -> dict[str, Any]:
        return {**other, **self}

    def copy(self) -> dict[str, Any]:
        """Return all of them, as read."""
        return {**self}
