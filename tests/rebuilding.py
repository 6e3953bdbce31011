"""What a model predicted when it was logged, and what it predicts when it is rebuilt."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.rendering import Project

Predictions = dict[int, np.ndarray[Any, Any]]

REBUILD = """
import sys
from importlib import import_module
from pathlib import Path

import numpy as np

root, package, runs, study_name, out, *numbers = sys.argv[1:]
sys.path.insert(0, root)
import_module(package)
reconstruct = import_module(f"{package}.reconstruct")
study = import_module(f"{package}.study").Study(Path(runs), study_name)
data = import_module(f"{package}.data").load_data()
predictions = {}
for number in numbers:
    built = reconstruct.build(study, reconstruct.find(study, number), data)
    predictions[number] = built.model.predict(data.test.x, verbose=0)
np.savez(out, **predictions)
"""


def watch_predictions(project: Project, monkeypatch: pytest.MonkeyPatch) -> Predictions:
    """What each live model predicts at the moment it is logged, by trial."""
    predictions: Predictions = {}
    x = project.load("data").load_data().test.x
    log = project.load("trials").TrialLog
    add = log.add

    def watched(self: Any, record: Any, *model: Any) -> None:
        if model and model[0] is not None:
            predictions[record["number"]] = model[0].predict(x, verbose=0)
        add(self, record, *model)

    monkeypatch.setattr(log, "add", watched)
    return predictions


def predict_in_a_fresh_process(
    project: Project, numbers: list[int], out: Path, study: str = "default"
) -> Predictions:
    """What the rebuilt models predict on the test part, by trial."""
    runs = project.root / "runs"
    words = [project.root, project.package, runs, study, out, *numbers]
    subprocess.run([sys.executable, "-c", REBUILD, *map(str, words)], check=True)
    return {int(number): array for number, array in np.load(out).items()}
