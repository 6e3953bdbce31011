"""Studies killed with SIGKILL wherever a file changes, and at any time; nothing is lost."""

import math
import random
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.conftest import Render
from tests.often import often
from tests.rendering import Project
from tests.torture.conftest import Count
from tests.torture.studies import Ordeal, Victim
from tests.torture.victims import VARIANTS, prepare

PARTS = 4
"""The points of a study are shared out among so many tests."""

CHAINS = 4
MOST_KILLS = 6
"""After so many a study is left to end: on a busy machine it would be killed for ever."""

SAMPLE = often(["optuna_tpe", "search_cv_random"], ["optuna_tpe"])
"""Those whose frameworks have a state of their own."""

Victims = Callable[[str], Victim]

every_variant = pytest.mark.parametrize("name", VARIANTS)


@pytest.fixture(scope="session")
def victims(render: Render) -> Victims:
    """Each variant's project, rendered once."""
    rendered: dict[str, Victim] = {}

    def victim(name: str) -> Victim:
        if name not in rendered:
            rendered[name] = Victim(tiny_project(name, render), VARIANTS[name])
        return rendered[name]

    return victim


def tiny_project(name: str, render: Render, package: str = "killed") -> Project:
    """A variant's project."""
    project = render(
        package_name=f"{package}_{name}",
        layer_types=["dense"],
        **VARIANTS[name].answers,
    )
    prepare(project)
    return project


@pytest.mark.parametrize("name", SAMPLE)
def test_a_killed_study_loses_nothing(
    name: str, victims: Victims, count: Count
) -> None:
    victim = victims(name)
    whole = victim.whole
    last = f"/trials/trial_{victim.variant.trials - 1:04}.json"
    (renamed,) = (n for n, p in enumerate(whole.points, 1) if p.endswith(last))
    for point in (renamed, renamed + 1):  # before the last trial is logged, and after
        ordeal = Ordeal(victim, count)
        assert ordeal.kill_at(point)
        ordeal.finish()
    ordeal = Ordeal(victim, count)
    ordeal.kill_after(whole.seconds / 2)
    ordeal.kill_within(1)
    ordeal.finish(rebuild=True)


@pytest.mark.torture
@pytest.mark.parametrize("part", range(PARTS))
@every_variant
def test_a_kill_at_any_point_loses_nothing(
    name: str, part: int, victims: Victims, count: Count
) -> None:
    victim = victims(name)
    for point in range(1 + part, len(victim.whole.points) + 1, PARTS):
        ordeal = Ordeal(victim, count)
        assert ordeal.kill_at(point)
        ordeal.finish()


@pytest.mark.torture
@every_variant
def test_a_kill_within_any_write_loses_nothing(
    name: str, victims: Victims, count: Count
) -> None:
    victim = victims(name)
    for write in range(1, victim.whole.writes + 1):
        ordeal = Ordeal(victim, count)
        assert ordeal.kill_within(write)
        ordeal.finish()


@pytest.mark.torture
@every_variant
def test_kill_after_kill_at_points_loses_nothing(
    name: str, victims: Victims, count: Count
) -> None:
    victim, chance = victims(name), random.Random(name)
    most = len(victim.whole.points)
    for _ in range(CHAINS):
        kill_again_and_again(
            Ordeal(victim, count), lambda o: o.kill_at(chance.randint(1, most))
        )


@pytest.mark.torture
@every_variant
def test_kill_after_kill_at_any_time_loses_nothing(
    name: str, victims: Victims, count: Count
) -> None:
    victim, chance = victims(name), random.Random(name)
    most = victim.whole.seconds
    for _ in range(CHAINS):
        kill_again_and_again(
            Ordeal(victim, count), lambda o: o.kill_after(chance.uniform(0, most))
        )


def kill_again_and_again(ordeal: Ordeal, kill: Callable[[Ordeal], bool]) -> None:
    """Kill a study, and whoever goes on with it, until one of them has ended."""
    for _ in range(MOST_KILLS):
        if not kill(ordeal):
            break
    ordeal.finish(rebuild=True)


class Started:
    """A process that does nothing, in the place of one that searches."""

    pid = 4711

    def __init__(self, *_: Any, **__: Any) -> None:
        self.on_kill: Callable[[], object] = lambda: None

    def poll(self) -> None:
        """It is still there."""

    def kill(self) -> None:
        self.on_kill()

    def wait(self) -> None:
        """It is gone at once."""


def test_a_trial_is_only_ended_for_its_own_time(
    victims: Victims, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = victims("sampler_random").project
    supervisor = project.load("runtime.supervisor")
    running = project.load("study.running")
    study = project.load("study").Study(tmp_path, "study")
    study.trials_folder.mkdir(parents=True)
    fake = SimpleNamespace(PIPE=None, Popen=Started)
    monkeypatch.setattr(supervisor, "subprocess", fake)
    file = running.RunningFile(study.trials_folder / "running.json")
    stop = project.load("runtime.signals").Stop(math.inf)
    budget = project.load("study").Budget(1, 1, 0)
    # Left by a process of the same number that was killed with its supervisor.
    file.write(running.Running(3, Started.pid, 1.0))
    process = supervisor.SearchProcess(study, budget, stop)
    assert process.poll(1.0) is None and file.read().deaths == 0

    def hang(number: int, started: float) -> None:
        file.write(running.Running(number, Started.pid, started))

    process.started = 0.0
    process.process.on_kill = lambda: hang(4, time.time())  # while it was looked at
    assert process.poll(1.0) == supervisor.DIED
    assert (file.read().number, file.read().deaths) == (4, 0)
    process.process.on_kill = lambda: None
    hang(4, 1.0)
    assert process.poll(1.0) == supervisor.DIED
    assert (file.read().kind, file.read().deaths) == ("TimeoutError", 2)


SABOTAGE = {
    "written where it is read": (
        "sampler_random",
        "study/files.py",
        '    beside = path.with_name(f".{path.name}.new")\n',
        "    beside = path\n",
    ),
    "drawn again": (
        "optuna_tpe",
        "search.py",
        "get_sampler(budget.seed, number)\n",
        "get_sampler(budget.seed, ran)\n",
    ),
}
"""Ways to lose a trial: a variant, a file of its project, what is there, what replaces it."""


@pytest.mark.parametrize("way", SABOTAGE)
def test_a_lost_trial_is_noticed(way: str, render: Render) -> None:
    name, file, right, wrong = SABOTAGE[way]
    project = tiny_project(name, render, "sabotaged")
    path = project.root / project.package / file
    text = path.read_text("utf-8")
    assert right in text
    path.write_text(text.replace(right, wrong), "utf-8")
    victim = Victim(project, VARIANTS[name])
    ordeal = Ordeal(victim, lambda *_: None)
    with pytest.raises((AssertionError, ValueError)):
        ordeal.kill_within(victim.whole.writes)
        ordeal.finish()
