"""The questions: what is asked of whom, and what may not be answered unasked."""

import ast
import keyword
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from itertools import chain, count, product
from pathlib import Path
from typing import Any

import pytest
import yaml
from jinja2 import Environment, FileSystemLoader
from packaging.utils import canonicalize_name
from tunewright.questions import TEMPLATE, choices, questions
from tunewright.variants.checks import distributions

from tests.answer_sets import choices_of, is_settable
from tests.conftest import Render
from tests.interviews import (
    ARRAYS,
    CLUSTER,
    FORESTS,
    HYPERBAND,
    LABELLED,
    PICTURES,
    SEQUENCES,
    TABLES,
    accepted,
    interview,
    questionnaire,
    refused,
    renderer,
)
from tests.plain_copier import Answers
from tests.variants import Variant, variants

SITUATIONS: dict[str, Answers] = {
    "by default": {},
    "another framework": {"framework": "sampler"},
    "by hand": {"framework": "manual"},
    "numbers": {"input_kind": "tabular", "task": "regression"},
    "a table": {"data_source": "csv"},
    "a cluster": CLUSTER,
    "custom, sequences": SEQUENCES,
    "custom, two objectives": PICTURES | {"algorithm": "nsga2"},
    "custom, no convolution": PICTURES | {"layer_types": ["dense"]},
    "custom, convolutions alone": PICTURES | {"layer_types": ["conv"]},
}
"""Answers after which some questions have no meaning."""


DERIVED = {
    name for name, question in questions().items() if question.get("when") is False
}


@pytest.mark.parametrize("data_source", choices(questions()["data_source"]))
def test_quick_asks_few_questions(template: Path, data_source: str) -> None:
    """Of one's own data what no default could guess is asked, too."""
    asked = interview(template, {"data_source": data_source}).asked
    assert len(asked) <= (5 if data_source == "builtin" else 7)
    wanted = {"csv": {"target_column", "task"}, "arrays": {"input_kind", "task"}}
    assert asked.keys() >= wanted.get(data_source, set())


def test_full_can_ask_every_question_in_words(template: Path) -> None:
    asked = {
        name: words
        for situation in (
            *(PICTURES, LABELLED, SEQUENCES, TABLES, ARRAYS, CLUSTER),
            PICTURES | {"algorithm": "nsga2"},
            FORESTS,
        )
        for name, words in interview(template, situation).asked.items()
    }
    assert asked.keys() == questions().keys() - DERIVED
    # Copier shows the bare name of a question that has no help text.
    assert [name for name, words in asked.items() if "?" not in words] == []


FRAMEWORKS = choices(questions()["framework"])


CHOICES: dict[str, list[Any]] = {
    name: choices(question)
    for name, question in questions().items()
    if isinstance(question.get("choices"), dict)
    and name != "setup"
    and not question.get("multiselect")
}


DATA: list[Answers] = [
    *({"data_source": "image_folder", "resize": how} for how in CHOICES["resize"]),
    *({"data_source": "csv", "task": task} for task in CHOICES["task"]),
    *(
        {"data_source": source, "input_kind": kind, "task": task}
        for source in ("builtin", "arrays")
        for kind, task in product(CHOICES["input_kind"], CHOICES["task"])
    ),
]
"""What a model may be given and asked for, from each source."""


def executions(variant: Variant) -> list[str]:
    """Where the variant's trials may run."""
    if variant.framework == "manual":
        return []
    if variant.algorithm.startswith(("halving", "hyperband")):
        return ["serial", "workers"]
    return ["cluster", "workers", "serial"]


