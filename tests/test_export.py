"""Models in the formats of other runtimes, asked there by other means than the project's."""

import json
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import keras
import numpy as np
import onnxruntime
import pytest
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter

from tests.answer_sets import choices_of, limits_of
from tests.conftest import Render
from tests.often import often
from tests.rendering import Project
from tests.tables import write_penguins

SMALL: dict[str, Any] = {
    "setup": "full",
    "search_space": "small",
    "verbosity": "silent",
    "epochs": 1,
    "report": False,
    "export_formats": ["saved_model", "tflite", "onnx"],
}
KINDS: dict[str, dict[str, Any]] = {
    "image": {"framework": "manual"},
    "sequence": {"framework": "manual"},
    "volume": {"framework": "manual"},
    "tabular": {"framework": "search_cv", "objective": "f1"},
}
"""In `manual` projects the model has all layers that it may have."""


def asked_of_tensorflow(path: Path, samples: np.ndarray) -> np.ndarray:
    """What a SavedModel answers, by the signature that TensorFlow Serving calls."""
    loaded = tf.saved_model.load(str(path))
    serve = loaded.signatures["serving_default"]
    [name] = serve.structured_input_signature[1]
    [answers] = serve(**{name: tf.constant(samples)}).values()
    return np.asarray(answers)


def asked_of_tflite(path: Path, samples: np.ndarray) -> np.ndarray:
    """What the interpreter answers, through its tensors."""
    interpreter = Interpreter(model_content=path.read_bytes())
    interpreter.allocate_tensors()
    [asked], [answers] = (
        interpreter.get_input_details(),
        interpreter.get_output_details(),
    )
    found = []
    for sample in samples:
        interpreter.set_tensor(asked["index"], sample[None])
        interpreter.invoke()
        found.append(interpreter.get_tensor(answers["index"])[0])
    return np.array(found)


def asked_of_onnx(path: Path, samples: np.ndarray) -> np.ndarray:
    """What ONNX Runtime answers to a file that it is given the bytes of."""
    session = onnxruntime.InferenceSession(path.read_bytes())
    [asked] = session.get_inputs()
    return np.asarray(session.run(None, {asked.name: samples})[0])


RUNTIMES: dict[str, Callable[[Path, np.ndarray], np.ndarray]] = {
    "saved_model": asked_of_tensorflow,
    "tflite": asked_of_tflite,
    "onnx": asked_of_onnx,
}


@pytest.fixture(scope="module", params=often(KINDS, ["image"]))
def tuned(request: pytest.FixtureRequest, render: Render) -> Project:
    """A project with one trial, for each kind of input."""
    kind: dict[str, Any] = {"input_kind": request.param}
    project = render(
        package_name=f"exported_{request.param}",
        layer_types=choices_of("layer_types", kind),
        **kind,
        **KINDS[request.param],
        **SMALL,
    )
    ran = project.run("tune", "--trials", "1")
    assert (ran.status, ran.err) == (0, "")
    return project


@pytest.mark.parametrize("kind", RUNTIMES)
def test_each_runtime_answers_as_keras_does_to_samples_that_no_trial_saw(
    kind: str, tuned: Project, tmp_path: Path
) -> None:
    out, whole = tmp_path / f"best.{kind}", tmp_path / "best.keras"
    ran = tuned.run("export", "--to", kind, "--out", str(out))
    if kind == "tflite" and "volume" in tuned.package:
        assert ran.status == 2
        assert ran.err.startswith("error: TensorFlow Lite has no MaxPool3D")
        assert list(tmp_path.iterdir()) == []
        return
    assert (ran.status, ran.err) == (0, "")
    assert f"is {out}" in ran.out
    assert tuned.run("reconstruct", "--out", str(whole)).status == 0
    assert {path.name for path in tmp_path.iterdir()} == {out.name, whole.name}

    test = tuned.load("data").load_data().test
    samples = np.asarray(test.x[:30], "float32")
    expected = keras.models.load_model(whole).predict(samples, verbose=0)
    answers = RUNTIMES[kind](out, samples)
    assert answers.shape == expected.shape
    assert np.allclose(answers, expected, rtol=1e-4, atol=1e-5)
    assert np.ptp(expected, axis=0).max() > 1e-3  # not one answer to all


ACTIVATIONS: list[str] = limits_of("activation")[1][0]


