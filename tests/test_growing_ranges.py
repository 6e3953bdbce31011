"""Ranges that grow with the layer: each layer draws from a range of its own, in every framework."""

from typing import Any

import pytest
from tunewright.questions import choices, questions

from tests.conftest import Render
from tests.interviews import PICTURES, SEQUENCES, accepted, refused
from tests.often import often
from tests.spaces import OF, Space

FRAMEWORKS = choices(questions()["framework"])
GROWING: dict[str, Any] = {
    "search_space": "custom",
    "layer_types": ["conv", "pooling", "dense"],
    "conv_blocks": {"low": 1, "high": 3},
    "conv_filters": {"low": "i", "high": "10*i"},
    "conv_kernel": {"low": 1, "high": 2, "growth": 1.5},
    "pool_size": [2],
    "dense_layers": {"low": 1, "high": 3},
    "dense_units": {"low": 8, "high": 64, "log": True, "growth": 2},
    "activation": ["relu"],
    "batch_size": [64],
}
STEPS: dict[str, Any] = {
    "conv_filters": {"low": "8*i", "high": "32*i", "step": 8},
    "dense_units": {"low": 8, "high": 8, "growth": 2},
}


@pytest.mark.parametrize("framework", OF)
def test_each_layer_has_a_range_of_its_own(framework: str, render: Render) -> None:
    space = space_of(render, framework, "random")
    assert of_layers(space, "conv{}_filters") == [
        ("whole", 1, 10, 1, False),
        ("whole", 2, 20, 1, False),
        ("whole", 3, 30, 1, False),
    ]
    assert [s[1:3] for s in of_layers(space, "conv{}_kernel")] == [
        (1, 2),
        (1, 3),
        (2, 4),
    ]
    assert of_layers(space, "dense{}_units") == [
        ("whole", 8, 64, 1, True),
        ("whole", 16, 128, 1, True),
        ("whole", 32, 256, 1, True),
    ]


@pytest.mark.parametrize("framework", OF)
def test_steps_stay_and_one_value_grows(framework: str, render: Render) -> None:
    space = space_of(render, framework, "random", **STEPS)
    assert of_layers(space, "conv{}_filters") == [
        ("whole", 8, 32, 8, False),
        ("whole", 16, 64, 8, False),
        ("whole", 24, 96, 8, False),
    ]
    units = of_layers(space, "dense{}_units")
    assert units == [("choice", (8,)), ("choice", (16,)), ("choice", (32,))]


@pytest.mark.parametrize("framework", OF)
def test_a_grid_has_points_of_each_layers_range(framework: str, render: Render) -> None:
    space = space_of(render, framework, "grid")
    assert of_layers(space, "conv{}_filters") == [
        ("choice", (1, 6, 10)),
        ("choice", (2, 12, 20)),
        ("choice", (3, 18, 30)),
    ]
    assert of_layers(space, "dense{}_units")[2] == ("choice", (32, 92, 256))


def space_of(render: Render, framework: str, algorithm: str, **others: Any) -> Space:
    """What a project with growing ranges searches."""
    answers = GROWING | others | {"framework": framework, "algorithm": algorithm}
    name = f"{framework}_{algorithm}_{'steps' if others else 'grows'}"
    return OF[framework](render(package_name=name, **answers))


def of_layers(space: Space, name: str) -> list[tuple[Any, ...]]:
    """A hyperparameter's ranges, from the first layer to the last."""
    return [space[name.format(i)] for i in (1, 2, 3)]


def test_the_code_says_how_a_range_grows(render: Render) -> None:
    said = {
        "optuna": 'trial.suggest_int(f"conv{i}_filters", i, 10 * i)',
        "keras_tuner": 'hp.Int(f"conv{i}_filters", min_value=i, max_value=10 * i)',
        "sampler": 'f"conv{i}_filters": randint(i, 10 * i + 1),',
        "search_cv": 'f"conv{i}_filters": randint(i, 10 * i + 1),',
    }
    for framework, line in said.items():
        project = render(framework=framework, algorithm="random", **GROWING)
        assert line in project.read("model.py")
        assert "8 * 2 ** (i - 1), 64 * 2 ** (i - 1)" in project.read("model.py") or (
            "min_value=8 * 2 ** (i - 1)" in project.read("model.py")
        )


