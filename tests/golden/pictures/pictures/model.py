"""The search space: which hyperparameters a trial draws, and the model they make.

Every range that is searched stands in `get_model`. A study keeps to the space it began
with: after a change here, name a new one with `tune --study NAME`.
"""

from typing import NamedTuple

import keras
from keras import layers
from optuna.trial import BaseTrial

from .guard import fits

CONVOLUTIONS = {
    "conv": layers.Conv2D,
    "separable_conv": layers.SeparableConv2D,
}

POOLINGS = {
    "max": layers.MaxPooling2D,
    "average": layers.AveragePooling2D,
}

OPTIMIZERS = {
    "adam": keras.optimizers.Adam,
    "sgd": keras.optimizers.SGD,
}


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
        filters = trial.suggest_categorical(f"conv{i}_filters", [8, 16, 32])
        kernel_size = trial.suggest_int(f"conv{i}_kernel", 2, 5)
        strides = trial.suggest_int(f"conv{i}_stride", 1, 2)
        padding = trial.suggest_categorical(f"conv{i}_padding", ["valid", "same"])
        kind = trial.suggest_categorical(f"conv{i}_kind", list(CONVOLUTIONS))
        conv = CONVOLUTIONS[kind](
            filters,
            kernel_size,
            strides=strides,
            padding=padding,
            activation=activation,
            name=f"conv{i}",
        )
        if fits(conv, x.shape):
            x = conv(x)
        else:
            skipped.append(conv.name)

        if trial.suggest_categorical(f"pooling{i}", [True, False]):
            pool_size = trial.suggest_int(f"pooling{i}_size", 2, 3)
            kind = trial.suggest_categorical(f"pooling{i}_kind", list(POOLINGS))
            pooling = POOLINGS[kind](pool_size, name=f"pooling{i}")
            if fits(pooling, x.shape):
                x = pooling(x)
            else:
                skipped.append(pooling.name)

    if trial.suggest_categorical("global_pooling", [True, False]):
        x = layers.GlobalAveragePooling2D(name="global_pooling")(x)
    else:
        x = layers.Flatten(name="flatten")(x)

    outputs = layers.Dense(classes, activation="softmax", name="output")(x)
    model = keras.Model(inputs, outputs)

    learning_rate = trial.suggest_float("learning_rate", 1e-05, 0.01, log=True)
    optimizer = trial.suggest_categorical("optimizer", list(OPTIMIZERS))
    model.compile(
        optimizer=OPTIMIZERS[optimizer](learning_rate),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    batch_size = trial.suggest_categorical("batch_size", [16, 32, 64])
    return BuiltModel(model, batch_size, skipped)
