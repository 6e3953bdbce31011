"""Projects that tune scikit-learn's models in place of Keras's: tuned, stopped, resumed and rebuilt."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import skops.io
from sklearn.datasets import load_diabetes
from sklearn.model_selection import KFold, cross_val_score
from tunewright.fast.renderer import Renderer
from tunewright.questions import TEMPLATE

from tests.conftest import Render
from tests.interviews import refused
from tests.often import often
from tests.pages import blocks, follow
from tests.processes import kill, start, wait_until
from tests.rendering import Project, timeless

FAMILIES = [
    "random_forest",
    "extra_trees",
    "hist_gradient_boosting",
    "xgboost",
    "lightgbm",
    "svm",
    "linear",
    "knn",
    "mlp",
]
FRAMEWORKS = ["optuna", "keras_tuner", "sampler", "search_cv", "manual"]
EACH_FAMILY_ONCE = [
    ("optuna", "hist_gradient_boosting"),
    ("optuna", "mlp"),
    ("sampler", "extra_trees"),
    ("sampler", "svm"),
    ("sampler", "xgboost"),
    ("search_cv", "knn"),
    ("search_cv", "linear"),
    ("search_cv", "lightgbm"),
    ("manual", "random_forest"),
]


def project_of(render: Render, name: str, **answers: Any) -> Project:
    """A project whose trials are short, and that keeps all its models."""
    return render(
        package_name=name,
        **{"keep_weights": "all", "search_space": "small"}
        | ({} if "data_source" in answers else {"input_kind": "tabular"})
        | answers,
    )


def tune(project: Project, trials: int, study: str = "default") -> None:
    """Tune a study to so many trials."""
    ran = project.run("tune", "--trials", str(trials), "--study", study)
    assert ran.status == 0, ran.err


def check_rebuilt(project: Project, record: dict[str, Any], *words: str) -> None:
    """See that a trial is rebuilt, and scores as its record says to the bit."""
    number = str(record["number"])
    ran = project.run("reconstruct", number, *words)
    assert ran.status == 0, ran.err
    rebuilding = project.load("reconstruct")
    study = project.load("study").Study(project.root / "runs", "default")
    data = rebuilding.load(study)
    rebuilt = rebuilding.reconstruct(study, number, data, retrain="--retrain" in words)
    scores = {f"val_{name}": value for name, value in rebuilt.validation.items()}
    assert scores == record["metrics"]


@pytest.mark.parametrize(
    ("framework", "family"), often(product(FRAMEWORKS, FAMILIES), EACH_FAMILY_ONCE)
)
def test_a_family_is_tuned_stopped_resumed_and_rebuilt(
    framework: str, family: str, render: Render, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = "regression" if family in ("linear", "mlp", "extra_trees") else None
    project = project_of(
        render,
        f"est_{framework}_{family}",
        framework=framework,
        estimators=[family],
        **({"task": task} if task else {}),
    )
    trials = 1 if framework == "manual" else 3
    tune(project, trials, "whole")

    training = project.load("train")
    fit_model, fits = training.fit_model, []

    def stopped(setup: Any) -> Any:
        fits.append(setup)
        if len(fits) == trials:
            raise KeyboardInterrupt
        return fit_model(setup)

    with monkeypatch.context() as patch:
        patch.setattr(training, "fit_model", stopped)
        assert project.run("tune", "--trials", str(trials)).status == 130
    assert len(project.records()) == trials - 1
    tune(project, trials)
    records = project.records()
    assert timeless(records, "weights_sha256") == timeless(
        project.records("whole"), "weights_sha256"
    )
    for record in records:
        assert record["state"] == "complete"
        assert record["params"]
        assert {name.partition("__")[0] for name in record["params"]} == {family}
        assert (record["best_epoch"], record["history"]) == (None, {})
        model = project.root / "runs/default/trials" / record["weights"]
        digest = hashlib.sha256(model.read_bytes()).hexdigest()
        assert digest == record["weights_sha256"]
        check_rebuilt(project, record)
    check_rebuilt(project, records[-1], "--retrain")


def test_several_families_are_one_hyperparameter(render: Render) -> None:
    project = project_of(
        render, "est_several", estimators=["linear", "knn", "svm"], keep_weights="best"
    )
    tune(project, 12)
    records = project.records()
    tried = {record["params"]["estimator"] for record in records}
    assert tried == {"linear", "knn", "svm"}
    for record in records:
        family = record["params"].pop("estimator")
        assert {name.partition("__")[0] for name in record["params"]} == {family}
    kept = [record for record in records if record["weights"]]
    best = max(records, key=lambda record: record["objective"]["value"])
    assert [record["number"] for record in kept] == [best["number"]]

    ran = project.run("report")
    assert ran.status == 0, ran.err
    page = (project.root / "runs/default/report.html").read_text("utf-8")
    assert "Confusion matrix" in page and "They take a model" not in page
    assert "Learning curves" not in page


def test_a_killed_search_goes_on_as_if_nothing_had_happened(render: Render) -> None:
    project = project_of(render, "est_killed", estimators=["random_forest"])
    tune(project, 6, "whole")
    process = start(project, "tune", "--trials", "6")
    log = project.root / "runs" / "default" / "trials"
    wait_until((log / "trial_0001.json").exists, process)
    kill(process, project)
    tune(project, 6)
    aside = ("weights_sha256",)
    whole = timeless(project.records("whole"), *aside)
    assert timeless(project.records(), *aside) == whole


@pytest.mark.parametrize("kind", ["image", "sequence", "volume"])
def test_what_is_no_row_becomes_one(kind: str, render: Render) -> None:
    project = project_of(
        render,
        f"est_{kind}",
        estimators=["linear"],
        input_kind=kind,
        framework="sampler",
    )
    data = project.load("dataset").check(project.load("data").load_data())
    assert data.train.x.shape[1] == {"image": 64, "sequence": 64, "volume": 800}[kind]
    tune(project, 1)
    check_rebuilt(project, project.records()[0])


def write_table(project: Project) -> pd.DataFrame:
    """Write scikit-learn's patients, one column of texts and one with blanks."""
    table = load_diabetes(as_frame=True, scaled=False).frame
    table["sex"] = table["sex"].map({1: "female", 2: "male"})
    table.loc[::7, "bmi"] = np.nan
    table.to_csv(project.root / "data.csv", index=False)
    return table


