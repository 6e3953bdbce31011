"""The answers: what is taken, and what is said to a wrong one."""

import re
from pathlib import Path
from typing import Any
from warnings import catch_warnings

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from optuna.distributions import FloatDistribution
from tunewright.fast.questionnaire import Questionnaire
from tunewright.render import one_line

from tests import interviews
from tests.interviews import (
    PICTURES,
    REFUSALS,
    SEQUENCES,
    accepted,
    interview,
    opening,
    refused,
)
from tests.plain_copier import Answers, copy

RANGES = {
    "conv_blocks": ("whole", 1, 20),
    "conv_filters": ("whole", 1, 4096),
    "conv_kernel": ("whole", 1, 31),
    "conv_stride": ("whole", 1, 8),
    "pool_size": ("whole", 2, 16),
    "rnn_layers": ("whole", 1, 10),
    "rnn_units": ("whole", 1, 4096),
    "dense_layers": ("whole", 0, 20),
    "dense_units": ("whole", 1, 65536),
    "dropout_rate": ("real", 0, 0.95),
    "rotation_factor": ("real", 0.001, 0.5),
    "zoom_factor": ("real", 0.001, 0.9),
    "translation_factor": ("real", 0.001, 0.9),
    "learning_rate": ("real", 1e-8, 10),
    "weight_decay": ("real", 0, 1),
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
    seen = set()
    for situation in (PICTURES, SEQUENCES):
        asked = interview(template, situation).asked.keys() & {*RANGES, *LISTS}
        seen |= asked
        for all_answers in (ranges | LISTS, ends):
            answers = {n: v for n, v in all_answers.items() if n in asked}
            assert accepted(template, situation | answers).items() >= answers.items()
    assert seen == {*RANGES, *LISTS}


@pytest.mark.parametrize("name", RANGES)
def test_beyond_the_ends_of_a_range_the_ends_are_named_in_words_that_are_accepted(
    template: Path, name: str
) -> None:
    kind, least, most = RANGES[name]
    for beyond in ([least - 1], {"low": least, "high": most + 1}):
        message = refused(template, opening(name) | {name: beyond})
        proposed = re.search(rf"\{{low: .*?\}}(?=.* in {kind} numbers)", message)
        assert proposed
        assert yaml.safe_load(proposed[0]) == {"low": least, "high": most}


@pytest.mark.parametrize(
    "answers",
    [
        {"framework": "sampler", "pruner": "median"},
        {"framework": "manual", "execution": "cluster"},
        {"framework": "keras_tuner", "execution": "cluster"},
        {"topics": ["budget"]},
        {"layer_types": ["lstm"]},
        {"monitor": "loss"},
        {"trials": 0},
    ],
    ids=str,
)
def test_copier_says_the_same_and_writes_nothing(
    template: Path, tmp_path: Path, answers: Answers
) -> None:
    """All other tests ask its questions without it."""
    with pytest.raises(REFUSALS) as error:
        copy(template, tmp_path / "project", answers)
    assert one_line(error.value) == refused(template, answers)
    assert list(tmp_path.iterdir()) == []


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
    {low: 0.01, high: 0.1, step: 0.045000000000000005} | {low: 0, high: 0.5, step: 0.4999999999}
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
    *(("package_name", value, "write a-z, 0-9 and _ only") for value in WRONG_PACKAGES),
    *(("package_name", value, "choose another") for value in TAKEN_PACKAGES),
    *(
        ("layer_types", value, "one of conv, separable_conv, dense")
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
    template: Path, name: str, answer: Any, allowed: str
) -> None:
    message = refused(template, opening(name) | {name: answer})
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
    template: Path, name: str, answer: Any
) -> None:
    refused(template, opening(name) | {name: answer})


@pytest.mark.parametrize("text", ["1e-4", "1E-4", "1.5e4"])
def test_a_number_that_yaml_reads_as_text_is_explained(
    template: Path, text: str
) -> None:
    for answer in (f"[{text}]", f"{{low: {text}, high: 1}}"):
        message = refused(template, PICTURES | {"learning_rate": answer})
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
        {low: 0.01, high: 0.1, step: 0.045} | {low: 1.0e-6, high: 2.5e-05, step: 1.2e-5}
    """),
    "conv_padding": cells("[same] | [valid, same] | [same, valid]"),
    "estimator_ranges": cells("""
        {} | {random_forest__max_features: [0.5, 1]}
        {random_forest__n_estimators: {low: 10, high: 90, log: true}, random_forest__max_features: [1]}
        {random_forest__max_features: {low: 0.1, high: 1, step: 0.3}}
    """),
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
        taken = accepted(template, opening(name) | {name: text})[name]
        assert taken == (text if name == "package_name" else yaml.safe_load(text))


@pytest.fixture(scope="module")
def questionnaire(template: Path) -> Questionnaire:
    """The questions, kept."""
    return interviews.questionnaire(template)


@settings(max_examples=300, deadline=None)
@given(
    low=st.integers(1, 50),
    steps=st.integers(1, 60),
    step=st.integers(1, 9),
    digits=st.integers(2, 8),
    is_blurred=st.booleans(),
)
def test_optuna_keeps_the_ends_of_each_range_that_is_taken(
    low: int,
    steps: int,
    step: int,
    digits: int,
    is_blurred: bool,
    questionnaire: Questionnaire,
) -> None:
    ends = [float(f"{n}e-{digits}") for n in (low, low + steps * step, step)]
    if is_blurred:  # as a spreadsheet would reckon it
        ends[2] = (ends[1] - ends[0]) / steps
    answer = dict(zip(["low", "high", "step"], ends, strict=True))
    with catch_warnings(action="always", record=True) as warned:
        FloatDistribution(low=ends[0], high=ends[1], step=ends[2])
    known = questionnaire.complete(PICTURES).answers
    del known["learning_rate"]
    question = questionnaire.questions["learning_rate"]
    assert question.takes(answer, known) == (not warned)
    assert is_blurred or not warned


def test_a_loss_may_be_above_one_where_an_accuracy_may_not(template: Path) -> None:
    answers = PICTURES | {"weights_threshold": 1.5}
    by_loss = accepted(template, answers | {"objective": "loss"})
    assert by_loss["weights_threshold"] == 1.5
    assert "from 0 to 1" in refused(template, answers)
