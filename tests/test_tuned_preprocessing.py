"""How a table is preprocessed as a part of the search: drawn, recorded, rebuilt, handed out."""

import itertools
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pandas as pd
import pytest
from sklearn.preprocessing import TargetEncoder
from tunewright.questions import TEMPLATE

from tests.conftest import Render
from tests.often import often
from tests.rendering import Project
from tests.tables import write_penguins

SCALERS = ("standard", "robust", "quantile", "none")
IMPUTATIONS = ("median", "mean", "most_frequent")
ENCODINGS = ("one_hot", "target", "embedding")
FRAMEWORKS = ("optuna", "keras_tuner", "sampler", "search_cv", "manual")
ANSWERS: dict[str, Any] = {
    "data_source": "csv",
    "layer_types": ["dense"],
    "tune_preprocessing": True,
    "search_space": "small",
    "verbosity": "silent",
    "epochs": 1,
}


@pytest.fixture(scope="module", params=["classification", "regression"])
def project(request: pytest.FixtureRequest, render: Render) -> Project:
    """A project for penguins: their species, or what they weigh."""
    target = "species" if request.param == "classification" else "body_mass_g"
    project = render(
        package_name=f"tuned_{request.param}",
        task=request.param,
        target_column=target,
        missing_target="drop",
        **ANSWERS,
    )
    table = pd.read_csv(write_penguins(project.root / "data.csv"))
    table.loc[::9, table.columns[2]] = np.nan
    table.to_csv(project.root / "data.csv", index=False)
    return project


def prepare(project: Project, data: Any, **params: Any) -> Any:
    """The data as a trial of Optuna's sees them."""
    optuna = pytest.importorskip("optuna")
    return project.load("train").prepare_data(optuna.trial.FixedTrial(params), data)


def test_every_way_makes_numbers_that_a_model_takes(project: Project) -> None:
    data = project.load("dataset").check(project.load("data").load_data())
    assert np.isnan(data.train.x).any()
    preprocessing = project.load("preprocessing")
    ways = itertools.product(SCALERS, IMPUTATIONS, ENCODINGS)
    for scaler, imputation, encoding in ways:
        drawn = {"scaler": scaler, "imputation": imputation, "encoding": encoding}
        prepared = prepare(project, data, **drawn)
        inputs, columns = preprocessing.embed(prepared.input_shape)
        model = keras.Model(inputs, columns)
        for part in prepared[:3]:
            arrays = keras.tree.flatten(part.x)
            assert {array.dtype.name for array in arrays} == {"float32"}
            assert all(np.isfinite(array).all() for array in arrays)
            assert model(part.x).shape == (len(part.y), columns.shape[1])
        assert isinstance(prepared.train.x, dict) == (encoding == "embedding")


def test_each_does_what_its_name_says(project: Project) -> None:
    data = project.load("dataset").check(project.load("data").load_data())
    raw = data.train.x[:, 0]
    known = ~np.isnan(raw)
    drawn = {"imputation": "mean", "encoding": "one_hot"}
    numbers = {
        scaler: prepare(project, data, scaler=scaler, **drawn).train.x[:, 0]
        for scaler in SCALERS
    }
    assert numbers["none"][known] == pytest.approx(raw[known])
    assert numbers["none"][~known] == pytest.approx(raw[known].mean())
    filled = np.where(known, raw, raw[known].mean())
    assert numbers["standard"] == pytest.approx(
        (filled - filled.mean()) / filled.std(), abs=1e-5
    )
    low, middle, high = np.percentile(filled, [25, 50, 75])
    assert numbers["robust"] == pytest.approx(
        (filled - middle) / (high - low), abs=1e-5
    )
    assert np.abs(np.median(numbers["quantile"])) < 0.1
    assert (np.argsort(filled, kind="stable")[-1]) == np.argmax(numbers["quantile"])
    # What a row's category is worth is not told by the row's own target.
    target = prepare(project, data, scaler="none", **drawn | {"encoding": "target"})
    [(_, columns)] = data.preprocessor.steps
    codes, y = data.train.x[:, columns.output_indices_["categories"]], data.train.y
    width = target.train.x.shape[1] - (data.train.x.shape[1] - codes.shape[1])
    encoder = TargetEncoder(target_type="multiclass" if y.ndim == 1 else "continuous")
    means = encoder.fit(codes, y.ravel()).transform(codes)
    assert target.train.x[:, -width:].shape == means.shape
    assert np.abs(target.validation.x[:, -width:].mean(0) - means.mean(0)).max() < (
        0.1 * np.abs(means).max()
    )
    assert not np.allclose(target.train.x[:, -width:], means, rtol=1e-3)


def page_code() -> str:
    """Return how docs/data.md predicts with what was handed out."""
    page = (TEMPLATE / "docs" / "data.md").read_text("utf-8")
    [code] = re.findall("```python\n(.+?)```", page, re.DOTALL)
    return str(code)


