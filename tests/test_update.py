"""Regenerating: new answers and new versions reach a project that its owner has edited."""

import ast
import re
import runpy
import shutil
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from copier import VcsRef
from copier.errors import UserMessageError

from tests.often import often
from tests.plain_copier import Answers, copy, update
from tests.rendering import Project
from tests.repositories import commit, files_of, git

NEW_ANSWERS: Answers = {
    "setup": "full",
    "data_source": "image_folder",
    "layer_types": [
        "conv",
        "pooling",
        "batch_norm",
        "dropout",
        "global_pooling",
        "dense",
    ],
    "trials": 50,
    "verbosity": "silent",
}
"""They add a file, drop one, and change others, `model.py` away from its edits."""

EDITS = {
    "digit_study/data.py": ("SPLIT_SEED = 0", "SPLIT_SEED = 7"),
    "digit_study/model.py": ("0.1, 0.5)", "0.15, 0.5)"),
    "README.md": ("## Run it", "The owner's words.\n\n## Run it"),
}
"""What the project's owner changes, and into what."""


class Releases:
    """A template's repository, whose versions are tagged or are not."""

    def __init__(self, committed: Path, folder: Path, tagged: bool) -> None:
        self.folder = Path(shutil.copytree(committed, folder))
        self.tagged = tagged
        if tagged:
            git(self.folder, "tag", "v1.0.0")

    def publish(self, finished: bool = True) -> None:
        """Commit another version, in which a new line of `.gitignore` stands."""
        ignored = self.folder / "template" / "project" / ".gitignore.jinja"
        ignored.write_text("/published/\n" + ignored.read_text())
        commit(self.folder, "v1.1.0" if self.tagged and finished else None)


@pytest.fixture(params=often([True, False], [True]), ids=["tagged", "untagged"])
def releases(
    request: pytest.FixtureRequest, committed: Path, tmp_path: Path
) -> Releases:
    """The template of today as the first version in a repository."""
    return Releases(committed, tmp_path / "template", request.param)