def test_the_base_values_grow_too(render: Render) -> None:
    base = (
        render(package_name="grown", framework="manual", **GROWING).load("config").BASE
    )
    filters = [base[f"conv{i}_filters"] for i in (1, 2)]
    assert filters == [5, 10]
    assert [base[f"dense{i}_units"] for i in (1, 2)] == [16, 32]


def test_a_layer_that_stands_once_is_the_first(render: Render) -> None:
    once = {"low": 2, "high": 3, "growth": 2}
    project = render(
        search_space="custom", layer_types=["pooling", "dense"], pool_size=once
    )
    assert 'trial.suggest_int("pooling1_size", 2, 3)' in project.read("model.py")


ALGORITHMS = [
    *((framework, "random") for framework in OF),
    *((framework, "grid") for framework in OF),
    ("keras_tuner", "hyperband"),
    ("optuna", "tpe"),
]


@pytest.mark.parametrize(
    ("framework", "algorithm"),
    often(ALGORITHMS, [ALGORITHMS[3], *ALGORITHMS[-2:]]),
)
def test_it_is_tuned_and_rebuilt(
    framework: str, algorithm: str, render: Render
) -> None:
    # A grid that is written out has as many combinations as memory has room for.
    fewer = {"conv_blocks": [1, 2], "dense_layers": [1]} if algorithm == "grid" else {}
    project = render(
        package_name=f"{framework}_{algorithm}_grown",
        framework=framework,
        algorithm=algorithm,
        **GROWING | fewer,
    )
    ran = project.run("tune", "--trials", "3", "--epochs", "1")
    assert ran.status == 0, ran.err
    for record in project.records():
        assert record["error"] is None
        for i in range(1, record["params"]["conv_blocks"] + 1):
            assert i <= record["params"][f"conv{i}_filters"] <= 10 * i
    rebuilt = project.run("reconstruct", "best", "--out", str(project.root / "a.keras"))
    assert rebuilt.status == 0, rebuilt.err


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("conv_filters", "{low: i, high: 10}", "both are like i and 10*i"),
        ("conv_filters", "{low: i, high: j}", "both are like i and 10*i"),
        ("conv_filters", "{low: 0*i, high: i}", "both are like i and 10*i"),
        ("conv_filters", "{low: i, high: i*10}", "both are like i and 10*i"),
        ("conv_filters", "{low: 10*i, high: i}", "low is above high"),
        ("conv_filters", "{low: i, high: 2*i, growth: 2}", "leave growth out"),
        ("conv_filters", "{low: 1, high: 8, growth: 1}", "above 1, up to 10"),
        ("conv_filters", "{low: 1, high: 8, growth: 0.5}", "above 1, up to 10"),
        ("conv_filters", "{low: 1, high: 8, growth: 11}", "above 1, up to 10"),
        ("conv_filters", "{low: 1, high: 8, growth: i}", "above 1, up to 10"),
        ("conv_filters", "{low: 1, high: 8, growth: .nan}", "above 1, up to 10"),
        ("conv_filters", "{low: 1, high: 8, growth: null}", "above 1, up to 10"),
        ("conv_filters", "{low: 8, high: 16, step: 8, growth: 1.5}", "a whole number"),
        ("conv_filters", "{low: 8, high: 2000, growth: 2}", "grows to 8000 in layer 3"),
        ("conv_filters", "{low: i, high: 2000*i}", "grows to 6000 in layer 3"),
        ("conv_kernel", "{low: 3, high: 9, growth: 2}", "grows to 36 in layer 3"),
        ("conv_blocks", "{low: 1, high: 2, growth: 2}", "may have step or log"),
        ("dropout_rate", "{low: 0.1, high: 0.2, growth: 2}", "may have step or log"),
    ],
)
def test_what_cannot_grow_is_refused(
    template: Any, name: str, value: str, said: str
) -> None:
    message = refused(template, PICTURES | {name: value})
    assert message.startswith(f"{name}: ")
    assert said in message


def test_what_is_taken_is_recorded_as_it_was_written(template: Any) -> None:
    for answers in (
        {"conv_filters": {"low": "i", "high": "10*i"}},
        {"conv_filters": {"low": "2 * i", "high": "4 * i", "step": 2}},
        {"dense_units": {"low": 8, "high": 64, "log": True, "growth": 1.5}},
    ):
        assert accepted(template, PICTURES | answers).items() >= answers.items()
    units = {"rnn_units": {"low": "4*i", "high": "8*i"}}
    assert accepted(template, SEQUENCES | units).items() >= units.items()