def nth_choices(n: int, variant: Variant) -> Answers:
    """Some choice of each question, another one with each number."""
    answers = {name: values[n % len(values)] for name, values in CHOICES.items()}
    data = DATA[n % len(DATA)]
    kind = "tabular" if data["data_source"] == "csv" else "image"
    known = {"input_kind": kind, "task": "classification"} | data
    layer_types = choices_of("layer_types", known)
    objectives = choices_of("objective", known)
    for name in ("input_kind", "task", "algorithm", "pruner"):
        answers.pop(name, None)
    if data["data_source"] != "image_folder":
        del answers["unreadable_files"], answers["resize"], answers["labels_from"]
    elif answers["split"] == "time":
        answers["split"] = "group"
    tables = [DATA[i % len(DATA)]["data_source"] == "csv" for i in range(n + 1)]
    for name in ("separator", "decimal", "missing_target"):
        answers[name] = CHOICES[name][sum(tables) % len(CHOICES[name])]
        if not tables[n]:
            answers.pop(name)
    if data["data_source"] != "arrays":
        answers.pop("missing_values")
    if (data["data_source"], data.get("task")) != ("csv", "classification"):
        answers.pop("rare_classes")
    if data["data_source"] == "builtin":
        answers.pop("split")
    if variant.framework != "search_cv":
        answers.pop("wrapper")
    answers.pop("execution")
    if offered := executions(variant):
        answers["execution"] = offered[n % len(offered)]
    if answers.get("execution") == "cluster":
        files = choices(questions()["cluster_files"])
        answers["cluster_files"] = files[n % 2 : 1 + n % 4]
    return (
        answers
        | data
        | variant.answers
        | {
            "advise": True,
            "framework": variant.framework,
            "estimators": ["keras"],
            "layer_types": sorted({*layer_types[n % 2 :: 2], "dense"}),
            "objective": objectives[n % len(objectives)],
        }
    )


NTH_CHOICES = [nth_choices(n, variant) for n, variant in enumerate(variants())]
"""Each choice of each question stands in one of these at least."""


def test_nth_choices_have_every_choice() -> None:
    for name, values in CHOICES.items():
        if name == "separator":  # of which test_columns.py has each
            continue
        assert {answers.get(name) for answers in NTH_CHOICES} >= set(values), name
    for name, on, values in (
        ("layer_types", "input_kind", CHOICES["input_kind"]),
        ("objective", "task", CHOICES["task"]),
        ("algorithm", "framework", [f for f in FRAMEWORKS if f != "manual"]),
    ):
        for value in values:
            given = [a for a in NTH_CHOICES if a.get(on) == value]
            seen = set(chain.from_iterable(listed(answers[name]) for answers in given))
            assert seen >= set(choices_of(name, {on: value})), (name, value)


def listed(answer: Any) -> list[Any]:
    """The items of a list, or the one answer."""
    return answer if isinstance(answer, list) else [answer]


@pytest.mark.parametrize("answers", NTH_CHOICES, ids=count())
def test_every_choice_renders_and_is_recorded(template: Path, answers: Answers) -> None:
    answered = renderer(template).answer(answers)
    files = renderer(template).files(answered)
    for path, text in files.items():
        if path.endswith(".py"):
            ast.parse(text)
    tomllib.loads(files["pyproject.toml"])
    recorded = yaml.safe_load(files[".copier-answers.yml"])
    assert sorted(recorded.pop("layer_types")) == answers["layer_types"]
    others = answers.keys() - {"layer_types"}
    assert {name: recorded[name] for name in others} == {
        name: answers[name] for name in others
    }


@pytest.mark.parametrize("kind", CHOICES["input_kind"])
def test_a_layer_of_another_kind_of_input_is_refused_with_those_there_are(
    template: Path, kind: str
) -> None:
    offered = choices_of("layer_types", {"input_kind": kind})
    of_all = {
        layer
        for other in CHOICES["input_kind"]
        for layer in choices_of("layer_types", {"input_kind": other})
    }
    for wrong in {"magic", *of_all} - set(offered):
        answers = {"input_kind": kind, "layer_types": ["dense", wrong]}
        message = refused(template, answers)
        assert message == f"layer_types: {wrong!r} is not in {offered}"


@pytest.mark.parametrize("situation", SITUATIONS.values(), ids=SITUATIONS)
def test_what_has_no_meaning_is_refused_with_what_would_open_it(
    template: Path, situation: Answers
) -> None:
    known = accepted(template, situation)
    earlier = [name for name in known if name not in DERIVED]
    closed = [name for name in earlier if not is_settable(name, {**known})]
    if "data_fits_in_memory" in closed and known["data_source"] in (
        "image_folder",
        "arrays",
    ):  # for projects of older templates
        closed.remove("data_fits_in_memory")
    assert closed
    for name in closed:
        opened = situation | opener(refused(template, situation | {name: known[name]}))
        opened = possible(opened)
        if known[name] != "manual":  # which is no other framework's algorithm
            answers = opened | {name: known[name]}
            assert accepted(template, answers)[name] == known[name]


