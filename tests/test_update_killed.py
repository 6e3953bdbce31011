"""An update that renames the package, killed or interrupted wherever it may be."""

import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import pytest
from tunewright.__main__ import main
from tunewright.rename_journal import Journal, settle_interrupted

from tests.commands import Run
from tests.often import often
from tests.repositories import commit, files_of, git

ANSWERS = ("-d", "setup=full", "-d", "package_name=penguins")
MODEL = Path("digit_study", "model.py")
POINTS = [*range(1, 31), *range(35, 211, 25)]
"""Of some 210 steps, of which the first 27 rename the package; the last is after all."""


def state(project: Path) -> Any:
    """The branch, the index and all files, those too that git ignores."""
    return (
        git(project, "symbolic-ref", "HEAD"),
        git(project, "rev-parse", "HEAD"),
        git(project, "ls-files", "--stage"),
        git(project, "status", "--porcelain", "--", "."),
        files_of(project),
    )


@pytest.fixture
def project(run: Run, repository: Path, tmp_path: Path) -> Path:
    """A project beside others in a repository, with edits and files of its owner."""
    folder = tmp_path / "work" / "project"
    assert run("new", folder, "--template", repository).status == 0
    text = (folder / MODEL).read_text("utf-8")
    (folder / MODEL).write_text(text.replace("0.1, 0.5)", "0.15, 0.5)"), "utf-8")
    (folder / "digit_study" / "mine.py").write_text("from digit_study import config\n")
    (folder / "digit_study" / "made.pyc").write_text("git ignores it")
    (folder.parent / "other.txt").write_text("Another project's\n")
    commit(folder.parent)
    notes = repository / "template" / "project" / "NOTES.md"
    notes.write_text("A newer template's\n")
    commit(repository)
    return folder


def stop_at(point: int, stop: Callable[[], NoReturn]) -> None:
    """Stop this process at a step of the update, from when its journal begins.

    A step is a program that is about to run, or a file that is about to be written.
    """
    steps = 0
    note, start, write = Journal.note, subprocess.Popen.__init__, Path.write_bytes

    def counted(function: Any) -> Any:
        def run(*words: Any, **options: Any) -> Any:
            nonlocal steps
            steps += bool(steps) or function is note
            if steps == point:
                steps = 10**6
                stop()
            return function(*words, **options)

        return run

    Journal.note = counted(note)  # type: ignore[method-assign]
    subprocess.Popen.__init__ = counted(start)  # type: ignore[method-assign]
    Path.write_bytes = counted(write)  # type: ignore[method-assign]


def update(project: Path, point: int, stop: Callable[[], NoReturn]) -> int:
    """Update in a process of its own, and return how it ended."""
    child = os.fork()
    if not child:
        stop_at(point, stop)
        status = main(["update", str(project), *ANSWERS])
        os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def kill() -> NoReturn:
    """End this process as nothing can prevent."""
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError


def interrupt() -> NoReturn:
    """Do what Ctrl-C does."""
    raise KeyboardInterrupt


@pytest.mark.parametrize("point", often(POINTS, [2, 9, 26, 110]))
def test_the_update_after_a_kill_is_as_if_there_had_been_none(
    point: int, run: Run, project: Path
) -> None:
    before = state(project)
    if ended := update(project, point, kill):
        assert ended == -signal.SIGKILL
        settled = settle_interrupted(project)
        assert settled is None or settled.startswith("an update was interrupted; ")
        assert settle_interrupted(project) is None
    now = state(project)
    if now != before:
        assert point > 150  # all was done but for the branch
        assert now[:2] == before[:2] and "penguins/model.py" in now[-1]
        return
    ran = run("update", project, *ANSWERS)
    assert (ran.status, ran.out.count("conflict: ")) == (0, 0)
    assert state(project)[:2] == before[:2]
    files = files_of(project)
    assert files["penguins/made.pyc"] == "git ignores it"
    assert files["penguins/mine.py"] == "from penguins import config\n"
    assert "0.15, 0.5)" in files["penguins/model.py"]
    assert "NOTES.md" in files and not (project / "digit_study").exists()


@pytest.mark.parametrize("point", often(POINTS, [26, 110]))
def test_an_interrupt_leaves_all_as_it_was(point: int, project: Path) -> None:
    before = state(project)
    assert update(project, point, interrupt) in (0, 130)
    assert settle_interrupted(project) is None
    if (now := state(project)) != before:
        assert point > 150 and "penguins/model.py" in now[-1]
    assert git(project, "stash", "list") == ""


def test_what_somebody_writes_after_a_kill_is_kept(run: Run, project: Path) -> None:
    before = state(project)
    assert update(project, 110, kill) == -signal.SIGKILL
    (project / "penguins" / "thought.txt").write_text("Written since\n")
    ran = run("update", project, *ANSWERS, "-d", "trials=0")  # refused, as it ever was
    assert ran.status == 2
    note, error = ran.err.splitlines()
    assert note.startswith("note: an update was interrupted; ") and "stash" in note
    assert error.startswith("error: ") and "trials" in error
    assert state(project) == before
    stashed = "stash@{0}^3:project/digit_study/thought.txt"
    assert git(project, "show", stashed) == "Written since"


def test_commits_since_are_left_alone(run: Run, project: Path) -> None:
    assert update(project, 110, kill) == -signal.SIGKILL
    commit(project.parent)
    before = state(project)
    ran = run("update", project, *ANSWERS)
    assert (ran.status, ran.err.count("\n")) == (2, 1)
    assert "commits since" in ran.err and "tunewright-rename" in ran.err
    assert state(project) == before


def test_two_updates_do_not_rename_at_once(run: Run, project: Path) -> None:
    first = Journal(project)
    ran = run("update", project, *ANSWERS)
    assert (ran.status, ran.err.count("\n")) == (2, 1)
    assert "another `tunewright update`" in ran.err
    first.remove()
    assert run("update", project, *ANSWERS).status == 0
