"""Which of many tests that are alike each run takes; the nightly run takes all."""

from collections.abc import Iterable
from typing import Any

import pytest


def often(every: Iterable[Any], some: Iterable[Any]) -> list[Any]:
    """What to parametrize by: some in each run, the rest by `make matrix` alone."""
    chosen, known = [*some], [*every]
    assert all(one in known for one in chosen), (chosen, known)
    return [
        pytest.param(
            *(one if isinstance(one, tuple) else [one]),
            marks=[] if one in chosen else pytest.mark.matrix,
        )
        for one in known
    ]
