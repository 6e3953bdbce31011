"""The template's questions, read from `copier.yml` itself."""

import difflib
import reprlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from . import yaml_text
from .errors import UserError

PACKAGED = Path(__file__).resolve().parent / "_template"
"""Where an installed package has the template; a checkout has no such folder."""

TEMPLATE = PACKAGED if PACKAGED.is_dir() else Path(__file__).resolve().parents[2]
"""The folder that holds `copier.yml`."""

Questions = Mapping[str, Mapping[str, Any]]


def help_text(name: str, question: Mapping[str, Any]) -> str:
    """Return what a question asks, without its name, with which the prompt begins."""
    return str(question.get("help", "")).removeprefix(f"{name}: ")


@dataclass(frozen=True)
class Choice:
    """What may be chosen, written as Copier has it: a value, or one with a validator."""

    value: Any

    validator: str = ""
    """A template of what rules it out; of nothing where it can be chosen."""


_short = reprlib.Repr()
_short.maxstring = _short.maxother = 60


@cache
def questions(template: Path = TEMPLATE) -> Questions:
    """Every question by name, as the files in `template/questions` have it.

    Args:
        template: The folder that holds `copier.yml`.
    """

    class Loader(yaml.SafeLoader):
        """YAML with Copier's `!include`, which names a file beside `copier.yml`."""

    def include(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> Any:
        return yaml.load((template / str(node.value)).read_text("utf-8"), Loader)

    Loader.add_constructor("!include", include)
    text = (template / "copier.yml").read_text("utf-8")
    found: dict[str, dict[str, Any]] = {}
    for document in yaml.load_all(text, Loader):
        found |= {name: q for name, q in document.items() if not name.startswith("_")}
    return found


def choices(
    question: Mapping[str, Any], render: Callable[[str], str] | None = None
) -> list[Any]:
    """The values that a question lets one choose from; none where any answer will do.

    Args:
        question: As its file has it.
        render: Renders a template after the answers before; for a question whose choices
            depend on them. Those that these answers rule out are left out then; else
            they are among the values.
    """
    return [
        choice.value
        for choice in listed(question, render).values()
        if render is None or not render(choice.validator)
    ]


def listed(
    question: Mapping[str, Any], render: Callable[[str], str] | None = None
) -> dict[str, Choice]:
    """All choices of a question by their words, those that answers rule out included.

    Args:
        question: As its file has it.
        render: As for `choices`.
    """
    offered = question.get("choices", [])
    if isinstance(offered, str):
        if render is None:
            raise ValueError("the choices depend on the answers before")
        offered = yaml.safe_load(render(offered))
    if not isinstance(offered, dict):
        offered = {str(value): value for value in offered}
    return {
        words: Choice(**value) if isinstance(value, dict) else Choice(value)
        for words, value in offered.items()
    }


def type_of(question: Mapping[str, Any]) -> str:
    """The type of a question's answers, where they are given and not asked for.

    A number is asked for as JSON, and is YAML wherever else it comes from; which of the
    two, a template decides.
    """
    kind = str(question.get("type", ""))
    return "yaml" if "{{" in kind else kind


def strict(
    answers: Mapping[str, Any], asked: Questions | None = None
) -> dict[str, Any]:
    """The same answers, each of the type that its question has.

    Copier itself takes unknown names in silence, `maybe` for yes, and an item of a list
    twice. Whether an answer is one of the choices is left to Copier, which knows
    them where they depend on other answers; numbers are left to the questions' validators.

    Args:
        answers: By question. Text is read as a person would type it.
        asked: The questions; those of `TEMPLATE` where none are given.

    Raises:
        UserError: A question does not exist, or an answer is not of its type.
    """
    known = questions() if asked is None else asked
    return {
        name: _typed(name, _question(name, known), answer)
        for name, answer in answers.items()
    }


def _question(name: str, known: Questions) -> Mapping[str, Any]:
    if name in known:
        return known[name]
    settable = [name for name, asked in known.items() if asked.get("when") is not False]
    near = difflib.get_close_matches(str(name), settable, n=1)
    hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(settable)}"
    raise UserError(f"there is no question {_short.repr(name)}; {hint}")


def _typed(name: str, question: Mapping[str, Any], answer: Any) -> Any:
    if question.get("multiselect"):
        return _selected(name, answer)
    match type_of(question):
        case "bool":
            return _yes_or_no(name, answer)
        case "yaml":
            return _readable(name, answer)
        case "str" if not isinstance(answer, str):
            shown = _short.repr(answer)
            raise UserError(f"{name}: {shown} is not text; put it in quotes")
    return answer


def _yes_or_no(name: str, answer: Any) -> bool:
    if isinstance(answer, bool):
        return answer
    known = {"true": True, "yes": True, "false": False, "no": False}
    if isinstance(answer, str) and answer.lower() in known:
        return known[answer.lower()]
    raise UserError(
        f"{name}: {_short.repr(answer)} is neither yes nor no (true and false will do)"
    )


def _readable(name: str, answer: Any) -> Any:
    if isinstance(answer, str):
        try:
            yaml_text.parse(answer)
        except ValueError as error:
            shown = _short.repr(answer)
            raise UserError(f"{name}: {shown} is not YAML: {error}") from error
    return answer


def _selected(name: str, answer: Any) -> list[Any]:
    if isinstance(answer, str):
        try:
            answer = yaml_text.parse(answer)
        except ValueError:
            answer = None
    if not isinstance(answer, list):
        raise UserError(f"{name}: write a list, as [a, b]")
    for item in answer:
        if not isinstance(item, str):
            shown = _short.repr(item)
            raise UserError(f"{name}: {shown} is not text; write a list, as [a, b]")
        if answer.count(item) > 1:
            raise UserError(f"{name}: {item} stands there twice; leave one out")
    return answer
