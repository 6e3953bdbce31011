"""Studies that are killed, and what must be true of them at once and in the end."""

import hashlib
import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property, partial
from itertools import count
from pathlib import Path
from typing import Any

import jsonschema
import optuna
from tunewright.questions import TEMPLATE

from tests.rendering import Project
from tests.torture.killing import (
    Attempt,
    completed,
    killed_after,
    killed_at,
    killed_within,
)
from tests.torture.victims import Record, Variant

Count = Callable[..., None]

SCHEMA = json.loads((TEMPLATE / "docs" / "trial-record.schema.json").read_text("utf-8"))
TIMES = {"started", "duration_s", "worker"}
"""What two runs with one seed may differ in."""

WEIGHTS = {"weights", "weights_sha256", "weights_note"}
LEAST_POINTS = 15
"""A study that passes fewer is not being watched."""


@dataclass
class Victim:
    """A project, what an uninterrupted run of its study gives, and its studies."""

    project: Project
    variant: Variant
    names: "count[int]" = field(default_factory=count)
    left: set[str] = field(default_factory=set)
    """The temporary files that were still there in the end."""

    @property
    def framework(self) -> str:
        """The project's."""
        return str(self.variant.answers["framework"])

    @property
    def has_database(self) -> bool:
        """Whether Optuna keeps the trials too, as it does where workers share them."""
        workers = self.variant.answers.get("execution") == "workers"
        return self.framework == "optuna" and workers

    @cached_property
    def whole(self) -> Attempt:
        """The uninterrupted run."""
        (self.project.root / "runs").mkdir()  # so that no study is one point ahead
        attempt = completed(self.project, self.words("whole"))
        assert len(attempt.points) > LEAST_POINTS, attempt.points
        records = list(self.acknowledged("whole").values())
        assert len(records) == self.variant.trials
        assert self.variant.shows([json.loads(text) for text in records]), records
        return attempt

    def new(self) -> str:
        """The name of a study that is not there yet."""
        return f"study_{next(self.names)}"

    def words(self, study: str) -> tuple[str, ...]:
        """The command that begins the study, or goes on with it."""
        return (*self.variant.words, "--study", study)

    def folder(self, study: str) -> Path:
        """Where the study is."""
        return self.project.root / "runs" / study

    def remove(self, study: str) -> None:
        """Forget a study in which all was well."""
        shutil.rmtree(self.folder(study), ignore_errors=True)

    def acknowledged(self, study: str) -> dict[str, bytes]:
        """Every record that is there, each of them valid and its weights as logged."""
        found = {}
        for path in sorted((self.folder(study) / "trials").glob("trial_*.json")):
            found[path.name] = path.read_bytes()
            record = json.loads(found[path.name])
            jsonschema.validate(record, SCHEMA)
            assert path.name == f"trial_{record['number']:04}.json"
            if record["weights"]:
                weights = path.parent / record["weights"]
                digest = hashlib.sha256(weights.read_bytes()).hexdigest()
                assert digest == record["weights_sha256"], f"{weights} is another"
        return found

    def check_kept(self, before: dict[str, bytes], study: str) -> None:
        """See that what was acknowledged is still there, and as it was."""
        after = self.acknowledged(study)
        for name, text in before.items():
            assert name in after, f"{name} was acknowledged, and is lost"
            if after[name] == text:
                continue
            was, now = json.loads(text), json.loads(after[name])
            if self.variant.rewritten == "weights":
                kept = was.keys() - WEIGHTS
                assert was["weights"] and not now["weights"], f"{name} is another"
                assert {k: was[k] for k in kept} == {k: now[k] for k in kept}
            else:
                assert self.variant.rewritten == "rungs", f"{name} is another"
                rungs = len(was["rungs"])
                assert rungs < len(now["rungs"]), f"{name} is another"
                assert was["rungs"] == now["rungs"][:rungs]

    def check_finished(self, study: str) -> None:
        """See that a study is in the end what it is when nothing interrupts it."""
        assert self.whole
        texts = self.acknowledged(study)
        assert list(texts) == [
            f"trial_{number:04}.json" for number in range(self.variant.trials)
        ]
        records = [json.loads(text) for text in texts.values()]
        for record, same in zip(records, self.records("whole"), strict=True):
            assert without_times(record) == without_times(same)
        listed = json.loads(self.project.run("trials", "--json", "--study", study).out)
        assert sorted(listed, key=lambda record: int(record["number"])) == records
        assert files(self.folder(study)) == files(self.folder("whole"))
        if self.has_database:
            known = self.in_optuna(study)
            assert known == self.in_optuna("whole")
            states = {"complete": "COMPLETE", "pruned": "PRUNED", "failed": "FAIL"}
            assert [trial[1] for trial in known] == [
                states[record["state"]] for record in records
            ]

    def records(self, study: str) -> list[Record]:
        """The study's records, by number."""
        return [json.loads(text) for text in self.acknowledged(study).values()]

    def in_optuna(self, study: str) -> list[tuple[Any, ...]]:
        """What Optuna knows of each trial, by number."""
        storage = optuna.storages.RDBStorage(
            f"sqlite:///{self.folder(study) / 'study.db'}"
        )
        known = optuna.load_study(storage=storage, study_name=self.project.package)
        trials = [
            (t.number, t.state.name, t.values, t.params, t.intermediate_values)
            for t in known.get_trials(deepcopy=False)
        ]
        storage.engine.dispose()
        return trials


