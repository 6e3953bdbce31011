"""The search: an Optuna study whose every trial is logged before Optuna hears of it."""

import time
import warnings
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import keras
import optuna
from optuna.pruners import HyperbandPruner
from optuna.samplers import TPESampler
from optuna.trial import TrialState

from .dataset import Data, fingerprint
from .errors import UserError
from .model import get_model
from .settings import PATIENCE
from .stopping import Stop
from .storage import next_trial, open_study, recover
from .study import Study, search_space_digest
from .trials import DIRECTION, MONITOR, Record, TrialLog, begin, set_score
from .workers import Worker

FRAMEWORK = "optuna"
ALGORITHM = "tpe"
FAILURES_IN_A_ROW = 3
"""After so many a search ends: the mistake is in the code, not in a trial."""

optuna.logging.set_verbosity(optuna.logging.WARNING)
# The sampler, or an option of it, is marked as experimental; it is chosen on purpose.
warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
# A trial that is run again after a crash reports its first epochs a second time.
warnings.filterwarnings("ignore", "The reported value is ignored")


class TrialFailed(Exception):
    """The model could not be built or trained; the record says why."""


class Search(NamedTuple):
    """What the trials of one `tune` have in common."""

    data: Data
    log: TrialLog
    worker: Worker
    epochs: int
    seed: int
    stop: Stop
    on_epoch: Callable[[int, int, float], None]
    """Called with a trial's number, the epoch and its score."""
    on_trial: Callable[[Record], None]


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


class StopTraining(keras.callbacks.Callback):
    """Leave the training within a batch when the search is to stop."""

    def __init__(self, stop: Stop) -> None:
        super().__init__()
        self.stop = stop

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self.stop.check()

    def on_test_batch_end(self, batch: int, logs: Any = None) -> None:
        self.stop.check()


def objective(trial: optuna.Trial, search: Search) -> float:
    """Build, train, score and log one trial.

    Returns:
        The score of the best epoch, whose weights are kept.

    Raises:
        optuna.TrialPruned: The trial was not worth going on with; it is logged.
        TrialFailed: The model could not be built or trained; the failure is logged.
        KeyboardInterrupt: The search is to stop; nothing is logged.
    """
    clock = time.perf_counter()
    seed = search.seed + trial.number
    keras.utils.clear_session()
    keras.utils.set_random_seed(seed)
    record = begin(trial.number, seed, search.worker.number)
    model: keras.Model | None = None
    cause: Exception | None = None
    try:
        model = train(trial, search, record)
    except Exception as error:  # noqa: BLE001 - whatever a model does is logged
        cause = error
        record["state"] = "failed"
        record["objective"]["value"] = None
        record["error"] = {"type": type(error).__name__, "message": str(error)}
    record["params"] = trial.params
    record["duration_s"] = round(time.perf_counter() - clock, 3)
    with search.worker.turn:
        search.log.add(record, model)
    search.on_trial(record)
    if cause:
        message = str(cause).strip().splitlines() or [""]
        raise TrialFailed(f"{type(cause).__name__}: {message[0]}") from cause
    if record["state"] == "pruned":
        raise optuna.TrialPruned
    score = record["objective"]["value"]
    assert score is not None and model is not None
    return score


def train(trial: optuna.Trial, search: Search, record: Record) -> keras.Model:
    """Build and fit a trial's model, and note in its record how it went.

    Returns:
        The model, with the weights of its best epoch.
    """
    model, batch_size, skipped = get_model(
        trial, search.data.input_shape, len(search.data.class_names)
    )
    record["skipped_layers"] = skipped
    record["parameter_count"] = model.count_params()
    # Set before training, so that a trial which does not end well has them too.
    trial.set_user_attr("skipped_layers", skipped)
    trial.set_user_attr("parameter_count", model.count_params())

    stopping = keras.callbacks.EarlyStopping(
        MONITOR, mode="max", patience=PATIENCE, restore_best_weights=True
    )
    pruning = PruneTrial(trial)
    training = model.fit(
        search.data.train.x,
        search.data.train.y,
        batch_size=batch_size,
        epochs=search.epochs,
        validation_data=search.data.validation,
        callbacks=[
            keras.callbacks.TerminateOnNaN(),
            stopping,
            pruning,
            keras.callbacks.LambdaCallback(
                on_epoch_end=lambda epoch, logs: search.on_epoch(
                    trial.number, epoch + 1, logs[MONITOR]
                )
            ),
            StopTraining(search.stop),
        ],
        verbose=0,
    )
    set_score(record, training.history, stopping.best_epoch + 1)
    if None in (record["metrics"]["loss"], record["metrics"]["val_loss"]):
        raise FloatingPointError("the loss is NaN or infinite")
    record["state"] = "pruned" if pruning.pruned else "complete"
    return model


def tune(
    study: Study,
    data: Data,
    *,
    trials: int,
    epochs: int,
    seed: int,
    stop: Stop,
    on_epoch: Callable[[int, int, float], None],
    on_trial: Callable[[Record], None],
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
        on_epoch: Called with a trial's number, the epoch and its score.
        on_trial: Called with each record once it is written.

    Raises:
        UserError: The study cannot go on, or one trial after the other fails.
        KeyboardInterrupt: By hand or by the deadline; the running trial is put back.
    """
    worker = Worker(study.folder)
    try:
        with worker.turn:
            study.begin_or_resume(describe(data, epochs, seed))
            optuna_study = open_study(study, get_pruner(epochs))
        log = TrialLog(study.trials_folder)
        search = Search(data, log, worker, epochs, seed, stop, on_epoch, on_trial)
        try:
            run_trials(optuna_study, search, trials, partial(get_sampler, seed))
        finally:
            with worker.turn:
                recover(optuna_study, log, worker)
    finally:
        worker.leave()


def run_trials(
    study: optuna.Study,
    search: Search,
    trials: int,
    sampler_of: Callable[[int], TPESampler],
) -> None:
    """Ask for a trial, run it and tell Optuna how it ended, as long as there is one."""
    failures = 0
    while trial := next_trial(study, search.log, search.worker, trials, sampler_of):
        search.stop.check()
        try:
            value = objective(trial, search)
        except TrialFailed as failure:
            study.tell(trial.number, state=TrialState.FAIL)
            failures += 1
            if failures == FAILURES_IN_A_ROW:
                raise UserError(
                    f"{failures} trials in a row failed, the last with {failure}; "
                    "mend that, then name a new study with --study"
                ) from failure
            continue
        except optuna.TrialPruned:
            study.tell(trial.number, state=TrialState.PRUNED)
        else:
            study.tell(trial.number, value)
        failures = 0


def describe(data: Data, epochs: int, seed: int) -> dict[str, Any]:
    """What is searched, for `study.json`."""
    return {
        "framework": FRAMEWORK,
        "algorithm": ALGORITHM,
        "objective": {"name": MONITOR, "direction": DIRECTION},
        "search_space": search_space_digest(),
        "data": fingerprint(data),
        "epochs": epochs,
        "seed": seed,
    }
