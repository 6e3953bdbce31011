"""Edits of the kind that a person makes first."""

from typing import Any

from tests.edits import BY_NAME, FRAMEWORKS, Changes, Edit, Edited, asked, both, space
from tests.edits.following import run

OUTPUT = '    outputs = layers.Dense(classes, activation="softmax", name="output")(x)\n'
COMPILE = '        loss="sparse_categorical_crossentropy",\n'
ADAM = "keras.optimizers.Adam(learning_rate)"
METRICS = '        metrics=["accuracy"],\n'
NUMBERED = '    x = layers.Dense(4 + trial.number, name=f"of_{trial.number}")(x)\n'
RETURNED = "    return BuiltModel(model, batch_size, skipped"
BARE = (RETURNED, f"    return model\n{RETURNED}")
HALVES = (RETURNED, f"    batch_size = batch_size / 2\n{RETURNED}")
WHOLE = (
    RETURNED,
    f"    batch_size = keras.ops.convert_to_numpy(batch_size)[()]\n{RETURNED}",
)


def before_output(framework: str, *lines: str) -> Changes:
    """Return the change that adds lines before the output layer."""
    code = "".join(f"    {line}\n" for line in lines)
    return {"model.py": [(OUTPUT, code + OUTPUT)]}


def params_of(edited: Edited, name: str) -> list[Any]:
    """Return the values that the trials have of a hyperparameter; each has one."""
    return [record["params"][name] for record in edited.records]


# A hyperparameter that is read with `get`.


def noise(framework: str) -> Changes:
    """Add noise, of a strength that need not be given."""
    line = 'x = layers.GaussianNoise(params.get("noise", 0.0), name="noise")(x)'
    return both(
        before_output(framework, line), space(framework, "noise", [0.1, 0.2, 0.3])
    )


def check_noise(edited: Edited) -> None:
    assert set(params_of(edited, "noise")) <= {0.1, 0.2, 0.3}


# A space that depends on another of its values.


def more_layers(framework: str) -> Changes:
    """Add layers, as many as a trial has, each with units of its own."""
    depth = asked(framework, "depth", [1, 2])
    changes = space(framework, "depth", [1, 2])
    lines = [f"for i in range(1, {depth} + 1):"]
    for i in (1, 2):
        changes = both(changes, space(framework, f"extra{i}_units", [8, 16]))
    units = asked(framework, "extra{i}_units", [8, 16]).replace('("', '(f"')
    units = units.replace('["', '[f"')
    lines.append(f"    units = {units}")
    lines.append('    x = layers.Dense(units, name=f"extra{i}")(x)')
    return both(before_output(framework, *lines), changes)


def check_more_layers(edited: Edited) -> None:
    for record in edited.records:
        params = record["params"]
        assert "extra1_units" in params
        if edited.framework != "keras_tuner":  # which asks within the loop
            assert ("extra2_units" in params) == (params["depth"] == 2)


# Training with all that Keras offers together.


def residual(framework: str) -> Changes:
    """Add a residual connection, a Lambda, a loss, a schedule, clipping and averages."""
    loss = '''def smooth_loss(y_true, y_pred):
    """Return the cross-entropy of labels that are a little unsure."""
    truth = keras.ops.one_hot(keras.ops.reshape(y_true, (-1,)), 2)
    return keras.losses.categorical_crossentropy(
        truth, y_pred, label_smoothing=0.1
    )


def get_model('''
    optimizer = (
        "keras.optimizers.Adam(\n"
        "            keras.optimizers.schedules.CosineDecay(learning_rate, 100),\n"
        "            clipnorm=1.0,\n"
        "            use_ema=True,\n"
        "        )"
    )
    return both(
        {"model.py": [("def get_model(", loss), (ADAM, optimizer)]},
        {"model.py": [(COMPILE, "        loss=smooth_loss,\n")]},
        before_output(
            framework,
            'shortcut = layers.Dense(8, name="shortcut")(inputs)',
            'x = layers.Add(name="residual")([layers.Dense(8)(x), shortcut])',
            'x = layers.Lambda(lambda t: t * 0.5, name="half")(x)',
        ),
    )


