"""Made-up studies: a real record, and others like it, usual and odd."""

import json
import shutil
from pathlib import Path
from typing import Any

from tests.rendering import Project

Record = dict[str, Any]


class Invented:
    """A study of one real record, and others like it."""

    def __init__(self, project: Project, folder: Path) -> None:
        """Begin without a trial."""
        self.project = project
        self.log = folder / "runs" / "a" / "trials"
        whole = project.root / "runs" / "default"
        self.real = json.loads((whole / "trials" / "trial_0000.json").read_text())
        self.real |= {"weights": None, "weights_sha256": None, "weights_note": "lost"}
        self.log.mkdir(parents=True)
        shutil.copy(whole / "study.json", self.log.parent)
        shutil.copytree(whole / "sources", self.log.parent / "sources")

    def add(self, number: int, **changes: Any) -> None:
        """Write a record that is like the real one but for this."""
        record = self.real | {"number": number} | changes
        path = self.log / f"trial_{number:04}.json"
        path.write_text(json.dumps(record), "utf-8")

    def scored(self, value: float | None) -> Record:
        """The objective of a record."""
        return {**self.real["objective"], "value": value}

    def failed(self, kind: str, message: str) -> Record:
        """What is another in a record that says that its trial failed."""
        return {
            "state": "failed",
            "objective": self.scored(None),
            "error": {"type": kind, "message": message},
            "best_epoch": None,
            "history": {},
            "metrics": {},
        }

    def report(self) -> Path:
        """Write the page."""
        study = self.project.load("study").Study(self.log.parents[1], "a")
        path = self.log.parent / "report.html"
        self.project.load("report.page").write_report(study, path)
        return path


def make_none(study: Invented) -> None:
    """No trial."""


def make_one(study: Invented) -> None:
    study.add(0)


def make_two(study: Invented) -> None:
    study.add(0)
    study.add(1, objective=study.scored(0.5), params={"learning_rate": 0.5})


def make_no_complete(study: Invented) -> None:
    study.add(0, state="pruned")
    study.add(1, **study.failed("ValueError", ""))


def make_all_failed(study: Invented) -> None:
    study.add(0, **study.failed("ValueError", "no"))


def make_constant(study: Invented) -> None:
    for number in range(5):
        study.add(number, objective=study.scored(number / 5))


def make_scores_alike(study: Invented) -> None:
    for number in range(5):
        study.add(number, params={"learning_rate": number / 5})


def make_without_params(study: Invented) -> None:
    for number in range(3):
        study.add(number, params={})


def make_now_and_then(study: Invented) -> None:
    for number in range(6):
        params = {f"p{number % 3}": number, "x": number}
        study.add(number, params=params, objective=study.scored(number / 5))


def make_of_all_types(study: Invented) -> None:
    values = [1, 1.5, True, "1", None, -(2**62)]
    for number, value in enumerate(values):
        params = {"p": value, "huge": 10.0**300 * number, "tiny": 5e-324}
        study.add(number, params=params, objective=study.scored(1e300 * number))


def make_nulls(study: Invented) -> None:
    for number in range(3):
        history = {name: [None, 0.5, None] for name in study.real["history"]}
        metrics = dict.fromkeys(study.real["metrics"])
        size = None if number else 5
        changes = {"history": history, "metrics": metrics, "parameter_count": size}
        study.add(number, params={"p": number}, **changes)


def make_strange_times(study: Invented) -> None:
    study.add(0, started="0001-01-01T00:00:00+14:00", duration_s=1e300)
    study.add(1, started="9999-12-31T23:59:59-12:00", duration_s=0.0)


def make_two_sittings(study: Invented) -> None:
    for number, day in enumerate("1133"):
        started = f"2026-01-0{day}T08:00:{10 * number}+00:00"
        study.add(number, started=started, duration_s=9.5)


def make_huge(study: Invented) -> None:
    for number, sign in enumerate([-1, 1, 1]):
        params = {"f": sign * 1.7e308, "i": sign * (2**63 - 1), "g": 1e308 * number}
        study.add(number, params=params, objective=study.scored(sign * 1.7e308))


def make_gap(study: Invented) -> None:
    study.add(3)
    study.add(10**6, objective=study.scored(0.2))
