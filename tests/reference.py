"""The reference of all questions, `docs/questions.md`, made from the questions themselves.

`python -m tests.reference` writes it again after a change of them.
"""

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

import yaml
from tunewright.questions import (
    TEMPLATE,
    Choice,
    choices,
    help_text,
    listed,
    questions,
    type_of,
)

from tests.answer_sets import (
    Answers,
    is_settable,
    limits_of,
    rendered_text,
    rendered_value,
)

PAGE = TEMPLATE / "docs" / "questions.md"
INTRODUCTION = """\
# Questions

Every question that `copier copy` and `tunewright new` may ask. This page is made from the questions themselves.

Answers are given when asked, on the command line (`-d framework=keras_tuner`) or in a file (`--data-file answers.yml`). They can
be [changed later](updating.md). Each question has a default.
"""
QUICK = """\
## Overview

`setup: quick`, the default, asks few questions. Which ones depends on where the data come from:
"""
TOPICS = """\
With `advise: true` four more questions find the framework. `setup: full` first asks for the `topics` that you want to decide, and asks about
those alone. `setup` and `topics` decide what is asked, and nothing else: `-d trials=50` needs neither. The answers file has what was asked
or given. What nobody has decided follows the other answers, and the defaults of a newer template. All questions:
"""
NOTATION = """\
## How to read this page

- **Only where**: other answers rule the question out elsewhere, and an answer to it is refused there.
- **Asked where**: elsewhere the default holds, unless you give an answer.
- **A range** is a mapping or a list. The mapping has `low` and `high`, and may have `step` or `log: true`, as in
  `{low: 8, high: 64, log: true}`. The list has the values themselves, as in `[8, 16, 32]`. A range of one value is fixed, and recorded.
- **A range that may grow with the layer** takes `growth`: with `{low: 8, high: 64, growth: 2}` it is 8 to 64 in the first layer, 16 to 128 in
  the second. With `{low: i, high: 10*i}` it is 1 to 10 in the first, 2 to 20 in the second, 3 to 30 in the third. A `step` stays as it is.
- **`layer_roles`** are those of the layers among `layer_types`: `conv` and `separable_conv` are a `convolution`, `lstm` and `gru` are
  `recurrent`.
- **`on_keras`**: `estimators` has `keras`.
"""
OPENING: list[tuple[str, list[str]]] = [
    ("framework", ["optuna", "keras_tuner", "search_cv", "sampler", "manual"]),
    ("input_kind", ["image", "sequence", "volume", "tabular"]),
    ("task", ["classification", "regression"]),
]
"""The answers that other questions' choices may depend on."""


def reference() -> str:
    """Return the page."""
    parts = [INTRODUCTION, QUICK, *table("data_source", "asked", by_source()), TOPICS]
    parts += [*table("about", "questions", topics()), NOTATION]
    for title, names in topics():
        parts.append(f"## {title}\n")
        parts += ["\n".join(describe(name)) + "\n" for name in names]
    return "\n".join(parts)


def table(head: str, names: str, rows: Iterable[tuple[str, list[str]]]) -> list[str]:
    """Return a table of questions, each a link to its part of the page."""
    lines = [f"| {head} | {names} |", "|---|---|"]
    for title, some in rows:
        links = ", ".join(f"[`{name}`](#{name})" for name in some)
        lines.append(f"| {title} | {links} |")
    return ["\n".join(lines) + "\n"]


def by_source() -> Iterator[tuple[str, list[str]]]:
    """Yield each data source, and what `quick` asks with it."""
    for source in choices(questions()["data_source"]):
        known = by_default({"setup": "quick", "data_source": source})
        yield f"`{source}`", [
            name
            for name, question in questions().items()
            if all(
                rendered_value("bool", question.get(part, True), known)
                for part in ("when", "ask")
            )
        ]


def topics() -> Iterator[tuple[str, list[str]]]:
    """Yield each topic, and its questions that are ever asked."""
    contents = (TEMPLATE / "copier.yml").read_text("utf-8")
    for title, file in re.findall(r"# (.+)\.\n!include (\S+)", contents):
        text = (TEMPLATE / file).read_text("utf-8")
        names = [name for name in yaml.safe_load(text) if is_asked(name)]
        if names:
            yield title, names


def is_asked(name: str) -> bool:
    """Return whether it is a person's to answer."""
    return questions()[name].get("when") is not False


