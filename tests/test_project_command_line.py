"""The generated project's command line: help at once, and one line for a mistake."""

import contextlib
import io
import json
import os
import shlex
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from tunewright.questions import choices, questions

from tests.conftest import Render
from tests.rendering import Project


@pytest.fixture(scope="module")
def project(render: Render) -> Project:
    """Render a project, and run a study of one trial."""
    project = render(package_name="command_line", epochs=1, search_space="small")
    assert project.run("tune", "--trials", "1").status == 0
    return project


@pytest.fixture(scope="module")
def of_framework(render: Render) -> Callable[[str], Project]:
    """Render a project of a framework when it is first asked for."""
    return cache(
        lambda framework: render(
            package_name=f"command_line_{framework}", framework=framework
        )
    )


@pytest.mark.parametrize(
    "command",
    [[], ["tune"], ["trials"], ["studies"], ["reconstruct"], ["report"]],
)
@pytest.mark.parametrize("framework", choices(questions()["framework"]))
def test_help_imports_no_framework(
    of_framework: Callable[[str], Project], framework: str, command: list[str]
) -> None:
    project = of_framework(framework)
    code = (
        "import sys; sys.argv[0] = 'command-line'\n"
        f"from {project.package}.__main__ import main\n"
        "try: main(sys.argv[1:])\n"
        "finally: print(*sys.modules, file=sys.stderr)"
    )
    shown = subprocess.run(
        [sys.executable, "-c", code, *command, "--help"],
        cwd=project.root,
        check=True,
        capture_output=True,
        text=True,
    )
    assert shown.stdout.startswith(" ".join(["Usage: command-line", *command]))
    imported = set(shown.stderr.split())
    slow = {"keras", "keras_tuner", "optuna", "scikeras", "scipy", "sklearn"}
    assert not imported & (slow | {"jinja2", "numpy", "plotly", "tensorflow"})


@pytest.mark.parametrize(
    ("framework", "option"),
    [
        ("manual", "--grid-limit"),
        ("sampler", "--grid-limit"),  # which the default algorithm has no use for
        ("optuna", "--grid-limit"),
    ],
)
def test_an_option_that_would_do_nothing_is_not_there(
    of_framework: Callable[[str], Project], framework: str, option: str
) -> None:
    ran = of_framework(framework).run("tune", option, "3")
    assert ran.status == 2
    assert len(ran.err.splitlines()) == 1
    assert option in ran.err


@pytest.mark.parametrize(
    ("command", "named"),
    [
        ("tun", "Did you mean 'tune'"),
        ("tune --trials 0", "--trials"),
        ("tune --trials -1", "--trials"),
        ("tune --trials 1.5", "--trials"),
        ("tune --trials many", "--trials"),
        ("tune --trials ٣x", "--trials"),
        ("tune --trials 99999999999", "--trials"),
        ("tune --trials", "--trials"),
        ("tune --trial 3", "Did you mean one of: '--trial-timeout', '--trials'"),
        ("tune --epochs 0", "--epochs"),
        ("tune --epochs 2", "--epochs"),
        ("tune --seed -1", "--seed"),
        ("tune --seed 5", "--seed"),
        ("tune --seed 4294967296", "--seed"),
        ("tune --timeout 0", "--timeout"),
        ("tune --timeout -3", "--timeout"),
        ("tune --timeout soon", "--timeout"),
        ("tune --timeout 2d", "write 90, 90s, 30m or 2h"),
        ("tune --timeout 0h", "--timeout"),
        ("tune --trial-timeout -3", "--trial-timeout"),
        ("tune --trails 3", "Did you mean '--trials'?"),
        ("tune --study ../x", "--study"),
        ("tune --study a/b", "--study"),
        ("tune --study .hidden", "--study"),
        ("tune --study ''", "--study"),
        ("tune extra", "extra"),
        ("tune --frobnicate", "--frobnicate"),
        ("trials --study none", "(found: default)"),
        ("trials 3", "3"),
        ("reconstruct worst", "worst"),
        ("reconstruct -1", "-1"),
        ("reconstruct 1.0", "1.0"),
        ("reconstruct 99", "99"),
        ("reconstruct --study none", "none"),
        ("reconstruct --out best.h5", ".keras"),
        ("reconstruct --out nowhere/best.keras", "nowhere"),
        ("reconstruct --out .", "--out"),
        ("reconstruct 0 0", "0"),
        ("report --study none", "none"),
        ("report --out report.pdf", ".html"),
        ("report --out nowhere/report.html", "nowhere"),
        ("report 0", "0"),
    ],
)
def test_a_mistake_ends_in_one_line(
    project: Project, command: str, named: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project.root)
    before = sorted(project.root.glob("runs/**/*"))
    ran = project.run(*[word.strip("'") for word in command.split()])
    assert ran.status == 2
    assert ran.out == ""
    assert len(ran.err.splitlines()) == 1, ran.err
    assert named in ran.err
    assert sorted(project.root.glob("runs/**/*")) == before


