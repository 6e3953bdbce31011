"""What is declared: from which version on, and alike here and in the projects."""

import importlib.metadata
import os
import tomllib
from collections.abc import Iterable
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.version import Version
from tunewright.questions import TEMPLATE

from tests.conftest import Render

PYPROJECT = tomllib.loads((TEMPLATE / "pyproject.toml").read_text("utf-8"))


def requirements(pyproject: dict[str, Any]) -> list[Requirement]:
    """All that a `pyproject.toml` declares, but for extras of its own."""
    project = pyproject["project"]
    lines = pyproject["build-system"]["requires"] + project["dependencies"]
    for extra in project["optional-dependencies"].values():
        lines = lines + extra
    found = [Requirement(line) for line in lines]
    return [one for one in found if one.name != project["name"]]


def oldest(requirement: Requirement) -> Version | None:
    """The version from which on a requirement is met."""
    for specifier in requirement.specifier:
        if specifier.operator in (">=", "=="):
            return Version(specifier.version.removesuffix(".*"))
    return None


def test_each_says_from_which_version_on() -> None:
    found = requirements(PYPROJECT)
    assert len(found) > 40
    assert [str(one) for one in found if oldest(one) is None] == []


def test_projects_ask_for_what_is_tested_here(render: Render) -> None:
    """Their tests and their build, too; tests/test_rendered_code.py has all else."""
    here = {one.name: one for one in requirements(PYPROJECT)}
    cluster: dict[str, Any] = {"execution": "cluster"}
    others: list[dict[str, Any]] = [{}, {"notebook": True}]
    for answers in (*others, cluster, cluster | {"framework": "sampler"}):
        project = tomllib.loads(render(**answers).read("pyproject.toml"))
        for one in requirements(project):
            assert oldest(one) == oldest(here[one.name]), str(one)


@pytest.mark.skipif(
    os.environ.get("RESOLUTION") != "lowest-direct",
    reason="only `make canary` installs the oldest versions",
)
def test_the_oldest_versions_are_the_ones_that_are_installed() -> None:
    assert list(differing(requirements(PYPROJECT))) == []


def differing(found: Iterable[Requirement]) -> Iterable[str]:
    """What is installed in a later version than the oldest, as precise as that is."""
    for one in found:
        if one.marker and not one.marker.evaluate():
            continue  # it is for another platform
        installed = Version(importlib.metadata.version(one.name))
        bound = oldest(one)
        assert bound is not None
        if installed.release[: len(bound.release)] != bound.release:
            yield f"{one}: {installed} is installed"
