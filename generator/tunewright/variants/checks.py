"""What every project that the template writes must be."""

import ast
import json
import re
import subprocess
import sys
import tomllib
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import chain
from pathlib import Path, PurePosixPath
from typing import Any

import black
import yaml
from black.files import infer_target_version
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

DISTRIBUTIONS = {
    "PIL": "pillow",
    "sklearn": "scikit-learn",
}
"""What to install for a module of another name."""

ALIKE = {"xgboost-cpu": "xgboost"}
"""What is installed for a module in place of the distribution of its name."""

NEEDS = {
    "keras_tuner": {"keras", "six"},
    "BayesianOptimizationOracle": {"scipy"},
    "CmaEsSampler": {"cmaes"},
    "GPSampler": {"scipy", "torch"},
    "QMCSampler": {"scipy"},
}
"""What a name from another module imports in its turn, and leaves to others to install."""

MARKS = re.compile(r"(?<!\$)\{\{|\{[%#]|[%#]\}")
"""What is left of a template that was not rendered; `${{` is GitHub's."""


def has_marks(path: str, text: str) -> bool:
    """Whether something of the template was not rendered.

    A project's HTML page is a template of its own, which the project fills in.
    """
    is_page = PurePosixPath(path).suffix == ".html"
    return bool(MARKS.search(path if is_page else f"{path} {text}"))


def faults_of_text(path: str, text: str) -> list[str]:
    """What is wrong with a file on its own.

    Args:
        path: Where it stands in the project; its suffix says what it is to be.
        text: What it holds.
    """
    found = []
    if not text.endswith("\n") or text.endswith("\n\n") or text.startswith("\n"):
        found.append("it does not begin with a line and end with one")
    if re.search(r"[ \t\r]$", text, re.MULTILINE):
        found.append("there is space at the end of a line")
    suffix = PurePosixPath(path).suffix
    if suffix != ".py" and "\n\n\n" in text:
        found.append("there are two empty lines together")
    try:
        if suffix == ".py":
            with warnings.catch_warnings(action="error"):
                ast.parse(text, path)
        elif suffix == ".toml":
            tomllib.loads(text)
        elif suffix in (".yaml", ".yml"):
            [*yaml.safe_load_all(text)]
        elif suffix in (".ipynb", ".json"):
            json.loads(text)
    except (ValueError, SyntaxError, Warning, yaml.YAMLError) as error:
        found.append(f"{type(error).__name__}: {error}")
    return found


def is_as_black_formats(text: str, pyproject: Mapping[str, Any]) -> bool:
    """Whether Black changes nothing, for the versions of Python that a project names."""
    versions = set(infer_target_version(dict(pyproject)) or ())
    return black.format_str(text, mode=black.Mode(versions)) == text


@dataclass(frozen=True)
class Declared:
    """The distributions that a project declares."""

    for_package: frozenset[str]
    for_tests: frozenset[str]


def declared(pyproject: Mapping[str, Any]) -> Declared:
    """What a project's `pyproject.toml` declares.

    Args:
        pyproject: What it says.
    """
    project = pyproject["project"]
    extras = dict(project["optional-dependencies"])
    for_tests = distributions(extras.pop("test"))
    extras.pop("notebook", None)  # it opens a file rather than being imported
    for_package = distributions(chain(project["dependencies"], *extras.values()))
    return Declared(frozenset(for_package), frozenset(for_tests))


def faults_of_imports(
    files: Mapping[str, str], package: str, known: Declared
) -> list[str]:
    """Where what a project imports and what it declares are not the same.

    Args:
        files: All its files, by path.
        package: Its Python package.
        known: What it declares.
    """
    needed = imports(files, package, package)
    tested = imports(files, "tests", package) - needed
    return [
        f"{where}: {', '.join(sorted(names))} {what}"
        for where, what, names in (
            (package, "is imported and not declared", needed - known.for_package),
            (package, "is declared and not imported", known.for_package - needed),
            ("tests", "is imported and not declared", tested - known.for_tests),
            ("tests", "is declared and not imported", known.for_tests - tested),
        )
        if names
    ]


def imports(files: Mapping[str, str], folder: str, package: str) -> set[str]:
    """The distributions that the Python files in a project's folder import."""
    modules: set[str] = set()
    for path, text in files.items():
        if path.startswith(f"{folder}/") and path.endswith(".py"):
            modules |= imported(text)
    found = modules - sys.stdlib_module_names - {package}
    return {distribution(DISTRIBUTIONS.get(name, name)) for name in found}


@cache
def imported(text: str) -> frozenset[str]:
    """The modules that Python code imports, and those that they need in their turn.

    The backend that Keras is told to take is one of them.
    """
    modules, names = set(), set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            modules |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            modules.add(str(node.module).split(".")[0])
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.Attribute):
            names.add(node.attr)
        elif isinstance(node, ast.Call):
            match node.args:
                case [ast.Constant("KERAS_BACKEND"), ast.Constant(str(backend))]:
                    modules.add(backend)
    return frozenset(modules.union(*(NEEDS.get(name, ()) for name in modules | names)))


def distributions(requirements: Iterable[str]) -> set[str]:
    """What is to be installed, whatever the version."""
    names = (Requirement(line).name for line in requirements)
    return {distribution(ALIKE.get(name, name)) for name in names}


@cache
def distribution(name: str) -> str:
    """A distribution's name in its one normal form."""
    return canonicalize_name(name)


def faults_of_lint(folder: Path) -> list[str]:
    """What Ruff finds in projects, each with its own settings.

    Args:
        folder: Holds the projects.
    """
    command = [sys.executable, "-m", "ruff", "check", "--no-cache", "--quiet"]
    ran = subprocess.run(
        [*command, "--output-format", "concise", str(folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    return [*ran.stdout.splitlines(), *ran.stderr.splitlines()]
