"""`tunewright update` in a project of a checkout, and what it refuses."""

import shutil
from pathlib import Path

import pytest

from tests.commands import Run, answers_of, refused
from tests.repositories import commit, files_of, git


@pytest.fixture
def project(run: Run, repository: Path, tmp_path: Path) -> Path:
    """A project in a folder of a git repository, with everything committed."""
    folder = tmp_path / "work" / "project"
    assert run("new", folder, "--template", repository).status == 0
    commit(folder.parent)
    return folder


def test_other_answers_take_effect_and_the_newest_template(
    run: Run, repository: Path, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (repository / "template" / "project" / "NOTES.md").write_text("Later\n")
    commit(repository)
    monkeypatch.chdir(project)
    ran = run("update", "-d", "trials=7")
    assert (ran.status, ran.err) == (0, "")
    assert "Digit Study follows" in ran.out and "conflict:" not in ran.out
    assert answers_of(project)["trials"] == 7
    assert (project / "NOTES.md").read_text() == "Later\n"


def test_a_conflict_in_a_folder_of_the_repository_is_listed(
    run: Run, project: Path
) -> None:
    model = project / "digit_study" / "model.py"
    text = model.read_text("utf-8")
    model.write_text(text.replace("0.1, 0.5)", "0.15, 0.5)"), "utf-8")
    commit(project.parent)
    ran = run("update", project, "-d", "search_space=wide")
    assert (ran.status, ran.err.count("\n")) == (1, 1)
    assert ran.out.splitlines()[-1] == "conflict: digit_study/model.py"


def test_an_answer_that_others_rule_out_is_named(
    run: Run, repository: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "arrays"
    answers = ["data_source=arrays", "framework=search_cv"]
    words = [word for answer in answers for word in ("-d", answer)]
    assert run("new", folder, "--template", repository, *words).status == 0
    commit(folder)
    ran = run("update", folder, "-d", "data_fits_in_memory=false")
    assert ran.status == 0
    assert answers_of(folder)["framework"] == "optuna"
    assert "note: framework was search_cv and is optuna, " in ran.err
    gone = {line for line in ran.out.splitlines() if line.startswith("deleted: ")}
    names = ("candidates.py", "cross_validation.py", "params.py")
    assert gone == {f"deleted: digit_study/{name}" for name in names}


def test_a_template_with_uncommitted_changes_is_warned_of(
    run: Run, repository: Path, project: Path
) -> None:
    (repository / "template" / "project" / "NOTES.md").write_text("Draft\n")
    ran = run("update", project)
    assert ran.status == 0
    assert ran.err.startswith("warning: ") and "uncommitted" in ran.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("-d", "trails=5"), ("'trails'", "did you mean trials?")),
        (("-d", "complexity=low"), ("complexity", "advise=true")),
        (("-d", "setup=full", "-d", "setup=full"), ("setup", "twice")),
    ],
)
def test_an_answer_is_refused(
    words: tuple[str, ...], said: tuple[str, ...], run: Run, project: Path
) -> None:
    refused(run("update", project, *words), *said)
    assert git(project, "status", "--porcelain") == ""


def test_what_cannot_be_updated_is_named(
    run: Run, repository: Path, project: Path, tmp_path: Path
) -> None:
    refused(run("update", tmp_path), str(tmp_path), ".copier-answers.yml")
    refused(run("update", tmp_path / "nowhere"), "nowhere", "a project's folder")
    loose = shutil.copytree(project, tmp_path / "loose")
    refused(run("update", loose), "loose", "git init")

    (project / "mine.py").write_text("")
    refused(run("update", project), "project has changes", "commit or stash")
    (project / "mine.py").unlink()
    before = files_of(project)
    repository.rename(repository.with_name("gone"))
    refused(run("update", project), str(repository))
    assert files_of(project) == before

    for text in ("setup: quick\n", "- 1\n", "setup: [\n"):
        (project / ".copier-answers.yml").write_text(text)
        refused(run("update", project), ".copier-answers.yml")