@pytest.mark.parametrize("activation", often(ACTIVATIONS, ["gelu", "leaky_relu"]))
def test_every_activation_that_may_be_searched_can_leave(
    activation: str, small: Project, tmp_path: Path
) -> None:
    export = small.load("export.model").export_model
    part = small.load("data").load_data().validation
    inputs = keras.Input(part.x.shape[1:])
    x = keras.layers.Conv2D(3, 2, activation=activation)(inputs)
    x = keras.layers.Dense(4, activation=activation)(keras.layers.Flatten()(x))
    model = keras.Model(inputs, x)
    expected = model.predict(part.x[:30], verbose=0)
    for kind, ask in RUNTIMES.items():
        path = tmp_path / f"model.{kind}"
        export(model, part, kind, path)
        assert np.allclose(ask(path, part.x[:30]), expected, rtol=1e-4, atol=1e-5)


def test_what_a_runtime_cannot_take_is_one_line(small: Project, tmp_path: Path) -> None:
    export = small.load("export.model").export_model
    part = small.load("data").load_data().validation
    inputs = keras.Input(part.x.shape[1:])
    outputs = keras.layers.Lambda(lambda x: tf.math.digamma(x + 1))(inputs)
    model = keras.Model(inputs, outputs)
    for kind in ("tflite", "onnx"):
        with pytest.raises(small.load("errors").UserError, match="has no Digamma"):
            export(model, part, kind, tmp_path / f"model.{kind}")
    assert list(tmp_path.iterdir()) == []


def test_a_table_takes_its_preprocessor_along(render: Render, tmp_path: Path) -> None:
    write_penguins(tmp_path / "penguins.csv")
    project = render(
        package_name="exported_csv",
        framework="sampler",
        data_source="csv",
        data_path=str(tmp_path / "penguins.csv"),
        target_column="species",
        **SMALL,
    )
    assert project.run("tune", "--trials", "1").status == 0
    out = tmp_path / "best.onnx"
    ran = project.run("export", "0", "--to", "onnx", "--out", str(out))
    assert (ran.status, ran.err) == (0, "")
    data = project.load("data").load_data()
    kept = project.load("preprocessor")
    read = kept.load_preprocessor(out.with_suffix(".skops"))
    assert len(read.get_feature_names_out()) == data.test.x.shape[1]
    assert asked_of_onnx(out, data.test.x[:5]).shape == (5, 3)


@pytest.fixture(scope="module")
def small(render: Render) -> Project:
    """A project with two trials, the second without weights."""
    project = render(
        package_name="exported_small",
        framework="sampler",
        layer_types=["dense"],
        keep_weights="best",
        **SMALL | {"export_formats": ["saved_model", "tflite", "onnx", "optuna"]},
    )
    assert project.run("tune", "--trials", "2").status == 0
    return project


@pytest.fixture
def nothing_is_left(small: Project) -> Iterator[None]:
    """Whatever is refused has written nothing."""
    before = sorted(small.root.rglob("*"))
    yield
    after = [path for path in small.root.rglob("*") if "__pycache__" not in path.parts]
    assert [path for path in after if path not in before] == []


@pytest.mark.usefixtures("nothing_is_left")
@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--to", "keras"], "'keras' is not one of 'saved_model', 'tflite', 'onnx'"),
        ([], "Missing option '--to'. Choose from: saved_model, tflite, onnx, optuna"),
        (["--to", "onnx", "--out", "best.tflite"], "does not end in .onnx"),
        (["--to", "optuna", "--out", "study.sqlite"], "does not end in .db"),
        (["--to", "onnx", "--out", "no/such/folder/a.onnx"], "not a folder"),
        (["--to", "saved_model", "--out", "."], "is a directory"),
        (["--to", "onnx", "--out", "a\nb.onnx"], "cannot be printed"),
        (["7", "--to", "onnx"], "study 'default' has no trial 7"),
        (["first", "--to", "onnx"], "neither 'best' nor the number"),
        (["1", "--to", "optuna"], "the whole study, not a trial"),
        (["--retrain", "--to", "optuna"], "the whole study, not a trial"),
        (["--to", "onnx", "--study", "other"], "there is no study 'other'"),
        (["--to", "optuna", "--study", "other"], "there is no study 'other'"),
    ],
)
def test_what_is_wrong_is_one_line(
    words: list[str], message: str, small: Project
) -> None:
    ran = small.run("export", *words)
    assert ran.status == 2
    assert len(ran.err.splitlines()) == 1
    assert message in ran.err, ran.err
    assert ran.out == ""


