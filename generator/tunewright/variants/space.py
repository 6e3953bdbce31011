"""Every valid set of answers, read from the questions themselves."""

from collections.abc import Collection, Iterator
from itertools import takewhile
from types import MappingProxyType
from typing import Any

from ..fast.questionnaire import Answered, Questionnaire
from ..fast.remembered import Answers


def needed(questionnaire: Questionnaire, names: Collection[str]) -> set[str]:
    """The questions on whose answers the options of some questions depend.

    Args:
        questionnaire: The questions.
        names: Of some.
    """
    # One by one: together they depend on more, of which there are far more answers.
    return set().union(*(_needed_for(questionnaire, name) for name in names))


def _needed_for(questionnaire: Questionnaire, name: str) -> set[str]:
    found: set[str] = set()
    while True:
        questions = [questionnaire.questions[other] for other in {*found, name}]
        for answered in answer_sets(questionnaire, found, before=name):
            for question in questions:
                question.options(answered.answers)
        more = set().union(*(question.options.names() for question in questions))
        if more <= found:
            return found
        found |= more


def answer_sets(
    questionnaire: Questionnaire,
    names: Collection[str],
    fixed: Answers = MappingProxyType({}),
    before: str | None = None,
) -> Iterator[Answered]:
    """Every valid set of answers to some questions, the others by default.

    Args:
        questionnaire: The questions.
        names: Of those whose options are all tried.
        fixed: Answers that all sets have, or have selected.
        before: The question whose turn it is next; that after the last one if None.
    """
    others = takewhile(lambda name: name != before, questionnaire.questions)
    questions = [questionnaire.questions[name] for name in others]
    answers: dict[str, Any] = {}
    recorded: dict[str, Any] = {}
    untried: list[list[Any]] = []
    while True:
        if len(untried) == len(questions):
            yield Answered({**answers}, {**recorded})
        else:
            question = questions[len(untried)]
            if question.name in names or question.name in fixed:
                options = question.options(answers)
            else:
                options = [question.default(answers)]
            if question.name in fixed:
                options = [o for o in options if has(o, fixed[question.name])]
            untried.append(options[::-1])
        while untried and not untried[-1]:
            untried.pop()
            answers.pop(questions[len(untried)].name, None)
        if not untried:
            return
        question = questions[len(untried) - 1]
        answers.pop(question.name, None)
        is_settable = question.is_settable(answers)
        answers[question.name] = untried[-1].pop()
        if is_settable:
            recorded[question.name] = answers[question.name]
        else:
            recorded.pop(question.name, None)


def has(answer: Any, value: Any) -> bool:
    """Whether an answer is a value, or has it among others."""
    if isinstance(answer, list) and not isinstance(value, list):
        return value in answer
    return bool(answer == value)
