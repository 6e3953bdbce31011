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

Point = tuple[str, int]

ANSWERS = ("-d", "setup=full", "-d", "package_name=penguins")
MODEL = Path("digit_study", "model.py")
POINTS = [
    *((words, 1) for words in ("note folder", "git mv", "ls-files", "git add")),
    *((words, 1) for words in ("write-tree", "commit-tree", "note commit")),
    *((words, 1) for words in ("update-ref", "clone", "apply --reject")),
    *(("write project", number) for number in (1, 4, 10)),
    *(("status --porcelain --ignored", 1), ("note done", 1), ("update-ref", 2)),
    ("diff --name-only --diff-filter=U", 1),
]
"""What is about to happen, and for which time, in the order in which it does but for writes."""

DONE = [("update-ref", 2), ("diff --name-only --diff-filter=U", 1)]
"""All of the update was done by then."""


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


def stop_at(project: Path, point: Point, stop: Callable[[], NoReturn]) -> None:
    """Stop this process before a step of the rename: a program, a file or a note."""
    words, left = point
    begun = False
    note, start, write = Journal.note, subprocess.Popen.__init__, Path.write_bytes

    def step(about: str) -> None:
        nonlocal begun, left
        begun |= about.startswith("note ")
        left -= begun and words in about
        if words in about and left == 0:
            stop()

    def noted(journal: Journal, **facts: Any) -> None:
        step(f"note {' '.join(facts)}")
        note(journal, **facts)

    def started(process: Any, arguments: Any, *others: Any, **options: Any) -> None:
        own = [word for word in arguments if word not in ("-C", str(project))]
        step(" ".join([Path(own[0]).name, *own[1:]]))
        start(process, arguments, *others, **options)

    def written(path: Path, content: Any) -> int:
        if path.is_relative_to(project):
            step("write project")
        return write(path, content)

    Journal.note = noted  # type: ignore[assignment, method-assign]
    subprocess.Popen.__init__ = started  # type: ignore[assignment, method-assign]
    Path.write_bytes = written  # type: ignore[assignment, method-assign]


def update(project: Path, point: Point, stop: Callable[[], NoReturn]) -> int:
    """Update in a process of its own, and return how it ended."""
    child = os.fork()
    if not child:
        stop_at(project, point, stop)
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


@pytest.mark.parametrize(
    "point",
    often(((point,) for point in POINTS), [(("write project", 4),)]),
)
def test_the_update_after_a_kill_is_as_if_there_had_been_none(
    point: Point, run: Run, project: Path
) -> None:
    before = state(project)
    assert update(project, point, kill) == -signal.SIGKILL
    settled = settle_interrupted(project)
    assert (settled is None) == (point == POINTS[-1])
    assert settle_interrupted(project) is None
    now = state(project)
    if point in DONE:
        assert now[:2] == before[:2] and "penguins/model.py" in now[-1]
        git(project, "stash", "push", "--include-untracked")
        assert git(project, "status", "--porcelain") == ""
        return
    assert now == before
    ran = run("update", project, *ANSWERS)
    assert (ran.status, ran.out.count("conflict: ")) == (0, 0)
    assert state(project)[:2] == before[:2]
    files = files_of(project)
    assert files["penguins/made.pyc"] == "git ignores it"
    assert files["penguins/mine.py"] == "from penguins import config\n"
    assert "0.15, 0.5)" in files["penguins/model.py"]
    assert "NOTES.md" in files and not (project / "digit_study").exists()


@pytest.mark.parametrize(
    "point", often(((point,) for point in POINTS), [(("apply --reject", 1),)])
)
def test_an_interrupt_leaves_all_as_it_was(point: Point, project: Path) -> None:
    before = state(project)
    assert update(project, point, interrupt) == 130
    settled = settle_interrupted(project)
    assert (settled is None) == (point != DONE[0])
    now = state(project)
    assert now == before or (point in DONE and "penguins/model.py" in now[-1])
    assert git(project, "stash", "list") == ""


@pytest.mark.matrix
def test_what_somebody_writes_after_a_kill_is_kept(run: Run, project: Path) -> None:
    before = state(project)
    assert update(project, ("apply --reject", 1), kill) == -signal.SIGKILL
    (project / "penguins" / "thought.txt").write_text("Written since\n")
    ran = run("update", project, *ANSWERS, "-d", "trials=0")  # refused, as it ever was
    assert ran.status == 2
    note, error = ran.err.splitlines()
    assert note.startswith("note: an update was interrupted; ") and "stash" in note
    assert error.startswith("error: ") and "trials" in error
    assert state(project) == before
    stashed = "stash@{0}^3:project/digit_study/thought.txt"
    assert git(project, "show", stashed) == "Written since"


@pytest.mark.matrix
def test_commits_since_are_left_alone(run: Run, project: Path) -> None:
    assert update(project, ("apply --reject", 1), kill) == -signal.SIGKILL
    (project / "penguins" / "thought.txt").write_text("Written since\n")
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
