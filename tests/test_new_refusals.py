"""What `tunewright` refuses: one line, exit status 2, nothing written."""

from pathlib import Path
from typing import Any

import copier
import pytest
from tunewright import options

from tests.commands import Run, refused
from tests.repositories import files_of

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
        (("topics=[budget]",), ("topics", "needs setup=full")),
        (("setup=full", "topics=[budgets]"), ("topics", "'budgets'", "'budget'")),
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
        (("dimensions=3",), ("dimensions", "input_kind")),
        (("has_window=yes",), ("has_window", "set that")),
        (("objective_name=val_loss",), ("objective_name", "set those")),
        (
            ("framework=hyperopt",),
            ("framework", "'optuna', 'keras_tuner', 'search_cv'"),
        ),
        (("framework=../optuna",), ("framework", "'sampler', 'manual'")),
        (("framework=[optuna]",), ("framework", "'optuna'")),
        (("setup=full", "algorithm=hyperband"), ("algorithm", "'tpe', 'gp', 'cmaes'")),
        (
            ("algorithm=hyperband", "framework=optuna", "setup=full"),
            ("algorithm: 'hyperband' is not in ['tpe', 'gp', 'cmaes', 'qmc', ",),
        ),
        (
            ("setup=full", "framework=sampler", "algorithm=tpe"),
            ("algorithm: 'tpe' is not in ['random', 'grid']",),
        ),
        (("setup=full", "algorithm=manual"), ("algorithm", "'tpe'")),
        (
            ("setup=full", "framework=manual", "algorithm=manual"),
            ("algorithm", "other than manual"),
        ),
        (("setup=full", "wrapper=own"), ("wrapper", "needs framework=search_cv")),
        (
            ("setup=full", "framework=sampler", "pruner=median"),
            ("pruner", "framework=optuna"),
        ),
        (
            ("framework=sampler", "factor=3"),
            ("factor", "needs framework=optuna with pruner=hyperband"),
        ),
        (("pruner=median", "factor=3"), ("factor", "halving as algorithm elsewhere")),
        (("factor=1",), ("factor", "a whole number from 2 to 10")),
        (("factor=2.5",), ("factor", "a whole number from 2 to 10")),
        (
            ("algorithm=random", "n_startup_trials=4"),
            ("n_startup_trials", "algorithm=tpe or gp"),
        ),
        (("n_startup_trials=0",), ("n_startup_trials", "from 1 to 1000")),
        (("pruner=median", "min_resource=2"), ("min_resource", "successive_halving")),
        (("framework=sampler", "min_resource=2"), ("min_resource", "pruner=hyperband")),
        (("min_resource=0",), ("min_resource", "a whole number from 1 to 1000")),
        (("n_warmup_steps=2",), ("n_warmup_steps", "pruner=median")),
        (
            ("pruner=median", "n_warmup_steps=-1"),
            ("n_warmup_steps", "a whole number from 0 to 1000"),
        ),
        (("pruner_startup_trials=2",), ("pruner_startup_trials", "pruner=median")),
        (
            ("pruner=median", "pruner_startup_trials=1.5"),
            ("pruner_startup_trials", "a whole number from 0 to 1000"),
        ),
        (
            ("hyperband_iterations=1",),
            ("hyperband_iterations", "framework=keras_tuner and algorithm=hyperband"),
        ),
        (
            ("framework=keras_tuner", "algorithm=random", "hyperband_iterations=1"),
            ("hyperband_iterations", "algorithm=hyperband"),
        ),
        (("complexity=low",), ("complexity", "needs advise=true")),
        (("advise=no", "uses_keras=no"), ("uses_keras", "needs advise=true")),
        (("proof_of_concept=yes",), ("proof_of_concept", "needs advise=true")),
        (("irregular_attributes=no",), ("irregular_attributes", "needs advise=true")),
        (("advise=please",), ("advise", "neither yes nor no")),
        (("advise=yes", "uses_keras=maybe"), ("uses_keras", "neither yes nor no")),
        (("advise=yes", "complexity=huge"), ("complexity", "'medium'")),
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
        (("setup=full", "layer_types=&a [*a]"), ("layer_types", "is not text")),
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
        (("setup=full", "package_name=../up"), ("package_name", "write a-z")),
        (("setup=full", "package_name=a\n"), ("package_name", "write a-z")),
        (("setup=full", "package_name={{ 1 }}"), ("package_name", "write a-z")),
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
    ran = run("new", tmp_path / "project", "--template", template, "-d", "trials=0")
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
        (b"topics: [budget]\n", ("topics", "needs setup=full")),
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
