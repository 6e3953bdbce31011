"""The search: an Optuna study whose every trial is logged before Optuna hears of it."""

import warnings
from collections.abc import Callable
from functools import partial
from typing import Any

import keras
import optuna
from optuna.pruners import HyperbandPruner
from optuna.samplers import TPESampler
from optuna.trial import TrialState

from .agreement import open_study
from .database import errors_in_one_line
from .dataset import Data
from .model import get_model
from .records import MONITOR, Record
from .stopping import Stop
from .storage import next_trial, recover
from .study import Study
from .training import Run, begin_or_resume, fit, run_trial
from .trials import TrialLog
from .watching import Watcher
from .workers import Worker

optuna.logging.set_verbosity(optuna.logging.WARNING)
# The sampler, or an option of it, is marked as experimental; it is chosen on purpose.
warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)


class TrialFailed(Exception):
    """The model could not be built or trained; the record says why."""


def get_sampler(seed: int, number: int) -> TPESampler:
    """How a trial's hyperparameters are chosen.

    Each trial has a seed of its own: with one for all, a study that is resumed would
    draw its first trials again.

    Multivariate TPE with groups suits spaces in which parameters depend on others. Under
    Hyperband it learns from the trials of one bracket at a time, so few are random:
    https://optuna.readthedocs.io/en/stable/reference/samplers/generated/optuna.samplers.TPESampler.html
    """
    return TPESampler(
        n_startup_trials=4, multivariate=True, group=True, seed=seed + number
    )


def get_pruner(epochs: int) -> HyperbandPruner:
    """When a trial is not worth going on with.

    Hyperband compares trials at several ages, from the first epoch to the last
    (Li et al. 2018, https://jmlr.org/papers/v18/16-558.html).
    """
    return HyperbandPruner(min_resource=1, max_resource=epochs, reduction_factor=3)


class PruneTrial(keras.callbacks.Callback):
    """Report each epoch's score to Optuna, and end the training where it says so.

    The callback of optuna-integration raises inside `fit`, before EarlyStopping puts
    the best weights back; here training ends as usual, so that a pruned trial is logged
    with the weights that have its score.
    """

    def __init__(self, trial: optuna.Trial) -> None:
        super().__init__()
        self.trial = trial
        self.pruned = False

    def on_epoch_end(self, epoch: int, logs: dict[str, Any]) -> None:
        self.trial.report(logs[MONITOR], step=epoch)
        if self.trial.should_prune():
            self.pruned = True
            self.model.stop_training = True


def objective(trial: optuna.Trial, run: Run) -> float:
    """Build, train, score and log one trial.

    Returns:
        The score of the best epoch, whose weights are kept.

    Raises:
        optuna.TrialPruned: The trial was not worth going on with; it is logged.
        TrialFailed: The model could not be built or trained; the failure is logged.
        UserError: So did the trials before it.
        KeyboardInterrupt: The search is to stop; nothing is logged.
    """
    record = run_trial(run, trial.number, partial(train, trial, run))
    # Should the log lose the record, it is restored from here.
    trial.set_user_attr("record", record)
    if record["state"] == "failed":
        raise TrialFailed
    if record["state"] == "pruned":
        raise optuna.TrialPruned
    score = record["objective"]["value"]
    assert score is not None
    return score


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
    pruning = PruneTrial(trial)
    fit(run, built, record, callbacks=[pruning])
    if pruning.pruned:
        record["state"] = "pruned"
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
                get_pruner(epochs),
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
    sampler_of: Callable[[int], TPESampler],
) -> None:
    """Ask for a trial, run it and tell Optuna how it ended, as long as there is one."""
    while trial := next_trial(study, run, trials, sampler_of):
        run.stop.check()
        try:
            value = objective(trial, run)
        except TrialFailed:
            study.tell(trial.number, state=TrialState.FAIL)
        except optuna.TrialPruned:
            study.tell(trial.number, state=TrialState.PRUNED)
        else:
            study.tell(trial.number, value)
