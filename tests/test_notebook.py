"""The notebook of a project, opened and executed as Jupyter does."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient
from tunewright.questions import choices, questions

from tests.conftest import Render
from tests.often import often
from tests.rendering import Project

FRAMEWORKS = choices(questions()["framework"])
WITHOUT_WEIGHTS = {"manual": {"keep_weights": "none"}}


def notebook_of(project: Project) -> Any:
    """The notebook, which is as nbformat writes it."""
    text = project.read("study.ipynb")
    notebook = nbformat.reads(text, as_version=4)
    nbformat.validate(notebook)
    assert text == nbformat.writes(notebook) + "\n"
    return notebook


def outputs(cell: Any) -> str:
    """What a cell has shown as text."""
    return "".join(output.get("text", "") for output in cell.outputs)


@pytest.mark.parametrize("framework", often(FRAMEWORKS, ["optuna"]))
def test_all_cells_run_in_turn(
    framework: str, render: Render, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers: dict[str, Any] = WITHOUT_WEIGHTS.get(framework, {})
    counts = {} if framework == "manual" else {"trials": 2}
    project = render(
        framework=framework,
        notebook=True,
        package_name=f"{framework}_noted",
        search_space="small",
        epochs=1,
        **answers,
        **counts,
    )
    # The kernel is this Python, whatever else is installed for the person.
    monkeypatch.setenv("JUPYTER_PATH", str(Path(sys.prefix) / "share" / "jupyter"))
    notebook = notebook_of(project)
    client = NotebookClient(
        notebook, timeout=300, resources={"metadata": {"path": str(project.root)}}
    )
    client.execute()
    cells = {cell.id: cell for cell in notebook.cells}

    records = project.records()
    assert len(records) == counts.get("trials", 1)
    noun = "trial" if len(records) == 1 else "trials"
    assert f"has {len(records)} {noun}:" in outputs(cells["search"])
    assert outputs(cells["trials"]).count("complete") == len(records)
    for name in ("history", "curves"):
        if name in cells:
            [figure] = cells[name].outputs
            assert figure.data["application/vnd.plotly.v1+json"]["data"]
    best = outputs(cells["best"])
    assert "validation: {" in best and "test: {" in best


def test_ruff_finds_nothing(render: Render) -> None:
    for framework in FRAMEWORKS:
        root = render(framework=framework, notebook=True).root
        for command in (["check"], ["format", "--check"]):
            words = ["ruff", *command, "--no-cache", str(root / "study.ipynb")]
            ran = subprocess.run(
                [sys.executable, "-m", *words],
                cwd=root,
                capture_output=True,
                text=True,
                env=os.environ,
                check=False,
            )
            assert ran.returncode == 0, ran.stdout


def test_without_it_there_is_none(render: Render) -> None:
    project = render()
    assert not list(project.root.glob("*.ipynb"))
    assert "ipykernel" not in project.read("pyproject.toml")
