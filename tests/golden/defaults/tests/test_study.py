import math
import shutil
from pathlib import Path

import pytest

from digit_study import search
from digit_study.dataset import Data
from digit_study.errors import UserError
from digit_study.reconstruct import reconstruct
from digit_study.report import confusion
from digit_study.report.page import write_report
from digit_study.runtime.signals import Stop
from digit_study.study import Budget, Study, TrialLog


def tune(study: Study, data: Data, trials: int, epochs: int = 1) -> TrialLog:
    """Search without a display."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(search, "load_data", lambda: data)
        budget = Budget(trials, epochs, 0)
        search.search(study, budget, Stop(math.inf))
    return TrialLog(study.trials_folder)


@pytest.fixture(scope="session")
def tuned(data: Data, tmp_path_factory: pytest.TempPathFactory) -> Study:
    """A study with two trials, to look at."""
    study = Study(tmp_path_factory.mktemp("runs"), "a")
    tune(study, data, trials=2)
    return study


@pytest.fixture
def study(tuned: Study, tmp_path: Path) -> Study:
    """A copy of that study, to do anything with."""
    shutil.copytree(tuned.folder, tmp_path / "a")
    return Study(tmp_path, "a")


def test_a_search_goes_on_where_it_stopped(data: Data, study: Study) -> None:
    before = TrialLog(study.trials_folder).read_all()
    after = tune(study, data, trials=3).read_all()
    assert [record.number for record in after] == [0, 1, 2]
    assert after[:2] == before


def test_a_study_does_not_mix_what_cannot_be_compared(data: Data, study: Study) -> None:
    with pytest.raises(UserError, match="epochs"):
        tune(study, data, trials=3, epochs=2)


def test_a_trial_that_kept_its_weights_is_rebuilt(data: Data, tuned: Study) -> None:
    for record in TrialLog(tuned.trials_folder).read_all():
        if record.weights:
            rebuilt = reconstruct(tuned, str(record.number), data)
            assert rebuilt.validation["loss"] == pytest.approx(
                record.metrics["val_loss"], rel=1e-5
            )
        else:
            assert record.weights_note


def test_a_report_has_every_trial(
    data: Data, tuned: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(confusion, "load", lambda study: data)
    write_report(tuned, tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text("utf-8")
    assert '<strong id="trials">2</strong>' in page
    assert page.count('class="plotly-graph-div"') > 1


def test_a_broken_record_is_quarantined_and_named(
    study: Study, capsys: pytest.CaptureFixture[str]
) -> None:
    log = TrialLog(study.trials_folder)
    log.record_path(0).write_text('{"schema": 1, "num')
    assert [record.number for record in log.read_all()] == [1]
    assert "trial 0" in capsys.readouterr().err
    assert log.record_path(0).with_name("trial_0000.json.broken").exists()
