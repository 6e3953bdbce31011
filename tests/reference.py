"""The reference of all questions, `docs/questions.md`, made from the questions themselves.

`python -m tests.reference` writes it anew after a change of them.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

import yaml
from tunewright.questions import TEMPLATE, questions

from tests.answer_sets import Answers, limits_of, rendered_text, rendered_value

PAGE = TEMPLATE / "docs" / "questions.md"
INTRODUCTION = """\
# Questions

What `copier copy` asks, in its order. This page is made from the questions themselves.

`setup: quick` asks five at the most; all others have a default, and `setup: full` asks for them. Answers
can be given on the command line (`-d framework=keras_tuner`), in a file (`--data-file answers.yml`) or when asked, and
changed later: see [updating](updating.md). A question that is not asked, because of the answers before it,
cannot be answered either.

A *range* is a mapping with `low` and `high`, and `step` or `log: true` if you like (`{low: 8, high: 64, log: true}`), or a list of
values (`[8, 16, 32]`). `has_convolution` and `has_recurrent` say whether such a layer is among `layer_types`.
"""
OPENING: list[tuple[str, list[str]]] = [
    ("framework", ["optuna", "keras_tuner", "search_cv", "sampler", "manual"]),
    ("input_kind", ["image", "sequence", "volume", "tabular"]),
    ("task", ["classification", "regression"]),
]
"""The answers that other questions' choices may depend on."""


def reference() -> str:
    """The page."""
    parts = [INTRODUCTION]
    for title, names in topics():
        parts.append(f"## {title}\n")
        parts += ["\n".join(describe(name)) + "\n" for name in names]
    return "\n".join(parts)


def topics() -> Iterator[tuple[str, list[str]]]:
    """Each topic, and its questions that are ever asked."""
    contents = (TEMPLATE / "copier.yml").read_text("utf-8")
    for title, file in re.findall(r"# (.+)\.\n!include (\S+)", contents):
        text = (TEMPLATE / file).read_text("utf-8")
        names = [name for name in yaml.safe_load(text) if is_asked(name)]
        if names:
            yield title, names


def is_asked(name: str) -> bool:
    """Whether it is a person's to answer."""
    return questions()[name].get("when") is not False


def describe(name: str) -> Iterator[str]:
    """A question's part of the page, a line each."""
    question = questions()[name]
    known = by_default({})
    yield f"### `{name}`"
    yield ""
    yield sentence(rendered_text(question["help"], known).strip())
    yield ""
    default = json.dumps(known[name], ensure_ascii=False)
    more = ", or as other answers have it" if is_template(question["default"]) else ""
    yield f"- {limited(name) or kind(question)}; by default `{default}`{more}"
    if is_template(question.get("when")):
        yield f"- only where `{condition(question['when'])}`"
    if is_template(question.get("ask")):
        yield f"- asked where `{condition(question['ask'])}`"
    for about, some in offers(name):
        yield f"\n{about}:\n"
        for label, value in some.items():
            what = label.removeprefix(f"{value}: ")
            yield f"- `{value}`" if what == str(value) else f"- `{value}`: {what}"


def sentence(text: str) -> str:
    """What is asked, as a paragraph of Markdown."""
    return text.replace("*", r"\*").replace("_", r"\_").replace("[", r"\[")


def kind(question: Any) -> str:
    """What an answer is."""
    if question.get("multiselect"):
        return "several of the choices below"
    if question.get("choices"):
        return "one of the choices below"
    kinds = {"str": "text", "int": "a whole number", "float": "a number"}
    return kinds.get(
        question["type"], {"bool": "true or false"}.get(question["type"], "YAML")
    )


def limited(name: str) -> str:
    """Within which limits an answer is to be."""
    check, limits = limits_of(name)
    if not check:
        return ""
    if check == "choices":
        return "a list of " + ", ".join(f"`{value}`" for value in limits[0])
    *_, least, most = limits
    what = "a range" if check == "range" else "a number"
    whole = " of whole numbers" if "whole" in limits[:1] else ""
    return f"{what}{whole} from {least} to {most}"


def condition(source: str) -> str:
    """What has to hold, less the braces around it."""
    return source.removeprefix("{{").removesuffix("}}").strip()


def is_template(source: Any) -> bool:
    """Whether other answers have a say in it."""
    return isinstance(source, str) and ("{{" in source or "{%" in source)


def offers(name: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The choices by what is said of them, for each answer that they depend on."""
    source = questions()[name].get("choices")
    if not source:
        return
    if not is_template(source):
        yield "Choices", source
        return
    for before, values in OPENING:
        found = {value: offered(source, {before: value}) for value in values}
        several = {json.dumps(some) for some in found.values() if some}
        if len(several) > 1:
            for value, some in found.items():
                if some and can_be_answered(name, {before: value}):
                    yield f"With `{before}: {value}`", some
            return
    yield "Choices", offered(source, {})


def can_be_answered(name: str, answers: Answers) -> bool:
    """Whether a question is open after these answers."""
    when = questions()[name].get("when", True)
    return bool(rendered_value("bool", when, by_default(answers)))


def offered(source: str, answers: Answers) -> dict[str, Any]:
    """The choices that depend on answers, given these."""
    found = yaml.safe_load(rendered_text(source, by_default(answers)))
    return dict(found) if isinstance(found, dict) else {str(v): v for v in found or []}


def by_default(answers: Answers) -> Answers:
    """These answers, and to all else the default."""
    known: Answers = {"setup": "full"} | answers
    for name, question in questions().items():
        if name not in known:
            known[name] = rendered_value(question["type"], question["default"], known)
    return known | {"setup": "quick"} if not answers else known


if __name__ == "__main__":
    PAGE.write_text(reference(), "utf-8")
