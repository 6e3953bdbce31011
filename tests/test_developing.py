"""What `docs/developing.md` says of a data source and a tracker, done as it stands there."""

import json
import re
import shlex
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sklearn.datasets import load_diabetes, load_wine
from tunewright.fast.renderer import Renderer
from tunewright.questions import TEMPLATE, choices, questions
from tunewright.render import render

from tests.commands import Run
from tests.formatting import is_formatted
from tests.often import often
from tests.pages import blocks, follow, holds
from tests.processes import start
from tests.rendering import Project

PAGE = (TEMPLATE / "docs" / "developing.md").read_text("utf-8")
EXAMPLES = PAGE[PAGE.index("\n## Example") : PAGE.index("\n## Add a framework")]
BLOCKS = blocks(EXAMPLES)
FILES = [block.path for block in BLOCKS if block.language == "jinja"]
LINES = [block.path for block in BLOCKS if block.language == "diff"]
ANSWERS: dict[str, Any] = {
    "setup": "full",
    "data_source": "sqlite",
    "log_extras": ["csv", "jsonl"],
}
BIN = Path(sys.executable).parent


@pytest.fixture(scope="module")
def extended(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the template with what the page adds."""
    root = tmp_path_factory.mktemp("extended") / "template"
    shutil.copytree(template, root)
    follow(BLOCKS, root)
    return root


def write_database(path: Path, task: str) -> None:
    """Write wines, or patients with diabetes, into the table that the page speaks of."""
    data = load_wine() if task == "classification" else load_diabetes()
    columns = ", ".join(f'"{name}"' for name in [*data.feature_names, "target"])
    marks = ", ".join("?" * (data.data.shape[1] + 1))
    rows = [
        [*map(float, x), y]
        for x, y in zip(data.data, data.target.tolist(), strict=True)
    ]
    with closing(sqlite3.connect(path)) as database:
        database.execute(f"CREATE TABLE samples ({columns})")
        database.executemany(f"INSERT INTO samples VALUES ({marks})", rows)
        database.commit()


def test_a_data_source_is_one_folder_and_a_tracker_one_file() -> None:
    folder = {path for path in FILES if path.startswith("template/data/sqlite/")}
    [tracker] = set(FILES) - folder
    assert "/tracking" in tracker.replace("{% if log_extras %}", "").replace(
        "{% endif %}", ""
    )
    names = {Path(path).name for path in folder}
    others = [TEMPLATE / "template/data" / source for source in ("csv", "arrays")]
    assert names == set.intersection(
        *({path.name for path in folder.iterdir()} for folder in others)
    )
    assert LINES == ["template/questions/data.yml", "template/questions/logging.yml"]


def test_every_framework_has_both(extended: Path, tmp_path: Path) -> None:
    renderer = Renderer(extended)
    for framework in choices(questions()["framework"]):
        for task in choices(questions()["task"]):
            root = tmp_path / f"{framework}_{task}"
            renderer.render(root, ANSWERS | {"framework": framework, "task": task})
            for path in root.rglob("*.py"):
                code = path.read_text("utf-8")
                assert is_formatted(code), path
            assert "database.py" in {path.name for path in root.rglob("*.py")}
            readme = (root / "README.md").read_text("utf-8")
            assert "trials.jsonl" in readme
            assert "table `samples` of `data.db`" in readme
    ruff = subprocess.run(
        [BIN / "ruff", "check", "--no-cache", tmp_path],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ruff.returncode == 0, ruff.stdout


def test_the_code_that_is_shown_is_what_is_rendered(extended: Path, run: Run) -> None:
    code, shown = "", 0
    for block in BLOCKS:
        if block.language == "console":
            program, *words = shlex.split(block.text.removeprefix("$ "))
            assert program == "tunewright"
            ran = run(*words, "--template", extended)
            assert ran.status == 0, ran.err
            code, shown = ran.out, shown + 1
        elif block.language == "python":
            assert holds(code, block.text), block.text
    assert shown == 2


@pytest.mark.parametrize(
    "task", often(["classification", "regression"], ["regression"])
)
def test_the_rows_are_tuned_on_and_the_records_are_tracked(
    task: str, extended: Path, tmp_path: Path
) -> None:
    package = f"sqlite_{task}"
    render(
        tmp_path, ANSWERS | {"task": task, "package_name": package}, template=extended
    )
    project = Project(tmp_path, package)
    missing = project.run("tune", "--trials", "2", "--epochs", "1")
    assert missing.status == 2
    assert re.fullmatch(r"error: .*data\.db is not a file; .*\n", missing.err)
    write_database(tmp_path / "data.db", task)
    tuned = project.run("tune", "--trials", "2", "--epochs", "1")
    assert tuned.status == 0, tuned.err
    records = project.records()
    lines = (tmp_path / "runs/default/trials.jsonl").read_text("utf-8").splitlines()
    assert [json.loads(line) for line in lines] == records
    assert [record["error"] for record in records] == [None, None]
    rebuilt = project.run("reconstruct", "best")
    assert rebuilt.status == 0, rebuilt.err
    assert "It scores as logged" in rebuilt.out


@pytest.mark.matrix
def test_such_a_project_is_typed_and_passes_its_own_tests(
    extended: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)  # is for the run of this test
    render(tmp_path, ANSWERS | {"package_name": "sqlite_own"}, template=extended)
    project = Project(tmp_path, "sqlite_own")
    for module, words in (("mypy", ["."]), ("pytest", ["-p", "no:cacheprovider"])):
        command = start(project, *words, module=module)
        out, err = command.communicate()
        assert command.returncode == 0, out + err
