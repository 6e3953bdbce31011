"""From one variant to another: an update gives what a fresh copy gives, and keeps edits."""

import difflib
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path, PurePosixPath

import pytest
from copier import VcsRef
from tunewright.fast.questionnaire import Answered
from tunewright.questions import TEMPLATE
from tunewright.template import copy_without_git
from tunewright.variants.cover import Covers

from tests.interviews import questionnaire
from tests.plain_copier import Answers, copy, update
from tests.repositories import commit, files_of, git

AROUND = 4
"""How many lines on each side of an edit both versions of a file must share."""

OWN = {"digit_study/mine.py": "MINE = True\n", "notes/ideas.md": "Mine.\n"}
"""What the owner adds."""

WORDS = {".md": "The owner's words.\n", ".yaml": "# The owner's words.\n"}


@dataclass(frozen=True)
class Edit:
    """A line that the owner adds."""

    after: tuple[str, ...]
    """The lines before it."""
    before: tuple[str, ...]
    """The lines after it."""
    line: str

    def made_in(self, text: str) -> str:
        """The text with it."""
        shared = "".join(self.after + self.before)
        assert text.count(shared) == 1
        return text.replace(shared, "".join((*self.after, self.line, *self.before)))


def edit_for(path: str, old: str, new: str) -> Edit | None:
    """An edit in the midst of lines that two versions of a file have, each once."""
    lines = old.splitlines(keepends=True), new.splitlines(keepends=True)
    blocks = difflib.SequenceMatcher(None, *lines, autojunk=False).get_matching_blocks()
    line = WORDS.get(PurePosixPath(path).suffix, "# The owner's words.\n")
    for block in sorted(blocks, key=lambda block: -block.size):
        for start in range(block.a, block.a + block.size - 2 * AROUND + 1):
            shared = lines[0][start : start + 2 * AROUND]
            text = "".join(shared)
            if old.count(text) == new.count(text) == 1:
                return Edit(tuple(shared[:AROUND]), tuple(shared[AROUND:]), line)
    return None


def edits_for(old: Mapping[str, str], new: Mapping[str, str]) -> dict[str, Edit]:
    """An edit for each file that two projects have, if it has a place for one."""
    found = {
        path: edit_for(path, old[path], new[path])
        for path in old.keys() & new.keys() - {".copier-answers.yml"}
    }
    return {path: edit for path, edit in found.items() if edit}


def write(project: Path, files: Mapping[str, str]) -> None:
    """Write files of a project."""
    for path, text in files.items():
        (project / path).parent.mkdir(exist_ok=True)
        (project / path).write_text(text, "utf-8")


def begin(project: Path, edits: Mapping[str, Edit], lost: set[str]) -> None:
    """Edit a generated project as its owner would, and commit it.

    Args:
        project: A folder that nobody has changed.
        edits: By file.
        lost: Files that are to be edited, too, and that an update is to delete.
    """
    commit(project)
    files = files_of(project)
    write(project, {path: edit.made_in(files[path]) for path, edit in edits.items()})
    write(project, {path: files[path] + "\n" for path in lost} | OWN)
    commit(project)


@pytest.fixture(scope="module")
def template_repository(
    template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The template of today as a version with a tag."""
    folder = tmp_path_factory.mktemp("tagged") / "template"
    repository = copy_without_git(template, folder)
    commit(repository, "v1.0.0")
    return repository


@pytest.fixture(scope="module")
def covers(template: Path) -> Covers:
    """What varies."""
    return Covers(questionnaire(template))


def check(repository: Path, folder: Path, old: Answered, new: Answered) -> set[str]:
    """Update a project to other answers; the files that this deleted."""
    project, fresh = folder / "project", folder / "fresh"
    copy(repository, project, {**old.recorded})
    copy(repository, fresh, {**new.recorded})
    before, wanted = files_of(project), files_of(fresh)
    edits = edits_for(before, wanted)
    assert len(edits) > 20
    assert {"README.md", "pyproject.toml"} <= edits.keys()
    gone = before.keys() - wanted.keys()
    begin(project, edits, gone)

    update(project, {**new.recorded}, vcs_ref=VcsRef.CURRENT)
    edited = {path: edit.made_in(wanted[path]) for path, edit in edits.items()}
    found = files_of(project)
    assert found.keys() == (wanted | OWN).keys()
    differing = {
        path for path, text in (wanted | edited | OWN).items() if found[path] != text
    }
    assert differing == set(), f"{old.recorded} -> {new.recorded}"
    assert git(project, "diff", "--name-only", "--diff-filter=U") == ""
    return set(gone)


@pytest.mark.matrix
def test_updates_between_variants_that_have_every_answer(
    template_repository: Path, covers: Covers, tmp_path: Path
) -> None:
    sample = covers.cover(1)
    assert len(sample) >= 9
    gone: set[str] = set()
    for number, (old, new) in enumerate([*pairwise(sample)][::4]):
        gone |= check(template_repository, tmp_path / str(number), old, new)
    assert gone


PARTS = 4


@pytest.mark.matrix
@pytest.mark.parametrize("part", range(PARTS))
def test_updates_between_variants_that_have_every_pair_of_answers(
    part: int, template_repository: Path, covers: Covers, tmp_path: Path
) -> None:
    """Each is updated once, and is once what another is updated to."""
    sample = covers.cover(2)
    assert len(sample) > 100
    steps = [*pairwise([*sample, sample[0]])]
    for number, (old, new) in enumerate(steps[part::PARTS]):
        check(template_repository, tmp_path / str(number), old, new)


def versions() -> list[str]:
    """Those that this repository has a tag of."""
    command = ["git", "-C", str(TEMPLATE), "tag", "--list", "v*"]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    return ran.stdout.split()


@pytest.mark.parametrize(
    "answers",
    [{}, {"setup": "full", "framework": "keras_tuner", "trials": 7}],
    ids=["defaults", "others"],
)
@pytest.mark.parametrize("version", versions())
def test_a_project_of_each_version_becomes_one_of_today(
    version: str, answers: Answers, template: Path, tmp_path: Path
) -> None:
    today, project, fresh = tmp_path / "today", tmp_path / "project", tmp_path / "fresh"
    git(tmp_path, "clone", "--quiet", str(TEMPLATE), str(today))
    git(today, "rm", "--quiet", "-r", "template", "copier.yml")
    copy_without_git(template, today)
    git(today, "add", "--all")
    git(today, "commit", "--quiet", "--allow-empty", "--message", "Today")

    copy(today, project, answers, vcs_ref=version)
    copy(today, fresh, answers, vcs_ref="HEAD")
    before, wanted = files_of(project), files_of(fresh)
    edits = edits_for(before, wanted)
    begin(project, edits, set())
    update(project, {}, vcs_ref="HEAD")
    edited = {path: edit.made_in(wanted[path]) for path, edit in edits.items()}
    assert files_of(project) == wanted | edited | OWN
