"""The questions: what is asked of whom, and what is said to a wrong answer."""

import ast
import fcntl
import keyword
import os
import pty
import re
import select
import shlex
import struct
import subprocess
import sys
import termios
import time
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
import yaml
from copier.errors import CopierError
from jinja2 import Environment, FileSystemLoader
from tunewright.questions import TEMPLATE, questions
from tunewright.render import one_line

from tests.conftest import Render
from tests.plain_copier import Answers, copy

EVERYTHING: Answers = {
    "setup": "full",
    "data_source": "image_folder",
    "layer_types": ["conv", "pooling", "dropout", "dense"],
    "search_space": "custom",
    "keep_weights": "above",
}
"""Answers after which every question is asked."""

SITUATIONS: dict[str, Answers] = {
    "quick": {},
    "full": {"setup": "full"},
    "custom, two objectives": EVERYTHING | {"algorithm": "nsga2"},
    "custom, no convolution": EVERYTHING | {"layer_types": ["dense"]},
    "custom, convolutions alone": EVERYTHING | {"layer_types": ["conv"]},
}
"""Answers after which some questions are not asked."""

DERIVED = {
    name for name, question in questions().items() if question.get("when") is False
}
SETTABLE_UNASKED = {"framework", "package_name"}
"""Each has a test of its own."""

DRY: dict[str, Any] = {"exclude": ["*"], "pretend": True}
"""Ask and check, but render nothing."""


@dataclass(frozen=True)
class Interview:
    """What Copier asked a person, and all that it knew in the end."""

    asked: dict[str, str]
    """The words of each question that was asked, in order."""

    known: Mapping[str, Any]
    """The answers, and the values of what was not asked."""


def interview(template: Path, answers: Answers) -> Interview:
    """Be asked by Copier; whoever has no answer to a question presses Enter."""
    asked: dict[str, str] = {}

    def prompt(structures: list[dict[str, Any]], answers: Answers) -> Answers:
        (structure,) = structures
        name = structure["name"]
        if not structure["when"](answers):
            return answers
        asked[name] = structure["message"]
        return {name: mine.get(name, answers[name])}

    mine = answers
    with patch("copier._main.unsafe_prompt", prompt):
        return Interview(asked, copy(template, "nowhere", {}, defaults=False, **DRY))


def accepted(template: Path, answers: Answers) -> Mapping[str, Any]:
    """Give answers that Copier must take; what it made of them."""
    return copy(template, "nowhere", answers, **DRY)


def refused(template: Path, folder: Path, answers: Answers) -> str:
    """Give answers that Copier must refuse before it writes anything; what it says."""
    with pytest.raises((CopierError, TypeError, ValueError)) as error:
        copy(template, folder / "project", answers)
    assert list(folder.iterdir()) == []
    return one_line(error.value)


@pytest.mark.parametrize("data_source", questions()["data_source"]["choices"].values())
def test_quick_asks_at_most_five_questions(template: Path, data_source: str) -> None:
    assert len(interview(template, {"data_source": data_source}).asked) <= 5


def test_full_can_ask_every_question_in_words(template: Path) -> None:
    asked = interview(template, EVERYTHING).asked
    assert asked.keys() == questions().keys() - DERIVED
    # Copier shows the bare name of a question that has no help text.
    assert [name for name, words in asked.items() if "?" not in words] == []


def test_a_newcomer_presses_enter_and_is_told_the_next_two_commands(
    template: Path, tmp_path: Path
) -> None:
    project = tmp_path / "it's new"
    command = [sys.executable, "-m", "copier", "copy", str(template), str(project)]
    screen = press_enter(command, list(interview(template, {}).asked.values()))
    said = [shlex.split(line) for line in screen.splitlines() if line[:2] == "  "]
    assert said == [
        ["cd", str(project), *["&&", "python", "-m", "pip", "install", "-e", "."]],
        ["python", "-m", "digit_study", "tune"],
    ]
    subprocess.run([sys.executable, *said[1][1:], "--help"], cwd=project, check=True)


