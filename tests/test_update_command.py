"""`tunewright update` in a project of a checkout, and what it refuses."""

import shutil
from pathlib import Path

import pytest
from tunewright.__main__ import main

from tests.commands import Run, answers_of, refused
from tests.repositories import commit, files_of, git


@pytest.fixture(scope="module")
def made(committed: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project in a folder of a git repository, with everything committed."""
    return make(committed, tmp_path_factory.mktemp("made"))


@pytest.fixture
def project(made: Path, tmp_path: Path) -> Path:
    """The same, to be changed."""
    return Path(shutil.copytree(made.parent, tmp_path / "work"), made.name)


@pytest.fixture
def followed(repository: Path, tmp_path: Path) -> Path:
    """One whose template is to be changed, too."""
    return make(repository, tmp_path / "work")


def make(template: Path, folder: Path) -> Path:
    """Generate a project in a folder, and commit that."""
    project = folder / "project"
    assert main(["new", str(project), "--template", str(template)]) == 0
    commit(folder)
    return project


def test_other_answers_take_effect_and_the_newest_template(
    run: Run, repository: Path, followed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (repository / "template" / "project" / "NOTES.md").write_text("Later\n")
    commit(repository)
    monkeypatch.chdir(followed)
    ran = run("update", "-d", "trials=7")
    assert (ran.status, ran.err) == (0, "")
    assert "Digit Study follows" in ran.out and "conflict:" not in ran.out
    assert answers_of(followed)["trials"] == 7
    assert (followed / "NOTES.md").read_text() == "Later\n"


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
    run: Run, committed: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "arrays"
    answers = ["data_source=arrays", "split=time"]
    words = [word for answer in answers for word in ("-d", answer)]
    assert run("new", folder, "--template", committed, *words).status == 0
    commit(folder)
    ran = run("update", folder, "-d", "data_source=image_folder")
    assert ran.status == 0
    assert answers_of(folder)["split"] == "given"
    assert "note: split was time and is given, " in ran.err
    gone = {line for line in ran.out.splitlines() if line.startswith("deleted: ")}
    assert "deleted: digit_study/arrays.py" in gone


def test_edits_that_find_no_place_are_listed_and_can_be_had_back(
    run: Run, project: Path
) -> None:
    package = project / "digit_study"
    guard, model = package / "guard.py", package / "model.py"
    guard.write_text(guard.read_text("utf-8") + "\n# Mine.\n", "utf-8")
    text = model.read_text("utf-8")
    model.write_text(text.replace("0.1, 0.5)", "0.15, 0.5)"), "utf-8")
    commit(project.parent)
    answers = (
        "-d",
        "setup=full",
        "-d",
        "search_space=wide",
        "-d",
        "layer_types=[dense,dropout]",
    )
    ran = run("update", project, "--conflict", "rej", *answers)
    assert (ran.status, ran.err.count("\n")) == (1, 1)
    back = "git checkout HEAD -- digit_study/guard.py"
    said = f"deleted, with your edits: digit_study/guard.py ({back} brings it back)"
    assert said in ran.out.splitlines()
    git(project, *back.split()[1:])
    assert guard.read_text("utf-8").endswith("# Mine.\n")
    assert "rejected: digit_study/model.py.rej" in ran.out.splitlines()
    assert ".rej" in ran.err
    assert "0.15, 0.5)" in model.with_suffix(".py.rej").read_text("utf-8")
    assert "0.15" not in model.read_text("utf-8")


@pytest.mark.matrix
def test_the_version_may_be_named(run: Run, repository: Path, followed: Path) -> None:
    notes = repository / "template" / "project" / "NOTES.md"
    for text, tag in (("First\n", "v1.0.0"), ("Second\n", "v1.1.0")):
        notes.write_text(text)
        commit(repository, tag)
    assert run("update", followed, "--vcs-ref", "v1.0.0").status == 0
    assert (followed / "NOTES.md").read_text() == "First\n"
    commit(followed.parent)
    words = ("--vcs-ref", ":current:", "-d", "project_name=Other")
    assert run("update", followed, *words).status == 0
    assert answers_of(followed)["_commit"] == "v1.0.0"


RENAMED = ("-d", "setup=full", "-d", "package_name=penguins")


def test_a_renamed_package_takes_its_edits_along(
    run: Run, committed: Path, project: Path, tmp_path: Path
) -> None:
    package = project / "digit_study"
    text = (package / "model.py").read_text("utf-8")
    edits = ("0.1, 0.5)", "0.15, 0.5)")
    (package / "model.py").write_text(text.replace(*edits), "utf-8")
    (package / "mine.py").write_text("from digit_study.config import SEED\n")
    (project / "NOTES.md").write_text("Run digit_study.\n")
    (package / "made.pyc").write_text("git ignores it")
    commit(project.parent)
    head = git(project, "rev-parse", "HEAD")

    ran = run("update", project, *RENAMED)
    assert ran.status == 0
    assert "conflict" not in ran.out and "deleted" not in ran.out
    notes = [line for line in ran.err.splitlines() if line.startswith("note: ")]
    assert ["the package is penguins now" in notes[0], "NOTES.md:1" in notes[1]] == [
        True,
        True,
    ]
    fresh = tmp_path / "fresh"
    assert run("new", fresh, "--template", committed, *RENAMED).status == 0
    wanted = files_of(fresh) | {
        "penguins/mine.py": "from penguins.config import SEED\n",
        "penguins/made.pyc": "git ignores it",
        "NOTES.md": "Run digit_study.\n",
    }
    wanted["penguins/model.py"] = wanted["penguins/model.py"].replace(*edits)
    assert files_of(project) == wanted
    assert not package.exists()
    assert git(project, "rev-parse", "HEAD") == head
    commit(project.parent)
    log = git(project, "log", "--follow", "--format=%s", "--", "penguins/model.py")
    assert len(log.splitlines()) == 3


@pytest.mark.matrix
def test_a_package_that_cannot_be_renamed_is_left_as_it_is(
    run: Run, project: Path
) -> None:
    before, head = files_of(project), git(project, "rev-parse", "HEAD")
    for wrong, said in (
        (("-d", "package_name=tests"), "package_name"),  # there is such a folder
        (("-d", "package_name=Penguins!"), "package_name"),
        (("-d", "package_name=penguins", "-d", "trials=0"), "trials"),  # found at last
    ):
        refused(run("update", project, "-d", "setup=full", *wrong), said)
        assert files_of(project) == before
        assert git(project, "rev-parse", "HEAD") == head
        assert git(project, "status", "--porcelain") == ""


def test_a_template_with_uncommitted_changes_is_warned_of(
    run: Run, repository: Path, followed: Path
) -> None:
    (repository / "template" / "project" / "NOTES.md").write_text("Draft\n")
    ran = run("update", followed)
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
    run: Run, repository: Path, followed: Path, tmp_path: Path
) -> None:
    refused(run("update", tmp_path), str(tmp_path), ".copier-answers.yml")
    refused(run("update", tmp_path / "nowhere"), "nowhere", "a project's folder")
    loose = shutil.copytree(followed, tmp_path / "loose")
    refused(run("update", loose), "loose", "git init")

    (followed / "mine.py").write_text("")
    refused(run("update", followed), "project has changes", "commit or stash")
    (followed / "mine.py").unlink()
    before = files_of(followed)
    repository.rename(repository.with_name("gone"))
    refused(run("update", followed), str(repository))
    assert files_of(followed) == before

    for text in ("setup: quick\n", "- 1\n", "setup: [\n"):
        (followed / ".copier-answers.yml").write_text(text)
        refused(run("update", followed), ".copier-answers.yml")
