"""The search: an Optuna study whose every trial is logged before Optuna hears of it."""

from collections.abc import Callable
from functools import partial

import keras
import optuna
from optuna.samplers import NSGAIISampler
from optuna.trial import TrialState

from .agreement import open_study
from .database import errors_in_one_line
from .dataset import Data
from .model import get_model
from .records import Record
from .stopping import Stop
from .storage import next_trial, recover
from .study import Study
from .training import Run, begin_or_resume, fit, run_trial
from .trials import TrialLog
from .watching import Watcher
from .workers import Worker

optuna.logging.set_verbosity(optuna.logging.WARNING)


class TrialFailed(Exception):
    """The model could not be built or trained; the record says why."""


def get_sampler(seed: int, number: int) -> NSGAIISampler:
    """How a trial's hyperparameters are chosen.

    Each trial has a seed of its own: with one for all, a study that is resumed would
    draw its first trials again.

    NSGA-II crosses and mutates the best of the last generation; at least four
    generations fit into the trials that the project was made for.
    https://optuna.readthedocs.io/en/stable/reference/samplers/generated/optuna.samplers.NSGAIISampler.html
    """
    return NSGAIISampler(population_size=5, seed=seed + number)


def objective(trial: optuna.Trial, run: Run) -> tuple[float, int]:
    """Build, train, score and log one trial.

    Returns:
        The score of the best epoch, and the number of the model's parameters.

    Raises:
        TrialFailed: The model could not be built or trained; the failure is logged.
        UserError: So did the trials before it.
        KeyboardInterrupt: The search is to stop; nothing is logged.
    """
    record = run_trial(run, trial.number, partial(train, trial, run))
    # Should the log lose the record, it is restored from here.
    trial.set_user_attr("record", record)
    if record["state"] == "failed":
        raise TrialFailed
    score = record["objective"]["value"]
    assert score is not None and record["parameter_count"] is not None
    return score, record["parameter_count"]


def train(trial: optuna.Trial, run: Run, record: Record) -> keras.Model:
    """Build and fit a trial's model, and note in its record how it went.

    Returns:
        The model, with the weights of its best epoch.
    """
    try:
        built = get_model(trial, run.data.input_shape, run.data.classes)
    finally:
        record["params"] = trial.params
    # Set before training, so that a trial which does not end well has it too.
    trial.set_user_attr("skipped_layers", built.skipped_layers)
    fit(run, built, record)
    return built.model


def tune(
    study: Study,
    data: Data,
    *,
    trials: int,
    epochs: int,
    seed: int,
    stop: Stop,
    watcher: Watcher,
) -> None:
    """Run trials until the study has as many as it should.

    Optuna's ask-and-tell interface
    (https://optuna.readthedocs.io/en/stable/tutorial/20_recipes/009_ask_and_tell.html)
    lets several processes agree on the exact number, and lets a trial that was
    interrupted keep its number and parameters.

    Args:
        study: Where to log, and what to go on with if it is there already.
        data: What to train on.
        trials: How many trials the study has in the end, earlier ones included.
        epochs: How many epochs a trial trains at the most.
        seed: The first trial's; each later one has the next.
        stop: When to stop before that.
        watcher: Who is told how it goes.

    Raises:
        UserError: The study cannot go on, or one trial after the other fails.
        KeyboardInterrupt: By hand or by the deadline; the running trial is put back.
    """
    log = TrialLog(study.trials_folder)
    sampler_of = partial(get_sampler, seed)
    with Worker(study.folder) as worker, errors_in_one_line():
        with worker.turn:
            begin_or_resume(study, data, epochs, seed)
            optuna_study = open_study(
                study.folder / "study.db",
                log,
                worker,
                data,
                sampler_of,
            )
        run = Run(data, epochs, stop, watcher, log, worker, seed)
        try:
            run_trials(optuna_study, run, trials, sampler_of)
        finally:
            with worker.turn:
                recover(optuna_study, run)


def run_trials(
    study: optuna.Study,
    run: Run,
    trials: int,
    sampler_of: Callable[[int], NSGAIISampler],
) -> None:
    """Ask for a trial, run it and tell Optuna how it ended, as long as there is one."""
    while trial := next_trial(study, run, trials, sampler_of):
        run.stop.check()
        try:
            value = objective(trial, run)
        except TrialFailed:
            study.tell(trial.number, state=TrialState.FAIL)
        else:
            study.tell(trial.number, value)
