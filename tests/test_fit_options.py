"""What `get_fit_options` may return, and how the rest is refused."""

from typing import Any

import pytest

from tests.conftest import Render
from tests.rendering import Project

DECIDED = [
    *("x", "y", "sample_weight", "validation_data", "validation_split"),
    *("batch_size", "validation_batch_size", "steps_per_epoch", "validation_steps"),
    *("initial_epoch", "shuffle", "validation_freq", "verbose"),
]
"""What this project gives `Model.fit` itself."""


def make(render: Render, **answers: Any) -> tuple[Project, Any]:
    """Render a project, and make a model."""
    import keras

    project = render(**answers)
    return project, keras.Sequential([keras.layers.Dense(1)])


def refusal(project: Project, options: Any, model: Any) -> str:
    """Return the line in which options are refused."""
    check = project.load("runtime.fitting").check_fit_options
    with pytest.raises(project.load("errors").UserError) as caught:
        check(options, model)
    line = str(caught.value)
    assert "\n" not in line and "get_fit_options in train.py" in line
    return line


def test_each_option_of_fit_is_free_or_decided_in_a_place_that_is_named(
    render: Render,
) -> None:
    import inspect

    import keras

    project, model = make(
        render, framework="sampler", package_name="free_options", setup="full"
    )
    free = {"callbacks": [], "class_weight": {0: 2.0}, "epochs": 3}
    known = {*inspect.signature(keras.Model.fit).parameters} - {"self"}
    assert known == {*DECIDED, *free}
    check = project.load("runtime.fitting").check_fit_options
    assert check(free, model) == free
    for name in DECIDED:
        line = refusal(project, {name: 1}, model)
        assert repr(name) in line and ("`" in line or "epoch" in line)


def test_options_that_are_mistaken_are_refused(render: Render) -> None:
    import keras

    project, model = make(
        render, framework="sampler", package_name="mistaken_options", setup="full"
    )
    stop = keras.callbacks.TerminateOnNaN
    mistakes: list[Any] = [
        *(None, [], {"callback": []}, {"callbacks": [stop]}, {"callbacks": "stop"}),
        *({"epochs": 0}, {"epochs": 2.5}, {"epochs": None}),
    ]
    for mistaken in mistakes:
        refusal(project, mistaken, model)
    check = project.load("runtime.fitting").check_fit_options
    one = stop()
    for callbacks in (one, [one], (one,), [[one]]):
        assert check({"callbacks": callbacks}, model)["callbacks"] == [one]
    assert check({"callbacks": None}, model)["callbacks"] == []


def test_hyperband_decides_the_epochs(render: Render) -> None:
    project, model = make(
        render,
        framework="keras_tuner",
        package_name="rounds_options",
        setup="full",
        algorithm="hyperband",
    )
    assert "Hyperband" in refusal(project, {"epochs": 3}, model)
