"""A training step of one's own: as it is rendered it is Keras' own, and an edit of it counts."""

from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np
import pytest
from tunewright.questions import choices, questions

from tests.conftest import Render
from tests.often import often
from tests.rendering import Project, timeless
from tests.test_own_metric import forget

FRAMEWORKS = choices(questions()["framework"])
SMALL: dict[str, Any] = {
    "input_kind": "tabular",
    "layer_types": ["dense", "batch_norm", "dropout"],
    "search_space": "small",
    "verbosity": "silent",
}
VALUES = """\
PARAMS = [BASE, BASE | {"learning_rate": 0.02}]
"""
"""What the manual framework tries, where the others search."""


def tune(project: Project, study: str = "default") -> list[dict[str, Any]]:
    """The records of a short search."""
    words = ["--trials", "2", "--epochs", "2", "--study", study]
    ran = project.run("tune", *words)
    assert ran.status == 0, ran.err
    return project.records(study)


def weights(project: Project) -> dict[str, Any]:
    """Every array of the weights that are kept, by trial and place."""
    found: dict[str, Any] = {}
    for path in (project.root / "runs" / "default" / "trials").glob("*.h5"):
        with h5py.File(path) as file:
            file.visititems(
                lambda name, place, path=path: (
                    found.update({f"{path.name}/{name}": place[()]})
                    if isinstance(place, h5py.Dataset) and "optimizer" not in name
                    else None
                )
            )
    assert found
    return found


@pytest.mark.parametrize(
    ("framework", "task"),
    often(
        [(framework, "classification") for framework in FRAMEWORKS]
        + [("optuna", "regression")],
        [("optuna", "classification")],
    ),
)
def test_the_step_as_it_is_trains_as_keras_does(
    framework: str, task: str, render: Render, tmp_path: Path
) -> None:
    answers = {**SMALL, "framework": framework, "task": task}
    if task == "classification":
        answers["class_weight"] = True
    found = []
    for loop in ("fit", "train_step"):
        project = render(**answers, package_name=f"by_{loop}", training_loop=loop)
        if framework == "manual":
            config = project.root / project.package / "config.py"
            config.write_text(config.read_text() + VALUES)
        # The file of the weights has the name of the model's class in it.
        records = timeless(tune(project), "weights_sha256")
        assert len(records[0]["history"]["loss"]) in (1, 2)
        found.append((records, weights(project)))
    # Of each epoch every metric, to the bit.
    assert found[0][0] == found[1][0]
    for name, array in found[0][1].items():
        np.testing.assert_array_equal(array, found[1][1][name])
    path = tmp_path / "best.keras"
    rebuilt = project.run("reconstruct", "best", "--retrain", "--out", str(path))
    assert rebuilt.status == 0, rebuilt.err
    # Whoever loads it has no module of this project.
    assert type(keras.models.load_model(path)).__module__.startswith("keras.")


def test_an_edit_of_the_step_counts_and_is_a_change_of_the_study(
    render: Render,
) -> None:
    answers = SMALL | {"layer_types": ["dense"], "training_loop": "train_step"}
    project = render(**answers, package_name="edited_step")
    tune(project)
    path = project.root / project.package / "train_step.py"
    text = path.read_text()
    line = "            scaled = self.optimizer.scale_loss(loss)"
    assert line in text
    path.write_text(text.replace(line, line.replace("(loss)", "(0.0 * loss)")))
    forget(project)
    refused = project.run("tune", "--trials", "3", "--epochs", "2")
    assert refused.status == 2
    assert "train_step.py has changed (line " in refused.err
    sources = project.root / "runs" / "default" / "sources"
    assert (sources / "train_step.py").read_text() == text
    # Without gradients nothing is learned.
    for record in tune(project, "still"):
        first, second = record["history"]["val_loss"]
        assert first == second
