"""Edits of data: what `load_data` returns, and what a trial makes of it."""

from tests.edits import FRAMEWORKS, Changes, Edit, Edited, both

RETURN = "    return Data(train, validation, test, class_names)\n"
INPUT = "    x = inputs = keras.Input(input_shape)\n"
SOFTMAX = '        layers.Dense(classes, activation="softmax", name="output")'
LOSS = 'loss="sparse_categorical_crossentropy"'
METRICS = 'metrics=["accuracy"]'
EXPORTED = {"export_formats": ["saved_model", "tflite", "onnx"]}
LABELS = ["sampler", "optuna"]
"""Frameworks enough for what `check` alone decides."""


def returned(*lines: str, names: str = "class_names", imports: str = "") -> Changes:
    """Return the change after which `load_data` makes something else of each part.

    Args:
        lines: What `turned` makes of `part`, a `Split`.
        names: The names of the classes.
        imports: Lines before them.
    """
    body = "".join(f"        {line}\n" for line in lines)
    code = (
        "    import numpy as np\n    import pandas as pd\n\n"
        f"    from .dataset import Split\n{imports}\n"
        f"    def turned(part):\n{body}\n"
        f"    train, validation, test = map(turned, (train, validation, test))\n"
        f"    return Data(train, validation, test, {names})\n"
    )
    return {"data.py": [(RETURN, code)]}


def labelled(expression: str) -> Changes:
    """Return the change after which the labels are of another form."""
    return returned("y = part.y", f"return Split(part.x, {expression})")


def model(*patches: tuple[str, str]) -> Changes:
    """Return a change to `model.py`."""
    return {"model.py": patches}


SHUFFLED = returned(
    "index = np.random.default_rng(0).permutation(len(part.y))",
    "x = pd.DataFrame(part.x, index=index[::-1]).astype(object)",
    "return Split(x, pd.Series(part.y, index=index))",
)
"""Tables whose rows have other names than positions."""


def learns(edited: Edited) -> None:
    """See that the labels are those of the samples: 0.63 is what guessing has."""
    assert max(record["objective"]["value"] for record in edited.complete) > 0.8


# Several inputs.

NAMED = both(
    returned('return Split({"means": part.x[:, :10], "rest": part.x[:, 10:]}, part.y)'),
    model(
        (
            INPUT,
            (
                "    inputs = {k: keras.Input(v, name=k) for k, v in input_shape.items()}\n"
                "    x = layers.Concatenate()([inputs[name] for name in input_shape])\n"
            ),
        )
    ),
)
IN_ORDER = both(
    returned("return Split([part.x[:, :10], pd.DataFrame(part.x[:, 10:])], part.y)"),
    model(
        (
            INPUT,
            (
                "    inputs = [keras.Input(shape) for shape in input_shape]\n"
                "    x = layers.Concatenate()(inputs)\n"
            ),
        )
    ),
)
PICTURES = both(
    returned(
        "ids = (part.x.sum(axis=(1, 2, 3)) / 16).astype(int) % 8",
        'return Split({"picture": part.x, "ids": ids}, part.y)',
    ),
    model(
        (
            INPUT,
            (
                "    x = picture = keras.Input(input_shape['picture'], name='picture')\n"
                "    ids = keras.Input((), name='ids', dtype='int32')\n"
                "    inputs = {'picture': picture, 'ids': ids}\n"
            ),
        ),
        (
            '    x = layers.Flatten(name="flatten")(x)\n',
            (
                '    x = layers.Flatten(name="flatten")(x)\n'
                "    x = layers.Concatenate()([x, layers.Embedding(8, 4)(ids)])\n"
            ),
        ),
    ),
)
"""A picture and a whole number, for which the project's layers were not made."""


# Sample weights.

WEIGHED = both(
    returned("return Split(part.x, part.y, pd.Series(1.0 + 4 * part.y))"),
    model((METRICS, f'{METRICS}, weighted_metrics=["accuracy"]')),
)


