"""What the tests of hostile records and hostile weights share."""

import json
from pathlib import Path
from typing import Any

from tests.conftest import Render
from tests.rendering import Project, Ran

EXTRA = {"keras_tuner": "hyperband", "search_cv": "halving_random", "optuna": "nsga2"}
"""The algorithms whose records have the most to say."""


def tuned_project(render: Render, framework: str) -> Project:
    """A project of a framework, with a small study."""
    project = render(
        package_name=f"hostile_{framework}",
        framework=framework,
        epochs=3 if framework == "search_cv" else 1,
        search_space="small",
        layer_types=["conv", "pooling", "dense"],
        **({"algorithm": EXTRA[framework]} if framework in EXTRA else {}),
    )
    assert project.run("tune", "--trials", "2").status == 0
    return project


def record_path(project: Project) -> Path:
    """A trial's record; the trial has its weights."""
    return project.root / "runs" / "default" / "trials" / "trial_0000.json"


def change(project: Project, **fields: Any) -> None:
    """Write other values into a record."""
    path = record_path(project)
    path.write_text(json.dumps(json.loads(path.read_text()) | fields))


def refused(ran: Ran, *named: str) -> None:
    """See that a command ended in one line that says what is wrong."""
    assert ran.status == 2, ran.out
    assert len(ran.err.splitlines()) == 1, ran.err
    assert all(name in ran.err for name in named), ran.err
