"""The trial log and Optuna's database: what one has lost is restored from the other.

Every record is also an attribute of its trial in `study.db`; and Optuna comes to know all
that it knew of a trial when the trial is told to it once more.
"""

import math
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import optuna
from optuna.pruners import BasePruner
from optuna.samplers import BaseSampler
from optuna.trial import FrozenTrial

from .database import get_storage, is_whole
from .dataset import Data
from .errors import UserError
from .files import move_into_place, set_aside
from .model import get_model
from .optuna_trials import ENDS
from .records import MONITOR, Record
from .storage import get_study, get_values, put_back, tell_as_logged
from .trials import TrialLog
from .workers import Worker


def open_study(
    database: Path,
    log: TrialLog,
    worker: Worker,
    data: Data,
    pruner: BasePruner,
    get_sampler: Callable[[int], BaseSampler],
) -> optuna.Study:
    """Open a study's database, and see that it agrees with the trial log.

    Args:
        database: It is made where there is none, and made anew where it is broken.
        log: The trial log.
        worker: Who opens it.
        data: What `get_model` is to be given.
        pruner: When a trial is not worth going on with.
        get_sampler: From a trial's number to the sampler that draws it.

    Raises:
        UserError: The database is broken, and other processes are using it.
    """
    records = {record["number"]: record for record in log.read_all()}
    is_empty = database.is_file() and database.stat().st_size == 0
    if records or (database.exists() and not is_empty):
        study = open_in_step(database, records, pruner)
        if study:
            restore_records(study, log, records)
            return study
        if not worker.is_alone():
            raise UserError(
                f"{database} is broken, and other processes are using it; stop them, "
                "then go on: it is made anew from the trials' records"
            )
        rebuild(database, records, data, pruner, get_sampler)
    return get_study(get_storage(database), pruner)


def open_in_step(
    database: Path, records: dict[int, Record], pruner: BasePruner
) -> optuna.Study | None:
    """The study in the database, unless that is lost or says other than the log."""
    if not database.exists() or not is_whole(database):
        return None
    storage = None
    with suppress(Exception):  # what SQLite can read need not be what Optuna wrote
        storage = get_storage(database)
        study = get_study(storage, pruner)
        if in_step(study, records):
            return study
    if storage:
        storage.engine.dispose()
    return None


def restore_records(
    study: optuna.Study, log: TrialLog, records: dict[int, Record]
) -> None:
    """Write the records that are lost once more, from what Optuna has of them."""
    for trial in study.get_trials(deepcopy=False, states=tuple(ENDS.values())):
        if trial.number in records:
            continue
        record = trial.user_attrs.get("record")
        if record:
            log.write(record)
            outcome = "its record is restored from study.db"
        else:
            outcome = "its record is lost; study.db has its parameters and its score"
        print(f"trial {trial.number}: {outcome}", file=sys.stderr)
        log.check_weights()  # they may be lost too


def rebuild(
    database: Path,
    records: dict[int, Record],
    data: Data,
    pruner: BasePruner,
    get_sampler: Callable[[int], BaseSampler],
) -> None:
    """Make the database anew from the log.

    A trial whose record is lost too is put back, to be run again under its number.
    """
    lost = f"is kept as {set_aside(database)}" if database.exists() else "is gone"
    journal = database.with_name(f"{database.name}-journal")
    if journal.exists():  # SQLite would take it for the new file's
        set_aside(journal)
    beside = database.with_name(f".{database.name}.new")
    for leftover in database.parent.glob(f"{beside.name}*"):
        leftover.unlink()
    storage = get_storage(beside)
    study = get_study(storage, pruner)
    unknown = []
    for number in range(max(records, default=-1) + 1):
        study.sampler = get_sampler(number)
        if number in records:
            tell_again(study, records[number], data)
        else:
            unknown.append(study.ask())
    for trial in unknown:
        put_back(study, trial)
    storage.engine.dispose()
    move_into_place(beside, database)
    print(
        f"{database} is made anew from the trials' records (what was there {lost})",
        file=sys.stderr,
    )


def in_step(study: optuna.Study, records: dict[int, Record]) -> bool:
    """Whether Optuna knows of every trial in the log, and how it ended.

    It need not know that yet of one which it takes to be running, or put back.
    """
    trials = dict(enumerate(study.get_trials(deepcopy=False)))
    return all(
        number in trials
        and (not trials[number].state.is_finished() or is_same(trials[number], record))
        for number, record in records.items()
    )


def is_same(trial: FrozenTrial, record: Record) -> bool:
    """Whether Optuna has the trial as the log has it."""
    values = get_values(record)
    return (
        trial.state == ENDS[record["state"]]
        and record["params"].items() <= trial.params.items()
        and (values is None or values == trial.values)
    )


def tell_again(study: optuna.Study, record: Record, data: Data) -> None:
    """Have a trial asked for, reported and told as it was when it ran."""
    study.enqueue_trial(record["params"])
    trial = study.ask()
    if record["parameter_count"] is not None:  # else it could not be built
        get_model(trial, data.input_shape, data.classes)
    trial.set_user_attr("skipped_layers", record["skipped_layers"])
    for step, score in enumerate(record["history"].get(MONITOR, [])):
        trial.report(math.nan if score is None else score, step)
        trial.should_prune()
    tell_as_logged(study, trial, record)
