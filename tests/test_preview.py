"""`tunewright preview`: a project, a file or a difference, and nothing written."""

import shutil
from pathlib import Path

import pytest

from tests.commands import Run, refused
from tests.plain_copier import copy
from tests.repositories import commit, files_of, git


@pytest.fixture
def project(run: Run, template: Path, tmp_path: Path) -> Path:
    """A project with the default answers."""
    assert run("new", tmp_path / "project", "--template", template).status == 0
    return tmp_path / "project"


def test_preview_shows_the_tree_with_the_lines_of_each_file(
    run: Run, template: Path, project: Path
) -> None:
    ran = run("preview", "--template", template)
    assert (ran.status, ran.err) == (0, "")
    *lines, empty, total = ran.out.splitlines()
    assert empty == ""
    folders: list[str] = []
    seen = {}
    for line in lines:
        branch, name = line.split("── ")
        folders = folders[: (len(branch) - 1) // 4]
        if name.endswith("/"):
            folders.append(name.rstrip("/"))
        else:
            file, count = name.split()
            seen["/".join([*folders, file])] = int(count.replace(",", ""))
    files = {name: len(text.splitlines()) for name, text in files_of(project).items()}
    assert seen == files
    assert total == f"{len(files)} files, {sum(files.values()):,} lines"


def test_preview_prints_each_file_as_new_writes_it(
    run: Run, template: Path, project: Path
) -> None:
    for name in ("digit_study/model.py", "./README.md", ".copier-answers.yml"):
        ran = run("preview", name, "--template", template)
        assert (ran.status, ran.err) == (0, "")
        assert ran.out == (project / name).read_text("utf-8")


@pytest.mark.matrix
def test_preview_names_the_version_that_copier_records(
    run: Run, repository: Path, tmp_path: Path
) -> None:
    for number, tag in enumerate((None, "v1.0.0", None)):
        (repository / "notes.txt").write_text(str(number))
        commit(repository, tag)
        folder = tmp_path / str(number)
        copy(repository, folder, {}, vcs_ref="HEAD")
        for name in ("digit_study/config.py", "README.md", ".copier-answers.yml"):
            ran = run("preview", name, "--template", repository)
            assert ran.out == (folder / name).read_text("utf-8")
    (repository / "notes.txt").write_text("Not committed")
    version = git(repository, "describe", "--tags") + "-dirty"
    assert version in run("preview", "config.py", "--template", repository).out


def test_preview_finds_a_file_by_its_name_alone(
    run: Run, template: Path, project: Path
) -> None:
    ran = run("preview", "-d", "setup=quick", "model.py", "--template", template)
    assert ran.out == (project / "digit_study" / "model.py").read_text("utf-8")


def test_preview_takes_answers(run: Run, template: Path, tmp_path: Path) -> None:
    file = tmp_path / "answers.yml"
    file.write_text("setup: full\npackage_name: mine\ntrials: 3\n")
    words = ["--data-file", file, "-d", "trials=77", "--template", template]
    assert "77" in run("preview", "mine/config.py", *words).out


@pytest.mark.parametrize(
    "words", [(), ("model.py",), ("--against", "project_name=Other")]
)
def test_preview_writes_nothing(
    words: tuple[str, ...],
    run: Run,
    template: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "here").mkdir()
    (tmp_path / "scratch").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "scratch"))
    before = files_of(template)
    assert run("preview", *words, "--template", template).status == 0
    assert list((tmp_path / "here").iterdir()) == []
    assert list((tmp_path / "scratch").iterdir()) == []
    assert files_of(template) == before


@pytest.mark.parametrize(
    ("given", "others"),
    [
        (("setup=quick",), ("project_name=Other",)),
        (("setup=full",), ("verbosity=silent",)),
        (("setup=full", "verbosity=silent"), ("verbosity=progress", "trials=3")),
        (("setup=quick",), ("data_source=image_folder",)),
        (("setup=quick",), ("framework=manual",)),
        (("setup=quick",), ("advise=yes", "complexity=medium")),
    ],
)
def test_the_difference_turns_one_project_into_the_other(
    given: tuple[str, ...],
    others: tuple[str, ...],
    run: Run,
    template: Path,
    tmp_path: Path,
) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    data = [f"-d{answer}" for answer in given]
    again = {answer.split("=")[0] for answer in others}
    kept = [f"-d{answer}" for answer in given if answer.split("=")[0] not in again]
    added = [f"-d{answer}" for answer in others]
    assert run("new", first, *data, "--template", template).status == 0
    assert run("new", second, *kept, *added, "--template", template).status == 0
    against = [word for answer in others for word in ("--against", answer)]
    ran = run("preview", *data, *against, "--template", template)
    assert (ran.status, ran.err) == (0, "")
    for old, new in zip(*headers(ran.out), strict=True):
        assert old == "/dev/null" or (first / old.removeprefix("a/")).is_file()
        assert new == "/dev/null" or (second / new.removeprefix("b/")).is_file()

    (tmp_path / "difference").write_text(ran.out, "utf-8")
    git(first, "apply", "--unsafe-paths", str(tmp_path / "difference"))
    changed, wanted = files_of(first), files_of(second)
    # A difference of no lines, as of an empty file that is new, has no place in a diff.
    assert {k: v for k, v in changed.items() if v} == {
        k: v for k, v in wanted.items() if v
    }


