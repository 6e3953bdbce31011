"""The shape guard against Keras itself: no build error, and no layer left out in vain."""

from functools import cache
from itertools import product
from typing import Any, NamedTuple

import keras
import numpy as np
import optuna
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.answer_sets import choices_of
from tests.conftest import Render
from tests.often import often
from tests.rendering import Project

AXES = {"sequence": 1, "image": 2, "volume": 3}
"""The kinds of input whose samples have spatial axes, and how many."""

Shape = tuple[int | None, ...]

kinds = pytest.mark.parametrize("kind", AXES)


class Window(NamedTuple):
    """A convolution or pooling layer."""

    keras_class: str
    size: tuple[int, ...]
    padding: str
    strides: int
    dilation: tuple[int, ...]

    def make(self) -> keras.Layer:
        """The Keras layer."""
        options: dict[str, Any] = {"strides": self.strides, "padding": self.padding}
        if "Pooling" in self.keras_class:
            options |= {"pool_size": self.size}
        else:
            options |= {"kernel_size": self.size, "dilation_rate": self.dilation}
        if self.keras_class.startswith(("Conv", "Separable")):
            options |= {"filters": 2}
        return getattr(keras.layers, self.keras_class)(**options)


@cache
def windows(axes: int) -> list[Window]:
    """Every layer with a window on so many axes that Keras lets one make."""
    names = ["MaxPooling", "AveragePooling", "Conv", "SeparableConv", "DepthwiseConv"]
    undilated = (1,) * axes
    found = []
    for name in names if axes < 3 else names[:3]:
        # Keras allows either strides or dilation above 1.
        steps = [(strides, undilated) for strides in (1, 2, 3, 4)]
        if "Pooling" not in name:
            steps += [(1, d) for d in product((1, 2, 3), repeat=axes) if max(d) > 1]
        found += [
            Window(f"{name}{axes}D", size, padding, *step)
            for size in product(range(1, 10), repeat=axes)
            for padding in (
                "valid",
                "same",
                *(["causal"] if name + str(axes) == "Conv1" else []),
            )
            for step in steps
        ]
    return found


def stacks(axes: int, most: int) -> st.SearchStrategy[list[Window]]:
    """Layers, one on the other."""
    return st.lists(st.sampled_from(windows(axes)), min_size=1, max_size=most)


def shapes(axes: int) -> st.SearchStrategy[tuple[int, ...]]:
    """What a sample's shape may be."""
    size = st.integers(1, 40 if axes < 3 else 20)
    return st.tuples(*[size] * axes, st.integers(1, 3))


def quickly(examples: int) -> settings:
    """The same examples each time, however long each takes."""
    return settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=[HealthCheck.too_slow],
    )


def given_by_keras(layer: keras.Layer, shape: Shape) -> Shape | None:
    """The shape of the layer's output; Keras raises where the window is too big."""
    try:
        output: Shape = layer.compute_output_shape(shape)
    except ValueError:
        return None
    return output


@pytest.fixture(scope="module")
def project(render: Render) -> Project:
    """A project for its guard, which no answer changes."""
    return render(package_name="guarded")


@kinds
@pytest.mark.parametrize("examples", often([300, 30_000], [300]))
def test_the_guard_and_keras_agree(project: Project, kind: str, examples: int) -> None:
    fits = project.load("guard").fits
    make = cache(Window.make)

    @quickly(examples)
    @given(shape=shapes(AXES[kind]), stack=stacks(AXES[kind], 6))
    def agree(shape: Shape, stack: list[Window]) -> None:
        current: Shape = (None, *shape)
        for window in stack:
            output = given_by_keras(make(window), current)
            assert fits(make(window), current) == (output is not None), current
            if output is not None:
                assert all(axis is None or axis > 0 for axis in output)
                current = output

    agree()


@kinds
@pytest.mark.parametrize("examples", often([25, 100], [25]))
def test_what_fits_builds_and_what_does_not_fit_does_not(
    project: Project, kind: str, examples: int
) -> None:
    fits = project.load("guard").fits

    @quickly(examples)
    @given(shape=shapes(AXES[kind]), stack=stacks(AXES[kind], 4))
    def build(shape: tuple[int, ...], stack: list[Window]) -> None:
        x = inputs = keras.Input(shape)
        for layer in map(Window.make, stack):
            if fits(layer, x.shape):
                x = layer(x)
            else:
                with pytest.raises(ValueError):
                    layer(x)
        output = keras.Model(inputs, x)(np.zeros((1, *shape), "float32"))
        assert output.shape == (1, *x.shape[1:])

    build()


def render_all(render: Render, kind: str, task: str = "classification") -> Project:
    """A project with every layer type that its input can have, and the widest ranges."""
    return render(
        package_name="guarded",
        input_kind=kind,
        task=task,
        layer_types=choices_of("layer_types", {"input_kind": kind}),
        search_space="wide",
    )


def draw(seed: int) -> optuna.Trial:
    """A trial drawn at random."""
    return optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=seed)).ask()


@pytest.mark.parametrize(
    ("kind", "task"),
    often(
        [*((kind, "classification") for kind in AXES), ("image", "regression")],
        [("image", "regression")],
    ),
)
@pytest.mark.parametrize("examples", often([20, 60], [20]))
def test_every_trial_makes_a_model_and_names_what_it_left_out(
    render: Render,
    kind: str,
    task: str,
    examples: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    project = render_all(render, kind, task)
    module = project.load("model")
    fits = module.fits
    refused: list[str] = []

    def watched(layer: keras.Layer, current: Shape) -> bool:
        taken = bool(fits(layer, current))
        assert taken == (given_by_keras(layer, current) is not None)
        if not taken:
            refused.append(layer.name)
        return taken

    monkeypatch.setattr(module, "fits", watched)
    if task == "regression":
        answers, width = project.load("dataset").Targets([5.0, -1.0], [2.0, 1.0]), 2
    else:
        answers, width = 3, 3

    @quickly(examples)
    @given(shape=shapes(AXES[kind]), seed=st.integers(0, 2**16))
    def build(shape: tuple[int, ...], seed: int) -> None:
        refused.clear()
        model, _, skipped = module.get_model(draw(seed), shape, answers)
        assert skipped == refused
        assert not set(skipped) & {layer.name for layer in model.layers}
        # Augmentation changes pictures only while training.
        output = model(np.zeros((1, *shape), "float32"), training=True)
        assert output.shape == (1, width)
        assert np.isfinite(np.asarray(output)).all()

    build()


def test_a_row_of_numbers_has_no_axis_to_guard(render: Render) -> None:
    module = render_all(render, "tabular").load("model")
    assert not hasattr(module, "fits")
    model, _, skipped = module.get_model(draw(0), (7,), 3)
    assert model(np.zeros((1, 7), "float32")).shape == (1, 3)
    assert skipped == []
