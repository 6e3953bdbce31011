"""A logged trial's model, made of parameters that may be somebody else's."""

import warnings

from optuna.trial import FixedTrial

from .dataset import Data
from .model import Built, get_model
from .records import Record
from .weights import at_most


def remake(record: Record, data: Data, numbers: int) -> Built:
    """The model that a record's parameters describe, not trained.

    Parameters that make no model end in whatever error the layers have for them.

    Args:
        record: The trial's.
        data: Those that it was trained on.
        numbers: How many weights the model may have.

    Raises:
        ValueError: The model would have more, or has no use for some of the parameters.
    """
    with warnings.catch_warnings(action="ignore"), at_most(numbers):
        trial = FixedTrial(record["params"])
        built = get_model(trial, data.input_shape, data.classes)
    unknown = record["params"].keys() - trial.params.keys()
    if unknown:
        raise ValueError(f"it has no use for {min(unknown)}")
    if not isinstance(built.batch_size, int) or built.batch_size < 1:
        raise ValueError(f"there is no batch of {built.batch_size!r} samples")
    return built
