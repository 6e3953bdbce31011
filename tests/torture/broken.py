"""The studies whose files are broken, and what must come of it."""

import json
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from itertools import count
from pathlib import Path

from tests.rendering import Project, Ran
from tests.torture.breaking import (
    DANGLING,
    EMPTIED,
    LINKED,
    Damage,
    content,
    outside_of,
    run_each,
)
from tests.torture.killing import Words, completed, killed_at
from tests.torture.studies import WEIGHTS, Victim, files, strays, without_times
from tests.torture.victims import Record, Variant

Count = Callable[..., None]
Broken = list[tuple["Target", Damage]]


@dataclass(frozen=True)
class Target:
    """A file of a study that is broken."""

    what: str
    path: str
    """Within the study's folder."""
    number: int = -1
    """Of the trial that it belongs to."""


@dataclass
class Case:
    """A copy of a study, with what was broken in it."""

    study: str
    broken: Broken
    left: list[tuple[str, bytes]]
    """What was at each path before the command ran."""
    unharmed: list[bool]
    """Whether each can be read as if nothing had happened."""


@dataclass
class Patient:
    """A project with a study of some trials, and the same study with one trial more."""

    project: Project
    variant: Variant
    base_trials: int
    names: "count[int]" = field(default_factory=count)

    def __post_init__(self) -> None:
        self.victim = Victim(self.project, self.variant)

    @property
    def framework(self) -> str:
        """The project's."""
        return self.victim.framework

    @cached_property
    def base(self) -> Path:
        """The study that is copied and broken, whose process was killed in a trial."""
        (self.project.root / "runs").mkdir(exist_ok=True)
        (ran,) = run_each(self.project, [self.tune("base", self.base_trials)])
        assert ran.status == 0 and ran.err == "", ran
        folder = self.victim.folder("base")
        shutil.copytree(folder, self.whole)
        points = completed(self.project, self.tune("whole")).points
        has_folds = self.framework == "search_cv"
        noted = [
            number
            for number, point in enumerate(points, 1)
            if ("fold_2" in point if has_folds else is_note(point))
        ]
        killed = noted[0 if has_folds else -1]  # in the third fold, or the last epoch
        assert killed_at(self.project, self.tune("base"), killed).killed
        assert list(folder.glob("trials/running*.json"))
        assert len(list(folder.glob("folds/*/*/*/trial_*.json"))) == 2 * has_folds
        assert len(self.victim.acknowledged("whole")) == self.trials
        return folder

    @property
    def whole(self) -> Path:
        """The study as it is once it has gone on, with nothing broken."""
        return self.victim.folder("whole")

    @property
    def trials(self) -> int:
        """How many trials there are in the end."""
        return self.base_trials + 1

    def tune(self, study: str, trials: int | None = None) -> Words:
        """The command that goes on with a study."""
        return (
            *("tune", "--trials", str(trials or self.trials)),
            *("--epochs", str(self.variant.epochs), "--study", study),
        )

    def broken(self, broken: Broken) -> Case:
        """A copy of the study, with files of it broken."""
        study = f"broken_{next(self.names)}"
        folder = self.victim.folder(study)
        shutil.copytree(self.base, folder, symlinks=True)
        case = Case(study, broken, [], [])
        for target, damage in broken:
            path = folder / target.path
            damage.do(path)
            case.left.append(content(path))
            case.unharmed.append(is_unharmed(target, damage, path, self.base))
        return case

    def check_all(self, all_broken: Sequence[Broken], tell: Count) -> None:
        """Break copies of the study, let each go on, and see what came of it.

        Raises:
            ExceptionGroup: An error for each that did not go on as it should.
        """
        assert self.base
        cases = [self.broken(broken) for broken in all_broken]
        ran = run_each(self.project, [self.tune(case.study) for case in cases])
        lost = []
        for case, one in zip(cases, ran, strict=True):
            target, damage = case.broken[0]
            tell(damage.kind, target.what)
            try:
                with told(self, case, one):
                    self.check(case, one)
            except Exception as error:  # noqa: BLE001 - it is raised below
                lost.append(error)
            shutil.rmtree(self.victim.folder(case.study), ignore_errors=True)
        if lost:
            raise ExceptionGroup(f"{len(lost)} of {len(cases)} went wrong", lost)

    def check(self, case: Case, ran: Ran) -> None:
        """See that the study went on, that nothing is lost, and that it was told."""
        assert ran.status == 0, f"status {ran.status}"
        lines = ran.err.splitlines()
        wanted = [part for one in self.lines(case) for part in one]
        few = any(d.kind in ("a byte flipped", "cut") for _, d in case.broken)
        databases = all(target.what == "database" for target, _ in case.broken)
        if lines or not (few and databases):  # some bytes of one are of no account
            assert len(lines) == len(wanted), f"expected {wanted}"
            for line in lines:
                assert any(part in line for part in wanted), f"expected {wanted}"
        for (target, damage), left, unharmed in zip(
            case.broken, case.left, case.unharmed, strict=True
        ):
            self.check_aside(case, target, damage, left, unharmed or not lines)
        self.check_records(case)
        self.check_files(case)
        if self.victim.has_database:
            self.check_database(case)

    def lines(self, case: Case) -> Iterator[list[str]]:
        """What each broken file is to be told of on stderr, a line each."""
        database = any(target.what == "database" for target, _ in case.broken)
        for (target, damage), unharmed in zip(case.broken, case.unharmed, strict=True):
            gone = damage.takes_it_away
            trial, name = f"trial {target.number}: its", target.path
            if unharmed:
                continue
            if target.what in ("record", "fold record"):
                yield [] if gone else [f"{trial} record is broken"]
                if self.victim.has_database and not database:
                    yield [f"{trial} record is restored from study.db"]
            elif target.what in ("weights", "fold weights"):
                yield [
                    f"{trial} weights: they {'are gone' if gone else 'were damaged'}"
                ]
            elif target.what == "study.json":
                yield [] if gone else [f"{name} is broken, and kept as"]
                yield ["study.json was lost, and is restored from its copy"]
            elif target.what == "copy of study.json":
                yield [] if gone else [f"{name} is broken, and kept as"]
            elif target.what == "database":
                yield [f"{name} is rebuilt from the trials' records (what was there "]
            elif target.what == "running trial":
                yield [] if gone else [f"{name} is broken, and kept as"]
            elif target.what == "preprocessor":
                yield [] if gone else [f"{name} was broken, see"]

    def check_aside(
        self,
        case: Case,
        target: Target,
        damage: Damage,
        left: tuple[str, bytes],
        unharmed: bool,
    ) -> None:
        """See that what was broken is kept, as it was, under a name that says so."""
        folder = self.victim.folder(case.study)
        path = folder / target.path
        if damage is LINKED and target.what != "database":
            outside, was = outside_of(path), content(self.base / target.path)
            assert content(outside) == was, f"{outside} was changed"
        if target.what.startswith("fold "):
            return  # what a running trial has fitted is there for as long as it runs
        if target.what == "journal":
            return  # it is set aside with its database
        kept = sorted(path.parent.glob(f"{path.name}.broken*"))
        told_of = [part for one in self.lines(case) for part in one]
        aside = not unharmed and left[0] != "nothing" and bool(told_of)
        if damage in (DANGLING, EMPTIED) and target.what == "database":
            aside = False  # there was nothing to be kept
        assert len(kept) == aside, f"{path.name} is kept as {kept}"
        if aside:
            assert content(kept[0]) == left, f"{kept[0]} is not what was there"

    def check_records(self, case: Case) -> None:
        """See that no record is lost, changed or there twice."""
        now, whole = self.victim.acknowledged(case.study), {}
        for name, text in self.victim.acknowledged("whole").items():
            whole[name] = json.loads(text)
        assert list(now) == list(whole), f"there are {list(now)}"
        lost = {t.number for t, _ in case.broken if t.what == "weights"}
        again = {t.number for t, _ in case.broken if t.what == "record"}
        both = again and any(t.what == "database" for t, _ in case.broken)
        for name, text in now.items():
            record, same = json.loads(text), whole[name]
            number = record["number"]
            if both and number >= min(again):
                continue  # the sampler and the pruner have seen later trials by now
            # Where the best one's are lost, the best of the others are kept; and one that is
            # run again may be beaten by then.
            others = self.variant.rewritten and (lost or number in again)
            of_no_account = number in lost or others
            aside = set(WEIGHTS) if of_no_account else set()
            if number in lost and not all(case.unharmed):
                assert record["weights"] or record["weights_note"], f"{name} has none"
            one, other = without(record, aside), without(same, aside)
            assert one == other, f"{name} is another: {differences(one, other)}"
            was = self.base / "trials" / name
            if lost or again or not was.exists():
                continue
            if self.variant.rewritten is None:
                assert text == was.read_bytes(), f"{name} was written again"

    def check_files(self, case: Case) -> None:
        """See that there is no file more or less than there would have been."""
        folder = self.victim.folder(case.study)
        assert strays(folder) == [], f"there are {strays(folder)}"
        aside = {target.path for target, _ in case.broken}
        lost = {t.path for t, _ in case.broken if t.what == "weights"}
        if lost and self.variant.rewritten:
            aside |= {p for p in files(self.whole) if p.endswith(".h5")}
            aside |= {p for p in files(folder) if p.endswith(".h5")}
        inside = tuple(f"{path}/" for path in aside)
        now = {
            path
            for path in files(folder)
            if ".broken" not in path and not path.startswith(inside)
        } - aside
        assert now == set(files(self.whole)) - aside, f"there are {sorted(now)}"

    def check_database(self, case: Case) -> None:
        """See that Optuna knows of each trial what the log knows."""
        known = self.victim.in_optuna(case.study)
        ends = {"complete": "COMPLETE", "pruned": "PRUNED", "failed": "FAIL"}
        records = self.victim.records(case.study)
        assert [(t[0], t[1]) for t in known] == [
            (record["number"], ends[record["state"]]) for record in records
        ], f"Optuna knows {known}"
        if len(case.broken) == 1:
            assert known == self.victim.in_optuna("whole"), "Optuna knows otherwise"