def without_times(record: Record) -> Record:
    """A record, less what no seed can fix."""
    return {key: value for key, value in record.items() if key not in TIMES}


def files(folder: Path) -> list[str]:
    """What a study's folder has, temporary files aside."""
    return sorted(
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if not path.name.startswith(".")
    )


def strays(folder: Path) -> list[str]:
    """The temporary files that a kill left in a study's folder."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob(".*"))


class Ordeal:
    """A new study of a victim, which is killed again and again and must lose nothing."""

    def __init__(self, victim: Victim, count: Count) -> None:
        """Begin a study.

        Args:
            victim: Whose study.
            count: Is told of each kill.
        """
        assert victim.whole
        self.victim = victim
        self.count = count
        self.study = victim.new()
        self.past: list[Attempt] = []

    def kill_at(self, point: int) -> bool:
        """Kill it at a point, and say whether it got there."""
        return self.kill("killed at a point", partial(killed_at, point=point))

    def kill_within(self, write: int) -> bool:
        """Kill it within a write, and say whether it got there."""
        return self.kill("killed within a write", partial(killed_within, write=write))

    def kill_after(self, seconds: float) -> bool:
        """Kill it at a time, and say whether it took as long."""
        return self.kill("killed at a time", partial(killed_after, seconds=seconds))

    def kill(self, fault: str, run: Callable[..., Attempt]) -> bool:
        """Kill it, and see that what was acknowledged before still is."""
        before = self.victim.acknowledged(self.study)
        attempt = run(self.victim.project, words=self.victim.words(self.study))
        self.past.append(attempt)
        with self.told():
            if attempt.killed:
                self.count(fault, self.victim.framework)
            else:
                assert attempt.status == 0, attempt.said
            self.victim.check_kept(before, self.study)
        return attempt.killed

    def finish(self, *, rebuild: bool = False) -> None:
        """Let it go on to its end, and see that it is as if nothing had happened.

        Args:
            rebuild: Whether its best trial is rebuilt, too.
        """
        with self.told():
            before = self.victim.acknowledged(self.study)
            words = self.victim.words(self.study)
            self.past.append(completed(self.victim.project, words))
            self.victim.check_kept(before, self.study)
            self.victim.check_finished(self.study)
            if rebuild:
                best = ("reconstruct", "best", "--study", self.study)
                ran = completed(self.victim.project, best)
                assert "It scores as logged" in ran.said
        self.victim.left.update(strays(self.victim.folder(self.study)))
        self.victim.remove(self.study)

    @contextmanager
    def told(self) -> Iterator[None]:
        """Say what the study went through, where something is wrong with it."""
        try:
            yield
        except Exception as error:
            error.add_note("\n".join(map(str, self.past)))
            raise
