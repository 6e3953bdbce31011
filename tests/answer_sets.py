"""Answer sets drawn at random from all that are valid, for tests that render many."""

import ast
import json
import re
from collections.abc import Callable
from functools import cache
from random import Random
from typing import Any

import jinja2
import yaml
from tunewright.questions import TEMPLATE, choices, questions, type_of

Answers = dict[str, Any]

PREFERRED = {"search_space": "custom"}
"""The choice that opens more questions; it is taken in at least half of the sets."""

PACKAGE_NAMES = [
    "a",
    "z9",
    "digit_study",
    "two__bars",
    "ends_in_bar_",
    "n" * 39,
    "n" * 40,
]
"""Few, so that files which differ in nothing else are checked once."""

WORDS = r"""
    data photos Digit étude Größe данные 数字の研究 😀 👩‍🔬 مشروع “q” don't "x" \ \n C:\new {{ x }}
    {% raw %} {# #} ${HOME} %s # // <b> & | * _ ` ``` [a](b) ''' ~ = ; , --- !tag key: @ ? ../..
    http://a.b/c a_very_long_word_that_no_line_can_break
"""
"""What text is made of; much of it means something to Python, TOML, YAML or Markdown."""


def random_answers(rng: Random, **given: Any) -> Answers:
    """An answer to each question that is asked, given the answers before it.

    A question that can be answered though it is not asked is answered half of the time.
    What is given is taken, unless the answers before it rule it out.
    """
    answers: Answers = {}
    known: Answers = {}
    for name, question in questions().items():
        asked = rendered_value("bool", question.get("ask", True), known)
        if name in given and _is_possible(name, given[name], known):
            known[name] = answers[name] = given[name]
        elif is_settable(name, known) and (asked or rng.random() < 0.5):
            known[name] = answers[name] = _valid(rng, name, known)
        else:
            known[name] = rendered_value(type_of(question), question["default"], known)
    return answers


def is_settable(name: str, known: Answers) -> bool:
    """Whether an answer is taken from somebody who gives one."""
    given = known | {"_copier_answers": [name]}
    when = questions()[name].get("when", True)
    return bool(rendered_value("bool", when, given))


def _valid(rng: Random, name: str, known: Answers) -> Any:
    """An answer that the question's own validator has nothing against."""
    for _ in range(100):
        answer = _draw(rng, name, known)
        if _is_valid(name, answer, known):
            return answer
    raise ValueError(f"of 100 answers drawn to {name} none is valid")


def _is_valid(name: str, answer: Any, known: Answers) -> bool:
    validator = questions()[name].get("validator", "")
    return not rendered_text(validator, known | {name: answer}).strip()


def _is_possible(name: str, answer: Any, known: Answers) -> bool:
    """Whether somebody may give an answer, to a question that has choices or not."""
    if not is_settable(name, known) or not _is_valid(name, answer, known):
        return False
    chosen = answer if isinstance(answer, list) else [answer]
    offered = choices_of(name, known)
    return not offered or all(choice in offered for choice in chosen)


def choices_of(name: str, known: Answers) -> list[Any]:
    """The values that a question lets one choose from, given the answers before it.

    Unless they say otherwise, the models are Keras's.
    """
    known = {"estimators": ["keras"], "library": "keras", "on_keras": True, **known}
    return choices(questions()[name], lambda source: rendered_text(source, known))


def _draw(rng: Random, name: str, known: Answers) -> Any:
    """An answer of the right kind, which its validator may refuse."""
    question = questions()[name]
    if values := choices_of(name, known):
        if name == "estimators" and rng.random() < 0.5:
            return ["keras"]  # with which few others go
        if question.get("multiselect"):
            return [value for value in values if rng.random() < 0.5]
        preferred = PREFERRED.get(name)
        is_preferred = preferred in values and rng.random() < 0.5
        return preferred if is_preferred else rng.choice(values)
    if question["type"] == "bool":
        return rng.random() < 0.5
    if name in BY_NAME:
        return BY_NAME[name](rng)
    if name == "estimator_ranges":
        return _estimator_ranges(rng, known)
    check, limits = limits_of(name)
    if not check:
        raise ValueError(f"it is not known how to draw an answer to {name}")
    return BY_CHECK[check](rng, *limits)


def limits_of(name: str) -> tuple[str, tuple[Any, ...]]:
    """The macro that checks an answer, and its limits where no other answer sets them."""
    validator = questions()[name].get("validator", "")
    check = re.search(rf"validators\.(\w+)\({name}, ([^()]*?)\) }}}}", validator)
    if check is None or " if " in check[2]:
        return "", ()
    return check[1], ast.literal_eval(f"({check[2]},)")


