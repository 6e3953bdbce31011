"""The demo: a project generated, tuned and rebuilt in one command."""

import os
import re
import shutil
import signal
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest
from tunewright.__main__ import main
from tunewright.commands import demo
from tunewright.questions import TEMPLATE


@pytest.fixture
def python(tmp_path: Path) -> Path:
    """A Python that has all that this one has, so that this one is left as it is."""
    root = tmp_path / "venv"
    venv.create(root)
    packages = sysconfig.get_path("purelib")
    (found,) = root.glob("lib/python*/site-packages")
    (found / "all.pth").write_text(f"import site; site.addsitedir({packages!r})\n")
    return root / "bin" / "python"


def test_the_demo_ends_with_a_rebuilt_model_that_scores_as_logged(
    python: Path, template: Path, tmp_path: Path
) -> None:
    words = ["demo", "--trials", "2", "--epochs", "1", "--template", str(template)]
    ran = subprocess.run(
        [python, "-m", "tunewright", *words],
        cwd=tmp_path,
        check=False,
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0, ran.stderr
    project = tmp_path / "demo" / "digit-study"
    assert re.findall(r"^\$ (.*)", ran.stdout, re.MULTILINE) == [
        f"python -m copier copy --defaults --vcs-ref HEAD {template} demo/digit-study",
        "cd demo/digit-study",
        "python -m pip install --disable-pip-version-check --quiet -e .",
        "python -m digit_study tune --trials 2 --epochs 1",
        "python -m digit_study trials",
        "python -m digit_study reconstruct best --out best.keras",
        "python -m digit_study report",
    ]
    assert "2 trials" in ran.stdout
    scores = re.findall(r"val_accuracy: (\S+) \(logged: (\S+)\)", ran.stdout)
    assert len(scores) == 1
    assert scores[0][0] == scores[0][1]
    assert len(list(project.glob("runs/*/trials/trial_*.json"))) == 2
    assert (project / "best.keras").is_file()
    assert (project / "runs" / "default" / "report.html").is_file()

    last = ran.stdout.split("$ ")[-1]
    assert "demo/digit-study" in last
    assert "source venv/bin/activate" in last
    for command in ("tune --trials 40", "tune --study", "copier update"):
        assert command in last


def test_make_installs_what_the_demo_runs_and_no_more(tmp_path: Path) -> None:
    shutil.copy(TEMPLATE / "Makefile", tmp_path)
    (tmp_path / "pyproject.toml").write_text("")

    def said() -> list[str]:
        plan = ["make", "--dry-run", "--no-print-directory", "demo"]
        return subprocess.check_output(plan, cwd=tmp_path, text=True).splitlines()

    steps = said()
    installs = [step.split(" install ")[1] for step in steps if " install " in step]
    assert installs == ["--quiet --disable-pip-version-check uv", "--quiet -e ."]
    assert steps[-1] == ".venv/demo/bin/tunewright demo --trials 6 --epochs 12"

    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv" / "ready").touch()
    assert said() == [".venv/bin/tunewright demo --trials 6 --epochs 12"]


def test_uv_installs_where_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    assert demo.installer()[0] == "pip"
    (tmp_path / "uv").touch()
    assert demo.installer()[0] == "uv"


def test_the_demo_takes_a_name_that_is_free(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert demo.free_folder(Path("demo")) == Path("demo/digit-study")
    for number in ("", "-2", "-3"):
        (tmp_path / "demo" / f"digit-study{number}").mkdir(parents=True)
    assert demo.free_folder(Path("demo")) == Path("demo/digit-study-4")


@pytest.mark.parametrize("kind", ["file", "full folder"])
def test_the_demo_overwrites_nothing(
    kind: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    mine = tmp_path / "mine" if kind == "file" else tmp_path / "folder" / "mine"
    mine.parent.mkdir(exist_ok=True)
    mine.write_text("mine")
    there = mine if kind == "file" else mine.parent
    assert main(["demo", str(there)]) == 2
    out, err = capfd.readouterr()
    assert out == ""
    assert err.startswith(f"error: {there} is ") and err.count("\n") == 1
    assert mine.read_text() == "mine"


def test_a_step_that_fails_ends_the_demo_in_one_line(
    template: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    failing = tmp_path / "failing"
    failing.write_text("#!/bin/sh\necho it broke; exit 7\n")
    failing.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(failing))
    root = tmp_path / "project"
    assert main(["demo", str(root), "--template", str(template)]) == 1
    out, err = capfd.readouterr()
    assert out.count("$ ") == 1
    assert out.endswith("it broke\n")
    assert err.startswith("error: ") and err.count("\n") == 1
    assert "copier copy" in err and "status 7" in err


SLOW = """\
import time
try:
    print("begun", flush=True)
    time.sleep(60)
except KeyboardInterrupt:
    time.sleep(1)
    print("in order", flush=True)
"""


def test_ctrl_c_lets_a_step_put_its_things_in_order(tmp_path: Path) -> None:
    (tmp_path / "copier.py").write_text(SLOW)
    process = subprocess.Popen(
        [sys.executable, "-m", "tunewright", "demo"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    while process.stdout.readline() != "begun\n":
        assert process.poll() is None
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate()
    assert (process.returncode, out, err) == (130, "in order\n", "")
