"""The forms in which a range can be answered, made of the one that it has by default."""

from typing import Any

from ..fast.questionnaire import Question
from ..fast.remembered import Answers


def forms(question: Question, known: Answers) -> list[Any]:
    """A question's default in every form that it takes, after the answers before it.

    A range is `{low, high}` with `step`, `log` or `growth`, or a list of choices.
    """
    default = question.default(known)
    found = [default]
    if isinstance(default, dict) and default:
        found += in_all_forms(default["low"], default["high"])
    elif is_numbers(default):
        found += in_all_forms(min(default), max(default))
    different = [form for n, form in enumerate(found) if form not in found[:n]]
    return [form for form in different if question.takes(form, known)]


def is_numbers(answer: Any) -> bool:
    """Whether an answer is a list of numbers."""
    if not isinstance(answer, list) or not answer:
        return False
    return all(isinstance(item, int | float) for item in answer)


def in_all_forms(low: Any, high: Any) -> list[Any]:
    """A range from one number to another, in every form."""
    ends = {"low": low, "high": high}
    whole = isinstance(low, int) and isinstance(high, int)
    # Digits that only a computer leaves would be no step that leads to the end.
    step = 1 if whole else round((high - low) / 2, 12)
    forms = [ends, ends | {"log": True}, ends | {"step": step}, [low, high]]
    grown = [ends | {"growth": 2}, ends | {"log": True, "growth": 1.5}]
    return forms + grown + [{"low": f"{low}*i", "high": f"{high}*i"}]
