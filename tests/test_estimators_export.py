"""Models of scikit-learn in ONNX, asked there by other means than the project's, and their studies in Optuna."""

import json
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
import skops.io

from tests.conftest import Render
from tests.interviews import refused
from tests.optuna_studies import check_optuna, exported
from tests.rendering import Project

SMALL: dict[str, Any] = {
    "input_kind": "tabular",
    "search_space": "small",
    "verbosity": "silent",
    "report": False,
}


def tuned(render: Render, name: str, trials: int, **answers: Any) -> Project:
    """A project with so many trials."""
    project = render(package_name=name, **SMALL | answers)
    ran = project.run("tune", "--trials", str(trials))
    assert (ran.status, ran.err) == (0, "")
    return project


def asked_of_onnx(path: Path, samples: np.ndarray) -> list[Any]:
    """What ONNX Runtime answers to a file that it is given the bytes of."""
    session = onnxruntime.InferenceSession(path.read_bytes())
    [asked] = session.get_inputs()
    return list(session.run(None, {asked.name: samples}))


@pytest.mark.parametrize("task", ["classification", "regression"])
def test_onnx_answers_as_scikit_learn_does_to_samples_that_no_trial_saw(
    task: str, render: Render, tmp_path: Path
) -> None:
    families = ["random_forest", "extra_trees", "svm", "linear", "mlp"]
    project = tuned(
        render,
        f"onnx_{task}",
        9,
        task=task,
        estimators=families,
        framework="sampler",
        export_formats=["onnx"],
    )
    test = project.load("dataset").check(project.load("data").load_data()).test
    samples = test.x.astype("float32")
    trusted = project.load("config").TRUSTED
    seen = set()
    for record in project.records():
        family = record["params"]["estimator"]
        if family in seen:
            continue
        seen.add(family)
        out, whole = tmp_path / f"{family}.onnx", tmp_path / f"{family}.skops"
        again = (str(record["number"]), "--retrain", "--out")
        ran = project.run("export", *again, str(out), "--to", "onnx")
        assert (ran.status, ran.err) == (0, "")
        assert f"is {out}" in ran.out
        assert project.run("reconstruct", *again, str(whole)).status == 0
        model = skops.io.load(whole, trusted=trusted)
        first, *others = asked_of_onnx(out, samples)
        expected = model.predict(samples)
        if task == "regression":
            largest = np.abs(expected).max()
            assert np.allclose(first.ravel(), expected, atol=1e-4 * largest)
            assert np.ptp(expected) > 0.1 * largest  # not one answer to all
            continue
        assert np.array_equal(first, expected)
        assert set(expected) == {0, 1}
        if family != "svm":
            probabilities = model.predict_proba(samples)
            assert np.allclose(others[0], probabilities, atol=1e-4)
    assert seen == set(families)


def test_a_runtime_that_answers_otherwise_is_not_believed(
    render: Render, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = tuned(
        render,
        "onnx_lies",
        1,
        estimators=["linear"],
        export_formats=["onnx", "optuna"],
        framework="search_cv",
    )
    onnx = project.load("export.onnx")
    right = onnx.predict
    monkeypatch.setattr(
        onnx, "predict", lambda *asked: [answer + 0.01 for answer in right(*asked)]
    )
    out = tmp_path / "best.onnx"
    ran = project.run("export", "--to", "onnx", "--out", str(out))
    assert ran.status == 2
    assert "other answers than scikit-learn, by up to 0.01" in ran.err
    assert not out.exists()

    monkeypatch.setattr(onnx, "find_spec", lambda name: None)
    ran = project.run("export", "--to", "onnx", "--out", str(out))
    assert ran.status == 2
    [extra] = [word for word in ran.err.split() if "onnx" in word and "[" in word]
    extras = tomllib.loads(project.read("pyproject.toml"))["project"]
    assert extra.strip('"') == ".[onnx]"
    assert json.dumps(extras["optional-dependencies"]["onnx"]).count("onnx") == 2

    # Another format of the same project.
    check_optuna(exported(project), project.records())


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ({"export_formats": ["saved_model"]}, "saved_model needs estimators=[keras]"),
        ({"export_formats": ["tflite", "optuna"]}, "tflite needs estimators=[keras]"),
    ],
    ids=str,
)
def test_what_cannot_be_exported_is_refused_in_one_line(
    template: Path, answers: dict[str, Any], said: str
) -> None:
    message = refused(template, {"estimators": ["svm"]} | answers)
    assert message.endswith(said)
    assert "\n" not in message