def test_no_fold_learns_of_another(render: Render) -> None:
    project = project_of(
        render,
        "est_table",
        framework="search_cv",
        data_source="csv",
        task="regression",
        estimators=["linear"],
    )
    table = write_table(project)
    tune(project, 2)
    data = project.load("dataset").check(project.load("data").load_data())
    model = project.load("model")
    # The models are given the table as it is, blanks and texts too.
    assert data.train.x.isna().to_numpy().any()
    assert set(data.train.x["sex"]) == {"female", "male"}
    for record in project.records():
        scores = cross_val_score(
            model.get_model(record["params"], record["seed"]),
            data.train.x,
            data.train.y[:, 0],
            cv=KFold(3, shuffle=True, random_state=0),
            scoring="neg_mean_absolute_error",
        )
        logged = [fold["score"] for fold in record["folds"]]
        assert logged == pytest.approx(list(-scores), rel=1e-12)
        assert record["objective"]["value"] == pytest.approx(np.mean(logged))
        check_rebuilt(project, record)

    out = project.root / "best.skops"
    assert project.run("reconstruct", "best", "--out", str(out)).status == 0
    trusted = project.load("config").TRUSTED
    taken = skops.io.load(out, trusted=trusted)
    rows = table.drop(columns="target")
    assert np.isfinite(taken.predict(rows)).all()


def test_a_type_that_nobody_named_is_not_loaded(render: Render) -> None:
    project = project_of(render, "est_hostile", estimators=["knn"])
    tune(project, 1)
    folder = project.root / "runs/default/trials"
    model, log = folder / "trial_0000.skops", folder / "trial_0000.json"
    model.write_bytes(skops.io.dumps(Path("/tmp")))
    record = json.loads(log.read_text("utf-8"))
    record["weights_sha256"] = hashlib.sha256(model.read_bytes()).hexdigest()
    log.write_text(json.dumps(record), "utf-8")
    ran = project.run("reconstruct", "0")
    assert ran.status == 2
    assert ran.err.count("\n") == 1
    assert "PosixPath" in ran.err or "WindowsPath" in ran.err


