"""A `data.py` that is kept, though the answers name other data by now."""

from itertools import permutations, product
from typing import Any

import pytest

from tests.conftest import Render
from tests.often import often
from tests.rendering import Project, Ran

SOURCES = ["builtin", "image_folder", "arrays", "csv"]
PAIRS = [*permutations(SOURCES, 2)]
UNREAD = "load_data in data.py never calls find_data()"


def keep(render: Render, name: str, before: dict[str, Any], now: dict[str, Any]) -> Any:
    """Render a project, and put in what another's `data.py` has."""
    common = {"package_name": name, "framework": "sampler", "layer_types": ["dense"]}
    kept = render(**common, **before).read("data.py")
    project = render(**common, **now)
    (project.root / project.package / "data.py").write_text(kept, "utf-8")
    return project


def tune(project: Project, *words: str) -> Ran:
    """Tune for a moment."""
    return project.run("tune", "--trials", "1", "--epochs", "1", *words)


def refused(ran: Ran) -> str:
    """Make sure that it ended in one line, and return that."""
    assert ran.status == 2, ran
    assert ran.err.startswith("error: ") and ran.err.count("\n") == 1
    return ran.err


@pytest.mark.parametrize(
    ("old", "new"), often(PAIRS, [("builtin", "csv"), ("csv", "arrays")])
)
def test_another_source_is_refused_or_noted(old: str, new: str, render: Render) -> None:
    name = f"kept_{old}_{new}"
    project = keep(render, name, {"data_source": old}, {"data_source": new})
    ran = tune(project)
    if old == "builtin" and new != "csv":
        assert ran.status == 0, ran
        notes = [line for line in (ran.out + ran.err).splitlines() if UNREAD in line]
        assert len(notes) == 1
        assert f"data_source={new}" in notes[0]
        assert len(project.records()) == 1
    else:
        line = refused(ran)
        assert "data_source" in line


@pytest.mark.parametrize(
    ("source", "old"),
    often(
        product(["builtin", "arrays", "csv"], ["classification", "regression"]),
        [("builtin", "regression"), ("arrays", "classification")],
    ),
)
def test_another_task_is_refused_by_its_name(
    source: str, old: str, render: Render
) -> None:
    (new,) = {"classification", "regression"} - {old}
    before, now = ({"data_source": source, "task": task} for task in (old, new))
    line = refused(tune(keep(render, f"kept_{source}_{old}", before, now)))
    assert "task" in line


def test_data_that_are_named_and_never_read_are_refused(
    render: Render, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = keep(render, "kept_unread", {}, {"data_source": "arrays"})
    monkeypatch.setenv("KEPT_UNREAD_DATA", "")  # so that it is as before afterwards
    line = refused(tune(project, "--data", "mine.npz"))
    assert "--data mine.npz" in line and UNREAD in line
    assert not [*(project.root / "runs").rglob("trial_*.json")]


def test_a_module_that_never_was_is_named_without_an_answer(render: Render) -> None:
    project = render(package_name="kept_nothing", framework="sampler")
    data = project.root / project.package / "data.py"
    data.write_text("import no_such_library\n" + data.read_text("utf-8"), "utf-8")
    line = refused(tune(project))
    assert "no_such_library" in line and "data_source" not in line