def press_enter(command: list[str], prompts: list[str]) -> str:
    """Run a command in a terminal, and press Enter at each prompt.

    Returns:
        All that it wrote there.
    """
    here, there = pty.openpty()
    fcntl.ioctl(there, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 250, 0, 0))
    environment = os.environ | {"TERM": "xterm", "PROMPT_TOOLKIT_NO_CPR": "1"}
    process = subprocess.Popen(
        command, stdin=there, stdout=there, stderr=there, env=environment
    )
    os.close(there)
    screen, unanswered = b"", [prompt.strip().encode() for prompt in prompts]
    deadline = time.monotonic() + 60
    while select.select([here], [], [], max(0, deadline - time.monotonic()))[0]:
        try:
            screen += os.read(here, 4096)
        except OSError:  # so a terminal ends on Linux
            break
        if unanswered and unanswered[0] in screen:
            unanswered.pop(0)
            os.write(here, b"\r")
    os.close(here)
    assert process.wait(10) == 0, screen.decode()
    return screen.decode()


def test_whoever_brings_pictures_is_told_where_they_go(
    template: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    answers = {"data_source": "image_folder", "data_path": "photos/{{ 1 }}"}
    copy(template, tmp_path / "project", answers, quiet=False)
    assert "Once photos/{{ 1 }} holds" in capsys.readouterr().err


CHOICES: dict[str, list[Any]] = {
    name: list(question["choices"].values())
    for name, question in questions().items()
    if "choices" in question and name not in {"setup", "framework"}
}
NTH_CHOICES: list[Answers] = [
    {name: choices[n % len(choices)] for name, choices in CHOICES.items()}
    for n in range(max(map(len, CHOICES.values())))
]
"""Each choice of each question stands in one of these at least."""


@pytest.mark.parametrize("answers", NTH_CHOICES, ids=count())
def test_every_choice_renders_and_is_recorded(render: Render, answers: Answers) -> None:
    if answers["algorithm"] == "nsga2":
        answers = {k: v for k, v in answers.items() if k != "pruner"}
    layer_types = list(dict.fromkeys([answers["layer_types"], "dense"]))
    project = render(**answers | {"layer_types": layer_types})
    for path in project.root.rglob("*.py"):
        ast.parse(path.read_text("utf-8"))
    tomllib.loads(project.read("pyproject.toml"))
    recorded = yaml.safe_load(project.read(".copier-answers.yml"))
    assert set(recorded.pop("layer_types")) == set(layer_types)
    assert recorded.items() >= answers.items() - {
        ("layer_types", answers["layer_types"])
    }


@pytest.mark.parametrize("situation", SITUATIONS.values(), ids=SITUATIONS)
def test_what_is_not_asked_is_refused_with_what_would_open_it(
    template: Path, tmp_path: Path, situation: Answers
) -> None:
    now = interview(template, situation)
    hidden = questions().keys() - now.asked.keys() - DERIVED - SETTABLE_UNASKED
    assert hidden
    for name in hidden:
        answers = situation | {name: now.known[name]}
        opened = answers | opener(refused(template, tmp_path, answers))
        assert accepted(template, opened)[name] == now.known[name]


def opener(message: str) -> Answers:
    """The answers that a refusal asks for, in order to answer a hidden question."""
    wanted: Answers = dict(re.findall(r"(\w+)=(\w+)", message))
    if layer := re.search(r"(\w+)(, \w+)*( or \w+)? among layer_types", message):
        wanted["layer_types"] = list({layer[1], "dense"})
    if taken := re.search(r"(\w+) other than (\w+)", message):
        wanted[taken[1]] = next(c for c in CHOICES[taken[1]] if c != taken[2])
    assert wanted, message
    return wanted


@pytest.mark.parametrize("name", sorted(DERIVED - SETTABLE_UNASKED))
@pytest.mark.parametrize("situation", [{}, EVERYTHING], ids=["quick", "full"])
def test_a_derived_value_is_always_refused_with_what_it_comes_from(
    template: Path, tmp_path: Path, situation: Answers, name: str
) -> None:
    value = interview(template, situation).known[name]
    message = refused(template, tmp_path, situation | {name: value})
    source = re.search(rf"^{name}: is derived from (the data|\w+)", message)
    assert source
    assert source[1] in {"the data", *questions()}


def test_the_only_framework_may_be_named_but_no_other(
    template: Path, tmp_path: Path
) -> None:
    assert accepted(template, {"framework": "optuna"})["framework"] == "optuna"
    assert "optuna" in refused(template, tmp_path, {"framework": "keras_tuner"})


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


def test_no_package_hides_a_module_of_the_language() -> None:
    macros = Environment(loader=FileSystemLoader(TEMPLATE)).get_template(
        "template/macros/reserved.jinja"
    )
    names = {*sys.stdlib_module_names, *keyword.kwlist}
    could_be_packages = {
        name for name in names if re.fullmatch("[a-z][a-z0-9_]*", name)
    }
    assert set(vars(macros.module)["names"]) >= could_be_packages


@pytest.mark.parametrize(
    ("name", "choices"), [*CHOICES.items(), ("setup", ["quick", "full"])]
)
def test_a_choice_that_is_not_there_is_refused_with_those_that_are(
    template: Path, tmp_path: Path, name: str, choices: list[str]
) -> None:
    wrong = ["magic"] if name == "layer_types" else "magic"
    message = refused(template, tmp_path, {"setup": "full"} | {name: wrong})
    assert all(repr(choice) in message for choice in choices)


RANGES = {
    "conv_blocks": ("whole", 1, 20),
    "conv_filters": ("whole", 1, 4096),
    "conv_kernel": ("whole", 1, 31),
    "conv_stride": ("whole", 1, 8),
    "pool_size": ("whole", 2, 16),
    "dense_layers": ("whole", 0, 20),
    "dense_units": ("whole", 1, 65536),
    "dropout_rate": ("real", 0, 0.95),
    "learning_rate": ("real", 1e-8, 10),
    "batch_size": ("whole", 1, 65536),
}
"""From where to where each range may go."""

LISTS = {
    "conv_padding": ["valid", "same"],
    "pool_kind": ["max", "average"],
    "activation": [
        "relu",
        "gelu",
        "tanh",
        "elu",
        "selu",
        "silu",
        "leaky_relu",
        "mish",
        "sigmoid",
    ],
    "optimizer": ["adam", "adamw", "sgd", "rmsprop", "nadam", "adamax", "lion"],
}
"""Out of what each list of names may choose."""


def test_every_range_and_list_can_be_as_wide_as_it_is_said_to_be(
    template: Path,
) -> None:
    ranges = {name: {"low": a, "high": z} for name, (_, a, z) in RANGES.items()}
    ends = {name: [a, z] for name, (_, a, z) in RANGES.items()}
    for answers in (ranges | LISTS, ends):
        assert accepted(template, EVERYTHING | answers).items() >= answers.items()
    asked = interview(template, EVERYTHING).asked.keys()
    assert asked & {*RANGES, *LISTS} == {*RANGES, *LISTS}


@pytest.mark.parametrize("name", RANGES)
def test_beyond_the_ends_of_a_range_the_ends_are_named_in_words_that_are_accepted(
    template: Path, tmp_path: Path, name: str
) -> None:
    kind, least, most = RANGES[name]
    for beyond in ([least - 1], {"low": least, "high": most + 1}):
        message = refused(template, tmp_path, EVERYTHING | {name: beyond})
        proposed = re.search(rf"\{{low: .*?\}}(?=.* in {kind} numbers)", message)
        assert proposed
        assert yaml.safe_load(proposed[0]) == {"low": least, "high": most}


def cells(table: str) -> list[str]:
    """The values in a table, as they are given to `--data`."""
    return re.split(r"\s*[|\n]\s*", table.strip())


WRONG_RANGES = cells("""
    [] | null | 5 | eight | "[8]" | true | {} | !!set {8, 16} | 2020-01-01 | &a [*a]
    {low: 8} | {high: 8} | {8: 16} | {low: 16, high: 8} | {low: 8, high: null}
    {low: "8", high: 16} | {low: [8], high: 16} | {low: true, high: 16}
    {low: 8, high: .inf} | {low: .nan, high: 16} | {low: 8, high: 16, size: 2}
    {low: 8, high: 16, log: 1} | {low: 8, high: 16, log: null}
    {low: 8, high: 16, step: 2, log: true} | {low: 8, high: 16, step: 0}
    {low: 8, high: 16, step: -1} | {low: 8, high: 16, step: 3}
    {low: 8, high: 16, step: 16} | {low: 8, high: 16, step: 0.5}
    {low: 8, high: 16, step: null} | {low: 8, high: 16, step: true}
    [8, 8] | [8, [16]] | [[]] | [null] | [true] | [8.0] | [eight] | ["8"] | [8e1] | [.nan]
    [99999999999999999999999999] | [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13] | [.inf]
    !!binary AQI=
""")
WRONG_REAL_RANGES = cells("""
    {low: 0, high: 0.5, log: true} | {low: 0, high: 0.5, step: 0.2}
    {low: 0, high: 0.5, step: 0.6} | {low: 0, high: 0.5, step: 1.0e-7}
    {low: 0, high: 0.5, step: 5.0e-324} | {low: 0, high: 0.5, step: .nan}
    {low: 0, high: 0.5, step: 1e-4} | {low: 1e-4, high: 0.5} | [1e-4] | [0, -0.0] | [.nan]
""")
WRONG_LISTS = cells("""
    [] | null | 5 | valid | "[valid]" | true | {valid: 1} | [valid, valid] | [[valid]]
    [null] | [Valid] | [valid, same, none] | !!binary AQI=
""")
WRONG_WHOLE_NUMBERS = cells("""
    0 | -1 | 1000001 | 20.0 | 5.7 | 1e3 | .nan | nan | .inf | true | null | ten | [1]
    {low: 1} | \u0663
""")
WRONG_SHARES = cells("""
    1.5 | -0.1 | .nan | nan | .inf | true | null | half | 1e-4 | [0.5] | {low: 0.5}
""")
WRONG_IMAGE_SIZES = cells("""
    [] | null | 64 | "64, 64, 3" | [64, 64] | [64, 64, 3, 1] | [64, 64, 2] | [64, 64, 4]
    [3, 64, 1] | [64, 4097, 1] | [64.0, 64, 3] | [64, 64, 3.0] | [true, 64, 3]
    [64, 64, true] | ["64", 64, 3] | [[64, 64, 3]] | [64, 64, null] | [.nan, 64, 3]
    {height: 64, width: 64, channels: 3} | !!binary QEAD
""")
WRONG_PACKAGES = [
    *(
        "",
        "A",
        "1a",
        "_a",
        "a-b",
        "a b",
        "a\n",
        "\u00e4",
        "a.b",
        "../a",
        "a/b",
        "a" * 41,
    ),
    *("\u0661a", "a\u0661", "{{ 1 }}", "~", ".git"),
]
TAKEN_PACKAGES = ["class", "match", "json", "test", "tests", "runs", "keras", "pil"]
NO_MODELS = cells("[] | [pooling] | [pooling, batch_norm, dropout, global_pooling]")

WRONG: list[tuple[str, Any, str]] = [
    *(("conv_filters", value, "write {low: 1, high: 4096}") for value in WRONG_RANGES),
    *(
        ("dropout_rate", value, "write {low: 0, high: 0.95}")
        for value in WRONG_REAL_RANGES
    ),
    *(
        ("conv_padding", value, "one or more of valid, same, each once")
        for value in WRONG_LISTS
    ),
    *(
        ("trials", value, "whole number from 1 to 1000000")
        for value in WRONG_WHOLE_NUMBERS
    ),
    *(
        ("weights_threshold", value, "real number from 0 to 1")
        for value in WRONG_SHARES
    ),
    *(
        ("image_size", value, "[height, width, channels]")
        for value in WRONG_IMAGE_SIZES
    ),
    *(
        ("package_name", value, "1 to 40 lower-case letters")
        for value in WRONG_PACKAGES
    ),
    *(("package_name", value, "choose another") for value in TAKEN_PACKAGES),
    *(
        ("layer_types", value, "one of conv, separable_conv and dense")
        for value in NO_MODELS
    ),
    # What a program or a data file may give, and `--data` may not.
    ("trials", True, "whole number from 1 to 1000000"),
    ("trials", 5.7, "whole number from 1 to 1000000"),
    ("trials", 10**400, "whole number from 1 to 1000000"),
    ("epochs", 0, "whole number from 1 to 100000"),
    ("epochs", 100001, "whole number from 1 to 100000"),
    ("patience", 0, "whole number from 1 to 100000"),
    ("patience", 100001, "whole number from 1 to 100000"),
    ("weights_threshold", True, "real number from 0 to 1"),
    ("image_size", (64, 64, 3), "[height, width, channels]"),
    ("conv_filters", (8, 16), "write {low: 1, high: 4096}"),
    ("conv_padding", ("valid",), "one or more of valid, same, each once"),
]


@pytest.mark.parametrize(("name", "answer", "allowed"), WRONG)
def test_a_wrong_answer_is_refused_with_what_is_allowed(
    template: Path, tmp_path: Path, name: str, answer: Any, allowed: str
) -> None:
    message = refused(template, tmp_path, EVERYTHING | {name: answer})
    assert message.startswith(f"{name}: ")
    assert allowed in message


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        *(("conv_filters", text) for text in cells("{low: 8 | !!python/name:int | [8")),
        *(("layer_types", wrong) for wrong in ("conv", "5", 5, None)),
        ("project_name", ["Digit Study"]),
        ("trials", "9" * 5000),
    ],
)
def test_what_is_not_even_of_its_type_is_refused(
    template: Path, tmp_path: Path, name: str, answer: Any
) -> None:
    refused(template, tmp_path, EVERYTHING | {name: answer})