def test_nothing_of_keras_is_imported_or_declared(render: Render) -> None:
    project = project_of(
        render, "est_bare", estimators=["linear"], framework="sampler", report=False
    )
    for path in project.root.rglob("*"):
        if path.is_file() and path.name != ".copier-answers.yml":
            text = path.read_text("utf-8").lower()
            assert "keras" not in text, path
            assert "tensorflow" not in text, path
    code = (
        "import sys; from est_bare.__main__ import main; "
        "status = main(['tune', '--trials', '2', '--in-process']); "
        "print(status, *{'keras', 'tensorflow', 'optuna'} & {*sys.modules})"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code],
        cwd=project.root,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout.splitlines()[-1] == "0"


@pytest.mark.parametrize(
    ("complexity", "proof_of_concept", "framework"),
    [
        ("low", True, "manual"),
        ("medium", False, "search_cv"),
        ("high", False, "optuna"),
    ],
)
def test_whoever_tunes_more_than_keras_is_advised_other_models(
    complexity: str, proof_of_concept: bool, framework: str, render: Render
) -> None:
    project = render(
        package_name=f"advised_{framework}",
        advise=True,
        complexity=complexity,
        uses_keras=False,
        proof_of_concept=proof_of_concept,
        input_kind="tabular",
        search_space="small",
    )
    for nothing in ("keras", "tensorflow"):
        assert nothing not in project.read("pyproject.toml")
    tune(project, 1)
    (record,) = project.records()
    assert record["state"] == "complete"
    assert framework == project.load("study.study").FRAMEWORK
    assert record["params"]["estimator"] in (
        "random_forest",
        "hist_gradient_boosting",
        "linear",
    )


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ({"estimators": []}, "choose one or more"),
        (
            {"framework": "keras_tuner", "algorithm": "hyperband"},
            "estimators=[keras]",
        ),
        (
            {
                "data_source": "arrays",
                "input_kind": "tabular",
                "data_fits_in_memory": False,
            },
            "data_fits_in_memory=true",
        ),
        ({"layer_types": ["dense"]}, "estimators=[keras]"),
        ({"epochs": 3}, "estimators=[keras]"),
        ({"patience": 3}, "estimators=[keras]"),
        ({"pruner": "median"}, "estimators=[keras]"),
        ({"checkpoints": True}, "estimators=[keras]"),
        ({"objective": "loss"}, "svm"),
        ({"objective": "auc"}, "svm"),
        ({"estimators": ["knn"], "class_weight": True}, "class weights"),
        ({"estimators": ["xgboost"], "class_weight": True}, "class weights"),
    ],
    ids=str,
)
def test_what_does_not_go_together_is_refused_in_one_line(
    template: Path, answers: dict[str, Any], said: str
) -> None:
    message = refused(template, {"estimators": ["svm"]} | answers)
    assert said in message
    assert "\n" not in message


@pytest.mark.parametrize("framework", often(FRAMEWORKS, ["sampler"]))
def test_a_family_takes_one_file_and_one_line(
    framework: str, template: Path, tmp_path: Path
) -> None:
    page = blocks((TEMPLATE / "docs" / "estimators.md").read_text("utf-8"))
    shutil.copytree(template, tmp_path / "template")
    follow(page, tmp_path / "template")
    answers = {"estimators": ["decision_tree", "knn"], "search_space": "small"}
    Renderer(tmp_path / "template").render(
        tmp_path / "project",
        answers | {"framework": framework, "package_name": f"tree_{framework}"},
    )
    project = Project(tmp_path / "project", f"tree_{framework}")
    tune(project, 4)
    records = project.records()
    drawn = [r for r in records if r["params"]["estimator"] == "decision_tree"]
    assert drawn
    assert {"decision_tree__max_depth", "decision_tree__min_samples_leaf"} < drawn[0][
        "params"
    ].keys()
    assert {record["state"] for record in records} == {"complete"}
    assert project.run("reconstruct", "best").status == 0
