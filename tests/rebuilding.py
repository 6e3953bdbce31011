"""What a model predicted when it was logged, and what it predicts when it is rebuilt."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tunewright.variants.forked import hasten, processes

from tests.rendering import Project

Predictions = dict[int, np.ndarray[Any, Any]]


def watch_predictions(project: Project, monkeypatch: pytest.MonkeyPatch) -> Predictions:
    """What each live model predicts at the moment it is logged, by trial."""
    predictions: Predictions = {}
    x = project.load("data").load_data().test.x
    log = project.load("study").TrialLog
    save_weights = log.save_weights

    def watched(self: Any, record: Any, model: Any) -> None:
        predictions[record.number] = model.predict(x, verbose=0)
        save_weights(self, record, model)

    monkeypatch.setattr(log, "save_weights", watched)
    return predictions


def predict_in_a_fresh_process(
    project: Project, numbers: list[int], out: Path, study: str = "default"
) -> Predictions:
    """What the rebuilt models predict on the test part, by trial."""
    process = processes.Process(target=rebuild, args=(project, numbers, out, study))
    process.start()
    process.join()
    assert process.exitcode == 0
    return {int(number): array for number, array in np.load(out).items()}


def rebuild(project: Project, numbers: list[int], out: Path, study_name: str) -> None:
    """Write what a study's rebuilt models predict."""
    hasten()
    reconstruct = project.load("reconstruct")
    study = project.load("study").Study(project.root / "runs", study_name)
    data = project.load("data").load_data()
    predictions = {}
    for number in numbers:
        record = reconstruct.TrialLog(study.trials_folder).find(str(number))
        built = reconstruct.build(study, record, data)
        predictions[str(number)] = built.model.predict(data.test.x, verbose=0)
    np.savez(out, **predictions)