def adapted(framework: str) -> Changes:
    """Begin with a layer that has seen the training data."""
    begin = "    x = inputs = keras.Input(input_shape)\n"
    more = (
        "    norm = layers.Normalization()\n"
        "    norm.adapt(load_data().train.x)\n"
        "    x = norm(x)\n"
    )
    imports = "from keras import layers\n"
    return {
        "model.py": [
            (imports, imports + "\nfrom .data import load_data\n"),
            (begin, begin + more),
        ]
    }


def augmented(framework: str) -> Changes:
    """Add noise to what is trained on, in `tf.data`."""
    returned = "    return samples.shuffle(len(part.y), seed=seed).batch(batch_size)\n"
    more = (
        "    samples = samples.shuffle(len(part.y), seed=seed).batch(batch_size)\n"
        "    return samples.map(\n"
        "        lambda x, y: (\n"
        "            x + tf.random.stateless_normal(tf.shape(x), (1, 2), stddev=0.1),\n"
        "            y,\n"
        "        )\n"
        "    )\n"
    )
    return {"dataset/batches.py": [(returned, more)]}


def mixed_precision(framework: str) -> Changes:
    """Compute in half precision, as said where the model is made."""
    begin = "    x = inputs = keras.Input(input_shape)\n"
    line = '    keras.mixed_precision.set_global_policy("mixed_float16")\n'
    return {"model.py": [(begin, line + begin)]}


def callback(expression: str) -> Changes:
    """Return the change that adds a callback."""
    line = f'    return {{"callbacks": [{expression}]}}\n'
    return {"train.py": [('    return {"callbacks": []}\n', line)]}


def slow_callback(framework: str) -> Changes:
    """Have a callback that takes a while."""
    slow = "keras.callbacks.LambdaCallback(on_epoch_end=lambda *_: time.sleep(0.3))"
    imported = {"train.py": [("import logging\n", "import logging\nimport time\n")]}
    return both(imported, callback(slow))


def check_slow_callback(edited: Edited) -> None:
    words = ["tune", "--study", "timed", "--trials", "40", "--timeout", "3"]
    if edited.framework != "manual":  # which has three trials and no more
        timed = run(edited.project, *words, "--in-process")
        assert timed.status == 0
        assert timed.err.startswith("Out of time: ")


def weighted(framework: str) -> Changes:
    """Weigh the classes, for one sigmoid that is judged by the area under its curve."""
    weights = '    return {"callbacks": [], "class_weight": {0: 2.0, 1: 1.0}}\n'
    prefix = "mean_test_" if framework == "search_cv" else "val_"
    sigmoid = '    outputs = layers.Dense(1, activation="sigmoid", name="output")(x)\n'
    return {
        "train.py": [('    return {"callbacks": []}\n', weights)],
        "config.py": [(f'"{prefix}accuracy"', f'"{prefix}auc"')],
        "model.py": [
            (OUTPUT, sigmoid),
            (COMPILE, '        loss="binary_crossentropy",\n'),
            (METRICS, '        metrics=["accuracy", keras.metrics.AUC(name="auc")],\n'),
        ],
    }


def check_weighted(edited: Edited) -> None:
    for record in edited.complete:
        assert record["objective"]["name"].endswith("_auc")
        assert 0.5 < record["objective"]["value"] <= 1


def by_the_loss(framework: str) -> Changes:
    """Take the loss for the objective."""
    prefix = "mean_test_" if framework == "search_cv" else "val_"
    before = f'Objective("{prefix}accuracy", "maximize")'
    return {"config.py": [(before, f'Objective("{prefix}loss", "minimize")')]}