def is_note(point: str) -> bool:
    """Whether a trial is about to say how far it is."""
    return point.startswith("os.rename") and "/running" in point


def is_unharmed(target: Target, damage: Damage, path: Path, base: Path) -> bool:
    """Whether a file can be read as if nothing had happened to it."""
    if target.what in ("source", "journal", "lock"):
        return True
    if not path.is_file():
        return False
    if os.path.islink(path) and path.suffix == ".json":
        return False  # one that leads anywhere is not followed
    now, was = path.read_bytes(), (base / target.path).read_bytes()
    return now == was or (path.suffix == ".json" and now.strip() == was.strip())


def without(record: Record, keys: set[str]) -> Record:
    """A record, less what no seed can fix, and less some keys."""
    rest = without_times(record)
    return {key: value for key, value in rest.items() if key not in keys}


def differences(one: Record, other: Record) -> dict[str, tuple[object, object]]:
    """In what two records differ."""
    keys = one.keys() | other.keys()
    pairs = {key: (one.get(key), other.get(key)) for key in sorted(keys)}
    return {key: pair for key, pair in pairs.items() if pair[0] != pair[1]}


@contextmanager
def told(patient: Patient, case: Case, ran: Ran) -> Iterator[None]:
    """Say what was broken, where something is wrong with what came of it."""
    try:
        yield
    except Exception as error:
        for target, damage in case.broken:
            error.add_note(f"{patient.variant.name}: {target.path} {damage}")
        error.add_note(f"status {ran.status}\n{ran.err}\n{ran.out}")
        raise
