"""The template's questions, read from `copier.yml` itself."""

import difflib
import math
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from .errors import UserError

TEMPLATE = Path(__file__).resolve().parents[2]
"""The checkout that holds `copier.yml`."""


class _Loader(yaml.SafeLoader):
    """YAML with Copier's `!include`, which names a file beside `copier.yml`."""


def _include(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> Any:
    text = (TEMPLATE / str(node.value)).read_text("utf-8")
    return yaml.load(text, _Loader)


_Loader.add_constructor("!include", _include)


@cache
def questions() -> dict[str, dict[str, Any]]:
    """Every question by name, as the files in `template/questions` have it."""
    text = (TEMPLATE / "copier.yml").read_text("utf-8")
    found: dict[str, dict[str, Any]] = {}
    for document in yaml.load_all(text, _Loader):
        found |= {name: q for name, q in document.items() if not name.startswith("_")}
    return found


def strict(answers: Mapping[str, Any]) -> dict[str, Any]:
    """The same answers, each of the type that its question has.

    Copier itself takes unknown names in silence, `5.7` for a whole number, `maybe` for
    yes, and drops unknown items of a list.

    Args:
        answers: By question. Text is read as a person would type it.

    Raises:
        UserError: A question does not exist, or an answer is not of its type.
    """
    return {name: _typed(name, answer) for name, answer in answers.items()}


def _typed(name: str, answer: Any) -> Any:
    if name not in questions():
        near = difflib.get_close_matches(name, questions(), n=1)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise UserError(f"there is no question {name!r}{hint}")
    question = questions()[name]
    if question.get("multiselect"):
        return _selected(name, question, answer)
    kind = question["type"]
    if kind == "int":
        if isinstance(answer, str) and re.fullmatch(r"[+-]?[0-9]+", answer):
            return int(answer)
        if isinstance(answer, int) and not isinstance(answer, bool):
            return answer
        raise UserError(f"{name}: {answer!r} is not a whole number")
    if kind == "float":
        try:
            number = math.nan if isinstance(answer, bool) else float(answer)
        except (TypeError, ValueError):
            number = math.nan
        if not math.isfinite(number):
            raise UserError(f"{name}: {answer!r} is not a number")
        return number
    if kind == "bool":
        known = {"true": True, "yes": True, "false": False, "no": False}
        if isinstance(answer, bool) or str(answer).lower() in known:
            return known[str(answer).lower()]
        raise UserError(f"{name}: {answer!r} is neither true nor false")
    if kind == "str" and not isinstance(answer, str):
        raise UserError(f"{name}: {answer!r} is not text; put it in quotes")
    if kind == "yaml" and isinstance(answer, str):
        try:
            return yaml.safe_load(answer)
        except yaml.YAMLError as error:
            first = str(error).splitlines()[0]
            raise UserError(f"{name}: {answer!r} is not YAML: {first}") from error
    return answer


def _selected(name: str, question: dict[str, Any], answer: Any) -> list[Any]:
    choices = question["choices"]
    allowed = list(choices.values() if isinstance(choices, dict) else choices)
    if isinstance(answer, str):
        try:
            answer = yaml.safe_load(answer)
        except yaml.YAMLError:
            answer = None
    if not isinstance(answer, list):
        raise UserError(f"{name}: write a list out of {', '.join(allowed)}")
    for item in answer:
        if item not in allowed:
            raise UserError(f"{name}: {item!r} is none of {', '.join(allowed)}")
        if answer.count(item) > 1:
            raise UserError(f"{name}: {item!r} stands there twice")
    return answer
