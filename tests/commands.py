"""The `tunewright` command in tests: what it did, and that it refused."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from tests.rendering import Ran

Run = Callable[..., Ran]


def answers_of(project: Path) -> Any:
    """What a project's answers file holds."""
    return yaml.safe_load((project / ".copier-answers.yml").read_text("utf-8"))


def refused(ran: Ran, *words: str) -> str:
    """Make sure that a command was refused in one line with these words in it."""
    assert ran.status == 2, ran
    assert ran.out == ""
    assert ran.err.startswith("error: ")
    assert ran.err.endswith("\n")
    line = ran.err.removesuffix("\n")
    assert line.isprintable()
    for word in words:
        assert word in line
    return line
