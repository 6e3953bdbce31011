"""What Optuna knows of a study, kept in step with the trial log."""

import sqlite3
from collections.abc import Callable
from functools import partial

import optuna
from optuna.pruners import BasePruner
from optuna.samplers import BaseSampler
from optuna.storages import RDBStorage
from optuna.trial import TrialState

from .errors import UserError
from .study import Study
from .trials import DIRECTION, TrialLog
from .workers import Worker

OPTUNA_NAME = "digit_study"
"""The same in every study: Hyperband's brackets depend on it, and so do the results."""


def open_study(study: Study, pruner: BasePruner) -> optuna.Study:
    """Open the study's database, or make it.

    Raises:
        UserError: It is missing or broken, and trials are logged that it should know.
    """
    database = study.folder / "study.db"
    try:
        with database.open("rb") as file:
            broken = file.read(16) not in (b"SQLite format 3\0", b"")
    except FileNotFoundError:
        broken = any(study.trials_folder.glob("trial_*.json"))
    if broken:
        raise UserError(
            f"{database} is missing or broken, so study {study.name!r} cannot go on; "
            "its trials can still be listed and rebuilt, and --study NAME begins another"
        )
    # A URL would misread some names of folders, so the connection is made from the path.
    # Several processes may write: each waits up to a minute for its turn.
    connect = partial(sqlite3.connect, database, timeout=60, check_same_thread=False)
    storage = RDBStorage("sqlite:///study.db", engine_kwargs={"creator": connect})
    return optuna.create_study(
        storage=storage,
        study_name=OPTUNA_NAME,
        direction=DIRECTION,
        pruner=pruner,
        load_if_exists=True,
    )


def next_trial(
    study: optuna.Study,
    log: TrialLog,
    worker: Worker,
    trials: int,
    get_sampler: Callable[[int], BaseSampler],
) -> optuna.Trial | None:
    """Ask for a trial: one that was interrupted before, else a new one.

    Args:
        study: What to ask.
        log: The trial log, which says how a dead worker's trial ended.
        worker: Who asks.
        trials: How many trials there are to be in all.
        get_sampler: From a trial's number to the sampler that draws it.

    Returns:
        The trial, or none where enough have begun.
    """
    with worker.turn:
        recover(study, log, worker)
        known = study.get_trials(deepcopy=False)
        waiting = [trial for trial in known if trial.state == TrialState.WAITING]
        if len(known) - len(waiting) >= trials:
            return None
        number = waiting[0].number if waiting else len(known)
        study.sampler = get_sampler(number)
        trial = study.ask()
        trial.set_user_attr("worker", worker.number)
    return trial


def recover(study: optuna.Study, log: TrialLog, worker: Worker) -> None:
    """See to the trials of workers that died.

    A trial that is in the log is told to Optuna as it ended; any other is put back.
    """
    for trial in study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
        if worker.another_has(trial.user_attrs.get("worker", worker.number)):
            continue
        record = log.read(trial.number)
        if record is None:
            put_back(study, trial.number)
        elif record["state"] == "complete":
            study.tell(trial.number, record["objective"]["value"])
        elif record["state"] == "pruned":
            study.tell(trial.number, state=TrialState.PRUNED)
        else:
            study.tell(trial.number, state=TrialState.FAIL)


def put_back(study: optuna.Study, number: int) -> None:
    """Let a trial that was interrupted be run again, with its number and parameters."""
    trial = study.get_trials(deepcopy=False)[number]
    study._storage.set_trial_state_values(trial._trial_id, state=TrialState.WAITING)
