"""scikit-learn's own searches over its own models: random, grid and halving, with a trial for each candidate."""

from math import ceil
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn import model_selection
from sklearn.datasets import load_wine
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.model_selection import KFold, cross_val_score

from tests.conftest import Render
from tests.often import often
from tests.rendering import Project, timeless
from tests.test_estimators import check_rebuilt, project_of, tune

SEARCHES = {
    "random": "RandomizedSearchCV",
    "grid": "GridSearchCV",
    "halving_random": "HalvingRandomSearchCV",
    "halving_grid": "HalvingGridSearchCV",
}


def searched(render: Render, name: str, **answers: Any) -> Project:
    """A project that searches two families that are fitted at once."""
    chosen = {"framework": "search_cv", "estimators": ["linear", "knn"]}
    return project_of(render, name, **chosen | answers)


def scoring(project: Project) -> Any:
    """The module in which a fold is scored."""
    halving = (project.root / project.package / "cross_validation.py").exists()
    return project.load("cross_validation" if halving else "search")


def stop_after(monkeypatch: pytest.MonkeyPatch, project: Project, scores: int) -> None:
    """Press Ctrl-C in a study, so to say, when so many folds are scored."""
    module = scoring(project)
    score_model, scored = module.score_model, []

    def stopped(*arguments: Any) -> Any:
        scored.append(arguments)
        if len(scored) > scores:
            raise KeyboardInterrupt
        return score_model(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(module, "score_model", stopped)
        assert project.run("tune", "--trials", "6").status == 130


def count_scores(monkeypatch: pytest.MonkeyPatch, project: Project) -> list[Any]:
    """Collect each fold that is scored from now on."""
    module = scoring(project)
    score_model, scored = module.score_model, []

    def spy(*arguments: Any) -> Any:
        scored.append(arguments)
        return score_model(*arguments)

    monkeypatch.setattr(module, "score_model", spy)
    return scored


@pytest.mark.parametrize("algorithm", often(SEARCHES, ["halving_random"]))
def test_what_is_logged_is_not_fitted_again(
    algorithm: str, render: Render, monkeypatch: pytest.MonkeyPatch
) -> None:
    halves = {"factor": 2} if algorithm.startswith("halving") else {}
    project = searched(
        render, f"cv_{algorithm}", algorithm=algorithm, estimators=["knn"], **halves
    )
    search = project.load("search")
    assert issubclass(search.Search, getattr(model_selection, SEARCHES[algorithm]))
    tune(project, 6, "whole")
    stop_after(monkeypatch, project, 7)
    assert len(project.records()) == 2  # three folds each, and one of the third
    scored = count_scores(monkeypatch, project)
    tune(project, 6)
    records = project.records()
    whole = project.records("whole")
    assert timeless(records, "weights_sha256") == timeless(whole, "weights_sha256")
    rungs = sum(len(record.get("rungs", [0])) for record in records)
    assert len(scored) == 3 * (rungs - 2)
    scored.clear()
    tune(project, 6)
    assert scored == []
    best = max(
        (record for record in records if record["state"] == "complete"),
        key=lambda record: record["objective"]["value"],
    )
    check_rebuilt(project, best)


def test_it_is_said_how_many_trials_have_one_leaf_on_the_first_rung(
    render: Render,
) -> None:
    ranges = {"n_estimators": [50], "min_child_samples": [2, 40]}
    project = searched(
        render,
        "cv_leaves",
        algorithm="halving_random",
        estimators=["lightgbm"],
        search_space="custom",
        estimator_ranges={f"lightgbm__{name}": its for name, its in ranges.items()},
    )
    ran = project.run("tune", "--trials", "9")
    assert ran.status == 0, ran.err
    scores: dict[int, list[list[float]]] = {2: [], 40: []}
    for record in project.records():
        leaf = record["params"]["lightgbm__min_child_samples"]
        scores[leaf].append(record["rungs"][0]["fold_scores"])
    alike, others = scores[40], scores[2]
    assert alike and all(one == alike[0] for one in alike)
    assert others and alike[0] not in others
    assert f"{len(alike)} of 9 trials want more, and score alike there." in ran.out
    # One trial has a single rung, of all samples.
    ran = project.run("tune", "--trials", "1", "--study", "one")
    assert ran.status == 0, ran.err
    assert "The first rung" not in ran.out


@pytest.mark.parametrize("task", ["classification", "regression"])
def test_a_rung_has_as_many_samples_as_a_model_has_neighbors(
    task: str, render: Render
) -> None:
    project = searched(
        render,
        f"cv_neighbors_{task}",
        algorithm="halving_random",
        task=task,
        factor=2,
        search_space="custom",
        estimator_ranges={"knn__n_neighbors": [1, 60]},
    )
    tune(project, 27)
    records = project.records()
    assert {record["state"] for record in records} == {"complete", "pruned"}
    neighbors = {record["params"].get("knn__n_neighbors") for record in records}
    assert neighbors == {None, 1, 60}
    (samples,) = {record["rungs"][0]["samples"] for record in records}
    assert samples / 2 * 2 / 3 < 60 < samples * 2 / 3  # and no more than it takes


def test_the_best_go_on_to_more_samples(render: Render) -> None:
    project = searched(
        render, "cv_rungs", algorithm="halving_grid", factor=2, task="regression"
    )
    tune(project, 8)
    records = project.records()
    data = project.load("dataset").check(project.load("data").load_data())
    most = len(data.train.y)
    sizes = [0, 8, 4, 2, 1]
    for reached in range(1, 5):
        there = [record for record in records if len(record["rungs"]) >= reached]
        assert len(there) == ceil(8 / 2 ** (reached - 1)) == sizes[reached]
        assert {record["rungs"][reached - 1]["samples"] for record in there} == {
            most // 8 * 2 ** (reached - 1)
        }
        ranked = sorted(there, key=lambda one: one["rungs"][reached - 1]["score"])
        further = {one["number"] for one in there if len(one["rungs"]) > reached}
        assert {one["number"] for one in ranked[: sizes[reached] // 2]} == further
    (winner,) = [record for record in records if record["state"] == "complete"]
    assert len(winner["rungs"]) == 4
    others = [record for record in records if record is not winner]
    assert {record["state"] for record in others} == {"pruned"}
    assert {record["weights"] for record in others} == {None}

    # The first rung, computed apart.
    for record in records[:2]:
        folds = KFold(3, shuffle=True, random_state=0)
        random = np.random.RandomState
        scores = []
        for fitted, scored in folds.split(data.train.x):
            share = record["rungs"][0]["samples"] / most
            fitted, scored = (
                random(0).permutation(rows)[: int(share * len(rows))]
                for rows in (fitted, scored)
            )
            model = project.load("model").get_model(record["params"], record["seed"])
            model.fit(data.train.x[fitted], data.train.y[fitted, 0])
            predicted = model.predict(data.train.x[scored])
            scores.append(np.abs(predicted - data.train.y[scored, 0]).mean())
        assert record["rungs"][0]["fold_scores"] == pytest.approx(scores)


def test_a_rung_has_every_class_in_each_fold(render: Render) -> None:
    project = searched(
        render, "cv_classes", algorithm="halving_random", data_source="csv"
    )
    table = load_wine(as_frame=True).frame
    rare = table[table["target"] == 0].head(40)
    table = pd.concat([rare, table[table["target"] > 0]])
    table.to_csv(project.root / "data.csv", index=False)
    tune(project, 3)
    records = project.records()
    assert {record["state"] for record in records} == {"complete", "pruned"}
    search = project.load("search")
    data = project.load("dataset").check(project.load("data").load_data())
    study = project.load("study")
    budget = study.Budget(3, 0)
    log = study.TrialLog(project.root / "runs/default/trials")
    smallest = records[0]["rungs"][0]["samples"]
    # Without the log the first rung is the same.
    empty = study.TrialLog(project.root / "nothing")
    drawn = {record["number"]: record["params"] for record in records}
    assert search.samples_of_first_rung(data, empty, drawn) == smallest
    halving = search.Search(data, budget, log, None, {n: {} for n in range(3)})
    deal = project.load("cross_validation").sample_folds
    for fitted, scored in deal(data.train, halving.cv, smallest, budget.seed):
        assert len(fitted) + len(scored) <= smallest
        for rows in (fitted, scored):
            assert {*np.unique(data.train.y[rows])} == {0, 1, 2}


def test_no_group_is_in_two_folds(render: Render) -> None:
    project = searched(
        render, "cv_groups", data_source="csv", task="regression", split="group"
    )
    random = np.random.default_rng(0)
    table = pd.DataFrame(random.normal(size=(300, 4)), columns=[*"abcd"])
    table["group"] = np.arange(300) // 10
    table["target"] = table["a"] + table["group"]
    table.drop(columns="group").assign(group=table["group"]).to_csv(
        project.root / "data.csv", index=False
    )
    tune(project, 2)
    data = project.load("dataset").check(project.load("data").load_data())
    folds = project.load("train").get_folds(data.train, 3, 0)
    for fitted, scored in folds.split(data.train.x):
        assert not {*data.train.groups[fitted]} & {*data.train.groups[scored]}
    for record in project.records():
        model = project.load("model").get_model(record["params"], record["seed"])
        scores = -cross_val_score(
            model,
            data.train.x,
            data.train.y[:, 0],
            cv=folds,
            scoring="neg_mean_absolute_error",
        )
        assert [fold["score"] for fold in record["folds"]] == pytest.approx(scores)
        check_rebuilt(project, record)
