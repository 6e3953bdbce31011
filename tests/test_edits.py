"""The edits that people make next: each works in all that a project does, or is refused."""

import ast
import re
import subprocess
import sys
from itertools import chain
from pathlib import Path

import pytest
from tunewright.fast.renderer import Renderer

from tests.conftest import Render
from tests.edits import (
    FRAMEWORKS,
    apply,
    data,
    models,
    ordinary,
    page,
    pictures,
    training,
    values,
)
from tests.edits.following import follow
from tests.formatting import is_formatted
from tests.often import often
from tests.rendering import Project

MODULES = (page, ordinary, values, data, pictures, training, models)
EDITS = [*chain.from_iterable(module.EDITS for module in MODULES)]
BY_NAME = {edit.name: edit for edit in EDITS}
EVERY = [(edit.name, framework) for edit in EDITS for framework in edit.frameworks]
SOME = [
    ("a-hyperparameter-of-training", "optuna"),
    ("block-changed-midway", "manual"),
]
"""What each run makes of them."""


def test_no_two_edits_have_one_name() -> None:
    assert len(BY_NAME) == len(EDITS)


@pytest.mark.parametrize(("name", "framework"), often(EVERY, SOME))
def test_an_edit_works_or_is_refused(
    name: str, framework: str, render: Render, tmp_path: Path
) -> None:
    follow(BY_NAME[name], framework, render, tmp_path)


def test_what_people_want_first_takes_two_files_at_the_most() -> None:
    assert len(page.TEN) == 10
    for title in page.TEN:
        entry = page.ENTRIES[title]
        for framework in FRAMEWORKS:
            assert len(entry.changes(framework)) <= 2, (title, framework)
        assert "optuna" in entry.frameworks


def test_the_table_of_the_page_names_each_entry_and_its_files() -> None:
    rows = re.findall(
        r"^\| \[[^]]+\]\(#([\w-]+)\).* \| (.+) \|$", page.PAGE, re.MULTILINE
    )
    assert [name for name, _ in rows] == [edit.name for edit in page.EDITS]
    for (_, where), entry in zip(rows, page.ENTRIES.values(), strict=True):
        [*names] = re.findall(r"`(\w+\.py)`", where)
        assert set(names) <= set(entry.changes(entry.frameworks[0]))


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_what_the_page_writes_is_clean_in_a_project_of_default_answers(
    framework: str, template: Path, tmp_path: Path
) -> None:
    renderer = Renderer(template)
    kinds = {title: a.get("input_kind") for title, a in page.ANSWERS.items()}
    for title in ("Your own data", "A part that is trained already"):
        kinds[title] = "tabular"
    for title, entry in page.ENTRIES.items():
        if framework not in entry.frameworks:
            continue
        root = tmp_path / page.slug(title)
        kind = {"input_kind": kinds[title]} if kinds.get(title) else {}
        renderer.render(root, {"framework": framework} | kind)
        [main] = root.glob("*/__main__.py")
        project = Project(root, main.parent.name)
        apply(entry.changes(framework), project)
        for name in entry.changes(framework):
            code = project.read(name)
            assert is_formatted(code), (title, name)
    ruff = subprocess.run(
        [Path(sys.executable).with_name("ruff"), "check", "--no-cache", tmp_path],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ruff.returncode == 0, ruff.stdout


def names_in(path: Path) -> set[str]:
    """Return what a module defines, imports or passes by name."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        match node:
            case ast.Name(id=name) | ast.keyword(arg=str(name)) | ast.alias(name=name):
                found.add(name)
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                found.add(name)
    return found


REGRESSION = {"task": "regression", "input_kind": "tabular"}
OTHERS: dict[str, list[dict[str, str]]] = {
    "optuna": [{"algorithm": "nsga2"}, {"execution": "cluster"}],
    "keras_tuner": [{"algorithm": "bayesian"}, {"execution": "workers"}],
    "search_cv": [{"algorithm": "halving_grid"}, {"execution": "cluster"}],
    "sampler": [{"algorithm": "grid"}, {"execution": "workers"}],
    "manual": [],
}
"""Answers that make the files different in which changes are made."""

ELSEWHERE = {"class_weight", "x", "algorithm", "framework"}
"""What Keras, a field of `Split`, and questions are called."""


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_what_a_projects_readme_says_of_changes_is_there(
    framework: str, template: Path, tmp_path: Path
) -> None:
    renderer = Renderer(template)
    for number, others in enumerate([{}, REGRESSION, *OTHERS[framework]]):
        root = tmp_path / str(number)
        renderer.render(root, {"framework": framework} | others)
        [package] = {path.parent for path in root.glob("*/__main__.py")}
        _, _, text = (root / "README.md").read_text("utf-8").partition("## Change it")
        wishes = text.partition("\n\nAfter a change")[0].split("\n- ")[1:]
        assert len(wishes) == 11
        for wish in wishes:
            assert len(wish.splitlines()) <= 2
            said = {*re.findall(r"`(\w+(?:\.py)?)`", wish)} - ELSEWHERE
            files = {name for name in said if name.endswith(".py")} or {"model.py"}
            names = [
                names_in(package / name) for name in {*files, "dataset/__init__.py"}
            ]
            assert {n for n in said - files if n[-1] != "_"} <= set().union(*names)
