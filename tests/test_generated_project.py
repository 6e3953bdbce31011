"""A generated project on its own: its tests pass, and its README tells the truth."""

import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tunewright.questions import choices, questions

from tests.conftest import Render
from tests.interviews import accepted
from tests.often import often
from tests.processes import start
from tests.rendering import Project

VARIANTS: dict[str, dict[str, Any]] = {
    "defaults": {},
    "plain": {"report": False, "framework": "sampler"},
    "everything": {
        "export_formats": ["saved_model", "tflite", "onnx", "optuna"],
        "log_extras": ["csv", "tensorboard"],
        "execution": "workers",
    },
    "pictures": {"data_source": "image_folder", "image_size": [16, 12, 1]},
    "two_objectives": {
        "algorithm": "nsga2",
        "keep_weights": "best",
        "checkpoints": True,
    },
    "silent": {
        "verbosity": "silent",
        "keep_weights": "none",
        "layer_types": ["dense"],
        "objective": "loss",
    },
    "hyperband": {
        "framework": "keras_tuner",
        "verbosity": "debug",
        "checkpoints": True,
    },
    "keras_tuner": {
        "framework": "keras_tuner",
        "algorithm": "grid",
        "keep_weights": "none",
        "verbosity": "silent",
    },
    "search_cv": {"framework": "search_cv", "objective": "loss"},
    "halving": {
        "framework": "search_cv",
        "algorithm": "halving_grid",
        "checkpoints": True,
        "keep_weights": "none",
        "verbosity": "silent",
    },
    "sampler": {"framework": "sampler", "verbosity": "debug", "keep_weights": "best"},
    "grid": {
        "framework": "sampler",
        "algorithm": "grid",
        "keep_weights": "none",
        "objective": "loss",
    },
    "manual": {"framework": "manual", "checkpoints": True},
    "streamed": {"data_source": "image_folder"},
    "readable": {
        "data_source": "image_folder",
        "unreadable_files": "skip",
        "framework": "sampler",
    },
    "sequences": {
        "data_source": "arrays",
        "input_kind": "sequence",
        "task": "regression",
        "framework": "keras_tuner",
        "layer_types": ["conv", "gru"],
    },
    "large": {
        "data_source": "arrays",
        "missing_values": "impute",
        "framework": "sampler",
        "class_weight": True,
        "checkpoints": True,
    },
    "table": {"data_source": "csv", "task": "regression", "framework": "search_cv"},
    "manual_silent": {
        "framework": "manual",
        "keep_weights": "best",
        "verbosity": "silent",
        "data_source": "image_folder",
        "image_size": [16, 12, 1],
    },
}


def files(folder: Path) -> dict[Path, bytes]:
    """What a project consists of."""
    return {p.relative_to(folder): p.read_bytes() for p in folder.rglob("*.*")}


SOME = ["defaults", "everything"]
"""What has tests of its own."""


@pytest.mark.parametrize("name", often(VARIANTS, SOME))
def test_its_own_tests_pass_as_generated(
    name: str, render: Render, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)  # is for the run of this test
    project = render(package_name=f"generated_{name}", **VARIANTS[name])
    tests = start(project, "-p", "no:cacheprovider", module="pytest")
    out, err = tests.communicate()
    assert tests.returncode == 0, out + err
    passed = re.search(r"(\d+) passed", out)
    assert passed and int(passed[1]) >= 5
    assert "skipped" not in out


def console_commands(project: Project) -> list[list[str]]:
    """The commands that the README shows, split as a shell would."""
    return [
        shlex.split(line.removeprefix("$ "), comments=True)
        for line in project.read("README.md").splitlines()
        if line.startswith("$ ")
    ]


def test_the_readme_command_writes_the_same_project_again(
    render: Render, tmp_path: Path
) -> None:
    project = render(
        project_name='It\'s `my` $HOME "study" \\ 研究',
        trials=7,
        search_space="custom",
        conv_filters=[4, 8],
    )
    (command,) = [c for c in console_commands(project) if c[:2] == ["copier", "copy"]]
    assert command[-1] == "FOLDER"
    copier = str(Path(sys.executable).with_name("copier"))
    again = tmp_path / "again"
    subprocess.run(
        [copier, *command[1:-1], "--quiet", str(again)],
        cwd=project.root,
        check=True,
        capture_output=True,
    )
    assert files(again) == files(project.root)


FRAMEWORKS = choices(questions()["framework"])


@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize("parts", [True, False], ids=["all parts", "no part"])
def test_the_readme_commands_are_commands_of_the_project(
    render: Render, framework: str, parts: bool
) -> None:
    formats = ["saved_model", "tflite", "onnx", "optuna"] if parts else []
    project = render(framework=framework, report=parts, export_formats=formats)
    cli = project.load("__main__").cli
    shown = [
        command[3:]
        for command in console_commands(project)
        if command[:3] == ["python", "-m", project.package]
    ]
    commands = {"data", "tune", "trials", "reconstruct"}
    commands |= {"report", "export"} if parts else set()
    assert {command[0] for command in shown} == commands
    told = set(re.findall(r"`(\w+)[^`]*`", project.read("README.md")))
    others = {"show", "studies", "compare"}
    assert told >= others and set(cli.commands) == commands | others
    for name, *words in shown:
        assert cli.commands[name].make_context(name, words).params


@pytest.mark.parametrize("keep_weights", ["all", "none"])
@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_the_answers_that_the_readme_proposes_are_taken(
    template: Path, render: Render, framework: str, keep_weights: str
) -> None:
    project = render(framework=framework, keep_weights=keep_weights)
    text = re.sub(r"\s+", " ", project.read("README.md"))
    updates = re.findall(r"copier update( [^`$]*)", text)
    proposed = [dict(re.findall(r" -d (\w+)=(\w+)", update)) for update in updates]
    assert len(proposed) == (2 if keep_weights == "none" else 1)
    for answers in proposed:
        given = {"framework": framework, "keep_weights": keep_weights} | answers
        for name, answer in answers.items():
            assert str(accepted(template, given)[name]) == answer