NAMED_AND_WEIGHED = both(
    returned(
        'x = {"means": part.x[:, :10], "rest": part.x[:, 10:]}',
        "return Split(x, part.y, pd.Series(1.0 + 4 * part.y))",
    ),
    {"model.py": [*NAMED["model.py"], *WEIGHED["model.py"]]},
)


def counts_weights(edited: Edited) -> None:
    """See that Keras was given the weights: of 0.6 of the samples they are fivefold."""
    for record in edited.complete:
        metrics = record["metrics"]
        assert metrics["val_accuracy"] != metrics["val_weighted_accuracy"]


# Other labels, with the output layer and the loss for them.

SIGMOID = model(
    (SOFTMAX.strip(), 'layers.Dense(1, activation="sigmoid", name="output")'),
    (LOSS, 'loss="binary_crossentropy"'),
)
SEVERAL = returned(
    "y = [part.y, part.x[:, 0] > 0, part.x[:, 1] > 0]",
    "return Split(part.x, np.stack(y, axis=1))",
    names='["benign", "large", "rough"]',
)
SIGMOIDS = model(
    ('activation="softmax"', 'activation="sigmoid"'),
    (LOSS, 'loss="binary_crossentropy"'),
)
BINARY = both(
    model((METRICS, 'metrics=["binary_accuracy"]')),
    {"config.py": [('Objective("val_accuracy"', 'Objective("val_binary_accuracy"')]},
)
SOFT = both(
    returned("return Split(part.x, 0.9 * np.eye(2)[part.y] + 0.05)"),
    model((LOSS, 'loss="categorical_crossentropy"')),
)


# Datasets in place of arrays.

BATCHED = returned(
    "samples = tf.data.Dataset.from_tensor_slices((part.x, part.y))",
    "return samples.shuffle(1000, seed=1).batch(32)",
    imports="    import tensorflow as tf\n",
)
UNSEEDED = returned(
    "samples = tf.data.Dataset.from_tensor_slices((part.x, part.y))",
    "return samples.shuffle(1000).batch(32)",
    imports="    import tensorflow as tf\n",
)
ENDLESS = returned(
    "samples = tf.data.Dataset.from_tensor_slices((part.x, part.y))",
    "return samples.batch(32).repeat()",
    imports="    import tensorflow as tf\n",
)
SEQUENCE = returned(
    "return Halves(part)",
    imports="""    import keras

    class Halves(keras.utils.PyDataset):
        def __init__(self, part):
            super().__init__()
            self.part = part

        def __len__(self):
            return 2

        def __getitem__(self, number):
            return self.part.x[number::2], self.part.y[number::2]
""",
)

TARGETS: Changes = {
    "data.py": [
        (
            "    return Data(train, validation, test, target_names)\n",
            (
                "    import pandas as pd\n\n    from .dataset import Split\n\n"
                "    def turned(part):\n"
                "        index = range(len(part.y), 0, -1)\n"
                "        return Split(part.x, pd.Series(part.y[:, 0], index=index))\n\n"
                "    parts = map(turned, (train, validation, test))\n"
                "    return Data(*parts, target_names)\n"
            ),
        )
    ]
}

