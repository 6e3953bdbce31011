"""How samples are divided: at random, as they come, by groups, in the order of time."""

from typing import Any

import numpy as np
import pytest

from tests.conftest import Render
from tests.often import often
from tests.rendering import Project

SAMPLES = 100
X = np.arange(SAMPLES * 2, dtype="float32").reshape(SAMPLES, 2)
LABELS = np.arange(SAMPLES) % 2
TARGETS = X[:, :1] / 10
GROUPS = np.array([f"patient {i // 4}" for i in range(SAMPLES)])
TASKS = ["classification", "regression"]
WAYS = ["random", "given", "group", "time"]


def make(render: Render, split: str, task: str, **answers: Any) -> Project:
    """A project of rows in arrays, of which none need be there."""
    return render(
        package_name=f"{split}_{task}",
        data_source="arrays",
        input_kind="tabular",
        split=split,
        task=task,
        **{"framework": "sampler"} | answers,
    )


def divide(project: Project, *by: Any, **more: Any) -> tuple[Any, Any, Any]:
    """The rows of each part."""
    y = TARGETS if "regression" in project.package else LABELS
    parts = project.load("dataset").split(X, y, *by, **more)
    rows = [part.x[:, 0].astype(int) // 2 for part in parts]
    assert sorted(np.concatenate(rows)) == list(range(SAMPLES))
    for part, taken in zip(parts, rows, strict=True):
        assert np.array_equal(part.y, y[taken])
    train, validation, test = rows
    return train, validation, test


def refusal(project: Project, *by: Any, **more: Any) -> str:
    """The one line in which dividing ends."""
    with pytest.raises(project.load("errors").UserError) as caught:
        divide(project, *by, **more)
    [line] = str(caught.value).splitlines()
    return line


@pytest.mark.parametrize("task", TASKS)
def test_no_group_is_in_two_parts(render: Render, task: str) -> None:
    project = make(render, "group", task)
    parts = divide(project, GROUPS, 0)
    groups = [set(GROUPS[rows]) for rows in parts]
    assert not (groups[0] & groups[1] or groups[0] & groups[2] or groups[1] & groups[2])
    assert [len(rows) for rows in parts] == [60, 20, 20]
    again = divide(project, GROUPS.tolist(), 0)
    assert all(map(np.array_equal, parts, again))
    assert "4 groups" in refusal(project, np.arange(SAMPLES) // 25, 0)
    assert "99" in refusal(project, GROUPS[:-1], 0)


@pytest.mark.parametrize("task", TASKS)
def test_the_latest_samples_are_for_the_end(render: Render, task: str) -> None:
    project = make(render, "time", task)
    times = np.random.default_rng(0).permutation(SAMPLES)
    train, validation, test = (times[rows] for rows in divide(project, times))
    assert train.max() < validation.min() <= validation.max() < test.min()
    assert [len(train), len(validation), len(test)] == [60, 20, 20]
    assert [rows[0] for rows in divide(project, None)] == [0, 60, 80]
    days = np.array("2026-01-01", "datetime64[D]") + times
    assert all(map(np.array_equal, divide(project, times), divide(project, days)))
    assert "same time" in refusal(project, times // 80)
    assert "99" in refusal(project, times[:-1])


def test_samples_of_one_time_stay_together(render: Render) -> None:
    project = make(render, "time", "classification")
    weeks = np.arange(SAMPLES) // 7
    parts = [set(weeks[rows]) for rows in divide(project, weeks)]
    assert not (parts[0] & parts[1] or parts[1] & parts[2] or parts[0] & parts[2])


@pytest.mark.parametrize("task", TASKS)
def test_parts_stay_as_they_are_given(render: Render, task: str) -> None:
    project = make(render, "given", task)
    spelt = np.array(["train", "Training ", "VAL", "dev", "testing"] * 20)
    train, validation, test = divide(project, 0, parts=spelt)
    assert set(train % 5) == {0, 1}
    assert set(validation % 5) == {2, 3}
    assert set(test % 5) == {4}


@pytest.mark.parametrize("missing", ["validation", "test", "both"])
@pytest.mark.parametrize("task", TASKS)
def test_a_missing_part_is_dealt_out_of_the_training_part(
    render: Render, task: str, missing: str
) -> None:
    project = make(render, "given", task)
    given = {"validation": ["test"], "test": ["val"], "both": ["train"]}[missing]
    parts = np.array((["train"] * 4 + given) * 20)
    whole = {"validation": 2, "test": 1, "both": None}[missing]
    rows = divide(project, 0, parts=parts)
    if whole is not None:
        assert set(rows[whole] % 5) == {4}
    sizes = {"validation": [64, 16, 20], "test": [64, 20, 16], "both": [64, 20, 16]}
    assert [len(part) for part in rows] == sizes[missing]


def test_samples_in_one_piece_are_dealt_as_at_random(render: Render) -> None:
    given = divide(make(render, "given", "classification"), 0)
    at_random = divide(make(render, "random", "classification"), 0)
    assert all(map(np.array_equal, given, at_random))


def test_parts_that_nobody_knows_are_named(render: Render) -> None:
    project = make(render, "given", "classification")
    assert "'holdout'" in refusal(project, 0, parts=["train"] * 99 + ["holdout"])
    assert "99" in refusal(project, 0, parts=["train"] * 99)
    rare = ["train"] * 2 + ["test"] * 98
    assert "validation part" in refusal(project, 0, parts=rare)


def test_weights_go_where_their_samples_go(render: Render) -> None:
    for split, by in (("given", (0,)), ("group", (GROUPS, 0)), ("time", (None,))):
        project = make(render, split, "classification")
        parts = project.load("dataset").split(X, LABELS, *by, weights=X[:, 0])
        assert all(np.array_equal(part.weights, part.x[:, 0]) for part in parts)


@pytest.mark.parametrize("task", TASKS)
def test_no_group_is_in_two_folds(render: Render, task: str) -> None:
    project = make(render, "group", task, framework="search_cv")
    y = TARGETS if task == "regression" else LABELS
    dataset = project.load("dataset")
    names = ["target"] if task == "regression" else ["a", "b"]
    parts = dataset.split(X, y, GROUPS, 0)
    data = dataset.check(dataset.Data(*parts, names, notes=("as they are",)))
    folds = project.load("train").get_folds(data.train, 3, 0)
    rows = np.arange(60)
    seen = []
    for learned, held_out in folds.split(rows, data.train.y):
        groups = data.train.groups
        assert not set(groups[learned]) & set(groups[held_out])
        seen += held_out.tolist()
    assert sorted(seen) == rows.tolist()


def test_folds_are_in_the_order_of_time(render: Render) -> None:
    project = make(render, "time", "classification", framework="search_cv")
    times = np.random.default_rng(0).permutation(SAMPLES)
    train = project.load("dataset").split(X, LABELS, times)[0]
    when = times[train.x[:, 0].astype(int) // 2]
    for learned, held_out in project.load("train").get_folds(train, 3, 0).split(when):
        assert when[learned].max() < when[held_out].min()


@pytest.mark.parametrize("split", often(WAYS, ["group"]))
@pytest.mark.parametrize("framework", often(["search_cv", "optuna"], ["search_cv"]))
def test_a_trial_of_divided_samples_scores_the_same_again(
    render: Render, split: str, framework: str
) -> None:
    project = make(render, split, "classification", framework=framework)
    x = np.random.default_rng(0).normal(LABELS[:, None], 0.5, (SAMPLES, 2))
    arrays = {"x": x, "y": LABELS, "groups": GROUPS, "times": np.arange(SAMPLES)}
    np.savez(project.root / "data.npz", allow_pickle=False, **arrays)
    words = ("--trials", "1", "--epochs", "2", "--in-process")
    tuned = project.run("tune", *words)
    assert tuned.status == 0, tuned.err
    assert "60 samples to train on, 20 to validate, 20 to test" in tuned.out
    rebuilt = project.run("reconstruct", "best", "--retrain")
    assert (rebuilt.status, rebuilt.err) == (0, "")
    study = project.load("study").Study(project.root / "runs", "default").describe()
    assert (study["split"], study["classes"]) == (
        split,
        {"0": [30, 10, 10], "1": [30, 10, 10]},
    )
