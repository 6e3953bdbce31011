"""Edits of models that were not made here: loaded, frozen, subclassed."""

from typing import Any

from tests.edits import FRAMEWORKS, Changes, Edit, Edited, both

IMPORTS = "from keras import layers\n"
INPUTS = "    x = inputs = keras.Input(input_shape)\n"
OUTPUT = '    outputs = layers.Dense(classes, activation="softmax", name="output")(x)\n'
MODEL = "    model = keras.Model(inputs, outputs)\n"
CLASS = "class BuiltModel(NamedTuple):\n"
EXPORTS: dict[str, Any] = {"export_formats": ["saved_model", "tflite", "onnx"]}
REGISTERED = "@keras.saving.register_keras_serializable()\n"


def top(code: str) -> Changes:
    """Return the change by which model.py begins with some code."""
    return {"model.py": [(IMPORTS, f"{IMPORTS}\n{code}")]}


def own(code: str, *patches: tuple[str, str]) -> Changes:
    """Return the change that defines a class or a function, and uses it."""
    defined = f"{code}\n\n{CLASS}"
    return both(
        top("from typing import Any\n"), {"model.py": [(CLASS, defined), *patches]}
    )


# Settings of Keras.

POLICY = 'keras.mixed_precision.set_global_policy("mixed_float16")\n'
SEES_POLICY = """
    if keras.config.dtype_policy().name != "mixed_float16":
        raise RuntimeError("another policy")
"""
SEES_FLOATX = """
    if keras.layers.Dense(1).compute_dtype != "float64":
        raise RuntimeError("another type")
"""


# Models of which more is in memory than is used.

LARGER = '''
def pretrained(width: int) -> keras.Model:
    """Return a larger model, as if it had been trained elsewhere."""
    x = inputs = keras.Input((width,))
    for i in range(3):
        x = layers.Dense(8, "relu", kernel_initializer="ones", name=f"part{i}")(x)
    outputs = layers.Dense(5, name="other_task")(x)
    return keras.Model(inputs, outputs)

'''
CUT = """
    whole = pretrained(*input_shape)
    part = keras.Model(whole.input, whole.get_layer("part1").output)
    part.trainable = False
    unused = layers.Dense(100, name="unused")
    unused.build((None, 7))
    x = layers.Concatenate()([part(inputs), x])
"""

# A model in a file.

BASE = """from pathlib import Path

BASE = "base.keras"
if not Path(BASE).exists():
    keras.utils.set_random_seed(5)
    keras.Sequential(
        [keras.Input((30,)), layers.Dense(4, "relu"), layers.Dropout(0.2)]
    ).save(BASE)

"""
LOAD = """
    base = keras.saving.load_model(BASE)
    base.trainable = False
    x = layers.Concatenate()([base(inputs), x])
"""


def from_a_file(framework: str) -> Changes:
    """Begin with a model that is in a file."""
    path = ("from typing import", "from pathlib import Path\nfrom typing import")
    before_output = (OUTPUT, LOAD + OUTPUT)
    return both(top(BASE), {"model.py": [path, before_output]})


# Models and layers of one's own.

NET = '''class Net(keras.Model):
    """A model that is a class."""

    def __init__(self, units: int, classes: int, **options: Any) -> None:
        super().__init__(**options)
        self.units, self.classes = units, classes
        self.hidden = layers.Dense(units, activation="relu")
        self.drop = layers.Dropout(0.2)
        self.last = layers.Dense(classes, activation="softmax")

    def call(self, x: Any, training: bool = False) -> Any:
        """Return the answers."""
        return self.last(self.drop(self.hidden(x), training=training))
'''
CONFIG = '''
    def get_config(self) -> dict[str, Any]:
        """Return what makes another one like it."""
        return {**super().get_config(), "units": self.units, "classes": self.classes}
'''
BUILD = '''
    def build(self, shape: Any) -> None:
        """Build the layers."""
        self.hidden.build(shape)
        self.last.build((None, self.units))
'''
AS_NET = (MODEL, "    model = Net(units, classes)\n")

STATE = REGISTERED + '''class Standing(layers.Layer):
    """Noise, and a mean of what it has seen, which is kept and never trained."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.random = keras.random.SeedGenerator(7)

    def build(self, shape: Any) -> None:
        """Make its state."""
        self.mean = self.add_weight(
            shape=(shape[-1],), initializer="zeros", trainable=False
        )

    def call(self, x: Any, training: bool = False) -> Any:
        """Return the samples, less their mean, and with noise in training."""
        if training:
            now = keras.ops.mean(x, axis=0)
            self.mean.assign(keras.ops.cast(0.9 * self.mean + 0.1 * now, "float32"))
            x = x + keras.random.normal((x.shape[-1],), stddev=0.1, seed=self.random)
        return x - self.mean
'''
NOISY = """
    x = layers.Dropout(0.3, name="always")(x, training=True)
"""
TWICE = "    x = layers.Lambda(lambda x: tf.math.digamma(x + 9.0))(x)\n"