def test_no_command_is_answered_with_help(project: Project) -> None:
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = project.load("__main__").main([])
    assert (status, out.getvalue()) == (2, "")
    assert "Commands:" in err.getvalue()


def test_the_version_is_that_of_the_package(project: Project) -> None:
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        assert project.load("__main__").main(["--version"]) == 0
    version = project.load("__init__").__version__
    assert out.getvalue() == f"{project.load('config').PROJECT}, version {version}\n"


@pytest.mark.parametrize(
    ("written", "seconds"),
    [("90", 90), ("90s", 90), ("0.5", 0.5), ("30m", 1800), ("2h", 7200)],
)
def test_a_time_is_written_with_its_unit(
    project: Project, written: str, seconds: float
) -> None:
    assert project.load("commands").duration(written) == seconds


def test_a_study_that_has_its_trials_says_that_nothing_was_done(
    project: Project,
) -> None:
    words = ("tune", "--study", "done", "--trials")
    assert "nothing to do" not in project.run(*words, "2").out
    ran = project.run(*words, "1")
    assert ran.status == 0
    first, *rest = ran.out.splitlines()
    assert first == "nothing to do: 2 of 1 trials; raise --trials"
    assert rest[0].startswith("The best is trial ") and "has 2 trials" not in ran.out


def test_what_goes_on_is_the_command_with_all_its_options(project: Project) -> None:
    words = ["tune", "--trials", "7", "--timeout", "0.001s", "--trial-timeout", "2h"]
    words += ["--study", "timed", "--seed", "3", "--epochs", "2"]
    ran = project.run(*words)
    assert ran.status == 0
    said, again = ran.err.splitlines()
    assert said == "Out of time: 0 of 7 trials are logged. To go on:"
    assert shlex.split(again)[:3] == ["python", "-m", project.package]
    assert shlex.split(again)[3 : 3 + len(words)] == words
    assert "--in-process" in again


def test_bash_completes_options(project: Project) -> None:
    code = (
        "import sys; sys.argv[0] = 'command-line'\n"
        f"from {project.package}.__main__ import main\nsys.exit(main())"
    )
    asked = {"COMP_WORDS": "command-line tune --tri", "COMP_CWORD": "2"}
    asked["_COMMAND_LINE_COMPLETE"] = "bash_complete"
    shown = subprocess.run(
        [sys.executable, "-c", code],
        cwd=project.root,
        env=os.environ | asked,
        capture_output=True,
        text=True,
        check=True,
    )
    assert shown.stdout.split() == ["plain,--trials", "plain,--trial-timeout"]
    assert shown.stderr == ""


@pytest.mark.parametrize("words", [["trials"], ["trials", "--json"], ["show", "0"]])
def test_a_reader_who_has_seen_enough_is_told_of_no_mistake(
    project: Project, words: list[str]
) -> None:
    read, write = os.pipe()
    os.close(read)
    command = [sys.executable, "-m", project.package, *words]
    ran = subprocess.run(
        command, cwd=project.root, stdout=write, stderr=subprocess.PIPE, check=False
    )
    os.close(write)
    assert (ran.returncode, ran.stderr) == (1, b"")


@pytest.mark.parametrize(
    "rubbish", ["", "{", "[]", "null", '{"epochs": 1}', "\x00\xff", '{"seed": NaN}']
)
def test_a_broken_study_file_is_named(
    project: Project, rubbish: str, tmp_path: Path
) -> None:
    study = project.root / "runs" / "default"
    paths = [study / "study.json", study / "trials" / "study.json"]
    before = paths[0].read_bytes()
    try:
        for command in ("tune", "reconstruct", "report"):
            for path in paths:
                path.write_bytes(rubbish.encode("latin-1"))
            ran = project.run(command)
            assert ran.status == 2
            *set_aside, error = ran.err.splitlines()
            assert all("study.json.broken" in line for line in set_aside)
            assert len(set_aside) == 2 and "study.json is lost" in error
            assert "--study" in error
        assert project.run("trials").status == 0
    finally:
        for path in paths:
            path.write_bytes(before)


def test_runs_that_cannot_be_a_folder_are_named(
    project: Project, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    main = project.load("__main__").main
    assert main(["tune", "--in-process", "--runs", str(tmp_path / "file")]) == 2


def test_the_table_and_the_records_tell_the_same(project: Project) -> None:
    (record,) = json.loads(project.run("trials", "--json").out)
    head, row = project.run("trials").out.splitlines()
    assert head.split()[:3] == ["trial", "state", "val_accuracy"]
    number, state, score = row.split()[:3]
    assert (number, state) == ("0", record["state"])
    assert float(score) == pytest.approx(record["metrics"]["val_accuracy"], rel=1e-3)


def test_a_folder_with_any_name_holds_studies(project: Project, tmp_path: Path) -> None:
    words = ["tune", "--in-process", "--trials", "1"]
    for name in ("with space", "ünï?#%20{x}", "a'b"):
        runs = tmp_path / name
        main = project.load("__main__").main
        assert main([*words, "--runs", str(runs)]) == 0, name
        assert (runs / "default" / "study.json").exists()
