"""The `tunewright` command as a whole: help, output and interruption."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tunewright.questions import questions, type_of


def test_every_type_of_question_is_checked_strictly() -> None:
    # Copier makes 5 of 5.7 for an int, and takes nan for a float.
    types = {type_of(q) for q in questions().values() if q.get("when") is not False}
    assert types <= {"bool", "str", "yaml"}


@pytest.mark.parametrize(
    "words",
    [(), ("new",), ("update",), ("preview",), ("browse",), ("demo",), ("compare",)],
)
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
