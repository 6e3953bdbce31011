"""The search: an Optuna study in memory, which is told every trial that is logged."""

import warnings

import optuna
from optuna.samplers import NSGAIISampler

from .config import OBJECTIVE
from .data import load_data
from .dataset import Data, check
from .runtime.keras_state import reset_keras
from .runtime.signals import Stop
from .study import Budget, Record, Study, TrialLog
from .study.optuna_trials import STATES, get_values, sampler_state, tell_logged
from .study.values import recordable
from .train import TrialCallback, begin_or_resume, check_drawn, fit, set_up

optuna.logging.set_verbosity(optuna.logging.WARNING)
# A record keeps tuples too, whose type Optuna warns of.
warnings.filterwarnings("ignore", "Choices for a categorical distribution")

OPTUNA_NAME = "pictures"
"""The same in every study: Hyperband's brackets depend on it, and so do the results."""


def get_sampler(seed: int, number: int) -> NSGAIISampler:
    """Return the sampler of one trial.

    Each trial has a seed of its own: with one for all, a study that is resumed would
    draw its first trials again.

    NSGA-II crosses and mutates the best of the last generation; at least four
    generations fit into the trials that the project was made for.
    https://optuna.readthedocs.io/en/stable/reference/samplers/generated/optuna.samplers.NSGAIISampler.html
    """
    return NSGAIISampler(population_size=5, seed=seed + number)


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
            directions=[OBJECTIVE.direction, "minimize"],
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
        callbacks = [TrialCallback(log, record, stop)]
        fit(setup, record, budget.epochs, callbacks=callbacks)
        check_drawn(record, trial.params)
        record.optuna = sampler_state(trial)  # with what was set since
        log.save_weights(record, setup.model)
    return record
