import math
from pathlib import Path

import pytest

from pictures import search
from pictures.dataset import Data
from pictures.errors import UserError
from pictures.reconstruct import reconstruct
from pictures.stopping import Stop
from pictures.study import Study
from pictures.trials import TrialLog


def tune(study: Study, data: Data, trials: int, epochs: int = 1) -> TrialLog:
    """Search without a display."""
    search.tune(
        study,
        data,
        trials=trials,
        epochs=epochs,
        seed=0,
        stop=Stop(math.inf),
    )
    return TrialLog(study.trials_folder)


def test_a_search_goes_on_where_it_stopped(data: Data, tmp_path: Path) -> None:
    study = Study(tmp_path, "a")
    before = tune(study, data, trials=2).read_all()
    after = tune(study, data, trials=3).read_all()
    assert [record["number"] for record in after] == [0, 1, 2]
    # A new trial may take the place of the best: the trials are the same.
    assert [record["params"] for record in after[:2]] == [
        record["params"] for record in before
    ]


def test_a_study_does_not_mix_what_cannot_be_compared(
    data: Data, tmp_path: Path
) -> None:
    study = Study(tmp_path, "a")
    tune(study, data, trials=1)
    with pytest.raises(UserError, match="epochs"):
        tune(study, data, trials=2, epochs=2)


def test_a_trial_that_kept_its_weights_is_rebuilt(data: Data, tmp_path: Path) -> None:
    study = Study(tmp_path, "a")
    for record in tune(study, data, trials=2).read_all():
        if record["weights"]:
            rebuilt = reconstruct(study, str(record["number"]), data)
            assert rebuilt.validation["loss"] == pytest.approx(
                record["metrics"]["val_loss"], rel=1e-5
            )
        else:
            assert record["weights_note"]


def test_a_broken_record_is_set_aside_and_named(
    data: Data, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = tune(Study(tmp_path, "a"), data, trials=2)
    log.record_path(0).write_text('{"schema": 1, "num')
    assert [record["number"] for record in log.read_all()] == [1]
    assert "trial 0" in capsys.readouterr().err
    assert log.record_path(0).with_name("trial_0000.json.broken").exists()