@pytest.fixture(scope="module")
def started(committed: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project of default answers that its owner has edited."""
    return start(committed, tmp_path_factory.mktemp("started") / "project")


@pytest.fixture
def project(started: Path, tmp_path: Path) -> Path:
    """The same, to be changed."""
    return Path(shutil.copytree(started, tmp_path / "project"))


def start(repository: Path, folder: Path, answers: Answers | None = None) -> Path:
    """Generate a project and commit it, then edit it and commit that."""
    copy(repository, folder, answers or {})
    commit(folder)
    edit(folder)
    (folder / "digit_study" / "mine.py").write_text("MINE = True\n")
    commit(folder)
    return folder


def edit(folder: Path) -> None:
    """Make the owner's edits."""
    for name, (before, after) in EDITS.items():
        path = folder / name
        text = path.read_text("utf-8")
        assert before in text
        path.write_text(text.replace(before, after), "utf-8")


def recorded(project: Path) -> dict[str, Any]:
    """The answers that a project says it was made from."""
    answers = yaml.safe_load((project / ".copier-answers.yml").read_text("utf-8"))
    assert isinstance(answers, dict)
    return answers


def test_new_answers_take_effect_and_edits_stay(
    releases: Releases, tmp_path: Path
) -> None:
    project = start(releases.folder, tmp_path / "project")
    releases.publish()
    update(project, NEW_ANSWERS, vcs_ref=VcsRef.CURRENT)

    fresh = tmp_path / "fresh"
    copy(releases.folder, fresh, NEW_ANSWERS, vcs_ref=recorded(project)["_commit"])
    edit(fresh)
    own = {"digit_study/mine.py": "MINE = True\n"}
    assert files_of(project) == files_of(fresh) | own
    assert recorded(project).items() >= NEW_ANSWERS.items()
    assert "/published/" not in files_of(project)[".gitignore"]


def test_a_new_version_arrives_and_edits_stay(
    releases: Releases, tmp_path: Path
) -> None:
    project = start(releases.folder, tmp_path / "project")
    before = files_of(project)
    releases.publish()
    update(project, {})

    after = files_of(project)
    changed = {name for name in before | after if before.get(name) != after.get(name)}
    config = "digit_study/config.py"  # it names the version
    assert changed == {".gitignore", ".copier-answers.yml", config, "README.md"}
    assert after[".gitignore"] == "/published/\n" + before[".gitignore"]
    version = runpy.run_path(str(project / config))["TEMPLATE_VERSION"]
    assert version == recorded(project)["_commit"]
    if releases.tagged:
        assert version == "v1.1.0"


def test_a_project_is_made_from_the_latest_tag_and_not_from_what_is_unfinished(
    committed: Path, tmp_path: Path
) -> None:
    releases = Releases(committed, tmp_path / "template", tagged=True)
    releases.publish(finished=False)
    copy(releases.folder, tmp_path / "project", {})
    assert recorded(tmp_path / "project")["_commit"] == "v1.0.0"
    assert "/published/" not in files_of(tmp_path / "project")[".gitignore"]


def test_what_is_asked_changes_no_answer(committed: Path, tmp_path: Path) -> None:
    project = start(committed, tmp_path / "project", {"setup": "full", "trials": 50})
    before = files_of(project)
    update(project, {"setup": "quick"})
    answers = ".copier-answers.yml"
    kept = {"setup": "quick", "trials": 50}
    assert recorded(project).items() >= kept.items()
    assert files_of(project) | {answers: ""} == before | {answers: ""}


@pytest.mark.matrix
def test_what_nobody_has_answered_follows_what_is_answered(
    committed: Path, tmp_path: Path
) -> None:
    """Pictures need other layers than a table, and a grid fewer values."""
    project, fresh = tmp_path / "project", tmp_path / "fresh"
    copy(committed, project, {"input_kind": "tabular", "epochs": 7})
    assert not recorded(project).keys() & {"layer_types", "search_space", "patience"}
    commit(project)
    answers = {"data_source": "image_folder", "algorithm": "grid"}
    update(project, answers)
    copy(committed, fresh, answers | {"epochs": 7})
    assert files_of(project) == files_of(fresh)


@pytest.mark.parametrize(
    "framework",
    often(["keras_tuner", "search_cv", "sampler", "manual"], ["search_cv"]),
)
def test_another_framework_brings_its_own_files_and_algorithm(
    committed: Path, tmp_path: Path, framework: str
) -> None:
    project, fresh = tmp_path / "project", tmp_path / "fresh"
    answers = {"setup": "full", "epochs": 7}
    copy(committed, project, answers | {"algorithm": "nsga2", "trials": 50})
    commit(project)
    update(project, {"framework": framework})
    copy(committed, fresh, answers | {"framework": framework, "trials": 50})
    # The one that takes the place of nsga2 is recorded, as that was.
    instead = recorded(project).get("algorithm")
    known = recorded(fresh) | ({"algorithm": instead} if instead else {})
    assert recorded(project) == known
    unlike = {".copier-answers.yml": ""}
    assert files_of(project) | unlike == files_of(fresh) | unlike


@pytest.mark.matrix
def test_an_algorithm_that_both_frameworks_have_stays(
    committed: Path, tmp_path: Path
) -> None:
    project = tmp_path / "project"
    copy(committed, project, {"setup": "full", "algorithm": "random"})
    commit(project)
    update(project, {"framework": "keras_tuner"})
    assert recorded(project)["algorithm"] == "random"


@pytest.mark.matrix
def test_advice_does_not_move_a_project_from_the_framework_that_it_has(
    committed: Path, tmp_path: Path
) -> None:
    project = tmp_path / "project"
    copy(committed, project, {})
    commit(project)
    update(project, {"advise": True, "complexity": "low"})
    assert recorded(project)["framework"] == "optuna"


def test_a_new_title_moves_no_file_and_loses_no_edit(project: Path) -> None:
    about = project / "digit_study" / "__init__.py"
    about.write_text(about.read_text().replace('"0.1.0"', '"0.2.0"'))
    commit(project)
    before = files_of(project)
    update(project, {"project_name": "Other Study"})
    assert runpy.run_path(str(about))["__version__"] == "0.2.0"
    declared = tomllib.loads((project / "pyproject.toml").read_text("utf-8"))["project"]
    assert declared["description"] == "Other Study"
    config = runpy.run_path(str(project / "digit_study" / "config.py"))
    assert config["PROJECT"] == "Other Study"
    assert files_of(project).keys() == before.keys()
    for name in ("digit_study/data.py", "digit_study/model.py", "digit_study/mine.py"):
        assert files_of(project)[name] == before[name]


def test_an_edit_in_the_way_is_kept_beside_the_change(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    update(project, {"search_space": "wide"}, vcs_ref=VcsRef.CURRENT, quiet=False)
    # Copier ends with status 0 all the same, so its closing words matter.
    said = capsys.readouterr().err.split("\n")
    assert {"git status", "git diff"} <= {line.strip() for line in said}

    conflicts = git(project, "diff", "--name-only", "--diff-filter=U").split()
    assert conflicts == ["digit_study/model.py"]
    model = files_of(project)["digit_study/model.py"]
    assert "0.15, 0.5)" in model
    assert "0.0, 0.6)" in model
    with pytest.raises(SyntaxError):
        ast.parse(model)


@pytest.mark.matrix
def test_a_deleted_file_stays_away(project: Path) -> None:
    (project / "tests" / "test_model.py").unlink()
    commit(project)
    update(project, {"data_source": "image_folder"})
    assert "tests/test_model.py" not in files_of(project)


def test_other_data_are_never_taken_for_those_of_before(
    committed: Path, tmp_path: Path
) -> None:
    """An edit in the way of another source is a conflict, and all commands say so."""
    root = tmp_path / "project"
    copy(committed, root, {})
    path = root / "digit_study" / "data.py"
    path.write_text(path.read_text().replace("images[..., None] / 16", "images / 8"))
    commit(root)
    update(root, {"data_source": "csv"})
    assert "digit_study/data.py" in git(root, "diff", "--name-only", "--diff-filter=U")
    ran = Project(root, "digit_study").run("tune", "--trials", "1")
    assert ran.status == 2
    assert re.fullmatch(r"error: .*data\.py, line \d+: .*\n", ran.err)


def test_a_project_with_uncommitted_changes_is_left_alone(project: Path) -> None:
    (project / "digit_study" / "mine.py").write_text("MINE = False\n")
    before = files_of(project)
    with pytest.raises(UserMessageError, match="dirty"):
        update(project, NEW_ANSWERS)
    assert files_of(project) == before


def test_a_wrong_answer_changes_nothing(project: Path) -> None:
    wrong: list[Answers] = [
        {"trials": 0},
        {"cluster_files": ["slurm"]},  # it has no meaning here
        {"complexity": "low"},  # nobody has asked for advice
        {"monitor": "val_loss"},  # it is derived
    ]
    for answers in wrong:
        with pytest.raises(ValueError, match="Validation error"):
            update(project, answers)
        assert git(project, "status", "--porcelain") == "", answers