@pytest.mark.parametrize("situation", SITUATIONS.values(), ids=SITUATIONS)
def test_what_has_a_meaning_is_taken_though_nobody_is_asked(
    template: Path, situation: Answers
) -> None:
    """And it is recorded, where that which is neither asked nor given is not."""
    few = {n: a for n, a in situation.items() if n not in ("setup", "topics")}
    known = accepted(template, few)
    given = {
        name: answer
        for name, answer in known.items()
        if name not in DERIVED and is_settable(name, {**known})
    }
    now = questionnaire(template).complete(given)
    assert now.answers == known
    assert now.recorded == given
    unasked = questionnaire(template).complete(few).recorded
    followed = known["search_space"] == "custom" or "execution" in few
    assert followed or unasked.keys() <= {*few, *RECORDED_UNASKED}


RECORDED_UNASKED = {
    *("project_name", "setup", "package_name", "advise", "framework"),
    *("data_source", "data_path", "target_column", "image_size", "input_kind", "task"),
    *("split", "split_column"),
}
"""What a project is, and what its data are: that stays whatever a newer template proposes."""


def test_a_topic_opens_its_questions_alone(template: Path) -> None:
    """Whoever wants another budget is asked for three numbers, not for everything."""
    few = interview(template, {}).asked.keys()
    opened: dict[str, set[str]] = {}
    for topic in choices(questions()["topics"]):
        asked = interview(template, {"setup": "full", "topics": [topic]}).asked.keys()
        assert asked > few
        opened[topic] = set(asked - few - {"topics"})
    assert opened["budget"] == {"trials", "epochs", "patience"}
    assert sum(map(len, opened.values())) == len(set().union(*opened.values()))
    assert interview(template, {"setup": "full"}).asked.keys() == few | {"topics"}


def possible(answers: Answers) -> Answers:
    """The answers, less those that another framework, source or kind of input rules out."""
    source = answers.get("data_source", "builtin")
    closed = {"image_folder": {"input_kind", "task"}, "csv": {"input_kind"}}
    kept = answers.keys() - closed.get(source, set())
    answers = {name: answers[name] for name in kept}
    kind = "tabular" if source == "csv" else "image"
    offered = choices_of("layer_types", {"input_kind": kind} | answers)
    chosen = [layer for layer in answers.get("layer_types", []) if layer in offered]
    if "layer_types" in answers:
        answers["layer_types"] = chosen or ["dense"]
    framework = {"framework": answers.get("framework", "optuna")}
    if answers.get("algorithm") not in choices_of("algorithm", framework):
        answers.pop("algorithm", None)
    if "estimators" in answers:  # other than Keras's, which alone have layers
        answers.pop("layer_types", None)
    if HYPERBAND.items() <= answers.items():
        answers.pop("execution", None)
        answers.pop("cluster_files", None)
    return answers


def opener(message: str) -> Answers:
    """The answers that a refusal asks for, in order to answer a hidden question."""
    wanted: Answers = dict(re.findall(r"(\w+)=(\w+)", message))
    if layer := re.search(r"(\w+)(, \w+)*( or \w+)? among layer_types", message):
        wanted["layer_types"] = list({layer[1], "dense"})
    if taken := re.search(r"(\w+) other than (\w+)", message):
        known = {"framework": "optuna"}
        offered = choices_of(taken[1], known)
        first = next(c for c in offered if c != taken[2])
        is_list = questions()[taken[1]].get("multiselect")
        wanted[taken[1]] = [first] if is_list else first
    assert wanted, message
    return wanted


