"""`docs/guide/index.md`: each question and file that it names is there."""

import re
from pathlib import Path
from typing import Any

import pytest
from markdown_it import MarkdownIt
from tunewright.fast.renderer import Renderer
from tunewright.questions import TEMPLATE, choices, questions

PAGE = (TEMPLATE / "docs" / "guide" / "index.md").read_text("utf-8")
PROJECTS: list[dict[str, Any]] = [
    {"framework": "optuna", "export_formats": ["optuna"], "execution": "workers"},
    {
        "framework": "keras_tuner",
        "log_extras": ["tensorboard"],
        "training_loop": "train_step",
    },
    {"framework": "sampler", "execution": "cluster"},
    {"framework": "search_cv"},
]
"""Some that have all files which the page names, among them."""


def columns() -> list[tuple[str, str]]:
    """Return the questions and the files of each row of the page."""
    found: list[list[str]] = []
    within = False
    for token in MarkdownIt().enable("table").parse(PAGE):
        if token.type == "tr_open":
            found.append([])
        within = token.type == "td_open" or (within and token.type != "td_close")
        if token.type == "inline" and within:
            found[-1].append(token.content)
    return [(row[1], row[2]) for row in found if len(row) == 4]


def code(text: str) -> list[str]:
    """Return what stands in code."""
    return re.findall("`([^`]+)`", text)


ROWS = columns()


def test_the_page_has_every_section_of_the_guide() -> None:
    assert len(ROWS) > 25
    sections = set(re.findall(r"^\| ([\d., ]+):", PAGE, re.MULTILINE))
    named = {one for some in sections for one in some.split(", ")}
    wanted = {"1", "2", "3", "4", "5", "5.1.1", "5.1.2", "5.2", "5.3", "8", "9"}
    assert named >= wanted | {f"6.{n}" for n in range(1, 6)} | {"7.1", "7.2", "7.3"}


@pytest.mark.parametrize("asked", sorted({one for row in ROWS for one in code(row[0])}))
def test_each_question_is_asked(asked: str) -> None:
    name, _, answer = asked.partition(":")
    known = questions()
    if name.startswith("{"):  # the form of a range
        return
    if name == "growth":
        name = "conv_filters"
    assert name in known
    if answer and known[name].get("choices") and not answer.strip().startswith("{"):
        offered = choices(known[name])
        assert {one.strip() for one in answer.strip(" []").split(",")} <= {*offered}


def test_each_file_is_in_a_project(tmp_path: Path) -> None:
    renderer = Renderer(TEMPLATE)
    there: set[str] = set()
    for number, answers in enumerate(PROJECTS):
        root = tmp_path / str(number)
        renderer.render(root, answers)
        [package] = [path.parent for path in root.glob("*/__main__.py")]
        for path in root.rglob("*"):
            near = package if package in path.parents else root
            there.add(path.relative_to(near).as_posix() + "/" * path.is_dir())
    named = {one for row in ROWS for one in code(row[1])}
    assert named
    assert named <= there