def test_weights_that_are_not_kept_are_trained_again(
    small: Project, tmp_path: Path
) -> None:
    [lost] = [r["number"] for r in small.records() if r["weights"] is None]
    words = ("export", str(lost), "--to", "onnx", "--out", str(tmp_path / "a.onnx"))
    ran = small.run(*words)
    assert ran.status == 2
    assert "--retrain" in ran.err
    assert small.run(*words, "--retrain").status == 0
    assert (tmp_path / "a.onnx").stat().st_size > 1000


def test_a_folder_that_is_there_is_not_replaced(small: Project, tmp_path: Path) -> None:
    out = small.root / "runs" / "default"
    words = ("export", "--to", "saved_model")
    ran = small.run(*words)
    assert ran.status == 0
    [folder] = out.glob("*.saved_model")
    before = sorted(folder.rglob("*"))
    ran = small.run(*words)
    assert (ran.status, len(ran.err.splitlines())) == (2, 1)
    assert f"{folder} is there already" in ran.err
    assert sorted(folder.rglob("*")) == before
    # What else is in the study's folder does not disturb the study.
    assert small.run("tune", "--trials", "2").status == 0


def test_a_runtime_that_answers_otherwise_is_not_believed(
    small: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    onnx = small.load("export.onnx")
    predict = onnx.predict

    def predict_otherwise(path: Path, samples: np.ndarray) -> np.ndarray:
        return np.asarray(predict(path, samples)) + 0.01

    monkeypatch.setattr(onnx, "predict", predict_otherwise)
    ran = small.run("export", "--to", "onnx", "--out", str(tmp_path / "a.onnx"))
    assert (ran.status, len(ran.err.splitlines())) == (2, 1)
    assert "ONNX Runtime gives other outputs than Keras, by up to 0.01" in ran.err
    assert list(tmp_path.iterdir()) == []


def test_what_is_not_installed_is_named(
    small: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    requires = ["no_such_package", "onnxruntime"]
    monkeypatch.setattr(small.load("export.onnx"), "REQUIRES", requires)
    ran = small.run("export", "--to", "onnx")
    assert ran.status == 2
    assert ran.err == (
        "error: --to onnx takes no_such_package: "
        'python -m pip install -e ".[onnx]"\n'
    )
    project = tomllib.loads(small.read("pyproject.toml"))["project"]
    assert project["optional-dependencies"].keys() == {"onnx", "tflite", "test"}


def test_a_trial_that_scores_otherwise_is_not_exported(
    small: Project, tmp_path: Path
) -> None:
    [kept] = [r["number"] for r in small.records() if r["weights"]]
    path = small.root / "runs" / "default" / "trials" / f"trial_{kept:04}.json"
    before = path.read_text()
    record = json.loads(before)
    record["metrics"]["val_loss"] += 0.1
    path.write_text(json.dumps(record))
    try:
        out = tmp_path / "a.tflite"
        ran = small.run("export", str(kept), "--to", "tflite", "--out", str(out))
    finally:
        path.write_text(before)
    assert ran.status == 2
    assert "does not score as logged" in ran.err
    assert list(tmp_path.iterdir()) == []


FORMATS = choices_of("export_formats", {"setup": "full"})


@pytest.mark.parametrize("kind", FORMATS)
def test_a_format_that_nobody_asked_for_leaves_no_line(
    kind: str, render: Render
) -> None:
    project = render(framework="sampler", report=False, export_formats=[kind])
    folder = project.root / project.package / "export"
    modules = {path.stem for path in folder.glob("*.py")}
    assert modules - {"__init__", "command", "model"} == {kind}
    assert ("model" in modules) is (kind != "optuna")
    others = {f'"{other}"' for other in FORMATS if other != kind}
    text = "".join(path.read_text() for path in folder.glob("*.py"))
    assert not [other for other in others if other in text]
    needs = {"tflite": "ai-edge-litert", "onnx": "tf2onnx", "optuna": "optuna"}
    requirements = project.read("pyproject.toml")
    for other, package in needs.items():
        assert (package in requirements) is (other == kind)
    ran = project.run("export", "--to", kind)
    assert ran.status == 2 and "there is no study" in ran.err


def test_without_formats_there_is_no_command(render: Render) -> None:
    project = render(framework="sampler", report=False)
    assert not (project.root / project.package / "export").exists()
    ran = project.run("export", "--to", "onnx")
    assert (ran.status, ran.err) == (2, "error: No such command 'export'.\n")