@pytest.fixture(scope="module")
def searched(render: Render) -> Callable[[str], Project]:
    """A project of a framework with three trials, made when first asked for."""

    @cache
    def search(framework: str) -> Project:
        more = {} if framework == "manual" else {"algorithm": "random"}
        if framework == "optuna":
            more |= {"pruner": "none"}
        project = render(
            package_name=f"tuned_{framework}",
            framework=framework,
            target_column="species",
            keep_weights="all",
            **ANSWERS,
            **more,
        )
        write_penguins(project.root / "data.csv")
        assert project.run("tune", "--trials", "3").status == 0
        return project

    return search


@pytest.mark.parametrize("framework", often(FRAMEWORKS, ["search_cv"]))
def test_trials_are_rebuilt_with_what_they_drew(
    framework: str,
    searched: Callable[[str], Project],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    project = searched(framework)
    rows = pd.read_csv(project.root / "data.csv")
    records = project.records()
    drawn = [record["params"] for record in records]
    assert {params["scaler"] for params in drawn} <= {*SCALERS}
    assert {params["imputation"] for params in drawn} <= {*IMPUTATIONS}
    assert {params["encoding"] for params in drawn} <= {*ENCODINGS}
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(project.root)
    new = rows.drop(columns="species")
    new["body_mass_g"] = new["body_mass_g"].map("{:,.0f}+".format, na_action="ignore")
    new.to_csv("new_rows.csv", index=False)
    code = page_code().replace("my_study", project.package)
    for record in records:
        # What is handed out predicts for the table's rows as well as the trial did.
        ran = project.run("reconstruct", str(record["number"]), "--out", "best.keras")
        assert ran.status == 0, ran.err
        predicted: list[Any] = []
        exec(code, {"print": predicted.append})  # noqa: S102 - the page's own
        names = np.unique(rows["species"])[predicted[0].argmax(axis=1)]
        share = (names == rows["species"]).mean()
        assert share == pytest.approx(record["metrics"]["val_accuracy"], abs=0.15)
        for path in tmp_path.glob("best.*"):
            path.unlink()
    again = project.run("reconstruct", "best", "--retrain")
    assert again.status == 0, again.err


def test_a_fold_is_preprocessed_by_what_the_others_show(render: Render) -> None:
    project = render(
        package_name="tuned_folds",
        framework="search_cv",
        target_column="species",
        **ANSWERS,
    )
    write_penguins(project.root / "data.csv")
    data = project.load("dataset").check(project.load("data").load_data())
    train = project.load("train")
    drawn = {"scaler": "standard", "imputation": "mean", "encoding": "one_hot"}
    setup = train.Setup(None, 16, [], data, {}, drawn)
    rows, left_out = np.arange(0, 100), np.arange(100, 150)
    fold = train.with_fold(setup, data, rows, left_out).data
    shown = data.train.x[rows, 0]
    expected = (data.train.x[left_out, 0] - np.nanmean(shown)) / np.nanstd(
        np.where(np.isnan(shown), np.nanmean(shown), shown)
    )
    found = fold.test.x[:, 0]
    known = ~np.isnan(expected)
    assert found[known] == pytest.approx(expected[known], abs=1e-4)
    assert len(fold.train.x) == 100 and len(fold.validation.x) == len(data.validation.y)
    # A class that a fold does not have takes its place all the same: in the order of time
    # it may come later.
    setup = setup._replace(params=drawn | {"encoding": "target"})
    whole = train.prepare_data(setup.params, data)
    for seen in (1, 2):
        rows = np.flatnonzero(data.train.y < seen)
        fold = train.with_fold(setup, data, rows).data
        assert fold.train.x.shape[1] == whole.train.x.shape[1]
        [(_, columns)] = data.preprocessor.steps
        codes = data.train.x[rows][:, columns.output_indices_["categories"]]
        means = fold.train.x[:, -3 * codes.shape[1] :].reshape(len(rows), 3, -1)
        assert means.sum(axis=1) == pytest.approx(1, abs=1e-5)
        assert (means[:, seen:] == 0).all()


def test_a_fold_is_scored_as_it_was_preprocessed_for_training(
    searched: Callable[[str], Project],
) -> None:
    """The score in the log is that of the kept model on rows that it did not see."""
    project = searched("search_cv")
    reconstruct, train = project.load("reconstruct"), project.load("train")
    study = project.load("study").Study(project.root / "runs", "default")
    data = reconstruct.load(study)
    for number in range(2):
        record = reconstruct.TrialLog(study.trials_folder).find(str(number))
        seed = record.seed - record.number
        folds = train.get_folds(data.train, len(record.folds), seed)
        rows, left_out = [*folds.split(data.train.y, data.train.y)][record.kept_fold]
        setup = reconstruct.build(study, record, data)
        shown = train.with_fold(setup, data, rows, left_out).data.test
        score = train.evaluate(setup, shown)["accuracy"]
        assert score == pytest.approx(record.folds[record.kept_fold].score, abs=1e-6)
