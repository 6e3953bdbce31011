"""However a model reads its hyperparameters, those that it read are known."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.conftest import Render

VALUES = {"units": 8, "rate": 0.5}


@pytest.fixture(scope="module")
def used_params(render: Render) -> Any:
    """The class, of a project whose model is told its hyperparameters as a dictionary."""
    project = render(package_name="used_params", framework="sampler")
    return project.load("params").UsedParams


ONE: dict[str, Callable[[Any], Any]] = {
    "by name": lambda params: params["units"],
    "get": lambda params: params.get("units", 1),
    "in": lambda params: "units" in params,
}
"""Ways to read one."""

ALL: dict[str, Callable[[Any], Any]] = {
    "items": lambda params: list(params.items()),
    "values": lambda params: list(params.values()),
    "unpacked": lambda params: dict(**params),
    "merged": lambda params: {"other": 1, **params},
    "copied": dict,
    "updated": lambda params: {}.update(params),
    "compared": lambda params: params == VALUES,
    "copied by itself": lambda params: params.copy(),
    "or": lambda params: params | {},
    "or from the right": lambda params: {} | params,
    "matched": lambda params: match_all(params),
}
"""Ways to read all of them."""

POPPED: dict[str, Callable[[Any], Any]] = {
    "pop": lambda params: params.pop("units"),
    "set": lambda params: params.update(units=params["units"] * 2),
    "set by default": lambda params: params.setdefault("units", 1),
}
"""Ways to read one, and to change it for the model alone."""


def match_all(params: Any) -> Any:
    match params:
        case {"units": units, "rate": rate}:
            return units, rate


@pytest.mark.parametrize("way", ONE)
def test_what_is_read_is_used(used_params: Any, way: str) -> None:
    params = used_params({**VALUES})
    assert params.used == {}
    ONE[way](params)
    assert params.used == {"units": 8}


@pytest.mark.parametrize("way", ALL)
def test_all_that_are_read_are_used(used_params: Any, way: str) -> None:
    params = used_params({**VALUES})
    ALL[way](params)
    assert params.used == VALUES


@pytest.mark.parametrize("way", POPPED)
def test_what_a_model_changes_is_used_as_it_was(used_params: Any, way: str) -> None:
    params = used_params({**VALUES})
    POPPED[way](params)
    list(params.items())
    assert params.used == VALUES


def test_what_a_model_sets_or_drops_unread_is_not_used(used_params: Any) -> None:
    params = used_params({**VALUES})
    params["units"] = params["more"] = 1
    del params["rate"]
    assert params["units"] == params["more"] == 1
    assert params.used == {}


def test_what_is_not_there_is_not_used(used_params: Any) -> None:
    params = used_params({**VALUES})
    assert params.get("activation") is None and "activation" not in params
    with pytest.raises(KeyError):
        params["activation"]
    assert params.used == {}
