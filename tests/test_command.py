"""The `tunewright` command: what it writes and shows, and what it refuses."""

import ast
import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import copier
import pytest
import yaml
from tunewright import options
from tunewright.__main__ import main
from tunewright.questions import TEMPLATE, questions

from tests.rendering import Ran

Run = Callable[..., Ran]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run the command in this process."""

    def run(*words: str | Path) -> Ran:
        capsys.readouterr()
        status = main([str(word) for word in words])
        return Ran(status, *capsys.readouterr())

    return run


@pytest.fixture
def repository(template: Path, tmp_path: Path) -> Path:
    """The template in a git repository of its own, with everything committed."""
    root = tmp_path / "repository"
    shutil.copytree(template, root)
    commit(root, "The template")
    return root


def git(folder: Path, *words: str) -> str:
    """What git says."""
    who = ["-c", "user.name=Somebody", "-c", "user.email=somebody@example.org"]
    command = ["git", *who, *words]
    return subprocess.run(
        command, cwd=folder, check=True, capture_output=True, text=True
    ).stdout.strip()


def commit(folder: Path, message: str) -> None:
    """Commit everything in a folder."""
    git(folder, "init", "--quiet")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", message)


def answers_of(project: Path) -> Any:
    """What a project's answers file holds."""
    return yaml.safe_load((project / ".copier-answers.yml").read_text("utf-8"))


def files_of(folder: Path) -> dict[str, str]:
    """The text of each file, by its path in the folder."""
    return {
        path.relative_to(folder).as_posix(): path.read_text("utf-8")
        for path in folder.rglob("*")
        if path.is_file() and ".git" not in path.relative_to(folder).parts
    }


def refused(ran: Ran, *words: str) -> str:
    """Make sure that a command was refused in one line with these words in it."""
    assert ran.status == 2, ran
    assert ran.out == ""
    assert ran.err.startswith("error: ")
    assert ran.err.endswith("\n")
    line = ran.err.removesuffix("\n")
    assert line.isprintable()
    for word in words:
        assert word in line
    return line


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
    assert [shlex.split(line)[-1] for line in commands] == [".", "tune"]


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


