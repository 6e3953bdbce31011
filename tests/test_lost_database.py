"""Optuna's database damaged, lost or behind, and records lost that it still knows."""

import shutil
from pathlib import Path

import optuna
import pytest

from tests.conftest import Render
from tests.often import often
from tests.rendering import Project, timeless
from tests.variants import Variant

ALGORITHMS = {
    "tpe": "hyperband",
    "random": "median",
    "qmc": "successive_halving",
    "cmaes": "none",
    "grid": "hyperband",
    "nsga2": "none",
}


def tuned(project: Project, study: str, trials: int) -> str:
    """Tune a study to so many trials; what it says on stderr."""
    ran = project.run("tune", "--trials", str(trials), "--study", study)
    assert ran.status == 0, ran.err
    return ran.err


def in_optuna(project: Project, study: str) -> list[optuna.trial.FrozenTrial]:
    """What Optuna knows of the trials."""
    database = project.root / "runs" / study / "study.db"
    loaded = optuna.load_study(
        storage=f"sqlite:///{database}", study_name=project.package
    )
    return loaded.get_trials()


@pytest.fixture(scope="module", params=often(ALGORITHMS, ["tpe"]))
def project(request: pytest.FixtureRequest, render: Render) -> Project:
    """A project of each algorithm, with a study `whole` of six trials."""
    variant = Variant("optuna", request.param, ALGORITHMS[request.param])
    made = render(
        package_name=f"lost_{variant.name}",
        execution="workers",
        epochs=3,
        search_space="small",
        layer_types=["conv", "pooling", "dense"],
        **variant.answers,
    )
    tuned(made, "four", 4)
    shutil.copytree(made.root / "runs" / "four", made.root / "runs" / "whole")
    tuned(made, "whole", 6)
    return made


@pytest.fixture
def study(project: Project) -> Path:
    """A copy of the study after four trials."""
    folder = project.root / "runs" / "damaged"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(project.root / "runs" / "four", folder)
    return folder


def test_a_lost_database_is_made_anew_and_the_search_goes_on_as_it_would_have(
    project: Project, study: Path
) -> None:
    (study / "study.db").unlink()
    said = tuned(project, "damaged", 6)
    assert len(said.splitlines()) == 1 and "study.db is rebuilt" in said
    assert timeless(project.records("damaged"), "worker") == timeless(
        project.records("whole"), "worker"
    )
    again, whole = in_optuna(project, "damaged"), in_optuna(project, "whole")
    for one, other in zip(again, whole, strict=True):
        assert one.state == other.state
        assert one.values == other.values
        assert one.params == other.params
        assert one.distributions == other.distributions
        assert one.intermediate_values == other.intermediate_values
        rungs = [
            {k: v for k, v in t.system_attrs.items() if k.startswith("completed_rung")}
            for t in (one, other)
        ]
        assert rungs[0] == rungs[1]
    assert tuned(project, "damaged", 6) == ""


def test_lost_records_are_restored_from_the_database(
    project: Project, study: Path
) -> None:
    before = {path.name: path.read_text() for path in study.glob("trials/*.json")}
    (study / "trials" / "trial_0000.json").unlink()
    (study / "trials" / "trial_0002.json").write_text('{"schema": 1')
    said = tuned(project, "damaged", 4)
    assert "trial 0: its record is restored" in said
    assert "trial 2: its record is restored" in said
    assert {p.name: p.read_text() for p in study.glob("trials/*.json")} == before
    assert (study / "trials" / "trial_0002.json.broken").exists()


def test_records_and_database_lost_alike_cost_only_their_trials(
    project: Project, study: Path
) -> None:
    before = timeless(project.records("four"), "worker")
    (study / "study.db").write_bytes(b"rubbish" * 999)
    (study / "trials" / "trial_0001.json").unlink()
    tuned(project, "damaged", 4)
    after = timeless(project.records("damaged"), "worker")
    assert [record["number"] for record in after] == [0, 1, 2, 3]
    assert [after[n] for n in (0, 2, 3)] == [before[n] for n in (0, 2, 3)]
    assert (study / "study.db.broken").read_bytes() == b"rubbish" * 999
    assert all(trial.state.is_finished() for trial in in_optuna(project, "damaged"))


def test_a_database_that_is_behind_the_log_catches_up(
    project: Project, study: Path
) -> None:
    shutil.rmtree(study)
    shutil.copytree(project.root / "runs" / "whole", study)
    shutil.copy(project.root / "runs" / "four" / "study.db", study / "study.db")
    tuned(project, "damaged", 6)
    assert timeless(project.records("damaged"), "worker") == timeless(
        project.records("whole"), "worker"
    )
    assert len(in_optuna(project, "damaged")) == 6


def test_a_database_that_is_a_link_to_nothing_is_made_anew_in_its_place(
    project: Project, study: Path, tmp_path: Path
) -> None:
    (study / "study.db").unlink()
    (study / "study.db").symlink_to(tmp_path / "nowhere")
    assert "study.db is rebuilt" in tuned(project, "damaged", 4)
    assert not (tmp_path / "nowhere").exists()
    assert len(in_optuna(project, "damaged")) == 4
