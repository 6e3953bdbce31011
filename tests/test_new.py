"""`tunewright new`: what it writes, and from which template."""

import ast
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from tunewright import options
from tunewright.questions import TEMPLATE

from tests.commands import Run, answers_of, refused
from tests.repositories import commit, files_of, git


def test_new_does_what_plain_copier_does(
    run: Run, template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain, strict = tmp_path / "plain copier", tmp_path / "strict"
    monkeypatch.chdir(tmp_path)
    command = [sys.executable, "-m", "copier", "copy", "--defaults"]
    said = subprocess.run(
        [*command, str(template), plain.name],
        check=True,
        capture_output=True,
        text=True,
    ).stderr
    ran = run("new", strict / plain.name, "--template", template)
    assert (ran.status, ran.err) == (0, "")
    assert files_of(strict / plain.name) == files_of(plain)
    title, empty, *commands = ran.out.strip().splitlines()
    assert "Digit Study is ready" in title
    assert empty == ""
    folder = shlex.quote(str(strict / plain.name))
    shown = ran.out.strip().replace(folder, shlex.quote(plain.name))
    assert said.strip().endswith(shown)
    last = [shlex.split(line)[-1] for line in commands if line[:2] == "  "]
    folder = str(strict / plain.name)
    assert last == [folder, ".venv", ".venv/bin/activate", ".", "tune", "tune"]


def test_new_makes_the_folders_above(run: Run, template: Path, tmp_path: Path) -> None:
    root = tmp_path / "a" / "b" / "project"
    assert run("new", root, "--template", template).status == 0
    for file in root.rglob("*.py"):
        ast.parse(file.read_text("utf-8"))


def test_new_accepts_an_empty_folder(run: Run, template: Path, tmp_path: Path) -> None:
    (tmp_path / "project").mkdir()
    assert run("new", tmp_path / "project", "--template", template).status == 0
    assert (tmp_path / "project" / "pyproject.toml").is_file()


def test_an_answer_is_read_as_its_question_has_it(
    run: Run, template: Path, tmp_path: Path
) -> None:
    given = {
        "project_name": "2024: a = b",
        "setup": "full",
        "trials": "7",
        "layer_types": "[dense, conv]",
        "search_space": "custom",
        "conv_filters": "{low: 8, high: 16, step: 8}",
        "learning_rate": "[0.01, 1.0e-4]",
        "keep_weights": "above",
        "weights_threshold": "0.7",
    }
    words = [f"-d{name}={answer}" for name, answer in given.items()]
    assert run("new", tmp_path / "a", "--template", template, *words).status == 0
    read = answers_of(tmp_path / "a")
    assert read["project_name"] == "2024: a = b"
    assert read["trials"] == 7
    assert read["layer_types"] == ["conv", "dense"]
    assert read["conv_filters"] == {"low": 8, "high": 16, "step": 8}
    assert read["learning_rate"] == [0.01, 0.0001]
    assert read["weights_threshold"] == 0.7


def test_a_projects_answers_file_makes_the_same_project(
    run: Run, template: Path, tmp_path: Path
) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    words = ["-d", "setup=full", "-d", "epochs=3", "-d", "project_name=Über"]
    assert run("new", first, "--template", template, *words).status == 0
    answers = first / ".copier-answers.yml"
    ran = run("new", second, "--template", template, "--data-file", answers)
    assert ran.status == 0
    assert files_of(second) == files_of(first)


def test_an_answer_on_the_command_line_beats_one_in_a_file(
    run: Run, template: Path, tmp_path: Path
) -> None:
    file = tmp_path / "answers.yml"
    file.write_text("\ufeffsetup: full\ntrials: 3\nepochs: 4\n", "utf-8")
    words = ["--data-file", file, "-d", "trials=5"]
    assert run("new", tmp_path / "a", "--template", template, *words).status == 0
    read = answers_of(tmp_path / "a")
    assert (read["trials"], read["epochs"]) == (5, 4)


def test_the_checkout_is_recorded_so_that_an_update_finds_it(
    run: Run, repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(options, "TEMPLATE", repository)
    root = tmp_path / "project"
    ran = run("new", root)
    assert (ran.status, ran.err) == (0, "")
    read = answers_of(root)
    assert read["_src_path"] == str(repository)
    head = git(repository, "rev-parse", "HEAD")
    assert git(repository, "rev-parse", read["_commit"]) == head

    commit(root)
    words = ["--defaults", "--vcs-ref", ":current:", "-d", "project_name=New"]
    subprocess.run(
        [sys.executable, "-m", "copier", "update", *words], cwd=root, check=True
    )
    assert answers_of(root)["project_name"] == "New"


def test_a_checkout_with_uncommitted_changes_is_warned_of(
    run: Run, repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(options, "TEMPLATE", repository)
    (repository / "template" / "project" / "NOTES.md").write_text("Draft\n")
    ran = run("new", tmp_path / "project")
    assert ran.status == 0
    assert ran.err.startswith("warning: ") and ran.err.count("\n") == 1
    assert "uncommitted" in ran.err and "copier update" in ran.err
    assert (tmp_path / "project" / "NOTES.md").read_text() == "Draft\n"


def test_a_checkout_past_its_tag_makes_projects_that_can_be_updated(
    run: Run, repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Copier takes what comes after v1.0.0 for newer, and would refuse to go back."""
    monkeypatch.setattr(options, "TEMPLATE", repository)
    git(repository, "tag", "v1.0.0")
    assert run("new", tmp_path / "at").err == ""
    (repository / "template" / "project" / "NOTES.md").write_text("Later\n")
    commit(repository)
    git(repository, "tag", "v2.0.0rc1")
    ran = run("new", tmp_path / "past")
    assert ran.status == 0
    assert ran.err.startswith("note: ") and ran.err.count("\n") == 1
    assert "v1.0.0" in ran.err and "--vcs-ref HEAD" in ran.err
    assert answers_of(tmp_path / "past")["_commit"] == "v1.0.0"
    commit(tmp_path / "past")
    assert run("update", tmp_path / "past").status == 0

    ran = run("new", tmp_path / "head", "--vcs-ref", "HEAD")
    assert (ran.status, ran.err) == (0, "")
    assert (tmp_path / "head" / "NOTES.md").is_file()


def test_the_program_generates_from_its_own_checkout(run: Run, tmp_path: Path) -> None:
    assert run("new", tmp_path / "project").status == 0
    assert answers_of(tmp_path / "project")["_src_path"] == str(TEMPLATE)


def test_a_template_elsewhere_is_taken_at_its_latest_version(
    run: Run, repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COPIER_CACHE_DIR", str(tmp_path / "cache"))
    git(repository, "tag", "v1.0.0")
    (repository / "template" / "project" / "NOTES.md").write_text("Later\n")
    commit(repository)
    url = f"git+file://{repository}"
    assert run("new", tmp_path / "latest", "--template", url).status == 0
    assert answers_of(tmp_path / "latest")["_commit"] == "v1.0.0"
    ran = run("new", tmp_path / "head", "--template", url, "--vcs-ref", "HEAD")
    assert ran.status == 0
    assert not (tmp_path / "latest" / "NOTES.md").exists()
    assert (tmp_path / "head" / "NOTES.md").is_file()
    ran = run("new", tmp_path / "no", "--template", url, "-d", "trials=0")
    refused(ran, "trials", "from 1 to")
    assert "NOTES.md" in run("preview", "--template", url, "--vcs-ref", "HEAD").out
