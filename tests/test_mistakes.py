"""Mistakes in the code of a model: where they arose is logged, and said in the end."""

import html
import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Render
from tests.edits import ANSWERS, apply
from tests.edits.following import PARAMS, run, see_refused
from tests.edits.ordinary import before_output
from tests.often import often
from tests.rendering import Project

WRONG = 'x = layers.Dense("many", name="wrong")(x)'
UNKNOWN = 'x = layers.Dense(params["hiden"])(x)'
"""It raises in a module of the project's own, which is not where the mistake is."""

MISTAKES = [
    ("sampler", UNKNOWN, "KeyError"),
    ("search_cv", UNKNOWN, "KeyError"),
    ("manual", WRONG, "ValueError"),
    ("optuna", WRONG, "ValueError"),
    ("keras_tuner", WRONG, "ValueError"),
    ("keras_tuner", "raise SystemExit", "SystemExit"),
    ("keras_tuner", 'hidden = hp.Choice("hidden", [[8], [16, 8]])', "TypeError"),
]


@pytest.mark.parametrize(
    ("framework", "line", "kind"), often(MISTAKES, [("sampler", UNKNOWN, "KeyError")])
)
def test_a_mistake_is_found_by_file_and_line(
    framework: str, line: str, kind: str, render: Render
) -> None:
    project = render(**ANSWERS, framework=framework, report=True)
    if framework == "manual":
        apply({"config.py": [(None, PARAMS)]}, project)
    apply(before_output(framework, line), project)
    model = (project.root / project.package / "model.py").read_text("utf-8")
    number = model.splitlines().index(f"    {line}") + 1
    ran = run(project, "tune", "--trials", "5", "--epochs", "1")
    place = re.escape(f"(model.py, line {number})")
    see_refused(ran, f"^3 trials in a row failed, the last with {kind}: .* {place}; ")
    records = json.loads(run(project, "trials", "--json").out)
    for record in records:
        traceback = record["error"]["traceback"]
        assert f'File "case_study/model.py", line {number}, in get_model' in traceback
        assert str(project.root) not in traceback
    assert len(records) == 3
    assert "File" not in run(project, "trials").out
    see_folded(project, records)


def see_folded(project: Project, records: list[dict[str, Any]]) -> None:
    """See that the report has one traceback, folded: that of the first of equal errors."""
    assert run(project, "report").status == 0
    page = (project.root / "runs/default/report.html").read_text("utf-8")
    [(title, text)] = re.findall(
        '<details><summary>(.*?)</summary><pre tabindex="0">(.*?)</pre></details>',
        page,
        re.DOTALL,
    )
    first = min(records, key=lambda record: int(record["number"]))
    assert title == f"Trial {first['number']}: {first['error']['type']}"
    assert html.unescape(text) == first["error"]["traceback"]


def test_a_record_without_a_traceback_is_read(render: Render, tmp_path: Path) -> None:
    project = render(**ANSWERS, framework="sampler")
    record = project.load("study.record").Record(number=0, seed=0)
    project.load("study.record").mark_failed(record, "ValueError", "no", "x" * 20_000)
    log = project.load("study").TrialLog(tmp_path)
    log.write(record)
    path = log.record_path(0)
    written = json.loads(path.read_text("utf-8"))
    assert written["error"].pop("traceback") == "x" * 10_000
    path.write_text(json.dumps(written), "utf-8")
    assert log.read(0).error.traceback == ""


def test_a_study_that_was_never_tried_takes_the_mended_model(render: Render) -> None:
    project = render(**ANSWERS, framework="sampler")
    model = project.root / project.package / "model.py"
    right = model.read_text("utf-8")
    model.write_text(right.replace('["accuracy"]', '["precision"]'), "utf-8")
    words = ["tune", "--trials", "1", "--epochs", "1"]
    see_refused(run(project, *words), "OBJECTIVE in config.py is 'val_accuracy'")
    model.write_text(right, "utf-8")
    assert run(project, *words).status == 0
    model.write_text(right.replace("32", "33"), "utf-8")
    see_refused(run(project, *words), "cannot go on: model.py has changed")
