"""The shape guard against Keras itself: no build error, and no layer left out in vain."""

from typing import Any

import keras
import numpy as np
import optuna
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import Render
from tests.rendering import Project

SHAPES = st.tuples(st.integers(1, 40), st.integers(1, 40), st.integers(1, 3))
CONVOLUTIONS = ["Conv2D", "SeparableConv2D", "DepthwiseConv2D"]
POOLINGS = ["MaxPooling2D", "AveragePooling2D"]
Window = tuple[str, dict[str, Any]]
"""A layer's class and its options."""


@pytest.fixture(scope="module")
def project(render: Render) -> Project:
    """A project with every layer type and the widest ranges."""
    layers = ["conv", "separable_conv", "pooling", "batch_norm", "dropout"]
    return render(
        package_name="guarded",
        layer_types=[*layers, "global_pooling", "dense"],
        search_space="wide",
    )


@st.composite
def windows(draw: st.DrawFn) -> Window:
    """Any convolution or pooling layer that Keras lets one make."""
    kind = draw(st.sampled_from(CONVOLUTIONS + POOLINGS))
    size = (draw(st.integers(1, 9)), draw(st.integers(1, 9)))
    strides = draw(st.integers(1, 4))
    options: dict[str, Any] = {
        "strides": strides,
        "padding": draw(st.sampled_from(["valid", "same"])),
    }
    if kind in POOLINGS:
        options |= {"pool_size": size}
    else:
        # Keras allows either strides or dilation above 1.
        dilation = draw(st.integers(1, 3)) if strides == 1 else 1
        options |= {"kernel_size": size, "dilation_rate": dilation}
    if kind in ("Conv2D", "SeparableConv2D"):
        options |= {"filters": 2}
    return kind, options


def make(window: Window) -> keras.Layer:
    """The Keras layer."""
    kind, options = window
    return getattr(keras.layers, kind)(**options)


def keras_takes(layer: keras.Layer, shape: tuple[int | None, ...]) -> bool:
    """Whether Keras has an output for the layer; it raises where the window is too big."""
    try:
        layer.compute_output_shape(shape)
    except ValueError:
        return False
    return True


@settings(max_examples=10_000, deadline=None, derandomize=True, database=None)
@given(shape=SHAPES, stack=st.lists(windows(), min_size=1, max_size=6))
def test_the_guard_and_keras_agree(
    project: Project, shape: tuple[int, ...], stack: list[Window]
) -> None:
    fits = project.load("shapes").fits
    current: tuple[int | None, ...] = (None, *shape)
    for layer in map(make, stack):
        taken = fits(layer, current)
        assert taken == keras_takes(layer, current), (layer.get_config(), current)
        if taken:
            current = layer.compute_output_shape(current)
            assert all(axis is None or axis > 0 for axis in current)


@settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(shape=SHAPES, stack=st.lists(windows(), min_size=1, max_size=4))
def test_what_fits_builds_and_what_does_not_fit_does_not(
    project: Project, shape: tuple[int, ...], stack: list[Window]
) -> None:
    fits = project.load("shapes").fits
    x = inputs = keras.Input(shape)
    for layer in map(make, stack):
        if fits(layer, x.shape):
            x = layer(x)
        else:
            with pytest.raises(ValueError):
                layer(x)
    output = keras.Model(inputs, x)(np.zeros((1, *shape), "float32"))
    assert output.shape == (1, *x.shape[1:])


@settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(shape=SHAPES, seed=st.integers(0, 2**16))
def test_every_trial_makes_a_model_and_names_what_it_left_out(
    project: Project,
    shape: tuple[int, ...],
    seed: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    module = project.load("model")
    fits = project.load("shapes").fits
    refused: list[str] = []

    def watched(layer: keras.Layer, current: tuple[int | None, ...]) -> bool:
        assert fits(layer, current) == keras_takes(layer, current)
        if not fits(layer, current):
            refused.append(layer.name)
        return bool(fits(layer, current))

    monkeypatch.setattr(module, "fits", watched)
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=seed))
    model, _, skipped = module.get_model(study.ask(), shape, 3)
    assert skipped == refused
    assert not set(skipped) & {layer.name for layer in model.layers}
    output = model(np.zeros((1, *shape), "float32"))
    assert output.shape == (1, 3)
    assert np.isfinite(np.asarray(output)).all()