EDITS = [
    Edit("shuffled-tables", FRAMEWORKS, SHUFFLED, {"checkpoints": True}, learns),
    Edit("shuffled-targets", ["optuna"], TARGETS, {"task": "regression"}),
    Edit("labels-of-text", LABELS, labelled("np.array(class_names)[y]"), check=learns),
    Edit("labels-of-one-column", LABELS, labelled("y[:, None] + 0.0"), check=learns),
    Edit("labels-from-one", LABELS, labelled("(y + 1).tolist()"), check=learns),
    Edit("labels-one-hot", LABELS, labelled("pd.get_dummies(y)"), check=learns),
    Edit(
        "labels-between",
        LABELS,
        labelled("y / 2"),
        refused="whole numbers from 0 to 1, they are 0.0 to 0.5",
    ),
    Edit(
        "labels-of-other-text",
        LABELS,
        labelled("np.where(y, 'good', 'bad')"),
        refused="'bad' is not among class_names",
    ),
    Edit(
        "a-column-of-text",
        LABELS,
        returned(
            "x = pd.DataFrame(part.x).assign(site='left')", "return Split(x, part.y)"
        ),
        refused="column 'site' in x of the train part holds 'left'",
    ),
    Edit(
        "no-data",
        LABELS,
        {"data.py": [(RETURN, "    return train, validation, test\n")]},
        refused="load_data returned a tuple",
    ),
    Edit("named-inputs", FRAMEWORKS, NAMED, EXPORTED, learns),
    Edit(
        "inputs-in-order",
        ["sampler", "search_cv"],
        IN_ORDER,
        EXPORTED | {"checkpoints": True},
        learns,
    ),
    Edit(
        "a-picture-and-a-number",
        ["optuna", "keras_tuner"],
        PICTURES,
        EXPORTED | {"input_kind": "image", "layer_types": ["conv", "dense"]},
    ),
    Edit("weights-of-samples", FRAMEWORKS, WEIGHED, check=counts_weights),
    Edit(
        "weights-of-samples-resumed",
        ["sampler"],
        WEIGHED,
        {"checkpoints": True},
        counts_weights,
    ),
    Edit(
        "weights-of-samples-in-halving",
        ["search_cv"],
        NAMED_AND_WEIGHED,
        {"algorithm": "halving_random"},
        counts_weights,
    ),
    Edit(
        "weights-of-samples-and-classes",
        LABELS,
        WEIGHED,
        {"class_weight": True},
        refused="class weights are for samples",
    ),
    Edit("one-sigmoid", FRAMEWORKS, SIGMOID, {"export_formats": ["onnx"]}, learns),
    Edit("one-sigmoid-f1", ["optuna"], SIGMOID, {"objective": "f1"}),
    Edit(
        "labels-by-name",
        LABELS,
        labelled("{'first': y, 'second': y}"),
        refused="y of the train part is not an array but of type dict",
    ),
    Edit(
        "labels-of-several-outputs",
        LABELS,
        labelled("(y, y)"),
        refused=r"the labels of the parts have the shapes \(2, \d+\), .*; make y one array",
    ),
    Edit(
        "several-labels",
        ["optuna", "keras_tuner", "sampler", "manual"],
        both(SEVERAL, SIGMOIDS, BINARY),
        EXPORTED,
    ),
    Edit(
        "several-labels-in-folds",
        ["search_cv"],
        both(SEVERAL, SIGMOIDS),
        refused="a sample has several labels, and stratified folds take one",
    ),
    Edit(
        "several-labels-alone",
        LABELS,
        SEVERAL,
        refused="loss in model.py is not for labels of shape .* binary_crossentropy",
    ),
    Edit(
        "several-labels-and-accuracy",
        LABELS,
        both(SEVERAL, SIGMOIDS),
        refused='write "binary_accuracy" in model.py',
    ),
    Edit("soft-labels", LABELS, SOFT),
    Edit(
        "loss-for-one-hot",
        FRAMEWORKS,
        model((LOSS, 'loss="categorical_crossentropy"')),
        refused="loss in model.py .* takes sparse_categorical_crossentropy",
    ),
    Edit("dataset", FRAMEWORKS, BATCHED, check=learns),
    Edit("dataset-of-keras", ["optuna", "manual"], SEQUENCE, check=learns),
    Edit(
        "dataset-without-a-seed",
        ["optuna", "sampler"],
        UNSEEDED,
        midway=lambda _: {},
        refused=r"the data have changed since it began .*without a seed",
    ),
    Edit("dataset-without-end", LABELS, ENDLESS, refused="of no known length"),
]