def headers(text: str) -> tuple[list[str], list[str]]:
    """The paths that a diff compares."""
    lines = text.splitlines()
    return (
        [line[4:] for line in lines if line.startswith("--- ")],
        [line[4:] for line in lines if line.startswith("+++ ")],
    )


def test_the_difference_of_a_file_that_one_project_lacks(
    run: Run, template: Path
) -> None:
    words = ["progress.py", "-d", "setup=full", "--template", template]
    gone = run("preview", *words, "--against", "verbosity=silent")
    path = "digit_study/runtime/progress.py"
    assert headers(gone.out) == ([f"a/{path}"], ["/dev/null"])
    words += ["-d", "verbosity=silent"]
    made = run("preview", *words, "--against", "verbosity=progress")
    assert headers(made.out) == (["/dev/null"], [f"b/{path}"])


def test_the_difference_follows_a_file_into_another_package(
    run: Run, template: Path
) -> None:
    words = ["config.py", "--against", "project_name=Other", "--template", template]
    ran = run("preview", *words)
    old, new = ["a/digit_study/config.py"], ["b/other/config.py"]
    assert headers(ran.out) in ((old, new), ([], []))
    whole = headers(run("preview", *words[1:]).out)
    assert old[0] in whole[0] and new[0] in whole[1]


def test_no_difference_is_said_where_it_cannot_be_piped_on(
    run: Run, template: Path
) -> None:
    ran = run("preview", "--against", "setup=quick", "--template", template)
    assert (ran.status, ran.out) == (0, "")
    assert "no difference" in ran.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("modle.py",), ("'modle.py'", "did you mean digit_study/model.py?")),
        (("digit_study/modle.py",), ("did you mean digit_study/model.py?",)),
        (("/digit_study/model.py",), ("did you mean digit_study/model.py?",)),
        (("study/model.py",), ("did you mean digit_study/model.py?",)),
        (("nothing-like-it",), ("'nothing-like-it'", "README.md")),
        (("",), ("''", "README.md")),
        (("..",), ("'..'", "README.md")),
        (("digit_study",), ("is a folder", "digit_study/model.py")),
        (("digit_study/",), ("is a folder", "digit_study/model.py")),
        (("two\nlines",), (r"'two\nlines'",)),
        (("image_folder.py",), ("'image_folder.py'",)),
        (("modle.py", "--against", "project_name=Other"), ("model.py?",)),
        (("-d", "cluster_files=[slurm]"), ("cluster_files", "needs execution=cluster")),
        (("-dsetup=full", "-dalgorithm=hyperband"), ("algorithm", "'tpe', 'gp'")),
        (
            ("-dsetup=full", "-dalgorithm=tpe", "--against", "framework=keras_tuner"),
            ("algorithm", "'tpe'", "'hyperband', 'bayesian'"),
        ),
        (("--against", "complexity=low"), ("complexity", "needs advise=true")),
        (("--against", "trails=5"), ("trails", "trials")),
        (
            ("-dsetup=full", "-dpruner=none", "--against", "algorithm=nsga2"),
            ("pruner", "nsga2"),
        ),
        (("--against", "setup=full", "--against", "setup=quick"), ("setup", "twice")),
        (("-d", "setup=full", "-d", "setup=quick"), ("setup", "twice")),
        (("--data-file", "missing.yml"), ("missing.yml",)),
    ],
)
def test_preview_refuses(
    words: tuple[str, ...], said: tuple[str, ...], run: Run, template: Path
) -> None:
    refused(run("preview", *words, "--template", template), *said)


def test_preview_refuses_a_name_that_several_files_have(
    run: Run, template: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(template, copy)
    (copy / "template" / "project" / "tests" / "model.py").write_text("")
    ran = run("preview", "model.py", "--template", copy)
    refused(ran, "digit_study/model.py or tests/model.py")


def test_a_last_line_without_an_end_is_marked_in_a_difference(
    run: Run, template: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(template, copy)
    notes = copy / "template" / "project" / "NOTES.md.jinja"
    notes.write_text("About\f{{ project_name }}")
    words = ["--template", copy, "--against", "project_name=Other"]
    assert run("preview", "NOTES.md", *words).out == (
        "--- a/NOTES.md\n"
        "+++ b/NOTES.md\n"
        "@@ -1 +1 @@\n"
        "-About\fDigit Study\n"
        "\\ No newline at end of file\n"
        "+About\fOther\n"
        "\\ No newline at end of file\n"
    )
