"""Hyperparameters that note which of them a model uses."""

from collections.abc import Iterator, Mapping
from typing import Any


class UsedParams(Mapping[str, Any]):
    """Values by name; `used` has those that were read, in whatever way.

    A model reads nothing about layers that it does not have. So two sets of values make
    the same model where one of them has all that the other one used.
    """

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = dict(values)
        self.used: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        self.used[name] = self._values[name]
        return self.used[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)
