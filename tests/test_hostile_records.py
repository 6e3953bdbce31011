"""Records as somebody who means harm would write them, or a failing disk."""

import contextlib
import io
import json
import os
import shutil
from collections.abc import Callable, Iterator
from functools import cache, partial
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tunewright.questions import choices, questions

from tests.conftest import Render
from tests.hostile import change, record_path, refused, tuned_project
from tests.often import often
from tests.rendering import Project
from tests.test_conformance import SCHEMA

FRAMEWORKS = choices(questions()["framework"])
VALID = jsonschema.Draft202012Validator(SCHEMA)

no_deadline = settings(deadline=None, suppress_health_check=list(HealthCheck))
each_framework = pytest.mark.parametrize(
    "framework", often(FRAMEWORKS, ["optuna", "manual"])
)


@pytest.fixture(scope="module")
def tuned(render: Render) -> Callable[[str], Project]:
    """A project of a framework with a study of a trial or two, made when first asked."""
    return cache(partial(tuned_project, render))


@pytest.fixture
def optuna(tuned: Callable[[str], Project], tmp_path: Path) -> Iterator[Project]:
    """That of Optuna, whose study is as it was afterwards."""
    project = tuned("optuna")
    shutil.copytree(project.root / "runs", tmp_path / "runs")
    yield project
    shutil.rmtree(project.root / "runs")
    shutil.copytree(tmp_path / "runs", project.root / "runs")


def read(project: Project, folder: Path, text: bytes) -> dict[str, Any] | None:
    """What a project makes of a record: one that is valid, or none and all of it is there."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    log = project.load("study").TrialLog(folder)
    path = log.record_path(0)
    path.write_bytes(text)
    err = io.StringIO()
    with contextlib.redirect_stderr(err):
        try:
            found = msgspec.json.encode(log.read(0))  # which has no tuples
            record: dict[str, Any] | None = json.loads(found)
        except project.load("errors").UserError as error:
            assert "version" in str(error)
            assert path.read_bytes() == text
            return None
    if record is None:
        assert path.with_name("trial_0000.json.broken").read_bytes() == text
        assert err.getvalue().startswith("trial 0: ")
        assert len(err.getvalue().splitlines()) == 1
    else:
        VALID.validate(record)
        assert record["weights"] in (None, "trial_0000.weights.h5")
        assert err.getvalue() == ""
    return record


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from([-1, 0, 1, 2**32, 2**53, 2**64, 10**400, "../../x", "\ud800"])
    | st.floats()  # NaN too, which json.dumps writes and nobody may read
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The way to each value within a value."""
    found = [path] if path else []
    if isinstance(value, dict | list):
        keys = value if isinstance(value, dict) else range(len(value))
        for key in keys:
            found += places(value[key], (*path, key))
    return found


@st.composite
def damage(draw: st.DrawFn, text: str) -> bytes:
    """A record in which some values are others, or gone, or there twice."""
    record = json.loads(text)
    for _ in range(draw(st.integers(1, 3))):
        *way, last = draw(st.sampled_from(places(record)))
        parent = record
        for key in way:
            parent = parent[key]
        if draw(st.booleans()):
            parent[last] = draw(JSON)
        else:
            del parent[last]
        if not places(record):
            break
    damaged = json.dumps(record)
    if draw(st.booleans()):
        key, value = draw(st.sampled_from(list(json.loads(text)))), draw(JSON)
        again = json.dumps({key: value})[1:-1]
        damaged = draw(
            st.sampled_from(
                ["{" + again + ", " + damaged[1:], damaged[:-1] + "," + again + "}"]
            )
        )
    return damaged.encode("utf-8", "surrogatepass")


@each_framework
@settings(no_deadline, max_examples=300)
@given(data=st.data())
def test_a_damaged_record_is_valid_or_set_aside(
    tuned: Callable[[str], Project],
    tmp_path_factory: pytest.TempPathFactory,
    framework: str,
    data: st.DataObject,
) -> None:
    project = tuned(framework)
    text = data.draw(damage(record_path(project).read_text("utf-8")))
    read(project, tmp_path_factory.getbasetemp() / "damaged", text)


@each_framework
def test_a_record_cut_off_anywhere_is_set_aside(
    tuned: Callable[[str], Project], framework: str, tmp_path: Path
) -> None:
    project = tuned(framework)
    whole = record_path(project).read_bytes()
    for length in range(len(whole) - 1):  # the last is the end of the line
        assert read(project, tmp_path / "log", whole[:length]) is None
    assert read(project, tmp_path / "log", whole) == json.loads(whole)


