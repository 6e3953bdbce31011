"""Trials that end early where several processes share a study: killed, continued, given more, rebuilt."""

from pathlib import Path
from typing import Any

import optuna
import pytest

from tests.conftest import Render
from tests.often import often
from tests.processes import kill, start, wait_until
from tests.rendering import KEPT, Project, timeless
from tests.test_estimators import check_rebuilt
from tests.test_estimators_steps import check_history

ASIDE = ("worker", *KEPT)
"""What depends on who was faster."""
TRIALS, MORE = 7, 10

BOOSTED: dict[str, Any] = {"estimators": ["xgboost", "lightgbm"]}
"""Whose trials are the shortest."""

SHARED: dict[str, dict[str, Any]] = {
    "median": {"pruner": "median", "pruner_startup_trials": 2, "algorithm": "random"},
    "successive_halving": BOOSTED | {"pruner": "successive_halving", "factor": 2},
    "hyperband": BOOSTED | {"pruner": "hyperband", "algorithm": "tpe", "factor": 2},
    "halving_random": {"framework": "search_cv", "algorithm": "halving_random"},
    "halving_grid": {"framework": "search_cv", "algorithm": "halving_grid"},
}

DEATH = '''

_evaluate = evaluate
_scored = []


def evaluate(model, part):
    """Die in the middle of a trial, once in all processes."""
    import os
    from contextlib import suppress
    from pathlib import Path

    _scored.append(part)
    if len(_scored) == 5:
        with suppress(FileExistsError):
            (Path(__file__).parents[1] / "died").open("x").close()
            os.kill(os.getpid(), 9)
    return _evaluate(model, part)
'''


def pruned_project(name: str, execution: str, render: Render) -> Project:
    """A project that prunes, of which the first process to score five models dies."""
    chosen = {"framework": "optuna", "estimators": ["random_forest", "xgboost"]}
    project = render(
        package_name=f"pruned_{execution}_{name}",
        execution=execution,
        input_kind="tabular",
        search_space="small",
        report=False,
        **chosen | SHARED[name],
    )
    with (project.root / project.package / "train.py").open("a") as source:
        source.write(DEATH)
    return project


def trials_folder(project: Project) -> Path:
    """Where the default study is logged."""
    return project.root / "runs" / "default" / "trials"


def has_died(project: Project, logged: int) -> bool:
    """Whether one process has died, and so many trials are logged."""
    records = [*trials_folder(project).glob("trial_*.json")]
    return (project.root / "died").exists() and len(records) >= logged


def check_ends(project: Project, records: list[dict[str, Any]]) -> None:
    """See that all are logged, what is kept of those that ended early, and the best rebuilt."""
    assert [record["number"] for record in records] == [*range(MORE)]
    assert {record["state"] for record in records} == {"complete", "pruned"}
    kept = {r["weights"]: r["state"] for r in records if r["weights"]}
    assert [*kept.values()] == ["complete"]
    assert {path.name for path in trials_folder(project).glob("*.skops")} == {*kept}
    assert not [*trials_folder(project).glob("running*")]
    for record in records:
        if record["state"] == "pruned":
            assert record["weights_note"] == "the trial is pruned"
    assert project.run("reconstruct").status == 0


def check_told(study: optuna.Study, records: list[dict[str, Any]]) -> None:
    """See that Optuna has each trial as it is logged, and nothing of what died."""
    trials = study.get_trials()
    assert [trial.state.name.lower() for trial in trials] == [
        record["state"] for record in records
    ]
    for trial, record in zip(trials, records, strict=True):
        scores = record["history"]["val_accuracy"]
        assert trial.intermediate_values == dict(enumerate(scores))
        assert trial.params == record["params"]


