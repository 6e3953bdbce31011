"""Updates in repositories whose git is set up as people's often are."""

import shutil
from pathlib import Path

import pytest

from tests.plain_copier import copy, update
from tests.repositories import commit, git

PARTS = {
    "setup": "full",
    "notebook": True,
    "export_formats": ["saved_model", "tflite", "onnx"],
}


@pytest.fixture
def repository(template: Path, tmp_path: Path) -> Path:
    """The template in a repository of its own."""
    folder = Path(shutil.copytree(template, tmp_path / "template"))
    commit(folder)
    return folder


def test_what_a_folder_above_ignores_is_not_lost(
    repository: Path, tmp_path: Path
) -> None:
    """Where a project is one folder of a repository that ignores reports and notebooks."""
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / ".gitignore").write_text("*.html\n*.ipynb\n")
    project = tmp_path / "own" / "study"
    copy(repository, project, PARTS)
    commit(tmp_path / "own")
    update(project, {"trials": 7})
    assert (project / "digit_study" / "report" / "page.html").is_file()
    assert (project / "study.ipynb").is_file()


def test_a_checkout_with_other_line_ends_has_no_conflicts(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = tmp_path / "gitconfig"
    settings.write_text("[core]\n    autocrlf = true\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(settings))
    copy(repository, tmp_path / "made", {})
    commit(tmp_path / "made")
    git(tmp_path, "clone", "--quiet", "made", "project")
    project = tmp_path / "project"
    config = project / "digit_study" / "config.py"
    config.write_text(config.read_text().replace("SEED = 0", "SEED = 3"))
    commit(project)
    update(project, {"trials": 7})
    changed = git(project, "status", "--porcelain").splitlines()
    assert not [line for line in changed if line.startswith("UU")]
    assert "SEED = 3" in config.read_text()
    assert "TRIALS = 7" in config.read_text()


def test_what_the_readme_makes_does_not_keep_from_an_update(
    template: Path, tmp_path: Path
) -> None:
    """For Copier updates no repository with files that are not committed."""
    project = tmp_path / "project"
    copy(template, project, PARTS)
    commit(project)
    for made in (
        *("best.keras", "best.tflite", "best.onnx", "best/saved_model.pb"),
        *("dist/digit_study-0.1.0.tar.gz", "runs/default/report.html"),
    ):
        (project / made).parent.mkdir(parents=True, exist_ok=True)
        (project / made).write_text("made")
    assert git(project, "status", "--porcelain") == ""