def describe(name: str) -> Iterator[str]:
    """Yield a question's part of the page, a line each."""
    question = questions()[name]
    known = by_default({})
    yield f"### `{name}`"
    yield ""
    yield from asked(help_text(name, question), known)
    yield ""
    default = json.dumps(known[name], ensure_ascii=False)
    more = ", or as other answers have it" if is_template(question["default"]) else ""
    yield f"- {limited(name) or kind(question)}; by default `{default}`{more}"
    if is_template(question.get("when")) and (when := condition(question["when"])):
        yield f"- only where `{when}`"
    if topic := re.fullmatch(r"{{ '(\w+)' in topics }}", question.get("ask", "")):
        yield f"- asked with the topic `{topic[1]}`"
    elif is_template(question.get("ask")):
        yield f"- asked where `{condition(question['ask'])}`"
    for about, some in offers(name):
        yield f"\n{about}:\n"
        for label, choice in some.items():
            what = label.removeprefix(f"{choice.value}: ")
            said = f": {what}" if what != str(choice.value) else ""
            refused = "".join(
                f"; refused where `{w}`: {s}" for w, s in refusals(choice)
            )
            yield f"- `{choice.value}`{said}{refused}"


def asked(source: str, known: Answers) -> Iterator[str]:
    """Return what is asked, by data source where nothing is asked by default."""
    text = rendered_text(source, known).strip()
    if text:
        yield sentence(text)
        return
    by_source = {
        value: rendered_text(source, known | {"data_source": value}).strip()
        for value in choices(questions()["data_source"])
    }
    yield "\n\n".join(
        f"With `data_source: {value}`: {sentence(text)}"
        for value, text in by_source.items()
        if text
    )


def sentence(text: str) -> str:
    """Return what is asked, as a paragraph of Markdown."""
    return text.replace("*", r"\*").replace("_", r"\_").replace("[", r"\[")


def kind(question: Any) -> str:
    """Say what an answer is."""
    if question.get("multiselect"):
        return "several of the choices below"
    if question.get("choices"):
        return "one of the choices below"
    kinds = {"str": "text", "bool": "true or false", "yaml": "YAML"}
    return kinds[type_of(question)]


def limited(name: str) -> str:
    """Say within which limits an answer is to be."""
    check, limits = limits_of(name)
    if not check:
        return ""
    if check == "choices":
        return "a list of " + ", ".join(f"`{value}`" for value in limits[0])
    *_, least, most = limits
    what = "a range" if "range" in check else "a number"
    whole = check == "layer_range" or "whole" in limits[:1]
    numbers = " of whole numbers" if whole and "range" in check else ""
    grows = ", which may grow with the layer" if check == "layer_range" else ""
    return f"{what}{numbers} from {least} to {most}{grows}"


DECIDED = r"'\w+' in topics or '\w+' in _copier_answers"
"""How a question comes to know that somebody decides it."""


def condition(source: str) -> str:
    """Return what has to hold, less the braces around it; nothing where anybody may answer."""
    found = re.fullmatch(r"{{ (.+) }}", source)
    if found is None:
        return ""
    meaning = re.sub(rf" and \({DECIDED}\)|{DECIDED}", "", found[1])
    return re.sub(r"'(\w+)' in data_questions", that_ask, meaning)


def that_ask(question: re.Match[str]) -> str:
    """Return which data sources open a question, in the words of a condition."""
    every = choices(questions()["data_source"])
    asked_with = questions()["data_questions"]["default"]
    those = [
        value
        for value in every
        if question[1]
        in yaml.safe_load(rendered_text(asked_with, {"data_source": value}))
    ]
    others = [value for value in every if value not in those]
    if len(those) == 1:
        return f"data_source == {those[0]!r}"
    return (
        f"data_source != {others[0]!r}"
        if len(others) == 1
        else f"data_source in {those}"
    )


def is_template(source: Any) -> bool:
    """Return whether other answers have a say in it."""
    return isinstance(source, str) and ("{{" in source or "{%" in source)


def refusals(choice: Choice) -> list[tuple[str, str]]:
    """Return where a choice is refused, and what is said then."""
    pattern = r"{%- (?:el)?if (.+?) -%}\s*(.+?)\s*(?={%)"
    return re.findall(pattern, choice.validator)


def offers(name: str) -> Iterator[tuple[str, dict[str, Choice]]]:
    """Yield the choices by what is said of them, for each answer that they depend on."""
    question = questions()[name]
    if "choices" not in question:
        return
    if not is_template(question["choices"]):
        yield "Choices", listed(question)
        return
    for before, values in OPENING:
        found = {value: offered(name, {before: value}) for value in values}
        several = {tuple(some) for some in found.values() if some}
        if len(several) > 1:
            for value, some in found.items():
                if some and is_settable(name, by_default({before: value})):
                    yield f"With `{before}: {value}`", some
            return
    yield "Choices", offered(name, {})


def offered(name: str, answers: Answers) -> dict[str, Choice]:
    """Return the choices that depend on answers, given these."""
    known = by_default(answers)
    return listed(questions()[name], lambda source: rendered_text(source, known))


def by_default(answers: Answers) -> Answers:
    """These answers, and to all else the default."""
    known: Answers = {**answers}
    for name, question in questions().items():
        if name not in known:
            known[name] = rendered_value(type_of(question), question["default"], known)
    return known


if __name__ == "__main__":
    PAGE.write_text(reference(), "utf-8")
