"""The same answers give the same search space in every framework."""

from typing import Any

import pytest

from tests.conftest import Render
from tests.often import often
from tests.spaces import OF, Space

EVERY_LAYER = [
    "conv",
    "separable_conv",
    "pooling",
    "batch_norm",
    "dropout",
    "global_pooling",
    "dense",
]
CUSTOM: dict[str, Any] = {
    "search_space": "custom",
    "conv_blocks": {"low": 2, "high": 4},
    "conv_filters": {"low": 4, "high": 12, "step": 4},
    "conv_kernel": [1, 3, 5],
    "conv_stride": [1, 2],
    "conv_padding": ["same", "valid"],
    "pool_kind": ["average", "max"],
    "pool_size": [2, 3],
    "dense_layers": {"low": 0, "high": 2},
    "dense_units": [8, 16],
    "activation": ["elu", "leaky_relu"],
    "dropout_rate": {"low": 0.0, "high": 0.4, "step": 0.2},
    "optimizer": ["sgd", "adamw"],
    "learning_rate": {"low": 0.001, "high": 0.1, "log": True},
    "batch_size": {"low": 32, "high": 96, "step": 32},
}
SPACES: dict[str, dict[str, Any]] = {
    "standard": {},
    "small": {"search_space": "small"},
    "wide": {"search_space": "wide", "layer_types": EVERY_LAYER},
    "custom": CUSTOM | {"layer_types": EVERY_LAYER},
    "augmented": {
        "layer_types": ["conv", "flip", "rotation", "zoom", "translation"],
        "search_space": "wide",
    },
    "sequence": {
        "input_kind": "sequence",
        "layer_types": ["conv", "lstm", "gru", "batch_norm", "global_pooling"],
        "search_space": "wide",
    },
    "recurrent": {"input_kind": "sequence", "layer_types": ["gru", "dropout"]},
    "volume": {"input_kind": "volume", "search_space": "wide"},
    "tabular": {"input_kind": "tabular", "search_space": "wide"},
    "dense": {"layer_types": ["dense", "dropout"], "search_space": "wide"},
    "pooling": {"layer_types": ["pooling", "dense", "global_pooling"]},
}


@pytest.mark.parametrize("algorithm", often(["random", "grid"], ["random"]))
@pytest.mark.parametrize(
    "name", often(SPACES, ["wide", "custom", "sequence", "tabular"])
)
def test_every_framework_searches_the_same(
    name: str, algorithm: str, render: Render
) -> None:
    answers = SPACES[name]
    spaces: dict[str, Space] = {}
    for framework, of in OF.items():
        chosen = {"search_space": "standard", "framework": framework} | answers
        project = render(
            package_name=f"{framework}_space", algorithm=algorithm, **chosen
        )
        spaces[framework] = rounded(of(project))
    assert len(spaces["optuna"]) > 3
    assert spaces["keras_tuner"] == spaces["optuna"]
    assert spaces["search_cv"] == spaces["optuna"]
    assert spaces["sampler"] == spaces["optuna"]
    if algorithm == "grid":
        assert {kind for kind, *_ in spaces["optuna"].values()} == {"choice"}


@pytest.mark.parametrize("framework", often([*OF], ["keras_tuner", "search_cv"]))
def test_a_record_says_how_its_ranges_were_spread(
    framework: str, render: Render
) -> None:
    project = render(
        package_name=f"{framework}_scales",
        framework=framework,
        algorithm="random",
        input_kind="tabular",
        layer_types=["dense"],
        verbosity="silent",
    )
    assert project.run("tune", "--trials", "1", "--epochs", "1").status == 0
    [record] = project.records()
    layers = record["params"]["dense_layers"]
    units = {f"dense{number}_units": "log" for number in range(1, layers + 1)}
    expected = {"dense_layers": "linear", "learning_rate": "log"} | units
    assert record["scales"] == expected  # not those of lists: activation, batch size


@pytest.mark.parametrize(
    "name", often(SPACES, ["standard", "wide", "custom", "sequence"])
)
def test_the_values_to_begin_with_are_in_the_space(name: str, render: Render) -> None:
    answers = SPACES[name]
    space = OF["optuna"](render(package_name="optuna_space", setup="full", **answers))
    project = render(package_name="manual_space", framework="manual", **answers)
    values = project.load("config").BASE
    assert values.keys() <= space.keys()
    assert {name for name in space if not any(map(str.isdigit, name))} <= values.keys()
    for parameter, value in values.items():
        kind, *rest = space[parameter]
        if kind == "choice":
            assert value in rest[0]
        else:
            low, high = rest[:2]
            assert low <= value <= high


def rounded(space: Space) -> Space:
    """The same, with steps that arithmetic has not blurred."""

    def even(value: Any) -> Any:
        return round(value, 9) if isinstance(value, float) else value

    return {name: tuple(map(even, entry)) for name, entry in space.items()}
