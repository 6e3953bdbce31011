"""What runs on GitHub: valid, and made of commands that there are."""

import json
import os
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from itertools import chain, product
from pathlib import Path
from typing import Any

import pytest
import yaml
from tunewright.__main__ import get_parser
from tunewright.questions import TEMPLATE

WORKFLOWS = {
    path.stem: yaml.safe_load(path.read_text("utf-8"))
    for path in sorted((TEMPLATE / ".github" / "workflows").glob("*.yml"))
}


def jobs() -> Iterator[tuple[str, dict[str, Any]]]:
    """All jobs, each with its workflow and name."""
    for name, workflow in WORKFLOWS.items():
        for job, details in workflow["jobs"].items():
            yield f"{name}: {job}", details


def commands(first: str) -> list[list[str]]:
    """What the jobs run that begins with a word, once for each row of a matrix."""
    found = []
    for _, job in jobs():
        lines = [
            line.strip()
            for step in job.get("steps", [])
            for line in step.get("run", "").splitlines()
        ]
        for row, template in product(rows(job), lines):
            line = template
            for name, value in row.items():
                line = line.replace(f"${{{{ matrix.{name} }}}}", value)
            if line.startswith(f"{first} "):
                found.append(shlex.split(line))
    return found


def rows(job: dict[str, Any]) -> list[dict[str, str]]:
    """What a job's matrix has, of the names that are lists or stand in `include`."""
    matrix = job.get("strategy", {}).get("matrix", {})
    if "include" in matrix:
        return list(matrix["include"])
    found: list[dict[str, str]] = [{}]
    for name, values in matrix.items():
        if isinstance(values, list):
            found = [{**row, name: str(value)} for row in found for value in values]
    return found


def test_workflows_meet_their_schema() -> None:
    paths = (TEMPLATE / ".github" / "workflows").glob("*.yml")
    command = ["check_jsonschema", "--builtin-schema", "vendor.github-workflows"]
    ran = subprocess.run(
        [sys.executable, "-m", *command, *map(str, paths)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_each_makes_what_the_makefile_has() -> None:
    made = commands("make")
    assert {command[1] for command in made} >= {
        *("test", "check", "venv"),
        *("canary-lowest-direct", "canary-highest"),
    }
    for _, target, *rest in made:
        assert rest == ["PYTHON=python"], "or it takes another Python than was set up"
        ran = subprocess.run(
            ["make", "--dry-run", target],
            cwd=TEMPLATE,
            capture_output=True,
            check=False,
        )
        assert ran.returncode == 0, target


def test_each_runs_commands_that_there_are() -> None:
    parser = get_parser()
    ours = [*commands(".venv/bin/tunewright"), *commands("tunewright")]
    assert len(ours) >= 6
    for _, *words in ours:
        piped = words.index(">") if ">" in words else len(words)
        given = ["answers" if word == "$COVER" else word for word in words[:piped]]
        parser.parse_args(given)
    tests = [
        word for c in commands(".venv/bin/python") + commands("python") for word in c
    ]
    files = [word for word in tests if word.startswith("tests/")]
    assert files and all((TEMPLATE / file).is_file() for file in files)


def test_the_suite_runs_on_each_python_that_is_declared() -> None:
    project = tomllib.loads((TEMPLATE / "pyproject.toml").read_text("utf-8"))["project"]
    declared = [
        c.rpartition(" ")[2] for c in project["classifiers"] if "Python ::" in c
    ]
    assert WORKFLOWS["ci"]["jobs"]["test"]["strategy"]["matrix"]["python"] == declared
    assert project["requires-python"] == f">={declared[0]}"
    oldest, newest = (
        row["python"] for row in rows(WORKFLOWS["weekly"]["jobs"]["canary"])
    )
    assert (oldest, newest) == (declared[0], declared[-1])


def test_none_may_write_or_hang() -> None:
    for name, workflow in WORKFLOWS.items():
        assert workflow["permissions"] == {"contents": "read"}, name
    for name, job in jobs():
        if "uses" in job:
            called = WORKFLOWS[Path(job["uses"]).stem]
            inputs = called[True]["workflow_call"]["inputs"]  # YAML reads `on` as true
            assert job["with"].keys() == inputs.keys(), name
        else:
            assert 0 < job["timeout-minutes"] <= 240, name


@pytest.mark.parametrize("groups", [1, 3])
def test_groups_have_every_variant_once(tmp_path: Path, groups: int) -> None:
    """By the very script of the workflow, with a command that lists seven names."""
    if not shutil.which("jq"):
        pytest.skip("there is no jq, which GitHub's machines have")
    names = [f"optuna-tpe-{number}" for number in range(7)]
    listed = json.dumps([{"name": name, "answers": {}} for name in names])
    command = tmp_path / ".venv" / "bin" / "tunewright"
    command.parent.mkdir(parents=True)
    command.write_text(f"#!/bin/sh\n[ $4 = answers ] && cat <<'.'\n{listed}\n.\n")
    command.chmod(0o755)
    steps = WORKFLOWS["smoke"]["jobs"]["list"]["steps"]
    [script] = [step["run"] for step in steps if step.get("id") == "list"]
    environment = {
        "COVER": "answers",
        "GROUPS_WANTED": str(groups),
        "GITHUB_OUTPUT": str(tmp_path / "output"),
    }
    subprocess.run(
        ["bash", "-e", "-c", script],
        cwd=tmp_path,
        env=os.environ | environment,
        check=True,
    )
    name, _, value = (tmp_path / "output").read_text().partition("=")
    found = [group.split() for group in json.loads(value)]
    assert name == "groups" and len(found) == groups
    assert sorted(chain(*found)) == names
    assert max(map(len, found)) - min(map(len, found)) <= 1