@pytest.mark.parametrize("text", ["1e-4", "1E-4", "1.5e4"])
def test_a_number_that_yaml_reads_as_text_is_explained(
    template: Path, tmp_path: Path, text: str
) -> None:
    for answer in (f"[{text}]", f"{{low: {text}, high: 1}}"):
        message = refused(template, tmp_path, EVERYTHING | {"learning_rate": answer})
        assert "write 0.0001 or 1.0e-4" in message


RIGHT: dict[str, list[str]] = {
    "conv_filters": cells("""
        {low: 8, high: 16} | {low: 8, high: 8} | {low: 8, high: 64, step: 8}
        {low: 8, high: 64, log: true} | {low: 8, high: 64, step: 8, log: false} | [8]
        [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12] | [16, 8] | {low: 8, high: 8, step: 5}
    """),
    "dropout_rate": cells("""
        {low: 0, high: 0.5} | {low: 0.1, high: 0.5, step: 0.1} | [0] | [0.1, 0.25] | [-0.0]
        {low: 0.0, high: 0.95, step: 0.05} | {low: 1.0e-4, high: 0.5, log: true}
    """),
    "conv_padding": cells("[same] | [valid, same] | [same, valid]"),
    "trials": cells("1 | 1000000 | +20"),
    "weights_threshold": cells("0 | 1 | 0.5 | -0.0"),
    "image_size": cells("[4, 4, 1] | [4096, 4096, 3] | [32, 48, 3]"),
    "package_name": cells(
        "a | a_1 | classy | x123456789x123456789x123456789x123456789"
    ),
}


@pytest.mark.parametrize("name", RIGHT)
def test_a_right_answer_is_taken_as_it_was_meant(template: Path, name: str) -> None:
    for text in RIGHT[name]:
        taken = accepted(template, EVERYTHING | {name: text})[name]
        assert taken == (text if name == "package_name" else yaml.safe_load(text))


def test_a_loss_may_be_above_one_where_an_accuracy_may_not(
    template: Path, tmp_path: Path
) -> None:
    answers = EVERYTHING | {"weights_threshold": 1.5}
    by_loss = accepted(template, answers | {"objective": "loss"})
    assert by_loss["weights_threshold"] == 1.5
    assert "from 0 to 1" in refused(template, tmp_path, answers)
