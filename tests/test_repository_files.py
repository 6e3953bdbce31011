"""What a project's repository has beside the project, by answer."""

import configparser
import json
import tomllib
import zipfile
from email import message_from_bytes

import pytest
import yaml
from tunewright.questions import choices, questions

from tests.conftest import Render
from tests.installed import build

LICENSES = [name for name in choices(questions()["license"]) if name != "none"]
FILES = {
    "editorconfig": ".editorconfig",
    "pre_commit": ".pre-commit-config.yaml",
    "dev_container": ".devcontainer/devcontainer.json",
}


def test_by_default_there_is_none(render: Render) -> None:
    project = render()
    assert "license" not in tomllib.loads(project.read("pyproject.toml"))["project"]
    for name in ("LICENSE", *FILES.values()):
        assert not (project.root / name).exists()


@pytest.mark.parametrize("name", LICENSES)
def test_a_license_is_in_the_wheel_and_named_there(name: str, render: Render) -> None:
    project = render(project_name="Größe: {{ 1 }}", license=name)
    text = project.read("LICENSE")
    assert name == "Apache-2.0" or "the authors of Größe: {{ 1 }}\n" in text
    with zipfile.ZipFile(build(project.root, "wheel")) as wheel:
        files = {path.split("/", 1)[1]: path for path in wheel.namelist()}
        metadata = message_from_bytes(wheel.read(files["METADATA"]))
        assert metadata["License-Expression"] == name
        assert wheel.read(files["licenses/LICENSE"]).decode() == text


def test_each_extra_is_a_file_of_its_own(render: Render) -> None:
    assert [*FILES] == choices(questions()["repository_extras"])
    for extra, name in FILES.items():
        root = render(repository_extras=[extra]).root
        there = {other for other in FILES.values() if (root / other).exists()}
        assert there == {name}


def test_the_extras_say_what_the_project_is(render: Render) -> None:
    project = render(project_name='A "b" \\ ä', repository_extras=[*FILES])
    container = json.loads(project.read(FILES["dev_container"]))
    assert container["name"] == 'A "b" \\ ä'
    hooks = yaml.safe_load(project.read(FILES["pre_commit"]))["repos"]
    assert {hook["id"] for one in hooks for hook in one["hooks"]} == {
        "ruff-check",
        "black",
    }
    editors = configparser.ConfigParser()
    editors.read_string("[root]\n" + project.read(FILES["editorconfig"]))
    assert dict(editors["*"])["end_of_line"] == "lf"
