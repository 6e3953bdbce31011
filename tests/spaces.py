"""A project's search space, taken out of its framework's own objects."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import optuna
import yaml

from tests.rendering import Project

Space = dict[str, tuple[Any, ...]]
"""By name: ("whole", low, high, step, log), ("real", ...) or ("choice", values)."""

SHAPES = {
    "image": (512, 512, 1),
    "sequence": (512, 1),
    "volume": (128, 128, 128, 1),
    "tabular": (8,),
}
"""Large enough that no layer is left out."""


def shape(project: Project) -> tuple[int, ...]:
    """The shape of a large sample."""
    answers = yaml.safe_load(project.read(".copier-answers.yml"))
    return SHAPES[answers.get("input_kind", "image")]


class Largest(optuna.samplers.BaseSampler):
    """Draws what gives the model every layer that it may have."""

    def infer_relative_search_space(self, *_: Any) -> dict[str, Any]:
        return {}

    def sample_relative(self, *_: Any) -> dict[str, Any]:
        return {}

    def sample_independent(self, study: Any, trial: Any, name: str, values: Any) -> Any:
        is_depth = name in ("conv_blocks", "rnn_layers", "dense_layers")
        if isinstance(values, optuna.distributions.CategoricalDistribution):
            choices: Any = values.choices
            return max(choices) if is_depth else choices[0]
        return values.high if is_depth else values.low


def of_optuna(project: Project) -> Space:
    """What a trial with every layer was asked for."""
    trial = optuna.create_study(sampler=Largest()).ask()
    project.load("model").get_model(trial, shape(project), 2)
    space: Space = {}
    distributions: dict[str, Any] = trial.distributions
    for name, values in distributions.items():
        if isinstance(values, optuna.distributions.CategoricalDistribution):
            space[name] = choice(values.choices)
        else:
            whole = isinstance(values, optuna.distributions.IntDistribution)
            kind = "whole" if whole else "real"
            space[name] = (kind, values.low, values.high, values.step, values.log)
    return space


def of_keras_tuner(project: Project) -> Space:
    """What the tuner is told of before the first trial."""
    from keras_tuner.engine import hyperparameters

    tuned: Space = {}
    data = SimpleNamespace(input_shape=shape(project), classes=2)
    for parameter in project.load("space").search_space(data).space:
        match parameter:
            case hyperparameters.Boolean():
                tuned[parameter.name] = choice([True, False])
            case hyperparameters.Fixed():
                tuned[parameter.name] = choice([parameter.value])
            case hyperparameters.Choice():
                tuned[parameter.name] = choice(parameter.values)
            case _:
                whole = isinstance(parameter, hyperparameters.Int)
                step = parameter.step or (1 if whole else None)
                log = parameter.sampling == "log"
                bounds = parameter.min_value, parameter.max_value
                tuned[parameter.name] = (
                    "whole" if whole else "real",
                    *bounds,
                    step,
                    log,
                )
    return tuned


def of_dictionary(project: Project) -> Space:
    """What scikit-learn draws from."""
    model = project.load("model")
    drawn = getattr(model, "PARAM_DISTRIBUTIONS", None) or model.PARAM_GRID
    return {name.removeprefix("model__"): entry(v) for name, v in drawn.items()}


def entry(values: Any) -> tuple[Any, ...]:
    """A distribution of SciPy's, a list, or evenly spaced numbers."""
    if isinstance(values, range):
        return ("whole", values[0], values[-1], values.step, False)
    if isinstance(values, np.ndarray):
        step = float(values[1] - values[0])
        return ("real", float(values[0]), float(values[-1]), round(step, 9), False)
    if isinstance(values, list):
        return choice(values)
    low, high = values.support()
    if hasattr(values, "pmf"):
        even = np.isclose(values.pmf(low), values.pmf(high))
        return ("whole", int(low), int(high), 1, not even)
    log = values.dist.name == "loguniform"
    return ("real", float(low), float(high), None, log)


def choice(values: Any) -> tuple[Any, ...]:
    """Some values, in their order."""
    return ("choice", tuple(values))


OF: dict[str, Callable[[Project], Space]] = {
    "optuna": of_optuna,
    "keras_tuner": of_keras_tuner,
    "search_cv": of_dictionary,
    "sampler": of_dictionary,
}