def _range(rng: Random, kind: str, least: Any, most: Any) -> Any:
    """What is searched: {low, high, step, log}, or a list of choices."""
    form = rng.choice(["list", "list", "plain", "log", "step"])
    if form == "list":
        drawn = (_number(rng, kind, least, most) for _ in range(rng.randint(1, 12)))
        return list(dict.fromkeys(drawn))
    low, high = sorted(_number(rng, kind, least, most) for _ in range(2))
    if form == "plain":
        return {"low": low, "high": high}
    if form == "log":
        return {"low": low, "high": high, "log": rng.random() < 0.9}
    steps = rng.randint(1, 8)
    if kind == "whole":
        step = max(1, (high - low) // steps)
        return {"low": low, "high": low + steps * step, "step": step}
    step = float(f"{(high - low) / steps:.2g}")
    return {"low": low, "high": round(low + steps * step, 12), "step": step}


def _layer_range(rng: Random, least: int, most: int) -> Any:
    """A range that grows with the layer, or one that is the same in each."""
    drawn = _range(rng, "whole", least, most)
    if isinstance(drawn, list) or rng.random() < 0.5:
        return drawn
    low, high = rng.choice([(1, 1), (1, 2), (2, 8)])
    drawn |= {"low": low, "high": high}
    if "step" in drawn:
        drawn["step"] = 1
    if rng.random() < 0.5:
        return drawn | {"low": f"{low}*i", "high": f"{high} * i"}
    growth: float = 2 if "step" in drawn else rng.choice([1.25, 1.5, 2, 3])
    return drawn | {"growth": growth}


def _number(rng: Random, kind: str, least: Any, most: Any) -> Any:
    """A number of any magnitude; the ends of what is allowed come up too."""
    if rng.random() < 0.1:
        return rng.choice([least, most])
    smallest = least or min(most, 1e-6)
    number = smallest * (most / smallest) ** rng.random()
    if kind == "whole":
        return round(number)
    digits = rng.randint(1, 4)
    return min(max(float(f"{number:.{digits}g}"), least), most)


def _whole(rng: Random, least: int, most: int) -> Any:
    return _number(rng, "whole", least, most)


def _estimator_ranges(rng: Random, known: Answers) -> Answers:
    """A range for about half of the hyperparameters that the chosen families have."""
    drawn: Answers = {}
    for family in known["estimators"]:
        for param in family_params(family, known):
            if rng.random() < 0.5:
                continue
            name, limits = f"{family}__{param['name']}", param["limits"]
            if param["kind"] == "choice":
                drawn[name] = _choices(rng, limits)
            else:
                whole = param["kind"] == "int"
                drawn[name] = _range(rng, "whole" if whole else "real", *limits)
    return drawn


def family_params(family: str, known: Answers) -> list[dict[str, Any]]:
    """What a family's file says of its hyperparameters."""
    stubs = {"estimator_kind": "", "class_weight": False, "class_weight_argument": []}
    source = (
        f"{{% import 'template/estimators/{family}.jinja' as family with context %}}"
        "{{ family.params | to_json }}"
    )
    params: list[dict[str, Any]] = json.loads(rendered_text(source, known | stubs))
    return params


def _choices(rng: Random, allowed: list[str]) -> list[str]:
    return rng.sample(allowed, rng.randint(1, len(allowed)))


BY_CHECK: dict[str, Callable[..., Any]] = {
    "range": _range,
    "layer_range": _layer_range,
    "whole": _whole,
    "choices": _choices,
}
"""How to draw what a macro of `template/macros/validators.jinja` checks, from its limits."""


def _text(rng: Random, longest: int) -> str:
    words = rng.choices(WORDS.split(), k=rng.randint(1, 1 + longest // 4))
    return rng.choice(["", " ", "  "]).join(words)[:longest].strip()


def _path(rng: Random) -> str:
    start = rng.choice(["", "", "../", "/mnt/", "~/", "C:\\"])
    return start + _text(rng, rng.choice([10, 40, 190]))


def _image_size(rng: Random) -> list[int]:
    return [rng.randint(4, 4096), rng.randint(4, 4096), rng.choice([1, 3])]


def _threshold(rng: Random) -> float:
    return rng.choice([0, 1, 0.95, rng.random(), rng.random() / 1e6])


BY_NAME: dict[str, Callable[[Random], Any]] = {
    "project_name": lambda rng: _text(rng, 60),
    "package_name": lambda rng: rng.choice(PACKAGE_NAMES),
    "data_path": _path,
    "labels_file": lambda rng: _path(rng).replace("~", "."),
    "target_column": lambda rng: _text(rng, 60),
    "drop_columns": lambda rng: [_text(rng, 60) for _ in range(rng.randint(0, 3))],
    "split_column": lambda rng: _text(rng, 60),
    "image_size": _image_size,
    "weights_threshold": _threshold,
}
"""How to draw the answers whose limits are of a kind of their own."""


def rendered_value(kind: str, source: Any, known: Answers) -> Any:
    """A `when`, `ask` or `default` with these answers, as Copier understands it."""
    if not isinstance(source, str):
        return source
    text = rendered_text(source, known).strip()
    is_text = kind == "str" and not text.startswith("[")
    return text if is_text else yaml.safe_load(text)


def rendered_text(source: str, known: Answers) -> str:
    """A question's template, after these answers."""
    return _compiled(source).render({"_copier_answers": []} | known)


@cache
def _compiled(source: str) -> jinja2.Template:
    return _environment().from_string(source)


@cache
def _environment() -> jinja2.Environment:
    settings = next(yaml.safe_load_all((TEMPLATE / "copier.yml").read_text("utf-8")))
    options = settings["_envops"] | {"undefined": jinja2.StrictUndefined}
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATE),
        extensions=["jinja2_ansible_filters.AnsibleCoreFiltersExtension"],
        **options,
    )
