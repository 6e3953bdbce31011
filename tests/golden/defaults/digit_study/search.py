"""The search: an Optuna study in memory, which is told every trial that is logged."""

import warnings
from typing import Any

import keras
import optuna
from optuna.pruners import HyperbandPruner
from optuna.samplers import TPESampler

from .config import OBJECTIVE
from .data import load_data
from .dataset import Data, check
from .runtime.keras_state import reset_keras
from .runtime.signals import Stop
from .study import MONITOR, Budget, Record, Study, TrialLog
from .study.optuna_trials import STATES, get_values, sampler_state, tell_logged
from .study.values import recordable
from .train import TrialCallback, begin_or_resume, check_drawn, fit, set_up

optuna.logging.set_verbosity(optuna.logging.WARNING)
# The sampler, or an option of it, is marked as experimental; it is chosen on purpose.
warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
# A record keeps tuples too, whose type Optuna warns of.
warnings.filterwarnings("ignore", "Choices for a categorical distribution")

OPTUNA_NAME = "digit_study"
"""The same in every study: Hyperband's brackets depend on it, and so do the results."""


def get_sampler(seed: int, number: int) -> TPESampler:
    """Return the sampler of one trial.

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
    """Return the pruner, which says when a trial is not worth going on with.

    Hyperband compares trials at several ages, from the first epoch to the last
    (Li et al. 2018, https://jmlr.org/papers/v18/16-558.html).
    """
    return HyperbandPruner(min_resource=1, max_resource=epochs, reduction_factor=3)


class PruningCallback(keras.callbacks.Callback):
    """Report each epoch's score to Optuna, and end the training where it says so.

    The callback of optuna-integration raises inside `fit`, before EarlyStopping puts
    the best weights back; here training ends as usual, so that a pruned trial is logged
    with the weights that have its score.
    """

    def __init__(self, trial: optuna.Trial) -> None:
        super().__init__()
        self.trial = trial
        self.pruned = False

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.trial.report(logs[MONITOR], step=epoch)
        # After its last epoch there is nothing left to prune.
        if epoch + 1 < self.params["epochs"] and self.trial.should_prune():
            self.pruned = True
            self.model.stop_training = True


def search(
    study: Study, budget: Budget, stop: Stop, max_trials: int | None = None
) -> bool:
    """Run trials until the study has as many as it should.

    Trial after trial, by number: what is logged is told to Optuna, the rest is run. So a
    trial is drawn as it would have been had the search never stopped, and one that was
    interrupted or lost is run again under its number.

    Returns:
        Whether the study has all its trials.

    Raises:
        UserError: The study cannot go on, or one trial after the other fails.
        KeyboardInterrupt: By hand or by the deadline; the running trial is not logged.
    """
    with study.lock():
        data = check(load_data())
        log = TrialLog(study.trials_folder)
        begin_or_resume(study, log, data, budget)
        optuna_study = optuna.create_study(
            study_name=OPTUNA_NAME,
            direction=OBJECTIVE.direction,
            pruner=get_pruner(budget.epochs),
        )
        ran = 0
        for number in range(budget.trials):
            seed = budget.seed + number
            if record := log.read(number) or log.read_lost(number, seed):
                tell_logged(optuna_study, record)
                continue
            if ran == max_trials:
                return False
            ran += 1
            stop.check()
            optuna_study.sampler = get_sampler(budget.seed, number)
            trial = optuna_study.ask()
            record = run_trial(trial, data, budget, log, stop)
            optuna_study.tell(trial, get_values(record), STATES[record.state])
    return True


def run_trial(
    trial: optuna.Trial, data: Data, budget: Budget, log: TrialLog, stop: Stop
) -> Record:
    """Build, train, score and log one trial."""
    with log.trial(trial.number, budget.seed + trial.number) as record:
        reset_keras(record.seed)
        try:
            setup = set_up(trial, data)
        finally:
            record.params = recordable(trial.params)
            record.scales = {
                name: "log" if drawn.log else "linear"
                for name, drawn in trial.distributions.items()
                if hasattr(drawn, "log")
            }
            record.optuna = sampler_state(trial)
        pruning = PruningCallback(trial)
        callbacks = [pruning, TrialCallback(log, record, stop)]
        fit(setup, record, budget.epochs, callbacks=callbacks)
        check_drawn(record, trial.params)
        if pruning.pruned:
            record.state = "pruned"
        record.optuna = sampler_state(trial)  # with the rungs it has passed
        log.save_weights(record, setup.model)
    return record
