"""What the projects of a comparison need, and whether this Python has it."""

import importlib.metadata
import importlib.util
import shlex
import tomllib
from collections.abc import Iterable
from pathlib import Path

from packaging.requirements import Requirement

from ..errors import UserError

CHART = "matplotlib>=3.10"

OTHER_NAMES = {"tensorflow": ("tensorflow-cpu", "tensorflow-intel", "tf-nightly")}
"""Under which else a package may be installed."""


def require_chart() -> None:
    """Make sure that a chart can be drawn.

    Raises:
        UserError: It cannot.
    """
    if importlib.util.find_spec("matplotlib") is None:
        raise UserError(f"the chart needs matplotlib; {_install([CHART])}")


def require_all(projects: Iterable[Path]) -> None:
    """Make sure that all projects can run.

    Raises:
        UserError: A package is missing or too old.
    """
    needed = sorted({text for project in projects for text in _dependencies(project)})
    if missing := [text for text in needed if not _is_there(Requirement(text))]:
        raise UserError(
            f"this Python lacks what the projects need; {_install(missing)}"
        )


def _dependencies(project: Path) -> list[str]:
    settings = tomllib.loads((project / "pyproject.toml").read_text("utf-8"))
    dependencies: list[str] = settings["project"]["dependencies"]
    return dependencies


def _is_there(requirement: Requirement) -> bool:
    for name in (requirement.name, *OTHER_NAMES.get(requirement.name, ())):
        try:
            return requirement.specifier.contains(
                importlib.metadata.version(name), prereleases=True
            )
        except importlib.metadata.PackageNotFoundError:
            continue
    return False


def _install(packages: list[str]) -> str:
    return (
        f"install it first: {shlex.join(['python', '-m', 'pip', 'install', *packages])}"
    )