@pytest.mark.parametrize("name", often(SHARED, ["successive_halving"]))
def test_workers_and_their_parent_are_killed_and_no_trial_is_lost(
    name: str, render: Render
) -> None:
    project = pruned_project(name, "workers", render)
    words = ["tune", "--workers", "2", "--trials", str(TRIALS)]
    process = start(project, *words)
    wait_until(lambda: has_died(project, 2), process)
    kill(process, project)
    before = project.records()
    process = start(project, *words)
    _, err = process.communicate()
    assert process.returncode == 0, err
    assert all(line.endswith("it is run again") for line in err.splitlines()), err
    assert len(project.records()) == TRIALS
    ran = project.run("tune", "--trials", str(MORE))
    assert ran.status == 0, ran.err

    records = project.records()
    check_ends(project, records)
    pruned = next(r for r in records if r["state"] == "pruned")
    check_rebuilt(project, pruned, "--retrain")
    if not name.startswith("halving"):
        ended = {record["number"]: record["started"] for record in before}
        assert {n: records[n]["started"] for n in ended} == ended
        for record in records:
            check_history(record)
        database = f"sqlite:///{project.root}/runs/default/study.db"
        check_told(optuna.load_study(study_name=None, storage=database), records)
    if name not in ("median", "halving_random", "halving_grid"):
        return  # what the sampler draws depends on who is faster
    for trials in (TRIALS, MORE):
        one = ["--study", "one", "--trials", str(trials)]
        assert project.run("tune", *one).status == 0
    alone = project.records("one")
    if name.startswith("halving"):
        assert timeless(records, *ASIDE) == timeless(alone, *ASIDE)
        return
    for record, other in zip(records, alone, strict=True):
        assert record["params"] == other["params"]
        # Who is faster decides how far a trial gets, and nothing else.
        for scores, others in zip(
            record["history"].values(), other["history"].values(), strict=True
        ):
            steps = min(len(scores), len(others))
            assert scores[:steps] == others[:steps]


@pytest.mark.parametrize("name", often([*SHARED][:3], ["hyperband"]))
def test_processes_that_meet_in_a_database_lose_no_trial(
    name: str, render: Render, database: str
) -> None:
    project = pruned_project(name, "cluster", render)
    source = project.root / project.package / "storage" / "postgresql.py"
    text = source.read_text("utf-8")
    for slow, fast in {"T_S = 10": "T_S = 1", "CE_S = 60": "CE_S = 5"}.items():
        assert text.count(slow) == 1
        text = text.replace(slow, fast)
    source.write_text(text, "utf-8")
    words = ["tune", "--trials", str(TRIALS)]
    processes = [start(project, *words) for _ in range(2)]
    wait_until(lambda: has_died(project, 2), processes[1])
    processes[0].kill()
    processes[0].communicate()
    out, err = processes[1].communicate()
    assert processes[1].returncode == 0, err
    assert f"has {TRIALS} trials" in out
    process = start(project, "tune", "--trials", str(MORE))
    _, err = process.communicate()
    assert process.returncode == 0, err

    records = project.records()
    check_ends(project, records)
    for record in records:
        check_history(record)
    url = project.load("storage.postgresql").get_url()
    check_told(optuna.load_study(study_name=None, storage=str(url)), records)
    pruned = next(r for r in records if r["state"] == "pruned")
    check_rebuilt(project, pruned, "--retrain")


def test_a_model_that_is_about_to_be_logged_is_left_to_its_worker(
    render: Render,
) -> None:
    """Another worker logs a trial between the model of a last rung and its record."""
    project = render(
        package_name="pruned_between",
        execution="workers",
        estimators=["knn"],
        input_kind="tabular",
        search_space="small",
        **SHARED["halving_random"],
    )
    data = project.load("dataset").check(project.load("data").load_data())
    study = project.load("study")
    training = project.load("train")
    folder = project.root / "runs/default/trials"
    folder.mkdir(parents=True)
    one, other = (study.TrialLog(folder, worker) for worker in range(2))
    params = {"knn__n_neighbors": 5, "knn__weights": "uniform", "knn__p": 2}

    def end(log: Any, number: int, score: float, *, last: bool) -> None:
        with log.trial(number, 0, params) as record:
            record.objective.value = score
            record.state = "pruned"
            if last:
                setup = training.set_up(params, data, 0)
                training.fit(setup, record)
                log.save_model(record, setup.model)
            if log is one and last:
                end(other, 1, 0.5, last=True)
                end(other, 2, 0.4, last=False)

    end(one, 0, 0.6, last=False)
    end(one, 0, 0.9, last=True)
    kept = [record for record in one.read_all() if record.weights]
    assert [record.number for record in kept] == [0]
    assert [path.name for path in folder.glob("*.skops")] == [kept[0].weights]
    assert one.has_model(kept[0])