def check_by_the_loss(edited: Edited) -> None:
    for record in edited.complete:
        losses = record["history"]["val_loss"]
        assert record["best_epoch"] == losses.index(min(losses)) + 1
    best = min(edited.complete, key=lambda r: float(r["objective"]["value"]))
    assert f"Trial {best['number']} of" in edited.ran["reconstruct"].out


# What changes in the middle of a study.

BLOCKS = '''"""Blocks of layers."""

import keras
from keras import layers


def block(x: keras.KerasTensor) -> keras.KerasTensor:
    """Add two layers."""
    x = layers.Dense(16, activation="relu", name="block1")(x)
    return layers.Dense(16, activation="relu", name="block2")(x)
'''


def block(framework: str) -> Changes:
    """Have layers in a module of their own."""
    imports = "from keras import layers\n"
    new = {"model.py": [(imports, imports + "\nfrom .blocks import block\n")]}
    return {**both(new, before_output(framework, "x = block(x)")), "blocks.py": BLOCKS}


SAMPLERS: dict[str, Changes] = {
    "optuna": {"search.py": [("multivariate=True, group=True, ", "")]},
    "keras_tuner": {"search.py": [("factor=3,", "factor=2,")]},
}

EDITS = [
    Edit("read-with-get", BY_NAME, noise, check=check_noise),
    Edit("conditional-space", FRAMEWORKS, more_layers, check=check_more_layers),
    Edit("residual", FRAMEWORKS, residual),
    Edit("adapted-normalization", FRAMEWORKS, adapted),
    Edit("augmentation-in-tf-data", FRAMEWORKS, augmented),
    Edit("mixed-precision-in-get-model", FRAMEWORKS, mixed_precision),
    Edit("slow-callback", FRAMEWORKS, slow_callback, check=check_slow_callback),
    Edit("class-weights-and-auc", FRAMEWORKS, weighted, check=check_weighted),
    Edit("objective-is-the-loss", FRAMEWORKS, by_the_loss, check=check_by_the_loss),
    Edit("block-in-a-module", FRAMEWORKS, block),
    Edit(
        "block-changed-midway",
        FRAMEWORKS,
        block,
        midway={
            "blocks.py": [('Dense(16, activation="relu", name="block2")', "Dense(9)")]
        },
        refused=r"blocks\.py has changed \(line 10: ",
    ),
    Edit(
        "augmentation-changed-midway",
        FRAMEWORKS,
        augmented,
        midway={"dataset/batches.py": [("stddev=0.1", "stddev=0.2")]},
        refused=r"dataset/batches\.py has changed \(line \d+: return samples\.map",
    ),
    Edit(
        "patience-changed-midway",
        FRAMEWORKS,
        {},
        midway={"config.py": [("PATIENCE = 5", "PATIENCE = 6")]},
        refused=r"PATIENCE in config\.py has changed since it began \(5 then, 6 now\)",
    ),
    Edit(
        "callback-added-midway",
        FRAMEWORKS,
        {},
        midway=callback("keras.callbacks.History()"),
        refused=r"train\.py has changed \(line \d+: ",
    ),
    Edit(
        "sampler-changed-midway",
        [*SAMPLERS],
        {},
        midway=lambda framework: SAMPLERS[framework],
        refused=r"search\.py has changed \(line \d+: ",
    ),
    Edit(
        "number-of-the-trial-in-the-model",
        ["optuna"],
        {"model.py": [(OUTPUT, NUMBERED + OUTPUT)]},
    ),
    Edit(
        "model-without-its-batch-size",
        FRAMEWORKS,
        {"model.py": [BARE]},
        refused="get_model in model.py returns <Functional",
    ),
    Edit(
        "halves-of-batches",
        FRAMEWORKS,
        {"model.py": [HALVES]},
        refused=r"get_model in model.py returns \d+\.0 as `batch_size`",
    ),
    Edit("numpys-own-batch-size", FRAMEWORKS, {"model.py": [WHOLE]}, trials=2),
]
