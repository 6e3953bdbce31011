"""`docs/objective.md`, done as it says in each framework: a metric of one's own."""

import json
import re
import sys
from dataclasses import dataclass
from typing import Any

import pytest
from markdown_it import MarkdownIt
from tunewright.questions import TEMPLATE, choices, questions

from tests.conftest import Render
from tests.often import often
from tests.rendering import Project, Ran

PAGE = (TEMPLATE / "docs" / "objective.md").read_text("utf-8")
FRAMEWORKS = choices(questions()["framework"])
VALUES = """\
PARAMS = [BASE, BASE | {"learning_rate": 0.02}, BASE | {"learning_rate": 0.0001}]
"""
"""What the manual framework tries, where the others search."""


@dataclass(frozen=True)
class Recipe:
    """What one section of the page has a person write."""

    function: str
    metrics: list[str]
    """A line of model.py as it was, and as it is then."""
    objectives: dict[bool, str]
    """The line of config.py, with folds and without."""


def recipes() -> list[Recipe]:
    """Read those of the page, in their order."""
    found = []
    for section in PAGE.split("\n## "):
        tokens = [t for t in MarkdownIt().parse(section) if t.type == "fence"]
        if not tokens:
            continue
        function, metrics, plain, folds = tokens
        assert [token.info for token in tokens] == [
            "python",
            "diff",
            "python",
            "python",
        ]
        found.append(
            Recipe(
                function.content,
                [line[1:] for line in metrics.content.splitlines()],
                {False: plain.content, True: folds.content},
            )
        )
    return found


MINIMISED, MAXIMISED = recipes()


def follow(project: Project, recipe: Recipe, framework: str) -> tuple[str, str]:
    """Do what a section of the page says; return the name and direction it is about."""
    folder = project.root / project.package
    model, config = folder / "model.py", folder / "config.py"
    text = model.read_text()
    before, now = recipe.metrics
    assert text.count(before) == 1
    text = text.replace(before, now)
    assert text.count("def get_model(") == 1
    text = text.replace("def get_model(", f"{recipe.function}\n\ndef get_model(")
    model.write_text(text)
    line = recipe.objectives[framework == "search_cv"]
    text, lines = re.subn(
        r"^OBJECTIVE = .*\n", line, config.read_text(), flags=re.MULTILINE
    )
    assert lines == 1
    config.write_text(text)
    forget(project)
    name, direction = re.findall(r'"(\w+)"', line)
    return name, direction


def forget(project: Project) -> None:
    """Have the project's modules imported again, for their files have changed."""
    for name in [name for name in sys.modules if name.split(".")[0] == project.package]:
        del sys.modules[name]


def succeeded(ran: Ran) -> str:
    """Return what a command printed."""
    assert ran.status == 0, ran.err
    return ran.out


def check_records(project: Project, study: str, name: str, direction: str) -> None:
    """See that all of a study goes by a metric, in its direction."""
    best = {"minimize": min, "maximize": max}[direction]
    listed = json.loads(succeeded(project.run("trials", "--json", "--study", study)))
    assert len(listed) == 3
    complete = [record for record in listed if record["state"] == "complete"]
    values = [record["objective"]["value"] for record in complete]
    assert len(set(values)) > 1
    assert values == sorted(values, reverse=direction == "maximize")
    monitor = name.replace("mean_test_", "val_")
    for record in complete:
        objective, history = record["objective"], record["history"][monitor]
        assert (objective["name"], objective["direction"]) == (name, direction)
        assert record["best_epoch"] == history.index(best(history)) + 1
        assert record["metrics"][monitor] == best(history)
        if name == monitor:
            assert objective["value"] == best(history)
    # Some trial has an epoch that is no good, so that the choice of one is seen.
    assert any(len(set(record["history"][monitor])) > 1 for record in complete)
    table = succeeded(project.run("trials", "--study", study)).splitlines()
    assert name in table[0]
    assert [int(line.split()[0]) for line in table[1:]] == [r["number"] for r in listed]
    rebuilt = succeeded(project.run("reconstruct", "best", "--study", study))
    number = complete[0]["number"]
    assert rebuilt.startswith(f"Trial {number} of study '{study}', rebuilt:")
    score = complete[0]["metrics"][monitor]
    assert f"{monitor}: {score:.6f} (logged: {score:.6f})" in rebuilt


@pytest.mark.parametrize("framework", often(FRAMEWORKS, ["optuna"]))
def test_a_metric_of_ones_own(framework: str, render: Render) -> None:
    answers = {"framework": framework, "input_kind": "tabular"}
    if framework == "keras_tuner":
        answers["algorithm"] = "random"  # Hyperband's first trials have one epoch each
    project = render(**answers, package_name=f"own_{framework}")
    if framework == "manual":
        config = project.root / project.package / "config.py"
        config.write_text(config.read_text() + VALUES)
    budget: Any = ["--trials", "3", "--epochs", "2"]

    name, direction = follow(project, MINIMISED, framework)
    assert direction == "minimize"
    succeeded(project.run("tune", *budget, "--study", "first"))
    check_records(project, "first", name, direction)

    other, direction = follow(project, MAXIMISED, framework)
    assert direction == "maximize"
    succeeded(project.run("tune", *budget, "--study", "second"))
    check_records(project, "second", other, direction)

    # The study of before keeps its objective.
    check_records(project, "first", name, "minimize")
    succeeded(project.run("report", "--study", "first"))
    report = (project.root / "runs" / "first" / "report.html").read_text("utf-8")
    assert name in report
    assert other not in report
    refused = project.run("tune", *budget, "--study", "first")
    assert refused.status == 2
    assert refused.err.count("\n") == 1
    assert "cannot go on" in refused.err


def test_an_objective_that_is_not_measured(render: Render) -> None:
    project = render(input_kind="tabular", package_name="not_measured")
    config = project.root / project.package / "config.py"
    text = config.read_text()
    config.write_text(text.replace('"val_accuracy", "max', '"val_brier", "max'))
    forget(project)
    refused = project.run("tune", "--trials", "1", "--epochs", "1")
    assert refused.status == 2
    assert refused.err == (
        "error: OBJECTIVE in config.py is 'val_brier', and the model in model.py has no "
        "such metric; it has val_loss, val_accuracy\n"
    )
