"""What GitHub runs in a generated project: it is valid, and passes as generated."""

import os
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.specifiers import SpecifierSet

from tests.conftest import Render
from tests.rendering import Project

WORKFLOW = ".github/workflows/ci.yml"
TABLE: dict[str, Any] = {
    "framework": "sampler",
    "data_source": "csv",
    "data_path": "/nowhere/data.csv",
    "layer_types": ["dense"],
}
"""Data of one's own, which GitHub does not have."""


def commands(project: Project) -> list[str]:
    """What the workflow's one job runs."""
    [job] = yaml.safe_load(project.read(WORKFLOW))["jobs"].values()
    return [step["run"] for step in job["steps"] if "run" in step]


@pytest.mark.matrix
def test_every_command_succeeds_in_order(render: Render) -> None:
    project = render(ci="github", **TABLE)
    # As GitHub runs them; but what pip would install has to be here, in these versions.
    bin_folder = Path(sys.executable).parent
    environment = os.environ | {
        "PATH": f"{bin_folder}:{os.environ['PATH']}",
        "PIP_DRY_RUN": "1",
        "PIP_NO_BUILD_ISOLATION": "0",  # so it is spelt: there is none
        "PIP_NO_INDEX": "1",
        "PYTEST_ADDOPTS": "-p no:cacheprovider",
    }
    said = []
    for command in commands(project):
        ran = subprocess.run(
            ["bash", "-e", "-c", command],
            cwd=project.root,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert ran.returncode == 0, ran.stdout + ran.stderr
        said.append(ran.stdout)
    installed, tested = said
    name = project.package.replace("_", "-")
    assert f"Would install {name}-0.1.0" in installed
    assert "passed" in tested and "skipped" not in tested


@pytest.mark.parametrize("algorithm", ["tpe", "gp"])
def test_a_workflow_meets_its_schema(render: Render, algorithm: str) -> None:
    project = render(ci="github", algorithm=algorithm)
    command = ["check_jsonschema", "--builtin-schema", "vendor.github-workflows"]
    ran = subprocess.run(
        [sys.executable, "-m", *command, str(project.root / WORKFLOW)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_pytorch_comes_first_and_without_cuda_where_it_is_needed(
    render: Render,
) -> None:
    plain = commands(render(ci="github"))
    first, *rest = commands(project := render(ci="github", algorithm="gp"))
    assert rest == plain
    needed = tomllib.loads(project.read("pyproject.toml"))["project"]["dependencies"]
    [torch] = [line for line in needed if line.startswith("torch")]
    assert first == (
        f'pip install "{torch}" --index-url https://download.pytorch.org/whl/cpu'
    )


def test_it_runs_on_the_versions_that_the_project_is_for(render: Render) -> None:
    project = render(ci="github")
    [job] = yaml.safe_load(project.read(WORKFLOW))["jobs"].values()
    versions = job["strategy"]["matrix"]["python"]
    requires = tomllib.loads(project.read("pyproject.toml"))["project"]
    supported = SpecifierSet(requires["requires-python"])
    minors = [f"3.{minor}" for minor in range(20)]
    assert versions[0] == next(minor for minor in minors if minor in supported)
    first = minors.index(versions[0])
    assert versions == minors[first : first + len(versions)]


def test_it_is_there_and_in_the_readme_only_if_chosen(render: Render) -> None:
    for chosen in (False, True):
        project = render(**({"ci": "github"} if chosen else {"ci": "none"}))
        assert (project.root / ".github").exists() == chosen
        assert (WORKFLOW in project.read("README.md")) == chosen
