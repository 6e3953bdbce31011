"""Questions of which one choice is picked: a terminal offers what `-d` accepts, and no more.

Copier runs no validator on what was picked in a terminal, so each choice has its own.
"""

from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
from questionary import Choice
from tunewright.fast.questionnaire import Question, Questionnaire
from tunewright.questions import listed, questions

from tests import interviews
from tests.interviews import HYPERBAND, refused
from tests.plain_copier import Answers

WALKS = 150

FORESTS: Answers = {"estimators": ["random_forest"]}
HALVINGS: list[Answers] = [
    {"framework": "search_cv", "algorithm": algorithm}
    for algorithm in ("halving_random", "halving_grid")
]

REFUSED: dict[tuple[str, str], list[tuple[Answers, str]]] = {
    ("split", "time"): [
        (
            {"data_source": "image_folder"},
            "pictures have no times; choose another split",
        )
    ],
    ("execution", "cluster"): [
        (HYPERBAND, "cluster needs algorithm=bayesian, random, grid"),
        *((halving, "cluster needs algorithm=random or grid") for halving in HALVINGS),
        *(
            (FORESTS | halving, "cluster needs algorithm=random or grid")
            for halving in HALVINGS
        ),
    ],
    ("algorithm", "hyperband"): [
        (FORESTS | {"framework": "keras_tuner"}, "needs estimators=[keras]")
    ],
}
"""The choices that answers before rule out, with such answers and what is said then."""


@pytest.fixture(scope="module")
def questionnaire(template: Path) -> Questionnaire:
    """The questions, kept."""
    return interviews.questionnaire(template)


def picks(asked: Question, known: Answers) -> list[Choice]:
    """What a terminal shows to pick one from; nothing for another kind of question."""
    structure = asked.as_copier(known).get_questionary_structure()
    return list(structure["choices"]) if structure["type"] == "select" else []


def walk(
    questionnaire: Questionnaire, rng: Random
) -> Iterator[tuple[Question, Answers, list[Choice]]]:
    """Be asked everything by Copier, and pick at random what a terminal lets one pick.

    Yields:
        Each question of which one choice is picked, the answers before it, and what a
        terminal shows.
    """
    known: Answers = {}
    for name, asked in questionnaire.questions.items():
        answer: Any = asked.default(known)
        if asked.is_settable(known):
            if shown := picks(asked, known):
                yield asked, known, shown
                answer = rng.choice([pick.value for pick in shown if not pick.disabled])
            elif asked.is_bool:
                answer = rng.random() < 0.5
        known = {**known, name: answer}


def test_a_terminal_lets_one_pick_what_is_accepted_elsewhere_and_nothing_else(
    questionnaire: Questionnaire,
) -> None:
    seen: set[str] = set()
    ruled_out: set[tuple[str, Any]] = set()
    for seed in range(WALKS):
        for asked, known, shown in walk(questionnaire, Random(seed)):
            seen.add(asked.name)
            assert asked.default(known) in asked.choices(known)
            for pick in shown:
                if not pick.disabled:
                    assert asked.parse(pick.value, known) == pick.value
                    continue
                ruled_out.add((asked.name, pick.value))
                with pytest.raises(ValueError, match="Invalid choice") as error:
                    asked.parse(pick.value, known)
                assert str(error.value).endswith(f": {pick.disabled}")
    assert seen == {
        name
        for name, question in questions().items()
        if "choices" in question and not question.get("multiselect")
    }
    assert ruled_out == REFUSED.keys()


def test_no_other_choice_has_a_condition() -> None:
    conditional = {
        (name, choice.value)
        for name, question in questions().items()
        if isinstance(question.get("choices"), dict) and not question.get("multiselect")
        for choice in listed(question).values()
        if choice.validator
    }
    # Those of an algorithm are in the folder of its framework.
    assert conditional == {one for one in REFUSED if one[0] != "algorithm"}


@pytest.mark.parametrize(
    ("name", "choice", "before", "said"),
    [
        (name, choice, before, said)
        for (name, choice), cases in REFUSED.items()
        for before, said in cases
    ],
)
def test_what_a_terminal_greys_out_is_refused_with_the_same_words(
    template: Path,
    questionnaire: Questionnaire,
    tmp_path: Path,
    name: str,
    choice: str,
    before: Answers,
    said: str,
) -> None:
    known = questionnaire.complete(before).answers
    asked = questionnaire.questions[name]
    offered = {pick.value: pick.disabled for pick in picks(asked, known)}
    assert {value: words for value, words in offered.items() if words} == {
        value: words
        for (of, value), cases in REFUSED.items()
        for given, words in cases
        if (of, given) == (name, before)
    }
    assert refused(template, before | {name: choice}) == f"{name}: {said}"


def test_what_no_answer_could_open_is_said_before_what_rules_a_choice_out(
    template: Path,
) -> None:
    answers = {"framework": "manual", "execution": "cluster"}
    assert refused(template, answers).endswith("other than manual")
