"""What `docs/extending.md` says of a new layer type, done as it stands there."""

import ast
import json
import re
import shlex
import shutil
from pathlib import Path
from typing import Any

import jinja2
import pytest
from tunewright.fast.renderer import Renderer
from tunewright.questions import TEMPLATE, choices, questions
from tunewright.render import render

from tests.commands import Run
from tests.formatting import is_formatted
from tests.often import often
from tests.pages import blocks, follow, holds
from tests.rendering import Project

PAGE = (TEMPLATE / "docs" / "extending.md").read_text("utf-8")
FRAMEWORKS = choices(questions()["framework"])


BLOCKS = blocks(PAGE)
FILES = [block for block in BLOCKS if block.language == "jinja"]
LINES = [block for block in BLOCKS if block.language == "diff"]
LAYERS = [Path(block.path).stem for block in FILES]
"""The layer types that the page adds."""

CLASSES = {
    name for block in FILES for name in re.findall(r"= layers\.(\w+)", block.text)
}
"""The Keras classes that they are."""


@pytest.fixture(scope="module")
def extended(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the template with each file and line that the page adds."""
    root = tmp_path_factory.mktemp("extended") / "template"
    shutil.copytree(template, root)
    follow(BLOCKS, root)
    return root


def answers(**others: Any) -> dict[str, Any]:
    """Answers that choose all layers which the page adds, among others."""
    return {"setup": "full", "layer_types": [*LAYERS, "conv", "dense"]} | others


def test_a_layer_takes_one_file_and_one_line() -> None:
    headings = re.findall(r"^## Example: `(\w+)`$", PAGE, re.MULTILINE)
    assert headings == LAYERS != []
    for block, name in zip(FILES, LAYERS, strict=True):
        assert block.path == f"template/layers/{name}.jinja"
    for block, name in zip(LINES, LAYERS, strict=True):
        assert block.path == "template/layers/choices.jinja"
        assert f"+  ['{name}', " in block.text


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_every_framework_has_the_layers(
    framework: str, extended: Path, tmp_path: Path
) -> None:
    render(tmp_path, answers(framework=framework), template=extended)
    check_model(tmp_path)


def test_every_kind_of_input_has_the_layers(extended: Path, tmp_path: Path) -> None:
    renderer = Renderer(extended)
    for framework in FRAMEWORKS:
        for kind in choices(questions()["input_kind"]):
            root = tmp_path / f"{framework}_{kind}"
            given = answers(framework=framework, input_kind=kind)
            renderer.render(root, given | {"layer_types": [*LAYERS, "dense"]})
            check_model(root)


def check_model(root: Path) -> None:
    """See that a project's model has the layers, in clean code."""
    [path] = root.glob("*/model.py")
    code = path.read_text("utf-8")
    used = {n.attr for n in ast.walk(ast.parse(code)) if isinstance(n, ast.Attribute)}
    assert used >= CLASSES
    assert is_formatted(code)


def test_the_code_that_is_shown_is_what_is_rendered(extended: Path, run: Run) -> None:
    code, shown = "", 0
    for block in BLOCKS:
        if block.language == "console":
            program, *words = shlex.split(block.text.removeprefix("$ "))
            assert program == "tunewright"
            ran = run(*words, "--template", extended)
            assert ran.status == 0, ran.err
            code, shown = ran.out, shown + 1
        elif block.language == "python":
            assert holds(code, block.text), block.text
    assert shown >= len(LAYERS)


@pytest.mark.parametrize("framework", often(["optuna", "sampler"], ["optuna"]))
def test_the_layers_are_trained_and_rebuilt(
    framework: str, extended: Path, tmp_path: Path
) -> None:
    package = f"{framework}_extended"
    given = answers(framework=framework, package_name=package)
    render(tmp_path, given, template=extended)
    project = Project(tmp_path, package)
    with_all: list[int] = []
    # Two trials, and more only where chance left a layer out of both.
    for trials in range(2, 12):
        tuned = project.run("tune", "--trials", str(trials), "--epochs", "1")
        assert tuned.status == 0, tuned.err
        records = json.loads(project.run("trials", "--json").out)
        assert [record["error"] for record in records] == [None] * trials
        with_all = [record["number"] for record in records if has_all(record["params"])]
        if with_all:
            break
    assert with_all
    rebuilt = project.run("reconstruct", str(with_all[0]))
    assert rebuilt.status == 0, rebuilt.err
    assert "It scores as logged" in rebuilt.out


def has_all(params: dict[str, Any]) -> bool:
    """Return whether the model of a trial has each of the layers, at least once."""
    on = [name for name, value in params.items() if value is True]
    return all(any(name.endswith(layer) for name in on) for layer in LAYERS)


def test_the_page_has_every_role() -> None:
    loader = jinja2.FileSystemLoader(TEMPLATE)
    environment = jinja2.Environment(loader=loader, undefined=jinja2.StrictUndefined)
    known = environment.get_template("template/layers/choices.jinja")
    roles = vars(known.make_module({"input_kind": "image"}))["roles"]
    named = re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE)
    assert sorted(named) == sorted(set(roles.values()))


def test_what_the_page_names_is_there() -> None:
    named = {*re.findall(r"`((?:template|tests)/[^`]+)`", PAGE)}
    assert len(named) > 10
    examples = {"<kind>": "image", "<task>": "regression"}
    for name in named - {block.path for block in FILES}:
        for placeholder, example in examples.items():
            name = name.replace(placeholder, example)
        assert (TEMPLATE / name).exists(), name
