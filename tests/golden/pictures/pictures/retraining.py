"""A logged trial trained once more, where its weights are not kept."""

import math

import keras

from .dataset import Data
from .memory import forget_models
from .model import Built
from .records import Record, begin
from .remaking import remake
from .stopping import Stop
from .training import Training, fit
from .watching import Watcher


def train_again(record: Record, data: Data) -> Built:
    """Train a trial's model from its parameters, its seed and its number of epochs.

    On a CPU its weights come out as they were, to the bit.

    Args:
        record: The trial's, which did not fail.
        data: Those that it was trained on.

    Returns:
        The model, with the weights of its best epoch.
    """
    again = begin(record["number"], record["seed"], record["worker"])
    epochs = len(record["history"]["loss"])
    forget_models()
    keras.utils.set_random_seed(record["seed"])
    built = remake(record, data, record["parameter_count"] or 0)
    training = Training(data, epochs, Stop(math.inf), Watcher())
    fit(training, built, again)
    return built