@pytest.mark.parametrize("name", sorted(DERIVED))
@pytest.mark.parametrize("situation", [{}, PICTURES], ids=["quick", "full"])
def test_a_derived_value_is_always_refused_with_what_it_comes_from(
    template: Path, situation: Answers, name: str
) -> None:
    value = accepted(template, situation)[name]
    message = refused(template, situation | {name: value})
    source = re.search(rf"^{name}: is derived from (\w+)", message)
    assert source
    assert source[1] in questions()


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_any_framework_may_be_named_without_advice(
    template: Path, framework: str
) -> None:
    assert accepted(template, {"framework": framework})["framework"] == framework


def test_pictures_get_their_size_and_advice_though_quick_asks_for_neither(
    template: Path,
) -> None:
    answers: Answers = {"data_source": "image_folder"}
    asked = interview(template, answers).asked
    assert not asked.keys() & {"advise", "image_size", "complexity"}
    size, complexity = [8, 9, 1], {"advise": True, "complexity": "low"}
    known = accepted(template, answers | complexity | {"image_size": size})
    assert (known["image_size"], known["framework"]) == (size, "search_cv")


def test_the_package_is_recorded_though_quick_does_not_ask_for_it(
    template: Path, render: Render
) -> None:
    assert "package_name" not in interview(template, {}).asked
    recorded = yaml.safe_load(render(project_name="Etch").read(".copier-answers.yml"))
    assert recorded["package_name"] == "etch"


@pytest.mark.parametrize(
    ("title", "package"),
    [
        ("Digit Study", "digit_study"),
        ("  2nd: try!", "nd_try"),
        ("研究", "study"),
        ("__init__", "init"),
        ("Tests", "tests_study"),
        ("JSON", "json_study"),
        ("Lambda", "lambda_study"),
        ("x" * 39 + " y", "x" * 39),
    ],
)
def test_the_package_takes_its_name_from_the_title(
    template: Path, title: str, package: str
) -> None:
    known = accepted(template, {"project_name": title.strip()})
    assert known["package_name"] == package


def test_no_package_hides_a_module_of_the_language_or_of_what_projects_need() -> None:
    macros = Environment(loader=FileSystemLoader(TEMPLATE)).get_template(
        "template/macros/reserved.jinja"
    )
    project = tomllib.loads((TEMPLATE / "pyproject.toml").read_text("utf-8"))["project"]
    needed = distributions(project["optional-dependencies"]["variants"])
    modules = {
        module
        for module, found in packages_distributions().items()
        if needed & set(map(canonicalize_name, found))
    }
    # Two distributions leave their examples and tools beside their modules.
    names = {*sys.stdlib_module_names, *keyword.kwlist, *modules} - {
        "examples",
        "tools",
    }
    could_be_packages = {
        name for name in names if re.fullmatch("[a-z][a-z0-9_]*", name)
    }
    assert set(vars(macros.module)["names"]) >= could_be_packages


@pytest.mark.parametrize(
    ("name", "offered"), [*CHOICES.items(), ("setup", ["quick", "full"])]
)
def test_a_choice_that_is_not_there_is_refused_with_those_that_are(
    template: Path, name: str, offered: list[str]
) -> None:
    answers = {"advise": True, "framework": "optuna", name: "magic"}
    if name == "unreadable_files":
        answers["data_source"] = "image_folder"
    message = refused(template, answers)
    assert all(repr(choice) in message for choice in offered)


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_an_algorithm_of_another_framework_is_refused_with_those_there_are(
    template: Path, framework: str
) -> None:
    offered = choices_of("algorithm", {"framework": framework})
    of_all = {a for f in FRAMEWORKS for a in choices_of("algorithm", {"framework": f})}
    assert {"magic", *of_all} - set(offered)
    for wrong in {"magic", *of_all} - set(offered):
        answers = {"framework": framework, "algorithm": wrong}
        message = refused(template, answers)
        assert message == f"algorithm: {wrong!r} is not in {offered}"


def test_whoever_opens_no_topic_is_not_asked_again_what_is_recorded(
    template: Path,
) -> None:
    known = accepted(template, {})
    asked = {
        name
        for name, question in questionnaire(template).questions.items()
        if (one := question.as_copier(known, given=known)).get_when() and one.get_ask()
    }
    assert asked == interview(template, {}).asked.keys()
