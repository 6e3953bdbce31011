"""A project of the version before, with edits and a study, follows to this version."""

import json
import shutil
import subprocess
import tarfile
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from tunewright.questions import TEMPLATE

from tests.plain_copier import copy, update
from tests.processes import start
from tests.rendering import Project
from tests.repositories import commit

BEFORE = "332b726c"
"""The last commit whose projects are one flat folder of modules."""

EDITS = {
    "digit_study/data.py": ("SPLIT_SEED = 0", "SPLIT_SEED = 7"),
    "digit_study/model.py": ('"conv_blocks", 1, 3', '"conv_blocks", 1, 4'),
    "digit_study/search.py": ("reduction_factor=3", "reduction_factor=4"),
}
"""What the project's owner changes, and into what."""


def run(project: Project, *words: str) -> tuple[int | None, str, str]:
    """Run a command of the project."""
    command = start(project, *words)
    out, err = command.communicate()
    return command.returncode, out, err


@pytest.fixture(scope="module")
def updated(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project of the version before with edits and two trials, after its update."""
    history = ["git", "-C", str(TEMPLATE)]
    ask = [*history, "cat-file", "-e", BEFORE]
    if subprocess.run(ask, capture_output=True, check=False).returncode:
        pytest.skip("this clone of the repository has no history")
    folder = tmp_path_factory.mktemp("releases") / "template"
    archive = subprocess.check_output([*history, "archive", BEFORE])
    with tarfile.open(fileobj=BytesIO(archive)) as before:
        before.extractall(folder, filter="data")
    commit(folder, "v1.0.0")
    root = tmp_path_factory.mktemp("before") / "project"
    copy(folder, root, {})
    project = Project(root, "digit_study")
    for name, (old, new) in EDITS.items():
        text = (root / name).read_text()
        assert text.count(old) == 1
        (root / name).write_text(text.replace(old, new))
    commit(root)
    words = ["tune", "--trials", "2", "--epochs", "1", "--in-process"]
    status, out, err = run(project, *words)
    assert status == 0, out + err
    for path in folder.iterdir():
        if path.name != ".git":
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    shutil.copytree(template, folder, dirs_exist_ok=True)
    commit(folder, "v2.0.0")
    update(root, {})
    return project


def test_no_edit_is_lost(updated: Project) -> None:
    for name, (_, new) in EDITS.items():
        assert new in (updated.root / name).read_text()


def test_no_module_of_before_is_left(updated: Project) -> None:
    package = {path.name for path in (updated.root / updated.package).glob("*.py")}
    assert not package & {"settings.py", "training.py", "records.py", "trials.py"}
    assert (updated.root / updated.package / "study" / "log.py").exists()
    assert (updated.root / "runs" / "default" / "trials" / "trial_0001.json").exists()


def resolve(project: Project) -> None:
    """Take the new side of each conflict, as an owner may."""
    for path in project.root.rglob("*.py"):
        text = path.read_text()
        while "<<<<<<<" in text:
            head, _, rest = text.partition("<<<<<<<")
            _, _, rest = rest.partition("=======\n")
            new, _, rest = rest.partition(">>>>>>>")
            text = head + new + rest.partition("\n")[2]
        path.write_text(text)


@pytest.fixture(scope="module")
def resolved(updated: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The same once its owner has resolved what conflicts."""
    root = tmp_path_factory.mktemp("resolved") / "project"
    shutil.copytree(updated.root, root)
    resolve(Project(root, updated.package))
    return Project(root, updated.package)


def test_an_old_study_can_be_listed_and_rebuilt_and_reported(resolved: Project) -> None:
    status, out, err = run(resolved, "trials", "--json")
    assert status == 0, err
    listed: list[dict[str, Any]] = json.loads(out)
    assert sorted(record["number"] for record in listed) == [0, 1]
    # `model.py` has the owner's range and none of its layers has changed.
    for number in ("0", "1"):
        status, out, err = run(resolved, "reconstruct", number)
        assert status == 0, err
        assert "It scores as logged" in out
    status, out, err = run(resolved, "report")
    assert status == 0, err
    assert (resolved.root / "runs" / "default" / "report.html").exists()


def test_an_old_study_is_not_gone_on_with(resolved: Project) -> None:
    study = resolved.root / "runs" / "default"
    before = {path: path.read_bytes() for path in study.rglob("*.*")}
    status, _, err = run(resolved, "tune", "--trials", "3", "--epochs", "1")
    assert status == 2
    assert err.count("\n") == 1
    assert "earlier version" in err and "--study" in err
    assert {path: path.read_bytes() for path in before} == before


def test_a_new_study_is_tuned(resolved: Project) -> None:
    words = ["--trials", "1", "--epochs", "1", "--study", "new"]
    status, _, err = run(resolved, "tune", *words)
    assert status == 0, err
    log = resolved.root / "runs" / "new" / "trials"
    assert json.loads((log / "trial_0000.json").read_text())["state"] == "complete"


def test_a_module_that_has_moved_ends_in_one_line(resolved: Project) -> None:
    data = resolved.root / resolved.package / "data.py"
    text = data.read_text()
    data.write_text("from .settings import SEED  # noqa: F401\n" + text)
    try:
        status, _, err = run(resolved, "tune", "--study", "moved")
        assert status == 2
        assert err.count("\n") == 1
        assert "data.py, line 1" in err and "settings" in err
    finally:
        data.write_text(text)
