"""The interview as a person has it: in a terminal, by keys."""

import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from tunewright.questions import choices, questions

from tests.answer_sets import rendered_text
from tests.interviews import interview
from tests.plain_copier import copy
from tests.reference import by_default, is_asked, offers
from tests.terminals import ENTER, ERASE, in_terminal


def test_every_prompt_fits_a_line_of_80_columns() -> None:
    """Copier cuts what is longer; before it stand a symbol, or a cursor and a mark."""
    for name, question in questions().items():
        if not is_asked(name):
            continue
        for source in choices(questions()["data_source"]):
            known = by_default({"data_source": source})
            prompt = rendered_text(question["help"], known).strip()
            assert len(prompt) + len("    ") <= 80, (name, prompt)
        for _, offered in offers(name):
            for choice in offered:
                assert len(choice) + len(" » ○ ") <= 80, (name, choice)


def test_a_newcomer_presses_enter_and_is_told_the_next_two_commands(
    template: Path, tmp_path: Path
) -> None:
    project = tmp_path / "it's new"
    command = [sys.executable, "-m", "copier", "copy", str(template), str(project)]
    prompts = interview(template, {}).asked.values()
    screen = in_terminal(command, [(prompt.strip(), ENTER) for prompt in prompts])
    said = [shlex.split(line) for line in screen.splitlines() if line[:2] == "  "]
    assert said == [
        ["cd", str(project), *["&&", "python", "-m", "pip", "install", "-e", "."]],
        ["python", "-m", "digit_study", "tune"],
    ]
    subprocess.run([sys.executable, *said[1][1:], "--help"], cwd=project, check=True)


def test_a_mistake_is_asked_again_with_the_reason(
    template: Path, tmp_path: Path
) -> None:
    command = [
        sys.executable,
        "-m",
        "copier",
        "copy",
        str(template),
        str(tmp_path / "p"),
    ]
    name, *others = interview(template, {}).asked.values()
    keys = [(name.strip(), ERASE + ENTER), ("write 1 to 60 char", "Mine" + ENTER)]
    keys += [(prompt.strip(), ENTER) for prompt in others]
    in_terminal(command, keys, columns=80)
    answers = yaml.safe_load(
        (tmp_path / "p" / ".copier-answers.yml").read_text("utf-8")
    )
    assert answers["project_name"] == "Mine"


def test_whoever_brings_pictures_is_told_where_they_go(
    template: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    answers = {"data_source": "image_folder", "data_path": "photos/{{ 1 }}"}
    copy(template, tmp_path / "project", answers, quiet=False)
    assert "Once photos/{{ 1 }} holds" in capsys.readouterr().err