@settings(no_deadline, max_examples=300)
@given(data=st.data())
def test_a_record_with_turned_bits_is_valid_or_set_aside(
    tuned: Callable[[str], Project],
    tmp_path_factory: pytest.TempPathFactory,
    data: st.DataObject,
) -> None:
    project = tuned("optuna")
    text = bytearray(record_path(project).read_bytes())
    for at in data.draw(st.lists(st.integers(0, len(text) * 8 - 1), min_size=1)):
        text[at // 8] ^= 1 << at % 8
    read(project, tmp_path_factory.getbasetemp() / "turned", bytes(text))


def make_directory(path: Path) -> None:
    path.mkdir()


def link_out(path: Path) -> None:
    outside = path.parents[3] / "outside.json"
    outside.write_text(path.with_name("kept.json").read_text())
    path.symlink_to(outside)


def make_huge(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(2**40)


def nest(path: Path) -> None:
    path.write_text('{"params": ' + '{"a": ' * 100_000)


@pytest.mark.parametrize(
    "make",
    [make_directory, link_out, os.mkfifo, make_huge, nest],
    ids=lambda f: f.__name__,
)
def test_what_is_no_record_is_set_aside_unread(
    optuna: Project, make: Callable[[Path], None]
) -> None:
    path = record_path(optuna)
    path.rename(path.with_name("kept.json"))
    make(path)
    before = path.lstat().st_ino
    ran = optuna.run("trials")
    assert ran.status == 0
    assert ran.err.startswith("trial 0: ") and len(ran.err.splitlines()) == 1
    assert path.with_name("trial_0000.json.broken").lstat().st_ino == before
    refused(optuna.run("reconstruct", "0"), "no trial 0")


def test_nothing_that_was_set_aside_is_overwritten(optuna: Project) -> None:
    path = record_path(optuna)
    for rubbish in ("a", "b", "c"):
        path.write_text(rubbish)
        optuna.run("trials")
    kept = [path.with_name(f"trial_0000.json.broken{n}") for n in ("", "-2", "-3")]
    assert [aside.read_text() for aside in kept] == ["a", "b", "c"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_record_that_may_not_be_read_is_named_and_stays(optuna: Project) -> None:
    record_path(optuna).chmod(0)
    refused(optuna.run("trials"), "trial_0000.json")
    assert record_path(optuna).exists()


@each_framework
def test_a_record_of_an_earlier_version_is_read(
    tuned: Callable[[str], Project], framework: str, tmp_path: Path
) -> None:
    project = tuned(framework)
    record = json.loads(record_path(project).read_text())
    added = project.load("study.record").ADDED
    assert added >= {"parameter_count", "weights_note", "worker"}
    earlier = {key: value for key, value in record.items() if key not in added}
    later = read(project, tmp_path / "log", json.dumps(earlier).encode())
    assert later is not None and later.items() >= earlier.items()


def test_a_record_of_a_later_version_is_refused_with_what_differs(
    optuna: Project,
) -> None:
    change(optuna, schema=2, colour="red")
    text = record_path(optuna).read_text()
    for command in ("trials", "reconstruct", "tune"):
        refused(
            optuna.run(command), "trial_0000.json", "version 2", "version 1", "colour"
        )
    assert record_path(optuna).read_text() == text


def test_what_a_record_says_does_not_reach_the_terminal_raw(optuna: Project) -> None:
    change(optuna, skipped_layers=["\x1b[2Jconv\n1"])
    ran = optuna.run("trials")
    assert "\x1b" not in ran.out and "\\x1b[2Jconv\\n1" in ran.out


WRONG: tuple[dict[str, Any], ...] = (
    *({"dense1_units": wrong} for wrong in ("64", 16.5, None, 0, -1)),
    *({"conv_blocks": wrong} for wrong in ("1", None, 10**9)),
    {"x": 1},
)


@each_framework
def test_wrong_hyperparameters_end_in_a_line(
    tuned: Callable[[str], Project], framework: str
) -> None:
    project = tuned(framework)
    text = record_path(project).read_text()
    params = json.loads(text)["params"]
    missing = {k: v for k, v in params.items() if k != "dense1_units"}
    try:
        assert project.run("reconstruct", "0").status == 0
        for hostile in (missing, *({**params, **other} for other in WRONG)):
            change(project, params=hostile)
            if framework == "keras_tuner" and "x" in hostile:
                continue  # there a record may have what only other models ask for
            refused(project.run("reconstruct", "0"), "trial 0")
            refused(project.run("reconstruct", "0", "--retrain"), "trial 0")
    finally:
        record_path(project).write_text(text)
