"""Command lines of a generated project that nobody would type in earnest."""

import contextlib
import io
import os
from pathlib import Path

import click
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import Render
from tests.rendering import Project

NAMES = [
    *(
        "",
        ".",
        "..",
        "../x",
        "a/b",
        "a\\b",
        "/",
        "a\0b",
        "a\nb",
        "😀",
        "\udcff",
        "x" * 65,
    ),
    *(
        "x" * 5000,
        "CON",
        "nul",
        "Com1.txt",
        "lpt9",
        "a.",
        "-",
        "--",
        " a",
        "a ",
        "~",
        "$HOME",
    ),
]
NUMBERS = [
    *(
        "-1",
        "²",
        "٣",
        "\uff11",
        "1_0",
        "+1",
        " 1",
        "1 ",
        "0x1",
        "1e3",
        "nan",
        "9" * 9,
        "9" * 19,
    ),
    *("9" * 5000, "\udcff", "\0", "", "worst", "best ", "🥇", "1\n2"),
]
TAKEN = {"٣", "\uff11", "1_0", "+1", " 1", "1 "}
"""What is no trial, but a number of trials as Python reads it."""
OUT = [
    *(
        "nowhere/a.keras",
        ".",
        "a.h5",
        ".keras",
        "\0.keras",
        "a\n.keras",
        "\udcff.keras",
    ),
    *("x" * 300 + ".keras", "file/a.keras", "folder.keras", ""),
]


@pytest.fixture(scope="module")
def project(render: Render) -> Project:
    """Render a project, and run a study of one trial."""
    project = render(
        package_name="hostile_words",
        epochs=1,
        search_space="small",
        layer_types=["conv", "dense"],
    )
    assert project.run("tune", "--trials", "1").status == 0
    (project.root / "file").write_text("")
    for suffix in (".keras", ".html"):
        (project.root / f"folder{suffix}").mkdir()
    return project


@pytest.fixture
def within(project: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    """Enter the project's folder."""
    monkeypatch.chdir(project.root)
    return project


def run(project: Project, *words: str) -> tuple[int, str, str]:
    """Return a command's exit status and what it prints; it may leave nothing new."""
    out, err = io.StringIO(), io.StringIO()
    before = sorted(project.root.rglob("*"))
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            status = project.load("__main__").main(list(words))
        except SystemExit as end:  # --help
            status = end.code
    after = [p for p in sorted(project.root.rglob("*")) if "__pycache__" not in p.parts]
    assert after == [p for p in before if "__pycache__" not in p.parts]
    return status, out.getvalue(), err.getvalue()


def assert_refused(project: Project, *words: str, at_once: bool = True) -> None:
    """See that a command says in one line that shows why it does nothing."""
    status, out, err = run(project, *words)
    assert status == 2, err
    assert not (out and at_once), out
    assert len(err.splitlines()) == 1 and err.rstrip("\n").isprintable(), err


@pytest.mark.parametrize("command", ["tune", "trials", "reconstruct", "report"])
@pytest.mark.parametrize("name", NAMES, ids=lambda name: ascii(name)[:20])
def test_a_hostile_name_is_no_study(within: Project, command: str, name: str) -> None:
    assert_refused(within, command, f"--study={name}")


@pytest.mark.parametrize("number", NUMBERS, ids=lambda number: ascii(number)[:20])
def test_a_hostile_number_is_no_trial(within: Project, number: str) -> None:
    assert_refused(within, "reconstruct", number)
    assert_refused(within, "reconstruct", "--", number)
    if number not in TAKEN:
        assert_refused(within, "tune", f"--trials={number}")


@pytest.mark.parametrize("out", OUT, ids=lambda out: ascii(out)[:20])
def test_a_hostile_place_is_none_for_a_model(within: Project, out: str) -> None:
    # Only where the model is written it is found that a name is too long.
    short = len(out) < 256
    assert_refused(within, "reconstruct", "0", f"--out={out}", at_once=short)
    assert_refused(within, "report", f"--out={out}")
    assert_refused(within, "report", f"--out={out.replace('.keras', '.html')}")


@pytest.mark.parametrize("command", ["tune", "trials", "reconstruct", "report"])
@pytest.mark.parametrize(
    "runs", ["file", "file/x", "a\0b", "a\nb", "\udcff", "x" * 5000, "/dev/null"]
)
def test_a_hostile_folder_holds_no_studies(
    within: Project, command: str, runs: str
) -> None:
    words = ["--in-process"] if command == "tune" else []
    assert_refused(within, command, f"--runs={runs}", *words)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may do everything")
def test_a_folder_that_may_not_be_read_is_named(
    within: Project, tmp_path: Path
) -> None:
    tmp_path.chmod(0)
    for command in ("tune", "trials", "reconstruct", "report"):
        words = ["--in-process"] if command == "tune" else []
        assert_refused(within, command, "--runs", str(tmp_path / "runs"), *words)
    tmp_path.chmod(0o700)


OPTIONS = ["--study", "--runs", "--json", "--seed", "--epochs", "--timeout", "--trials"]
ANY_WORD = (
    st.sampled_from([*OPTIONS, "--help", "-h", "--version", *NAMES, *NUMBERS])
    | st.text(max_size=20)
    | st.builds(
        "{}={}".format, st.sampled_from(OPTIONS), st.sampled_from([*NAMES, *NUMBERS])
    )
)
WORDS = st.lists(ANY_WORD, max_size=5)
quietly = settings(
    deadline=None, max_examples=400, suppress_health_check=list(HealthCheck)
)


@quietly
@given(command=st.sampled_from(["trials", "reconstruct"]) | ANY_WORD, words=WORDS)
def test_any_words_end_in_a_status(
    within: Project, command: str, words: list[str]
) -> None:
    if command == "tune":
        return
    status, _, err = run(within, command, *words)
    assert status in {0, 2}
    assert len(err.splitlines()) == (1 if status else 0), err


@quietly
@given(words=WORDS)
def test_any_words_for_tune_are_understood_or_refused(
    within: Project, words: list[str]
) -> None:
    if not "".join(words).isprintable():  # `main` has refused them
        return
    main, errors = within.load("__main__"), within.load("errors")
    with contextlib.redirect_stdout(io.StringIO()):
        try:
            options = main.tune.make_context("tune", [*words]).params
            study = main.Study(options["runs"], options["name"])
        except (errors.UserError, click.ClickException, click.exceptions.Exit):
            return
    assert study.folder.parent == options["runs"]
    assert study.folder.name not in {"", ".", ".."}
