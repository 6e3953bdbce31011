"""The repository that keeps the packaged template, version by version."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tunewright.errors import UserError
from tunewright.packaged import keep

from tests.repositories import git


@pytest.fixture
def template(tmp_path: Path) -> Path:
    """A template of two files."""
    folder = tmp_path / "packaged"
    (folder / "template").mkdir(parents=True)
    (folder / "copier.yml").write_text("_subdirectory: template\n")
    (folder / "template" / "a.ipynb").write_text("a\r\n", newline="")
    return folder


def tags(repository: Path) -> list[str]:
    """All tags that are there."""
    return git(repository, "tag").splitlines()


def test_each_version_is_kept_once(template: Path, tmp_path: Path) -> None:
    repository = tmp_path / "data" / "template"
    assert keep(template, "1.0.0", repository) == "v1.0.0"
    before = git(repository, "rev-parse", "v1.0.0")
    assert keep(template, "1.0.0", repository) == "v1.0.0"
    assert keep(template, "1.1.0", repository) == "v1.1.0"
    assert tags(repository) == ["v1.0.0", "v1.1.0"]
    assert git(repository, "rev-parse", "v1.0.0") == before
    assert git(repository, "describe", "--tags", "v1.1.0") == "v1.1.0"


def test_another_template_of_the_same_version_has_its_own_tag(
    template: Path, tmp_path: Path
) -> None:
    repository = tmp_path / "template"
    keep(template, "1.0.0", repository)
    (template / "template" / "b").write_text("b\n")
    assert keep(template, "1.0.0", repository) == "v1.0.0.post1"
    assert keep(template, "1.0.0", repository) == "v1.0.0.post1"
    (template / "template" / "b").unlink()
    assert keep(template, "1.0.0", repository) == "v1.0.0"


def test_several_processes_may_begin_at_once(template: Path, tmp_path: Path) -> None:
    repository = tmp_path / "data" / "template"
    with ThreadPoolExecutor(8) as pool:
        runs = [pool.submit(keep, template, "1.0.0", repository) for _ in range(8)]
    assert {run.result() for run in runs} == {"v1.0.0"}
    assert tags(repository) == ["v1.0.0"]
    assert list(repository.parent.iterdir()) == [repository]
    git(repository, "fsck", "--strict")


def test_the_files_are_as_they_are_whatever_git_is_told(
    template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a person ignores, converts, signs or is in the middle of."""
    (tmp_path / "ignored").write_text("*.ipynb\n")
    (tmp_path / "config").write_text(
        f"[core]\nexcludesFile = {tmp_path / 'ignored'}\nautocrlf = input\n"
        "[commit]\ngpgSign = true\n[tag]\ngpgSign = true\n"
    )
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "config"))
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "other" / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(tmp_path / "other"))
    compiled = template / "template" / "__pycache__" / "a.pyc"
    compiled.parent.mkdir()
    compiled.write_bytes(b"\0")
    repository = tmp_path / "template"
    keep(template, "1.0.0", repository)
    monkeypatch.delenv("GIT_DIR")
    monkeypatch.delenv("GIT_WORK_TREE")
    files = git(repository, "ls-tree", "-r", "--name-only", "v1.0.0").splitlines()
    assert files == ["copier.yml", "template/a.ipynb"]
    assert git(repository, "cat-file", "-s", "v1.0.0:template/a.ipynb") == "3"


def test_without_git_it_says_so(
    template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(UserError, match="git is not there"):
        keep(template, "1.0.0", tmp_path / "template")
