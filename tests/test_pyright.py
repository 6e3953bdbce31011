"""Pyright, which editors check with, finds nothing in generated projects either."""

import json
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Render

TABLE = {"data_source": "csv", "log_extras": ["tensorboard", "csv", "mlflow"]}
FORMATS = ["saved_model", "tflite", "onnx", "optuna"]
STREAMED = {"data_source": "image_folder"}
PROJECTS: dict[str, dict[str, Any]] = {
    "default": {},
    "manual": {"framework": "manual", "keep_weights": "none"},
    "sampler": {"framework": "sampler", "checkpoints": True},
    "search_cv": {"framework": "search_cv", "algorithm": "halving_random"},
    "keras_tuner": {"framework": "keras_tuner", "algorithm": "hyperband"},
    "families": {"framework": "keras_tuner", "estimators": ["random_forest", "svm"]},
    "regression": {"task": "regression", "execution": "workers"},
    "cluster": {"execution": "cluster"},
    "dask": {"framework": "sampler", "execution": "cluster"},
    "table": {**TABLE, "export_formats": FORMATS},
    "streamed": {**STREAMED, "notebook": True},
}


@pytest.mark.matrix
def test_pyright_finds_nothing(render: Render, tmp_path: Path) -> None:
    """In all of them at once: most of the time goes to the libraries."""
    pytest.importorskip("pyright")
    environments = []
    for name, answers in PROJECTS.items():
        project = render(package_name=f"{name}_typed", **answers)
        shutil.copytree(project.root, tmp_path / name)
        settings = tomllib.loads(project.read("pyproject.toml"))["tool"]["pyright"]
        environments.append({"root": name, **settings})
    config = tmp_path / "pyrightconfig.json"
    config.write_text(json.dumps({"executionEnvironments": environments}))
    command = [
        sys.executable,
        "-m",
        "pyright",
        "--outputjson",
        "--project",
        str(config),
    ]
    ran = subprocess.run(
        [*command, "--pythonpath", sys.executable],
        capture_output=True,
        text=True,
        check=False,
    )
    found = json.loads(ran.stdout)
    assert found["generalDiagnostics"] == []
    assert found["summary"]["filesAnalyzed"] > 30 * len(PROJECTS)
