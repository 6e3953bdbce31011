"""The search space: which hyperparameters a trial draws, and the model they make.

Every range that is searched stands in `get_model`. A study keeps to the space it began
with: after a change here, name a new one with `tune --study NAME`.
"""

from typing import NamedTuple

import keras
from keras import layers
from optuna.trial import BaseTrial

from .guard import fits


class BuiltModel(NamedTuple):
    """A compiled model, and what the search has to know of it."""

    model: keras.Model
    batch_size: int
    skipped_layers: list[str]
    """The layers that no longer fitted and were left out, in order."""


def get_model(
    trial: BaseTrial, input_shape: tuple[int, ...], classes: int
) -> BuiltModel:
    """Build the model that a trial draws.

    A layer is left out where its window is larger than what the layers before it have
    left of the picture; the trial goes on without it.

    Args:
        trial: A trial of a study, or a `FixedTrial` that holds a record's parameters.
        input_shape: (height, width, channels) of a picture.
        classes: How many classes there are; labels are 0 to classes - 1.
    """
    skipped: list[str] = []
    activation = trial.suggest_categorical("activation", ["relu", "gelu", "tanh"])
    x = inputs = keras.Input(input_shape)

    conv_blocks = trial.suggest_int("conv_blocks", 1, 3)
    for i in range(1, conv_blocks + 1):
        filters = trial.suggest_int(f"conv{i}_filters", 8, 64, log=True)
        kernel_size = trial.suggest_int(f"conv{i}_kernel", 2, 5)
        padding = trial.suggest_categorical(f"conv{i}_padding", ["valid", "same"])
        conv = layers.Conv2D(filters, kernel_size, padding=padding, name=f"conv{i}")
        if fits(conv, x.shape):
            x = conv(x)
            if trial.suggest_categorical(f"conv{i}_batch_norm", [True, False]):
                x = layers.BatchNormalization(name=f"conv{i}_batch_norm")(x)
            x = layers.Activation(activation, name=f"conv{i}_activation")(x)
        else:
            skipped.append(conv.name)

        if trial.suggest_categorical(f"pooling{i}", [True, False]):
            pool_size = trial.suggest_int(f"pooling{i}_size", 2, 3)
            pooling = layers.MaxPooling2D(pool_size, name=f"pooling{i}")
            if fits(pooling, x.shape):
                x = pooling(x)
            else:
                skipped.append(pooling.name)

        if trial.suggest_categorical(f"conv{i}_dropout", [True, False]):
            dropout_rate = trial.suggest_float(f"conv{i}_dropout_rate", 0.1, 0.5)
            x = layers.SpatialDropout2D(dropout_rate, name=f"conv{i}_dropout")(x)

    x = layers.Flatten(name="flatten")(x)

    dense_layers = trial.suggest_int("dense_layers", 1, 2)
    for i in range(1, dense_layers + 1):
        units = trial.suggest_int(f"dense{i}_units", 16, 128, log=True)
        x = layers.Dense(units, name=f"dense{i}")(x)
        if trial.suggest_categorical(f"dense{i}_batch_norm", [True, False]):
            x = layers.BatchNormalization(name=f"dense{i}_batch_norm")(x)
        x = layers.Activation(activation, name=f"dense{i}_activation")(x)
        if trial.suggest_categorical(f"dense{i}_dropout", [True, False]):
            dropout_rate = trial.suggest_float(f"dense{i}_dropout_rate", 0.1, 0.5)
            x = layers.Dropout(dropout_rate, name=f"dense{i}_dropout")(x)

    outputs = layers.Dense(classes, activation="softmax", name="output")(x)
    model = keras.Model(inputs, outputs)

    learning_rate = trial.suggest_float("learning_rate", 0.0001, 0.01, log=True)
    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    batch_size = trial.suggest_categorical("batch_size", [16, 32, 64])
    return BuiltModel(model, batch_size, skipped)
