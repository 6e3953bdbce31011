"""Copier's questions, as tests are asked them and answer them."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from copier.errors import CopierError
from tunewright.render import one_line

from tests.plain_copier import Answers, copy

PICTURES: Answers = {
    "setup": "full",
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


TABLES: Answers = {"setup": "full", "data_source": "csv"}
"""Answers after which all is asked that concerns tables."""


CLUSTER: Answers = {"setup": "full", "framework": "optuna", "execution": "cluster"}
"""Answers after which all is asked that concerns several machines."""


OUT_OF_MEMORY: Answers = {
    "setup": "full",
    "data_source": "arrays",
    "data_fits_in_memory": False,
}
"""Answers that rule out a framework."""


HYPERBAND: Answers = {
    "setup": "full",
    "framework": "keras_tuner",
    "algorithm": "hyperband",
}
"""Answers that rule out a cluster."""


def opening(name: str) -> Answers:
    """Answers after which a question is asked."""
    return SEQUENCES if name.startswith("rnn_") else PICTURES


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
