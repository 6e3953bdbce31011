"""A question gets another name, as docs/developing.md says, and no answer is lost."""

import re
from pathlib import Path

import pytest
import yaml
from copier import VcsRef
from tunewright.questions import TEMPLATE

from tests.often import often
from tests.plain_copier import Answers, copy, update
from tests.repositories import commit, files_of, git


def renamed() -> str:
    """The two questions in the documentation's example."""
    page = (TEMPLATE / "docs" / "developing.md").read_text("utf-8")
    example = re.search(r"```yaml\n(patience_epochs:.*?)```", page, re.DOTALL)
    assert example
    return example[1]


@pytest.fixture
def repository(repository: Path) -> Path:
    """A template whose second version asks for `patience` by another name."""
    root = repository
    git(root, "tag", "v1.0.0")
    path = root / "template" / "questions" / "budget.yml"
    old = path.read_text("utf-8")
    question = re.search(r"^patience:\n(?:[ \n].*\n?)*", old, re.MULTILINE)
    assert question
    path.write_text(old.replace(question[0], renamed()), "utf-8")
    commit(root, "v2.0.0")
    return root


def recorded(project: Path) -> dict[str, object]:
    """What a project says it was made from."""
    found = yaml.safe_load((project / ".copier-answers.yml").read_text("utf-8"))
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize(
    ("given", "patience"),
    often(
        [
            ({"patience": 9}, 9),
            ({"setup": "full", "topics": ["budget"]}, 5),
            ({}, None),
        ],
        [({"patience": 9}, 9)],
    ),
    ids=["answered", "default", "not asked"],
)
def test_an_answer_goes_over_to_the_new_name(
    repository: Path, tmp_path: Path, given: Answers, patience: int | None
) -> None:
    project, fresh = tmp_path / "project", tmp_path / "fresh"
    copy(repository, project, given, vcs_ref="v1.0.0")
    assert recorded(project).get("patience") == patience
    commit(project)
    update(project, {})
    answers = recorded(project)
    assert answers["_commit"] == "v2.0.0"
    assert answers.get("patience_epochs") == patience
    assert "patience" not in answers
    now = {"patience_epochs": given["patience"]} if "patience" in given else {}
    copy(repository, fresh, {k: v for k, v in given.items() if k != "patience"} | now)
    assert files_of(project) == files_of(fresh)

    # And it stays when the project is updated again.
    commit(project)
    update(project, {"epochs": 3} if given else {}, vcs_ref=VcsRef.CURRENT)
    assert recorded(project).get("patience_epochs") == patience


def test_the_old_name_says_what_it_is_called_now(
    repository: Path, tmp_path: Path
) -> None:
    answers: Answers = {"patience": 9}
    with pytest.raises(ValueError, match="called patience_epochs now"):
        copy(repository, tmp_path / "project", answers)
    assert not (tmp_path / "project").exists()