CUSTOM = ("setup=full", "search_space=custom")


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        (("trails=5",), ("'trails'", "did you mean trials?")),
        ((" trials=5",), ("' trials'", "did you mean trials?")),
        (("TRIALS=5",), ("'TRIALS'", "there are")),
        (("favourite_colour=blue",), ("'favourite_colour'", "project_name")),
        (("=5",), ("''", "project_name")),
        (("_commit=abc",), ("'_commit'",)),
        (("_src_path=abc",), ("'_src_path'",)),
        (("_tasks=[]",), ("'_tasks'",)),
        (("two\nlines=1",), (r"'two\nlines'",)),
        (("x" * 9000 + "=1",), ("xxx",)),
        (("trials",), ("'trials'", "QUESTION=ANSWER")),
        (("",), ("''", "QUESTION=ANSWER")),
        (("setup=full", "setup=full"), ("setup", "twice")),
        (("setup=full", "trials=5", "trials=6"), ("trials", "twice")),
        (("setup=fll",), ("setup", "full")),
        (("setup=",), ("setup", "full")),
        (("data_source=Builtin",), ("data_source", "builtin")),
        (("trials=5",), ("trials", "needs setup=full")),
        (("data_path=pictures",), ("data_path", "data_source=image_folder")),
        (("image_size=[8, 8, 1]",), ("image_size", "data_source=image_folder")),
        (("setup=full", "weights_threshold=0.5"), ("weights_threshold", "=above")),
        (("setup=full", "conv_blocks=[1]"), ("conv_blocks", "search_space=custom")),
        (
            ("setup=full", "algorithm=nsga2", "pruner=median"),
            ("pruner", "other than nsga2"),
        ),
        (
            (*CUSTOM, "layer_types=[dense]", "pool_size=[2]"),
            ("pool_size", "pooling among layer_types"),
        ),
        (("monitor=val_loss",), ("monitor", "set that")),
        (("direction=minimize",), ("direction", "set that")),
        (("dimensions=3",), ("dimensions", "cannot be set")),
        (("has_convolution=yes",), ("has_convolution", "set that")),
        (("framework=keras_tuner",), ("framework", "optuna")),
        (("setup=full", "trials=5.7"), ("trials", "whole number")),
        (("setup=full", "trials=5.0"), ("trials", "whole number")),
        (("setup=full", "trials=1e3"), ("trials", "whole number")),
        (("setup=full", "trials=٣"), ("trials", "whole number")),
        (("setup=full", "trials="), ("trials", "whole number")),
        (("setup=full", "trials=many"), ("trials", "whole number")),
        (("setup=full", "trials=true"), ("trials", "whole number")),
        (("setup=full", "trials=" + "9" * 5000), ("trials", "not YAML")),
        (("setup=full", "trials=0"), ("trials", "from 1 to")),
        (("setup=full", "epochs=-1"), ("epochs", "from 1 to")),
        (("setup=full", "patience=100001"), ("patience", "from 1 to")),
        *(
            (
                ("setup=full", "keep_weights=above", f"weights_threshold={number}"),
                ("weights_threshold", "number"),
            )
            for number in (
                "nan",
                "inf",
                "-inf",
                ".nan",
                ".inf",
                "1e999",
                "0,5",
                "",
                "true",
            )
        ),
        (
            ("setup=full", "keep_weights=above", "weights_threshold=1.5"),
            ("weights_threshold", "from 0 to 1"),
        ),
        (("setup=full", "layer_types=conv"), ("layer_types", "list")),
        (("setup=full", "layer_types=conv, dense"), ("layer_types", "list")),
        (("setup=full", "layer_types=[conv"), ("layer_types", "list")),
        (("setup=full", "layer_types={conv: 1}"), ("layer_types", "list")),
        (("setup=full", "layer_types="), ("layer_types", "list")),
        (("setup=full", "layer_types=[]"), ("layer_types", "at least one")),
        (("setup=full", "layer_types=[dropout]"), ("layer_types", "at least one")),
        (("setup=full", "layer_types=[conv, lstm]"), ("layer_types", "'lstm'")),
        (("setup=full", "layer_types=[conv, 5]"), ("layer_types", "5")),
        (("setup=full", "layer_types=[conv, null]"), ("layer_types", "None")),
        (("setup=full", "layer_types=[conv, conv]"), ("layer_types", "twice")),
        (("setup=full", "layer_types=&a [*a]"), ("layer_types", "none of")),
        (("data_source=image_folder", "image_size=64"), ("image_size", "height")),
        (("data_source=image_folder", "image_size=[8, 8]"), ("image_size", "height")),
        (("data_source=image_folder", "image_size="), ("image_size", "height")),
        (
            ("data_source=image_folder", "image_size=[8.5, 8, 1]"),
            ("image_size", "whole numbers"),
        ),
        (("data_source=image_folder", "data_path="), ("data_path", "characters")),
        (("data_source=image_folder", "data_path=a\nb"), ("data_path", "one line")),
        ((*CUSTOM, "conv_blocks=3"), ("conv_blocks", "list")),
        ((*CUSTOM, "conv_blocks=some"), ("conv_blocks", "list")),
        ((*CUSTOM, "conv_blocks='['"), ("conv_blocks", "list")),
        ((*CUSTOM, "conv_blocks='2024-99-99'"), ("conv_blocks", "list")),
        ((*CUSTOM, "conv_blocks=2024-99-99"), ("conv_blocks", "not YAML")),
        ((*CUSTOM, "conv_blocks=" + "[" * 5000), ("conv_blocks", "not YAML")),
        ((*CUSTOM, "conv_blocks=[1, 2"), ("conv_blocks", "not YAML")),
        ((*CUSTOM, "conv_blocks=[1]\n---\n[2]"), ("conv_blocks", "not YAML")),
        ((*CUSTOM, "conv_blocks=!!python/name:os.system"), ("conv_blocks", "YAML")),
        ((*CUSTOM, "conv_blocks={low: 1, low: 2}"), ("conv_blocks", "twice")),
        ((*CUSTOM, "conv_blocks={low: 1}"), ("conv_blocks", "high")),
        ((*CUSTOM, "conv_blocks={low: 3, high: 1}"), ("conv_blocks", "above")),
        ((*CUSTOM, "conv_blocks=[1, 1]"), ("conv_blocks", "twice")),
        ((*CUSTOM, "conv_blocks=&a [*a]"), ("conv_blocks", "whole number")),
        ((*CUSTOM, "conv_kernel=[3.0]"), ("conv_kernel", "whole number")),
        ((*CUSTOM, "learning_rate=[1e-4]"), ("learning_rate", "1.0e-4")),
        ((*CUSTOM, "learning_rate=[.nan]"), ("learning_rate", "nan")),
        ((*CUSTOM, "learning_rate=[.inf]"), ("learning_rate", "inf")),
        ((*CUSTOM, "learning_rate={low: 0, high: .inf}"), ("learning_rate", "0")),
        ((*CUSTOM, r'optimizer=["\e[31m"]'), ("optimizer", "adam")),
        ((*CUSTOM, "optimizer=[adam, adma]"), ("optimizer", "adam")),
        (("project_name=",), ("project_name", "characters")),
        (("project_name=" + "x" * 61,), ("project_name", "characters")),
        (("project_name=a\nb",), ("project_name", "one line")),
        (("project_name=a\x1b[31m",), ("project_name", "one line")),
        (("project_name=\udcff",), ("project_name", "one line")),
        (("project_name= a",), ("project_name", "spaces")),
        (("setup=full", "package_name=../up"), ("package_name", "lower-case")),
        (("setup=full", "package_name=a\n"), ("package_name", "lower-case")),
        (("setup=full", "package_name={{ 1 }}"), ("package_name", "lower-case")),
        (("setup=full", "package_name=json"), ("package_name", "choose another")),
    ],
)
def test_new_refuses_an_answer(
    answers: tuple[str, ...],
    words: tuple[str, ...],
    run: Run,
    template: Path,
    tmp_path: Path,
) -> None:
    data = [word for answer in answers for word in ("-d", answer)]
    root = tmp_path / "parent" / "project"
    refused(run("new", root, "--template", template, *data), *words)
    assert not root.parent.exists()


