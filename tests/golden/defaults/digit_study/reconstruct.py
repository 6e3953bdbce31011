"""Any logged trial as a Keras model again, and the proof that it is the one logged."""

import math
import re
import warnings
from pathlib import Path
from typing import NamedTuple

import keras

from .batches import for_scoring
from .data import load_data
from .dataset import Data, Part, check, fingerprint
from .errors import UserError
from .files import move_into_place, sha256
from .model import Built
from .records import Record, rank
from .remaking import remake
from .retraining import train_again
from .study import Study
from .trials import TrialLog
from .weights import count_numbers

TOLERANCE = 1e-5
"""Relative. On a CPU scores are equal to the bit; a GPU may add in another order."""


class Rebuilt(NamedTuple):
    """A model rebuilt from its record, and its scores."""

    record: Record
    model: keras.Model
    validation: dict[str, float]
    test: dict[str, float]


def find(study: Study, which: str) -> Record:
    """The record of the best complete trial (`best`) or of a trial by its number.

    Raises:
        UserError: There is none.
    """
    study.describe()
    log = TrialLog(study.trials_folder)
    if which == "best":
        complete = [r for r in rank(log.read_all()) if r["state"] == "complete"]
        if not complete:
            raise UserError(f"study {study.name!r} has no complete trial yet")
        return complete[0]
    if not re.fullmatch("[0-9]{1,18}", which):
        raise UserError(f"{which!r} is neither 'best' nor the number of a trial")
    record = log.read(int(which))
    if record is None:
        raise UserError(
            f"study {study.name!r} has no trial {which}; `trials` lists them"
        )
    return record


def load(study: Study) -> Data:
    """The data of a study, as it sees them.

    Raises:
        UserError: No model can be trained on them.
    """
    return check(load_data())


def build(study: Study, record: Record, data: Data) -> Built:
    """Build the record's model and give it its weights.

    The record and the weights may be somebody else's: no code in them is run, and they
    get no more memory than a model takes that fits the file.

    Raises:
        UserError: There are no weights or they are not those that were logged, the data
            are others, or `model.py` makes another model by now.
    """
    number = record["number"]
    weights = find_weights(study, record)
    check_data(study, data)
    try:
        numbers = count_numbers(weights)
    except Exception as error:
        raise UserError(f"{weights} is not what Keras writes: {error}") from error
    try:
        built = remake(record, data, numbers)
        # The file has the optimizer's state too, which it has a place for once built.
        built.model.optimizer.build(built.model.trainable_variables)
        with warnings.catch_warnings(action="ignore"):  # of a state that does not fit
            built.model.load_weights(weights)
    except Exception as error:
        message = f"{type(error).__name__}: {error}".splitlines()
        raise UserError(
            f"model.py does not make the model of trial {number} any more "
            f"({message[0]}); {study.folder / 'model.py'} is as it was"
        ) from error
    return built


def find_weights(study: Study, record: Record) -> Path:
    """Where the weights are that a trial logged.

    Raises:
        UserError: There are none, or others.
    """
    number = record["number"]
    path = study.trials_folder / str(record["weights"])
    if record["weights"] is None:
        flaw = f"no weights: {record['weights_note'] or 'its record does not say why'}"
    elif path.is_symlink() or not path.is_file():
        flaw = f"no weights any more: {path} is gone"
    elif sha256(path) != record["weights_sha256"]:
        flaw = f"other weights than {path}, which is damaged"
    else:
        return path
    raise UserError(
        f"trial {number} has {flaw}; `reconstruct {number} --retrain` trains it again"
    )


def check_data(study: Study, data: Data) -> None:
    """See that the data are those that the study was searched with.

    Raises:
        UserError: They are not.
    """
    if fingerprint(data) != study.describe()["data"]:
        raise UserError(
            f"the data are not those that study {study.name!r} was searched with"
        )


def train(study: Study, record: Record, data: Data) -> Built:
    """Train the record's model again.

    Raises:
        UserError: The trial failed, or fails now, or the data are others.
    """
    if record["error"]:
        raise UserError(
            f"trial {record['number']} failed ({record['error']['type']}), "
            "so there is no model to train again"
        )
    check_data(study, data)
    try:
        return train_again(record, data)
    except Exception as error:
        message = f"{type(error).__name__}: {error}".splitlines()
        raise UserError(
            f"trial {record['number']} cannot be trained again ({message[0]}); "
            f"{study.folder / 'model.py'} is model.py as it was"
        ) from error


def reconstruct(
    study: Study, which: str, data: Data, *, retrain: bool = False
) -> Rebuilt:
    """Rebuild a trial's model, prove that it scores as logged, and test it.

    Args:
        study: Where it is logged.
        which: `best`, or the trial's number.
        data: Those of the search, and the part that it has not seen.
        retrain: Whether to train it again rather than read its weights.

    Raises:
        UserError: It cannot be rebuilt, or scores otherwise than its record says.
    """
    record = find(study, which)
    built = train(study, record, data) if retrain else build(study, record, data)
    validation = check_score(study, record, built, data)
    return Rebuilt(record, built.model, validation, evaluate(built, data.test))


def check_score(
    study: Study, record: Record, built: Built, data: Data
) -> dict[str, float]:
    """See that a rebuilt model scores on the validation part as its record says.

    Returns:
        Each metric.

    Raises:
        UserError: It does not.
    """
    validation = evaluate(built, data.validation)
    for name, value in validation.items():
        logged = record["metrics"].get(f"val_{name}")
        if logged is None or not math.isclose(value, logged, rel_tol=TOLERANCE):
            raise UserError(
                f"trial {record['number']} does not score as logged: val_{name} is "
                f"{value}, its record says {logged}; "
                f"{study.folder / 'model.py'} is model.py as it was"
            )
    return validation


def evaluate(built: Built, part: Part) -> dict[str, float]:
    """Each metric of the model, in batches as they were when it was trained."""
    scores = built.model.evaluate(
        for_scoring(part, built.batch_size), verbose=0, return_dict=True
    )
    return {name: float(value) for name, value in scores.items()}


def save(model: keras.Model, path: Path) -> None:
    """Write the model as one `.keras` file, whole or not at all."""
    beside = path.with_name(f".{path.name}")
    model.save(beside)
    move_into_place(beside, path)
