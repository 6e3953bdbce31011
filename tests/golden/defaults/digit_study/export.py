"""A model in the format of another runtime, which is to answer as Keras does."""

import re
import warnings
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import keras
import numpy as np
import tensorflow as tf

from .dataset import Part
from .errors import UserError, first_line
from .files import move_into_place

EXTRAS = {"onnx": ["tf2onnx", "onnxruntime"], "tflite": ["ai_edge_litert"]}
"""What writes or reads a format, and is to be installed for it."""

SAMPLES = 256
"""So many are asked about, at the most."""
TOLERANCE = 1e-4
"""Relative and absolute: a runtime may add in another order, and fuse layers."""


class Format(NamedTuple):
    """How a model is written, and who reads it."""

    runtime: str
    write: Callable[[keras.Model, Path], None]
    ask: Callable[[Path, np.ndarray], np.ndarray]
    """The answers of the model in a file, to samples."""


def check_runtime(kind: str) -> None:
    """See that what a format takes is installed, which a project need not have.

    Raises:
        UserError: It is not.
    """
    missing = [name for name in EXTRAS.get(kind, []) if not find_spec(name)]
    if missing:
        raise UserError(
            f"--to {kind} takes {' and '.join(missing)}: "
            f'python -m pip install -e ".[{kind}]"'
        )


def export_model(model: keras.Model, part: Part, kind: str, path: Path) -> str:
    """Write a model, whole or not at all, once its runtime answers as Keras does.

    Args:
        model: It has one input and one output.
        part: What to ask about.
        kind: One of `FORMATS`.
        path: A file; for `saved_model` a folder that is not there yet.

    Returns:
        What was seen.

    Raises:
        UserError: The runtime has no such model or answers otherwise, or the folder is
            there already.
    """
    runtime, write, ask = FORMATS[kind]
    if kind == "saved_model" and path.exists():
        raise UserError(f"{path} is there already; name another folder with --out")
    # Without what scored it, and told for good that it is not being trained: what an
    # export traces would turn and mirror pictures otherwise.
    inputs = keras.Input(model.input_shape[1:])
    bare = keras.Model(inputs, model(inputs, training=False), name=model.name)
    samples = np.asarray(part.x[np.arange(min(SAMPLES, len(part.y)))], "float32")
    bare(samples[:1])  # what was never called cannot be written
    expected = np.asarray(model.predict(samples, verbose=0))
    with TemporaryDirectory(prefix=".export-", dir=path.parent) as folder:
        beside = Path(folder) / path.name
        try:
            write(bare, beside)
            answers = ask(beside, samples)
        except OSError:  # the disk's, not the model's
            raise
        except Exception as error:
            raise UserError(
                f"{runtime} {why_not(error)}; try another format"
            ) from error
        furthest = float(np.abs(answers - expected).max())
        if not np.allclose(answers, expected, rtol=TOLERANCE, atol=TOLERANCE):
            raise UserError(
                f"{runtime} answers otherwise than Keras, by up to {furthest:.3g}; "
                f"{path} is not written"
            )
        if beside.is_dir():
            beside.rename(path)
        else:
            move_into_place(beside, path)
    return (
        f"{runtime} answers as Keras does to {len(samples)} samples of the validation "
        f"part (the furthest off is {furthest:.1g})"
    )


def why_not(error: Exception) -> str:
    """What a converter or a runtime means by its error."""
    unknown = re.search(
        r"tf\.(\w+)' op is neither|No Op registered for (\w+)", str(error)
    )
    if unknown:
        return f"has no {unknown[1] or unknown[2]}, which this model has"
    message = first_line(str(error))
    return f"does not take this model ({type(error).__name__}: {message})"


def write_saved_model(model: keras.Model, path: Path) -> None:
    """Write what TensorFlow and its Serving load.

    https://keras.io/api/models/model_saving_apis/export/
    """
    model.export(path, format="tf_saved_model", verbose=False)


def ask_tensorflow(path: Path, samples: np.ndarray) -> np.ndarray:
    """What TensorFlow makes of it."""
    loaded = tf.saved_model.load(path)  # which its function does not keep alive
    return np.asarray(loaded.serve(samples))


def write_tflite(model: keras.Model, path: Path) -> None:
    """Write what TensorFlow Lite, LiteRT by its new name, loads.

    https://ai.google.dev/edge/litert/conversion/tensorflow/overview
    """
    # One sample at a time: of unknown many it runs no recurrent layer.
    one = [keras.InputSpec(shape=(1, *model.input_shape[1:]), dtype="float32")]
    with TemporaryDirectory(prefix=".saved_model-", dir=path.parent) as folder:
        model.export(
            folder, format="tf_saved_model", verbose=False, input_signature=one
        )
        converter = tf.lite.TFLiteConverter.from_saved_model(folder)
        path.write_bytes(converter.convert())


def ask_tflite(path: Path, samples: np.ndarray) -> np.ndarray:
    """What its interpreter makes of it."""
    from ai_edge_litert.interpreter import Interpreter

    runner = Interpreter(str(path)).get_signature_runner()
    [name] = runner.get_input_details()
    answers = [runner(**{name: sample[np.newaxis]}) for sample in samples]
    return np.concatenate([answer for given in answers for answer in given.values()])


class Erfc:
    """What GELU is made of, which tf2onnx has no operation for: 1 - erf(x).

    https://github.com/onnx/tensorflow-onnx#custom-op-handlers
    """

    @classmethod
    def version_9(cls, graph: Any, node: Any, **_: Any) -> None:
        """Put ONNX's operations in place of TensorFlow's."""
        [x], [y] = node.input, node.output
        known = {"shapes": [graph.get_shape(y)], "dtypes": [graph.get_dtype(y)]}
        graph.remove_node(node.name)
        one = graph.make_const(f"{node.name}/one", np.float32(1)).output[0]
        erf = graph.make_node("Erf", [x], **known).output[0]
        graph.make_node("Sub", [one, erf], outputs=[y], name=node.name, **known)


def write_onnx(model: keras.Model, path: Path) -> None:
    """Write what ONNX Runtime and others load."""
    from tf2onnx.handler import tf_op

    tf_op("Erfc")(Erfc)
    with warnings.catch_warnings(action="ignore"):  # of names that NumPy will have
        model.export(path, format="onnx", verbose=False)


def ask_onnx(path: Path, samples: np.ndarray) -> np.ndarray:
    """What ONNX Runtime makes of it."""
    from onnxruntime import InferenceSession

    session = InferenceSession(path)
    [asked] = session.get_inputs()
    [answers] = session.run(None, {asked.name: samples})
    return np.asarray(answers)


FORMATS = {
    "saved_model": Format("TensorFlow", write_saved_model, ask_tensorflow),
    "tflite": Format("TensorFlow Lite", write_tflite, ask_tflite),
    "onnx": Format("ONNX Runtime", write_onnx, ask_onnx),
}
