"""Any logged trial as a Keras model again, and the proof that it is the one logged."""

import math
import warnings
from functools import partial
from pathlib import Path
from typing import NamedTuple

import keras
import numpy as np
from optuna.trial import FixedTrial

from .data import load_data
from .dataset import Data, check, fingerprint
from .dataset.batches import batches
from .errors import UserError, explain
from .runtime.keras_state import reset_keras
from .study import Record, Study, TrialLog
from .study.files import move_into_place, sha256
from .study.sources import find_change
from .train import Setup, create_variables, evaluate, fit, set_up

TOLERANCE = 1e-5
"""Relative. On a CPU scores are equal to the bit; a GPU may add in another order."""


class Rebuilt(NamedTuple):
    """A model rebuilt from its record, with its data, and its scores."""

    record: Record
    model: keras.Model
    data: Data
    validation: dict[str, float]
    test: dict[str, float]


def load(study: Study) -> Data:
    """Load the data, and refuse others than those that a study was searched with.

    Raises:
        UserError: No model can be trained on them, or they are others by now.
    """
    data = check(load_data())
    if fingerprint(data) != study.describe()["data"]:
        raise UserError(
            f"the data are not those that study {study.name!r} was searched with "
            "(does load_data draw without a seed?)"
        )
    return data


def build(study: Study, record: Record, data: Data, *, again: bool = False) -> Setup:
    """Build the record's model, and give it its weights, or train it again.

    The record and the weights may be somebody else's: no code in them is run, and Keras
    follows no link in them to another file. A model trained again has the same weights, to
    the bit on a CPU.

    Raises:
        UserError: There are no weights or they are not those that were logged, `model.py`
            makes another model by now, or there was none, as the trial has no score.
    """
    number = record.number
    if record.objective.value is None:  # it failed, or was pruned as it began
        why = record.error.type if record.error else record.weights_note
        raise UserError(f"trial {number} has no model ({why})")
    weights = None if again else find_weights(study, record)
    try:
        if weights is None:
            return retrain(record, data)
        setup = build_untrained(record, data)
        with warnings.catch_warnings(action="ignore"):  # of a state that does not fit
            setup.model.load_weights(weights)
        return setup
    except Exception as error:
        done = "trained again" if again else "rebuilt"
        raise UserError(
            f"trial {number} cannot be {done} ({explain(error)}){blame(study)}"
        ) from error


def find_weights(study: Study, record: Record) -> Path:
    """Find the weights that a trial logged.

    Raises:
        UserError: There are none, or others.
    """
    number = record.number
    path = study.trials_folder / str(record.weights)
    if record.weights is None:
        flaw = f"no weights: {record.weights_note or 'its record does not say why'}"
    elif path.is_symlink() or not path.is_file():
        flaw = f"no weights any more: {path} is gone"
    elif sha256(path) != record.weights_sha256:
        flaw = f"other weights than {path}, which is damaged"
    else:
        return path
    raise UserError(
        f"trial {number} has {flaw}; `reconstruct {number} --retrain` trains it again"
    )


def build_untrained(record: Record, data: Data) -> Setup:
    """Build the model that a record's parameters describe.

    Parameters that make no model end in whatever error the layers have for them.

    Raises:
        ValueError: The model has no use for some of the parameters.
    """
    reset_keras(record.seed)
    with warnings.catch_warnings(action="ignore"):
        trial = FixedTrial(record.params, record.number)
        setup = set_up(trial, data)
        create_variables(setup)  # so that what is loaded finds its place
    unknown = record.params.keys() - trial.params.keys()
    if unknown:
        raise ValueError(f"it does not use {min(unknown)}")
    return setup


def retrain(record: Record, data: Data) -> Setup:
    """Train a trial's model as it was trained."""
    setup = build_untrained(record, data)
    again = Record(number=record.number, seed=record.seed)
    epochs = len(record.history["loss"])
    fit(setup, again, epochs)
    return setup


def reconstruct(
    study: Study, which: str, data: Data, *, retrain: bool = False
) -> Rebuilt:
    """Rebuild the best trial's model or that of a number, and prove that it scores as logged.

    The test part, which no trial has seen, scores it too.

    Raises:
        UserError: It cannot be rebuilt, or scores otherwise than its record says.
    """
    record = TrialLog(study.trials_folder).find(which)
    setup = build(study, record, data, again=retrain)
    validation = check_score(study, record, setup)
    test = evaluate(setup, setup.data.test)
    return Rebuilt(record, setup.model, setup.data, validation, test)


def check_score(study: Study, record: Record, setup: Setup) -> dict[str, float]:
    """Evaluate a rebuilt model on the validation part, and compare that with its record.

    Of an earlier objective, perhaps not all metrics are logged that there are now.

    Raises:
        UserError: It scores otherwise.
    """
    validation = {
        name: value
        for name, value in evaluate(setup, setup.data.validation).items()
        if f"val_{name}" in record.metrics
    }
    for name, value in validation.items():
        logged = record.metrics[f"val_{name}"]
        if logged is None or not math.isclose(value, logged, rel_tol=TOLERANCE):
            raise UserError(
                f"trial {record.number} does not score as logged: val_{name} is "
                f"{value}, its record says {logged}{blame(study)}"
            )
    return validation


def blame(study: Study) -> str:
    """Say which of the modules that make a model has changed, as the end of a message."""
    before = study.describe().get("sources")
    change = find_change(study.sources_folder, before) if before else ""
    return f"; {change}, see {study.sources_folder}" if change else ""


def save(rebuilt: Rebuilt, path: Path) -> None:
    """Write a model as one `.keras` file, whole or not at all, once Keras can read it.

    What trained and scored it is left out where Keras could not read that.

    Raises:
        UserError: Keras cannot read it, or what is read answers otherwise.
    """
    model = rebuilt.model
    x, *_ = next(iter(batches(rebuilt.data.validation, 1)))
    beside = path.with_name(f".{path.name}")
    off = 1e-2 if any("16" in one.compute_dtype for one in model.layers) else TOLERANCE
    close = partial(np.testing.assert_allclose, rtol=off, atol=off)
    expected = model.predict_on_batch(x)
    for model.compiled in (True, False):
        try:
            model.save(beside)
            again = keras.saving.load_model(beside, safe_mode=False)
            keras.tree.map_structure(close, again.predict_on_batch(x), expected)
            break
        except OSError:  # the disk's, not the model's
            raise
        except Exception as error:
            if not model.compiled:
                beside.unlink(missing_ok=True)
                raise UserError(
                    f"trial {rebuilt.record.number} cannot be a .keras file "
                    f"({explain(error)}); write a layer for each Lambda, and give your "
                    "own layers and models `get_config` and "
                    "@keras.saving.register_keras_serializable()"
                ) from error
    move_into_place(beside, path)
