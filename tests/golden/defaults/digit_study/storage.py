"""What Optuna knows of a study, kept in step with the trial log."""

from collections.abc import Callable
from typing import Any

import optuna
from optuna.pruners import BasePruner
from optuna.samplers import BaseSampler
from optuna.storages import RDBStorage
from optuna.trial import FrozenTrial, TrialState

from .optuna_trials import ENDS
from .records import DIRECTION, Record
from .training import Run

OPTUNA_NAME = "digit_study"
"""The same in every study: Hyperband's brackets depend on it, and so do the results."""


def get_study(storage: RDBStorage, pruner: BasePruner) -> optuna.Study:
    """The study in a database, which is made where there is none."""
    return optuna.create_study(
        storage=storage,
        study_name=OPTUNA_NAME,
        direction=DIRECTION,
        pruner=pruner,
        load_if_exists=True,
    )


def next_trial(
    study: optuna.Study,
    run: Run,
    trials: int,
    get_sampler: Callable[[int], BaseSampler],
) -> optuna.Trial | None:
    """Ask for a trial: one that was interrupted before, else a new one.

    Args:
        study: What to ask.
        run: The search.
        trials: How many trials there are to be in all.
        get_sampler: From a trial's number to the sampler that draws it.

    Returns:
        The trial, or none where enough have begun.
    """
    with run.worker.turn:
        recover(study, run)
        known = study.get_trials(deepcopy=False)
        states = [trial.state for trial in known]
        if len(known) - states.count(TrialState.WAITING) >= trials:
            return None
        return begin(study, run, known, get_sampler)


def begin(
    study: optuna.Study,
    run: Run,
    known: list[FrozenTrial],
    get_sampler: Callable[[int], BaseSampler],
) -> optuna.Trial:
    """Ask for a trial, and note whose it is."""
    waiting = [trial for trial in known if trial.state == TrialState.WAITING]
    number = waiting[0].number if waiting else len(known)
    study.sampler = get_sampler(number)
    trial = study.ask()
    trial.set_user_attr("worker", run.worker.number)
    return trial


def recover(study: optuna.Study, run: Run) -> None:
    """See to the trials of workers that died.

    A trial that is in the log is told to Optuna as it ended; any other is put back.
    """
    unfinished = (TrialState.RUNNING, TrialState.WAITING)
    for trial in study.get_trials(deepcopy=False, states=unfinished):
        if run.worker.another_has(trial.user_attrs.get("worker", run.worker.number)):
            continue
        record = run.log.read(trial.number)
        if record is None:
            put_back(study, trial)
        else:
            set_state(study, trial, TrialState.RUNNING)
            tell_as_logged(study, optuna.Trial(study, trial._trial_id), record)


def put_back(study: optuna.Study, trial: optuna.Trial | FrozenTrial) -> None:
    """Let a trial that was interrupted be run again, under its number.

    What was drawn and reported is taken back, which Optuna has no call for. The sampler
    draws the same again; after a part of it, it would go on with others, and a pruner would
    take an epoch for decided that is still to come.
    """
    storage: Any = study._storage
    with storage._backend.engine.begin() as connection:
        for rows in (
            "trial_params WHERE",
            "trial_intermediate_values WHERE",
            "trial_system_attributes WHERE substr(key, 1, 15) = 'completed_rung_' AND",
        ):
            which = f"{rows} trial_id = {trial._trial_id}"
            connection.exec_driver_sql(f"DELETE FROM {which}")
    set_state(study, trial, TrialState.WAITING)


def set_state(
    study: optuna.Study, trial: optuna.Trial | FrozenTrial, state: TrialState
) -> None:
    """Give a trial a state that is not its last."""
    study._storage.set_trial_state_values(trial._trial_id, state=state)


def tell_as_logged(study: optuna.Study, trial: optuna.Trial, record: Record) -> None:
    """Tell Optuna how a trial ended that is in the log, and leave it a copy of that."""
    trial.set_user_attr("record", record)
    study.tell(trial.number, get_values(record), ENDS[record["state"]])


def get_values(record: Record) -> list[float] | None:
    """What Optuna judges the trial by: nothing, unless it is complete."""
    if record["state"] != "complete":
        return None
    value = record["objective"]["value"]
    return None if value is None else [value]
