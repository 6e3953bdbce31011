"""`tunewright new` in a terminal: it asks what Copier asks, where nothing is said."""

import sys
from pathlib import Path

import pytest

from tests.commands import answers_of
from tests.interviews import interview
from tests.terminals import ENTER, ERASE, INTERRUPT, in_terminal


def new(template: Path, project: Path, *words: str) -> list[str]:
    """Return the command."""
    command = [sys.executable, "-m", "tunewright", "new", str(project)]
    return [*command, "--template", str(template), *words]


def test_it_asks_what_copier_asks(template: Path, tmp_path: Path) -> None:
    name, *others = interview(template, {}).asked.values()
    keys = [(name.strip(), ERASE + "Mine" + ENTER)]
    keys += [(prompt.strip(), ENTER) for prompt in others]
    screen = in_terminal(new(template, tmp_path / "project"), keys)
    assert "Mine is ready" in screen
    assert answers_of(tmp_path / "project")["project_name"] == "Mine"


@pytest.mark.parametrize("words", [("--defaults",), ("-d", "setup=full")])
def test_nobody_is_asked_who_has_said_something(
    words: tuple[str, ...], template: Path, tmp_path: Path
) -> None:
    screen = in_terminal(new(template, tmp_path / "project", *words), [])
    name, *_ = interview(template, {}).asked.values()
    assert name.strip() not in screen
    assert "Digit Study is ready" in screen


def test_ctrl_c_leaves_nothing(template: Path, tmp_path: Path) -> None:
    name, *_ = interview(template, {}).asked.values()
    keys = [(name.strip(), INTERRUPT)]
    screen = in_terminal(new(template, tmp_path / "a" / "project"), keys, status=130)
    assert "Traceback" not in screen and "error" not in screen
    assert list(tmp_path.iterdir()) == []
