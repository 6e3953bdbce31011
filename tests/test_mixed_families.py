"""Projects in which a network of Keras is one family among scikit-learn's."""

import tomllib
from typing import Any

import numpy as np
import pytest
import skops.io

from tests.conftest import Render
from tests.often import often
from tests.test_estimators import check_rebuilt, project_of, tune, write_table


@pytest.mark.parametrize(
    ("framework", "task"),
    often(
        [
            ("optuna", "classification"),
            ("sampler", "regression"),
            ("search_cv", "classification"),
            ("manual", "regression"),
        ],
        [("optuna", "classification"), ("sampler", "regression")],
    ),
)
def test_a_network_is_a_family_among_others(
    framework: str, task: str, render: Render
) -> None:
    project = project_of(
        render,
        f"mixed_{framework}",
        framework=framework,
        task=task,
        estimators=["keras", "linear"],
    )
    shorten(project)
    tune(project, 2 if framework == "manual" else 6)
    records = project.records()
    tried = {record["params"]["estimator"] for record in records}
    assert tried == {"keras", "linear"}
    network = next(r for r in records if r["params"]["estimator"] == "keras")
    check_rebuilt(project, network)
    check_rebuilt(project, network, "--retrain")
    needed = tomllib.loads(project.read("pyproject.toml"))["project"]["dependencies"]
    names = {requirement.partition(">=")[0] for requirement in needed}
    assert {"keras", "tensorflow", "scikit-learn", "skops"} <= names


def shorten(project: Any) -> None:
    """Train networks for a few epochs."""
    path = project.root / project.package / "network.py"
    path.write_text(path.read_text("utf-8").replace("EPOCHS = 200", "EPOCHS = 3"))


def test_a_network_takes_a_table_and_is_kept_with_its_preprocessing(
    render: Render,
) -> None:
    project = project_of(
        render,
        "mixed_table",
        framework="sampler",
        algorithm="grid",
        data_source="csv",
        task="regression",
        estimators=["keras", "random_forest"],
    )
    shorten(project)
    table = write_table(project)
    tune(project, 1)
    (record,) = project.records()
    assert record["params"]["estimator"] == "keras"
    check_rebuilt(project, record)
    out = project.root / "best.skops"
    assert project.run("reconstruct", "best", "--out", str(out)).status == 0
    trusted = project.load("config").TRUSTED
    taken = skops.io.load(out, trusted=trusted)
    assert np.isfinite(taken.predict(table.drop(columns="target"))).all()


def test_class_weights_reach_the_network(
    render: Render, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = project_of(
        render,
        "mixed_weights",
        framework="manual",
        estimators=["keras", "linear"],
        class_weight=True,
    )
    shorten(project)
    network = project.load("network")
    given = []
    fit = network.keras.Model.fit

    def watched(model: Any, *args: Any, **options: Any) -> Any:
        given.append(options["class_weight"])
        return fit(model, *args, **options)

    monkeypatch.setattr(network.keras.Model, "fit", watched)
    y = np.repeat([0, 1], [30, 10])
    x = np.random.default_rng(0).normal(size=(40, 3))
    network.NetworkClassifier(class_weight="balanced").fit(x, y)
    [weights] = given
    assert weights[1] > 2 * weights[0]


def test_the_report_says_which_family_won_and_why(render: Render) -> None:
    project = project_of(render, "families", estimators=["linear", "knn"])
    tune(project, 8)
    records = project.load("study").TrialLog(project.root / "runs/default/trials")
    families = project.load("report.families")
    rows = families.compare(records.read_all())
    assert sum(int(row[1]) for row in rows) == 8
    best = max(record["objective"]["value"] for record in project.records())
    winner = rows[0]
    assert float(winner[2]) == pytest.approx(best, rel=1e-3)
    logged = project.records()[int(winner[3])]
    assert logged["objective"]["value"] == best
    assert logged["params"]["estimator"] == winner[0]

    assert project.run("report").status == 0
    page = (project.root / "runs/default/report.html").read_text("utf-8")
    assert "<h3>Families</h3>" in page
    said = families.explain(records.read_all())
    assert said in page
    assert said.startswith(winner[0])