LOOKUP = """
    bins = layers.Discretization(num_bins=4)
    bins.adapt(load_data().train.x[:, :1])
    coded = layers.CategoryEncoding(num_tokens=4, output_mode="one_hot")
    x = layers.Concatenate()([coded(bins(inputs[:, :1])), x])
"""
OUTPUTS = {
    "several": '{"output": outputs, "other": layers.Dense(1, name="other")(x)}',
    "one": '{"output": outputs}',
    "list": "[outputs, outputs]",
}
UNCOMPILED = ("    model.compile(\n", "    model.built and dict(\n")


def check_params(edited: Edited) -> None:
    """See that the parameters of a model that had none at first are counted."""
    assert all(record["parameter_count"] > 400 for record in edited.complete)


EDITS = [
    Edit(
        "policy-at-the-top-of-the-model",
        FRAMEWORKS,
        both(top(POLICY), {"model.py": [(INPUTS, SEES_POLICY + INPUTS)]}),
        answers=EXPORTS,
        refusals={"export tflite": "TensorFlow Lite has no MatMul"},
    ),
    Edit(
        "floatx-at-the-top-of-the-model",
        ["sampler", "optuna"],
        both(
            top('keras.config.set_floatx("float64")\n'),
            {"model.py": [(INPUTS, SEES_FLOATX + INPUTS)]},
        ),
    ),
    Edit(
        "part-of-a-frozen-model-and-an-unused-layer",
        FRAMEWORKS,
        both(own(LARGER), {"model.py": [(OUTPUT, CUT + OUTPUT)]}),
        answers=EXPORTS,
    ),
    Edit("model-from-a-file", FRAMEWORKS, from_a_file, answers=EXPORTS),
    Edit(
        "model-in-a-file-changed-midway",
        ["optuna"],
        from_a_file,
        midway={"base.keras": "another one"},
        refused=r"base\.keras has changed, or is gone",
    ),
    Edit(
        "subclassed-model",
        FRAMEWORKS,
        own(REGISTERED + NET + CONFIG, AS_NET),
        answers=EXPORTS,
        check=check_params,
    ),
    Edit(
        "subclassed-model-with-build",
        FRAMEWORKS,
        own(REGISTERED + NET + CONFIG + BUILD, AS_NET),
        check=check_params,
    ),
    Edit(
        "subclassed-model-that-nobody-registered",
        ["sampler", "keras_tuner"],
        own(NET, AS_NET),
        answers=EXPORTS,
        refusals={"out": r"cannot be a \.keras file .*get_config.*register_keras"},
    ),
    Edit(
        "layer-with-a-state",
        FRAMEWORKS,
        own(STATE, (OUTPUT, f"    x = Standing()(x)\n{OUTPUT}")),
        answers=EXPORTS,
    ),
    Edit(
        "noise-when-it-is-scored-too",
        ["sampler", "search_cv"],
        {"model.py": [(OUTPUT, NOISY + OUTPUT)]},
    ),
    Edit(
        "layers-that-adapt",
        FRAMEWORKS,
        both(
            top("from .data import load_data\n"),
            {"model.py": [(OUTPUT, LOOKUP + OUTPUT)]},
        ),
    ),
    Edit(
        "operation-that-a-runtime-lacks",
        ["sampler"],
        {
            "model.py": [
                ("import keras\n", "import keras\nimport tensorflow as tf\n"),
                (OUTPUT, TWICE + OUTPUT),
            ]
        },
        answers=EXPORTS,
        refusals={
            "out": r"cannot be a \.keras file .*write a layer for each Lambda",
            "export tflite": "TensorFlow Lite has no Digamma",
            "export onnx": "ONNX Runtime has no Digamma",
        },
    ),
    Edit(
        "model-that-is-not-compiled",
        ["sampler", "optuna"],
        {"model.py": [UNCOMPILED]},
        refused="has no optimizer; give `compile` one",
    ),
    *(
        Edit(
            f"outputs-{name}",
            FRAMEWORKS if name == "several" else ["sampler"],
            {"model.py": [(MODEL, f"    model = keras.Model(inputs, {outputs})\n")]},
            refused="outputs in a (dict|list), and a sample one array `y`; give it one",
        )
        for name, outputs in OUTPUTS.items()
    ),
]
