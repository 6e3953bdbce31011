"""The advice: four answers about the task, and the framework that suits it."""

import itertools
from pathlib import Path
from typing import Any

import pytest
from tunewright.questions import choices, questions

from tests.conftest import Render
from tests.interviews import accepted, interview, refused
from tests.plain_copier import Answers

LEVELS = ["low", "medium", "high"]
EITHER = [True, False]

TABLE = [
    # complexity, Keras?, proof of concept?, irregular attributes?: what is advised
    ("low", EITHER, [True], [False], ["manual"]),
    ("low", EITHER, [False], [False], ["search_cv", "manual"]),
    ("medium", [False], EITHER, [False], ["search_cv"]),
    ("medium", [True], EITHER, [False], ["keras_tuner"]),
    ("high", [False], EITHER, EITHER, ["optuna"]),
    ("high", [True], EITHER, [False], ["keras_tuner", "optuna"]),
    ("high", [True], EITHER, [True], ["optuna", "keras_tuner"]),
]
"""The design's table, written out; where two frameworks are named, the first is the default."""

BEYOND_THE_TABLE = [("low", EITHER, EITHER, [True]), ("medium", EITHER, EITHER, [True])]
"""What no row says anything of. Optuna can draw any parameter that the code asks for."""


def all_of(
    complexity: str, keras: list[bool], proof: list[bool], irregular: list[bool]
) -> list[Answers]:
    """All answers that a row of the table stands for."""
    return [
        {
            "advise": True,
            "complexity": complexity,
            "uses_keras": uses_keras,
            "proof_of_concept": proof_of_concept,
            "irregular_attributes": irregular_attributes,
        }
        for uses_keras, proof_of_concept, irregular_attributes in itertools.product(
            keras, proof, irregular
        )
    ]


@pytest.mark.parametrize(
    ("complexity", "keras", "proof", "irregular", "advised"), TABLE
)
def test_the_advice_is_the_default(
    template: Path,
    complexity: str,
    keras: list[bool],
    proof: list[bool],
    irregular: list[bool],
    advised: list[str],
) -> None:
    for answers in all_of(complexity, keras, proof, irregular):
        assert accepted(template, answers)["framework"] == advised[0], answers


@pytest.mark.parametrize("row", [row for row in TABLE if True in row[1]])
def test_each_row_for_keras_is_a_project_that_trains(row: Any, render: Render) -> None:
    # Those for other models are trained in test_estimators.py.
    *about, (advised, *_) = row
    answers = next(one for one in all_of(*about) if one["uses_keras"])
    package = f"row_{TABLE.index(row)}"
    small = {"input_kind": "tabular", "search_space": "small"}
    project = render(package_name=package, **answers, **small)
    assert advised == project.load("study.study").FRAMEWORK
    ran = project.run("tune", "--trials", "1", "--epochs", "1")
    assert ran.status == 0, ran.err
    (record,) = project.records()
    assert record["state"] == "complete" and record["best_epoch"] == 1
    assert project.run("reconstruct", "0").status == 0


@pytest.mark.parametrize("row", BEYOND_THE_TABLE)
def test_beyond_the_table_the_advice_is_optuna(template: Path, row: Any) -> None:
    for answers in all_of(*row):
        assert accepted(template, answers)["framework"] == "optuna", answers


def test_the_rows_are_all_answers_that_there_are_once_each() -> None:
    assert choices(questions()["complexity"]) == LEVELS
    rows = [row[:4] for row in TABLE] + BEYOND_THE_TABLE
    stood_for = [tuple(answers.values()) for row in rows for answers in all_of(*row)]
    every = itertools.product([True], LEVELS, EITHER, EITHER, EITHER)
    assert sorted(stood_for) == sorted(every)


def test_whoever_asks_for_advice_is_asked_four_questions_and_gets_it(
    template: Path,
) -> None:
    plain, advised = interview(template, {}), interview(template, {"advise": True})
    more = list(advised.asked.keys() - plain.asked.keys())
    four = ["complexity", "uses_keras", "proof_of_concept", "irregular_attributes"]
    assert sorted(more) == sorted(four)
    asked = list(advised.asked)
    start = asked.index("advise")
    assert asked[start : start + 6] == ["advise", *four, "framework"]
    assert plain.known["framework"] == "optuna"
    assert advised.known["framework"] == "keras_tuner"  # of the four defaults
    assert "advise keras_tuner)" in advised.asked["framework"]
    assert "advise" not in plain.asked["framework"]


@pytest.mark.parametrize("framework", choices(questions()["framework"]))
def test_a_framework_that_is_named_wins_over_the_advice(
    template: Path, framework: str
) -> None:
    for answers in all_of("low", [True], [True], [False]):
        known = accepted(template, answers | {"framework": framework})
        assert known["framework"] == framework
        chosen = interview(template, answers | {"framework": framework})
        assert chosen.known["framework"] == framework


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("complexity", "low"),
        ("complexity", "medium"),
        ("uses_keras", True),
        ("uses_keras", False),
        ("proof_of_concept", True),
        ("irregular_attributes", True),
    ],
)
@pytest.mark.parametrize("setup", ["quick", "full"])
def test_an_answer_about_the_task_is_refused_where_no_advice_is_asked_for(
    template: Path, setup: str, name: str, answer: Any
) -> None:
    for given in ({}, {"advise": False}):
        message = refused(template, {"setup": setup, name: answer} | given)
        assert message.startswith(f"{name}: ")
        assert "needs advise=true" in message
