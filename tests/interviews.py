"""Copier's questions, as tests are asked them and answer them."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from copier.errors import CopierError
from tunewright.fast.questionnaire import Questionnaire
from tunewright.fast.renderer import Renderer
from tunewright.questions import choices, questions
from tunewright.render import one_line

from tests.plain_copier import Answers, copy

EVERY_TOPIC: Answers = {"setup": "full", "topics": choices(questions()["topics"])}
"""Answers after which all is asked that the others give a meaning."""

PICTURES: Answers = EVERY_TOPIC | {
    "data_source": "image_folder",
    "advise": True,
    "framework": "optuna",
    "layer_types": [
        "conv",
        "pooling",
        "dropout",
        "dense",
        "rotation",
        "zoom",
        "translation",
    ],
    "search_space": "custom",
    "keep_weights": "above",
}
"""Answers after which all is asked that concerns pictures of one's own."""

SEQUENCES: Answers = PICTURES | {
    "data_source": "builtin",
    "input_kind": "sequence",
    "layer_types": ["conv", "pooling", "dropout", "dense", "lstm"],
}
"""Answers after which all is asked that concerns sequences which are built in."""


TABLES: Answers = EVERY_TOPIC | {
    "data_source": "csv",
    "split": "group",
    "framework": "search_cv",
}
"""Answers after which all is asked that concerns tables."""


LABELLED: Answers = EVERY_TOPIC | {
    "data_source": "image_folder",
    "labels_from": "table",
    "split": "group",
    "framework": "keras_tuner",
}
"""Answers after which all is asked that concerns pictures with a table of labels."""


ARRAYS: Answers = EVERY_TOPIC | {
    "data_source": "arrays",
    "input_kind": "tabular",
    "pruner": "median",
}
"""Answers after which all is asked that concerns arrays."""


FORESTS: Answers = EVERY_TOPIC | {
    "framework": "optuna",
    "estimators": ["random_forest"],
    "search_space": "custom",
}
"""Answers after which all is asked that concerns models other than Keras's."""


CLUSTER: Answers = EVERY_TOPIC | {"framework": "optuna", "execution": "cluster"}
"""Answers after which all is asked that concerns several machines."""


HYPERBAND: Answers = {"framework": "keras_tuner", "algorithm": "hyperband"}
"""Answers that rule out a cluster."""


def opening(name: str) -> Answers:
    """Answers after which a question is asked."""
    if name == "estimator_ranges":
        return FORESTS
    return SEQUENCES if name.startswith("rnn_") else PICTURES


REFUSALS = (CopierError, TypeError, ValueError)
"""How Copier refuses an answer."""

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


@cache
def renderer(template: Path) -> Renderer:
    """What remembers all that the template made of answers, for all tests."""
    return Renderer(template)


def questionnaire(template: Path) -> Questionnaire:
    """Copier's questions, each of whose conditions is evaluated once for all tests."""
    return renderer(template).questionnaire


def accepted(template: Path, answers: Answers) -> Mapping[str, Any]:
    """Give answers that Copier's questions must take; what they made of them."""
    return questionnaire(template).complete(answers).answers


def refused(template: Path, answers: Answers) -> str:
    """Give answers that Copier's questions must refuse; what they say."""
    with pytest.raises(REFUSALS) as error:
        questionnaire(template).complete(answers)
    return one_line(error.value)
