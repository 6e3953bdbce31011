"""Updates of projects whose owners have edited each file that people edit."""

import ast
from itertools import permutations
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
from tunewright.template import copy_without_git

from tests.commands import Run, answers_of
from tests.often import often
from tests.repositories import commit, files_of, git

Answers = dict[str, Any]

SOURCES = [*permutations(["builtin", "image_folder", "arrays", "csv"], 2)]
KINDS = [*permutations(["image", "sequence", "volume", "tabular"], 2)]
FRAMEWORKS = [
    *permutations(["optuna", "keras_tuner", "search_cv", "sampler", "manual"], 2)
]
TASKS = [*permutations(["classification", "regression"], 2)]


def pairs() -> dict[str, tuple[Answers, Answers]]:
    """Every change of source, kind, task and framework, and others."""
    found: dict[str, tuple[Answers, Answers]] = {}
    data = [("data_source", one) for one in SOURCES]
    data += [("input_kind", one) for one in KINDS]
    for number, (question, (old, new)) in enumerate(data):
        before, after = {question: old}, {question: new}
        if number < len(FRAMEWORKS):
            before["framework"], after["framework"] = FRAMEWORKS[number]
        if question == "input_kind" and number % 3 == 0:
            before["task"], after["task"] = TASKS[number % 2]
        if number % 4 == 0:
            after["package_name"] = "penguins"
        found[f"{number}-{old}-{new}"] = ({"setup": "full"} | before, after)
    return found | {
        "name": ({}, {"package_name": "penguins"}),
        "title": (
            {"notebook": True, "ci": "github", "setup": "full"},
            {"project_name": "Penguins", "package_name": "penguin_study"},
        ),
        "quick": ({"setup": "full", "search_space": "wide"}, {"setup": "quick"}),
        "layers": (
            {"setup": "full"},
            {"layer_types": ["dense"], "objective": "loss", "trials": 7, "epochs": 3},
        ),
        "parts": (
            {"setup": "full", "log_extras": ["csv"], "export_formats": ["onnx"]},
            {"log_extras": [], "export_formats": [], "report": False},
        ),
        "workers": (
            {"setup": "full", "execution": "workers", "checkpoints": True},
            {"execution": "cluster", "checkpoints": False, "keep_weights": "best"},
        ),
    }


PAIRS = pairs()
OFTEN = ["0-builtin-image_folder"]

EDITED = {
    *("model.py", "data.py", "search.py", "train.py", "config.py"),
    *("README.md", "pyproject.toml"),
}
"""What people edit, in the midst; at its end each text of a project is edited."""


def edit(name: str, text: str) -> str:
    """Add lines as an owner may, which are the file's own."""
    path = PurePosixPath(name)
    mark = {".py": "# ", ".md": "", ".toml": "# "}[path.suffix]
    if path.name in EDITED:
        place = "\n\n\n" if path.suffix == ".py" else "\n\n"
        head, blank, tail = text.partition(place)
        text = f"{head}\n{mark}Mine in {path.name}.{blank or place}{tail}"
    return f"{text}\n{mark}Mine at the end of {path.name}.\n"


def added(name: str) -> list[str]:
    """The lines that an owner added to a file."""
    path = PurePosixPath(name)
    inside = [f"Mine in {path.name}."] if path.name in EDITED else []
    return [*inside, f"Mine at the end of {path.name}."]


@pytest.fixture(scope="module")
def tagged(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The template in a repository, with a tag."""
    folder = copy_without_git(template, tmp_path_factory.mktemp("tagged") / "template")
    commit(folder, "v1.0.0")
    return folder


def words(answers: Answers) -> list[str]:
    """Answers as a command line has them."""
    return [word for item in answers.items() for word in ("-d", "{}={}".format(*item))]


def listed(out: str, what: str) -> set[str]:
    """The files that a command lists under a word."""
    lines = [line for line in out.splitlines() if line.startswith(f"{what}: ")]
    return {line.removeprefix(f"{what}: ").split(" (")[0] for line in lines}


@pytest.mark.parametrize("name", often(PAIRS, OFTEN))
def test_nothing_is_lost_and_all_is_named(
    name: str, tagged: Path, run: Run, tmp_path: Path
) -> None:
    old, new = PAIRS[name]
    project = tmp_path / "project"
    ran = run("new", project, "--template", tagged, *words(old))
    assert ran.status == 0, ran.err
    package = answers_of(project)["package_name"]
    renamed = new.get("package_name", package)
    (project / package / "mine.py").write_text(f"import {package}.config\n")
    texts = files_of(project)
    kept = {path for path in texts if path.endswith((".py", ".md", ".toml"))}
    # A package's empty module stays as it is, and is deleted without a word more.
    kept = {path for path in kept if texts[path] and not path.endswith("mine.py")}
    for path in kept:
        (project / path).write_text(edit(path, texts[path]), "utf-8")
    commit(project)
    before = files_of(project)

    ran = run("update", project, *words(new))
    assert ran.status in (0, 1), ran.err
    found = files_of(project)

    def now(path: str) -> str:
        first, slash, rest = path.partition("/")
        return f"{renamed}/{rest}" if slash and first == package else path

    gone = {now(path) for path in before} - found.keys()
    assert listed(ran.out, "deleted, with your edits") == {
        now(path) for path in kept if now(path) in gone
    }
    assert listed(ran.out, "deleted") == gone - {now(path) for path in kept}
    conflicts = {path for path, text in found.items() if "<<<<<<< before" in text}
    assert listed(ran.out, "conflict") == conflicts
    assert ran.status == (1 if conflicts else 0)
    for path in kept:
        if now(path) in gone:
            assert git(project, "show", f"HEAD:{path}") == before[path].strip()
        else:
            text = found[now(path)]
            assert [line for line in added(path) if text.count(line) != 1] == [], path
    for path, text in found.items():
        if path.endswith(".py") and path not in conflicts:
            ast.parse(text)
    assert found[f"{renamed}/mine.py"] == f"import {renamed}.config\n"
    assert answers_of(project).items() >= new.items()
    assert renamed == package or not (project / package).exists()


def test_there_are_thirty() -> None:
    assert len(PAIRS) == 30