def test_an_empty_folder_stays_empty_where_an_answer_is_refused(
    run: Run, template: Path, tmp_path: Path
) -> None:
    (tmp_path / "project").mkdir()
    ran = run("new", tmp_path / "project", "--template", template, "-d", "trials=5")
    refused(ran, "trials")
    assert list((tmp_path / "project").iterdir()) == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"", ("holds no answers",)),
        (b"# nothing\n", ("holds no answers",)),
        (b"- setup\n- full\n", ("holds no answers",)),
        (b"full\n", ("holds no answers",)),
        (b"setup: [full\n", ("not YAML", "line")),
        (b"setup: full\n\ttrials: 5\n", ("not YAML", "line 2")),
        (b"setup: full\n---\nsetup: quick\n", ("not YAML",)),
        (b"setup: full\nsetup: quick\n", ("setup", "twice", "line 2")),
        (b"setup: \x00\n", ("not YAML",)),
        (b"setup: !include x.yml\n", ("not YAML",)),
        (b"project_name: \xff\n", ("not UTF-8",)),
        (b"a: 2024-13-13\n", ("not YAML",)),
        (b"_commit: x\n_tasks: [x]\n", ("'_tasks'",)),
        (b"1: x\n", ("1",)),
        (b"on: x\n", ("True",)),
        (b"null: x\n", ("None",)),
        (b"[a, b]: x\n", ("not YAML",)),
        (b"project_name: 2024\n", ("project_name", "quotes")),
        (b"project_name: 2024-01-01\n", ("project_name", "quotes")),
        (b"project_name:\n", ("project_name", "quotes")),
        (b"project_name: {a: b}\n", ("project_name", "quotes")),
        (b"setup: full\npruner: off\n", ("pruner", "quotes")),
        (b"setup: full\ntrials: 5.0\n", ("trials", "whole number")),
        (b"setup: full\ntrials: yes\n", ("trials", "whole number")),
        (b"setup: full\ntrials: [5]\n", ("trials", "whole number")),
        (b"setup: full\ntrials:\n", ("trials", "whole number")),
        (b"setup: full\nlayer_types: conv\n", ("layer_types", "list")),
        (b"setup: full\nlayer_types:\n", ("layer_types", "list")),
        (b"setup: full\nlayer_types: [[conv]]\n", ("layer_types", "conv")),
        (
            b"setup: full\nkeep_weights: above\nweights_threshold: .nan\n",
            ("weights_threshold", "number"),
        ),
        (
            b"setup: full\nkeep_weights: above\nweights_threshold: 1" + b"0" * 400,
            ("weights_threshold", "number"),
        ),
        (b"trials: 5\n", ("trials", "needs setup=full")),
    ],
)
def test_new_refuses_a_data_file(
    text: bytes, words: tuple[str, ...], run: Run, template: Path, tmp_path: Path
) -> None:
    file = tmp_path / "answers.yml"
    file.write_bytes(text)
    root = tmp_path / "project"
    refused(run("new", root, "--template", template, "--data-file", file), *words)
    assert not root.exists()


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("missing.yml", ("missing.yml", "No such file")),
        ("folder", ("folder", "directory")),
        ("file/answers.yml", ("answers.yml", "ot a directory")),
        ("x" * 300, ("too long",)),
    ],
)
def test_new_refuses_a_data_file_that_is_none(
    name: str, words: tuple[str, ...], run: Run, template: Path, tmp_path: Path
) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    root = tmp_path / "project"
    ran = run("new", root, "--template", template, "--data-file", tmp_path / name)
    refused(ran, *words)
    assert not root.exists()


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("file", ("is a file",)),
        ("file/project", ("file/project",)),
        ("full", ("is not empty",)),
        ("hidden", ("is not empty",)),
        ("dangling", ("cannot be made",)),
        ("x" * 300, ("too long",)),
    ],
)
def test_new_refuses_a_destination(
    name: str, words: tuple[str, ...], run: Run, template: Path, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("mine")
    for folder, file in (("full", "notes.txt"), ("hidden", ".notes")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / file).write_text("mine")
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    before = files_of(tmp_path)
    refused(run("new", tmp_path / name, "--template", template), *words)
    assert files_of(tmp_path) == before
    assert (tmp_path / "dangling").is_symlink()


def test_new_refuses_a_parent_that_is_not_writable(
    run: Run, template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied(*_: Any, **__: Any) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "mkdir", denied)
    ran = run("new", tmp_path / "project", "--template", template)
    refused(ran, "project", "Permission denied")


@pytest.mark.parametrize("existing", [True, False])
@pytest.mark.parametrize("reason", [KeyboardInterrupt(), OSError(28, "Disk full")])
def test_nothing_is_half_written(
    existing: bool,
    reason: BaseException,
    run: Run,
    template: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    root = tmp_path / "parent" / "project"
    if existing:
        root.mkdir(parents=True)

    def write_half(_: str, folder: Path, **__: Any) -> None:
        (folder / "package").mkdir()
        (folder / "package" / "file.py").touch()
        (folder / "README.md").touch()
        raise reason

    monkeypatch.setattr(copier, "run_copy", write_half)
    ran = run("new", root, "--template", template)
    if isinstance(reason, KeyboardInterrupt):
        assert (ran.status, ran.out, ran.err) == (130, "", "")
    else:
        refused(ran, "Disk full")
    assert list(tmp_path.rglob("*")) == ([root.parent, root] if existing else [])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), ("COMMAND",)),
        (("nwe",), ("'nwe'", "new")),
        (("new",), ("DEST",)),
        (("new", ""), ("DEST", "empty")),
        (("new", "a", "b"), ("b",)),
        (("new", "a", "two\nlines"), ("two lines",)),
        (("new", "a", "--dat", "x=1"), ("--dat",)),
        (("new", "a", "-d"), ("-d",)),
        (("new", "a", "--data-file"), ("--data-file",)),
        (("new", "a", "--data-file", ""), ("--data-file", "empty")),
        (("new", "a", "--template", ""), ("--template", "empty")),
        (("new", "a", "--vcs-ref", ""), ("--vcs-ref", "empty")),
        (("new", "a", "--trust"), ("--trust",)),
        (("new", "a", "--force"), ("--force",)),
        (("preview", "a", "b"), ("b",)),
        (("preview", "--against", "x"), ("--against", "'x'", "QUESTION=ANSWER")),
        (("demo", ""), ("DEST", "empty")),
        (("demo", "--trials", "0"), ("--trials", "'0'")),
        (("demo", "--trials", "2.5"), ("--trials", "'2.5'")),
        (("demo", "--epochs", "9" * 5000), ("--epochs",)),
        (("--verbose",), ("COMMAND",)),
    ],
)
def test_a_command_line_is_refused(
    words: tuple[str, ...],
    said: tuple[str, ...],
    run: Run,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    refused(run(*words), *said)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", [("new", "project"), ("preview",)])
@pytest.mark.parametrize(
    ("source", "words"),
    [
        (("--template", "nowhere"), ("nowhere",)),
        (("--template", "empty"), ("empty", "copier.yml")),
        (("--template", "other"), ("other", "not a Tunewright template")),
        (("--template", "broken"), ("broken", "template")),
        (("--template", "file:///nowhere/x.git"), ("nowhere",)),
        (("--template", "repository", "--vcs-ref", "v99"), ("v99",)),
        (("--template", "repository", "--vcs-ref", "--help"), ("--vcs-ref",)),
    ],
)
def test_a_template_is_refused(
    command: tuple[str, ...],
    source: tuple[str, ...],
    words: tuple[str, ...],
    run: Run,
    repository: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("empty", "other", "broken"):
        (tmp_path / name).mkdir()
    (tmp_path / "other" / "copier.yml").write_text("colour: {type: str}\n")
    (tmp_path / "broken" / "copier.yml").write_text("colour: [\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COPIER_CACHE_DIR", str(tmp_path / "cache"))
    refused(run(*command, *source), *words)
    assert repository.is_dir()
    assert not (tmp_path / "project").exists()


def test_a_program_without_a_template_says_so(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(options, "TEMPLATE", tmp_path)
    refused(run("new", tmp_path / "project"), "--template")
    refused(run("preview"), "--template")
    refused(run("demo", tmp_path / "project"), "--template")
    assert list(tmp_path.iterdir()) == []


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

    commit(root, "As generated")
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


def test_the_program_generates_from_its_own_checkout(run: Run, tmp_path: Path) -> None:
    assert run("new", tmp_path / "project").status == 0
    assert answers_of(tmp_path / "project")["_src_path"] == str(TEMPLATE)


def test_a_template_elsewhere_is_taken_at_its_latest_version(
    run: Run, repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COPIER_CACHE_DIR", str(tmp_path / "cache"))
    git(repository, "tag", "v1.0.0")
    (repository / "template" / "project" / "NOTES.md").write_text("Later\n")
    commit(repository, "Later")
    url = f"git+file://{repository}"
    assert run("new", tmp_path / "latest", "--template", url).status == 0
    assert answers_of(tmp_path / "latest")["_commit"] == "v1.0.0"
    ran = run("new", tmp_path / "head", "--template", url, "--vcs-ref", "HEAD")
    assert ran.status == 0
    assert not (tmp_path / "latest" / "NOTES.md").exists()
    assert (tmp_path / "head" / "NOTES.md").is_file()
    ran = run("new", tmp_path / "no", "--template", url, "-d", "trials=5")
    refused(ran, "trials", "setup=full")
    assert "NOTES.md" in run("preview", "--template", url, "--vcs-ref", "HEAD").out


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


def test_preview_finds_a_file_by_its_name_alone(
    run: Run, template: Path, project: Path
) -> None:
    ran = run("preview", "-d", "setup=quick", "model.py", "--template", template)
    assert ran.out == (project / "digit_study" / "model.py").read_text("utf-8")


def test_preview_takes_answers(run: Run, template: Path, tmp_path: Path) -> None:
    file = tmp_path / "answers.yml"
    file.write_text("setup: full\npackage_name: mine\ntrials: 3\n")
    words = ["--data-file", file, "-d", "trials=77", "--template", template]
    assert "77" in run("preview", "mine/settings.py", *words).out


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
    assert headers(gone.out) == (["a/digit_study/progress.py"], ["/dev/null"])
    words += ["-d", "verbosity=silent"]
    made = run("preview", *words, "--against", "verbosity=progress")
    assert headers(made.out) == (["/dev/null"], ["b/digit_study/progress.py"])


def test_the_difference_follows_a_file_into_another_package(
    run: Run, template: Path
) -> None:
    words = ["settings.py", "--against", "project_name=Other", "--template", template]
    ran = run("preview", *words)
    old, new = ["a/digit_study/settings.py"], ["b/other/settings.py"]
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
        (("-d", "trials=5"), ("trials", "needs setup=full")),
        (("--against", "trials=5"), ("trials", "needs setup=full")),
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


def test_every_type_of_question_is_checked_strictly() -> None:
    # Copier makes 5 of 5.7 for an int, and takes nan for a float.
    types = {q["type"] for q in questions().values() if q.get("when") is not False}
    assert types <= {"bool", "str", "yaml"}


@pytest.mark.parametrize("words", [(), ("new",), ("preview",), ("demo",)])
def test_help_comes_at_once(words: tuple[str, ...]) -> None:
    command = [sys.executable, "-X", "importtime", "-m", "tunewright", *words, "--help"]
    times = []
    for _ in range(3):
        began = time.monotonic()
        ran = subprocess.run(command, capture_output=True, check=True, text=True)
        times.append(time.monotonic() - began)
        assert "usage: tunewright" in ran.stdout
        assert "copier" not in ran.stderr
    assert min(times) < 0.5


def test_the_version_is_that_of_the_package() -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "tunewright", "--version"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout == "tunewright 0.1.0\n"


@pytest.fixture
def ascii_terminal() -> Iterator[dict[str, str]]:
    """The environment of a terminal that knows no more than ASCII."""
    yield os.environ | {"PYTHONIOENCODING": "ascii"}


def test_a_terminal_may_lack_a_titles_letters(
    template: Path, ascii_terminal: dict[str, str]
) -> None:
    words = ["preview", "pyproject.toml", "-d", "project_name=Zahlen üben"]
    ran = subprocess.run(
        [sys.executable, "-m", "tunewright", *words, "--template", str(template)],
        capture_output=True,
        check=False,
        text=True,
        env=ascii_terminal,
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    assert r"Zahlen \xfcben" in ran.stdout


def test_a_reader_may_stop_reading(template: Path) -> None:
    words = ["preview", "--template", str(template)]
    process = subprocess.Popen(
        [sys.executable, "-m", "tunewright", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None and process.stderr is not None
    process.stdout.close()
    assert process.stderr.read() == b""
    process.wait()


def test_ctrl_c_leaves_nothing_and_shows_no_traceback(
    template: Path, tmp_path: Path
) -> None:
    root = tmp_path / "project"
    process = subprocess.Popen(
        [sys.executable, "-m", "tunewright", "new", root, "--template", template],
        stderr=subprocess.PIPE,
        text=True,
    )
    while not root.exists():
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    _, err = process.communicate()
    assert (process.returncode, err) == (130, "")
    assert not root.exists()
