"""Variants trained for real: tuned, stopped, resumed, rebuilt and reported on."""

import json
import os
import signal
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random
from types import MappingProxyType
from typing import Any

from ..fast.renderer import Renderer
from .forked import Command
from .judging import faults
from .ranges import forms
from .selection import INSERTED
from .services import Services
from .variant import Variant

HEADLESS = {"target_column": "column 1", "split_column": "column 2"}
"""What columns are called in a table without names."""

BUDGET: dict[str, Any] = {"trials": 2, "epochs": 2, "patience": 1}
"""Enough to be stopped in the midst of."""

SMALL_IMAGES: dict[str, Any] = {"image_size": [16, 16, 1]}

STOPPED = 130
"""How a command ends that Ctrl-C has stopped."""

PATIENCE_S = 300
"""No command here takes so long, unless it hangs."""


class Failed(Exception):
    """A variant did not do what it should."""


@dataclass(frozen=True)
class Outcome:
    """What came of a variant."""

    name: str
    seconds: float
    trials: int = 0
    stopped: bool = False
    """Whether the search was stopped before it had all of them."""
    rebuilt: bool = False
    """Whether there was a model to rebuild."""
    fault: str | None = None
    """What went wrong."""


def train_all(
    variants: Sequence[Variant], renderer: Renderer, folder: Path, jobs: int
) -> Iterator[Outcome]:
    """Generate variants and use each as a person would.

    Args:
        variants: Which.
        renderer: Of the template.
        folder: Where their projects go to.
        jobs: How many are trained at a time.

    Yields:
        What came of them, in their order.
    """
    trainees = [prepare(one, renderer, folder / one.name) for one in variants]
    folders = [trainee.folder for trainee in trainees]
    with Services(folders, jobs) as services, ThreadPoolExecutor(jobs) as pool:
        yield from pool.map(partial(train, services=services), trainees)


def prepare(variant: Variant, renderer: Renderer, folder: Path) -> "Trainee":
    """Generate a project with a small budget, and write its data."""
    from .data import leave_fewer_choices, write_data  # scikit-learn takes a second

    answers = trained_answers(variant, renderer)
    renderer.render(folder, answers)
    every_answer = renderer.answer(answers).answers
    write_data(folder, every_answer)
    leave_fewer_choices(folder, every_answer)
    return Trainee(variant, every_answer, folder)


def trained_answers(variant: Variant, renderer: Renderer) -> dict[str, Any]:
    """A variant's answers, with a small budget, and ranges in one form or the other."""
    package = "v_" + variant.name.replace("-", "_")
    found: dict[str, Any] = {"package_name": package[:40].rstrip("_")}
    found |= SMALL_IMAGES | BUDGET
    known: dict[str, Any] = {}
    chance = Random(variant.name)
    for name, question in renderer.questionnaire.questions.items():
        if name in INSERTED and question.is_settable(known):
            found[name] = chance.choice(question.options(known))
        elif name not in variant.answered.recorded:
            found.pop(name, None)
        elif not question.is_varied and name not in found:
            found[name] = chance.choice(forms(question, known))
        known[name] = found.get(name, variant.answered.answers[name])
    if known["data_source"] == "csv" and not known["header"]:
        found |= {name: HEADLESS[name] for name in HEADLESS if found.get(name)}
    return variant.answers | found


def train(trainee: "Trainee", services: Services) -> Outcome:
    """Tune, stop, resume, rebuild and report."""
    began = time.perf_counter()
    outcome = partial(Outcome, trainee.variant.name)
    try:
        stopped = tune(trainee, services)
        records = trainee.records()
        expected = trainee.trials
        if found := [*faults(records, trainee.answers, expected)]:
            raise Failed(" | ".join(found))
        trainee.ends(["trials"], 0)
        rebuilt = any(record["weights"] for record in records)
        trainee.ends(["reconstruct", "best"], 0 if rebuilt else 2)
        if trainee.answers["report"]:
            trainee.ends(["report"], 0)
    except Failed as error:
        return outcome(time.perf_counter() - began, fault=str(error))
    return outcome(time.perf_counter() - began, len(records), stopped, rebuilt)


def tune(trainee: "Trainee", services: Services) -> bool:
    """Search, stop that after a trial, and go on; whether it could be stopped.

    Raises:
        Failed: A command does not end as it should.
    """
    words = ["tune", "--trials", str(BUDGET["trials"])]
    if trainee.answers["on_keras"]:
        words += ["--epochs", str(BUDGET["epochs"])]
    if trainee.limits_grid:
        words += ["--grid-limit", str(2**63 - 1)]  # few of them are tried
    environment = services.of(trainee.answers)
    stopped = trainee.stop_at_the_first_trial(words, environment)
    trainee.ends([*words, "--in-process"], 0, environment)
    if trainee.answers["verbosity"] == "silent" and trainee.has_said:
        raise Failed(f"it is to be silent, and said {trainee.has_said}")
    return stopped


class Trainee:
    """A project whose commands are run."""

    def __init__(
        self, variant: Variant, answers: Mapping[str, Any], folder: Path
    ) -> None:
        """Name it.

        Args:
            variant: What it is a project of.
            answers: To all questions, as it was generated.
            folder: Where it is.
        """
        self.variant = variant
        self.answers = answers
        self.folder = folder
        self.package: str = answers["package_name"]
        self._output = folder / "output.log"

    @property
    def trials(self) -> int:
        """How many it has: where a person writes the values, one for each kind of model."""
        trials: int = BUDGET["trials"]
        if self.answers["framework"] == "manual":
            return min(trials, len(self.answers["estimators"]))
        return trials

    @property
    def limits_grid(self) -> bool:
        """Whether it refuses large grids."""
        options = self.folder / self.package / "__main__.py"
        return "--grid-limit" in options.read_text("utf-8")

    @property
    def has_said(self) -> str:
        """What the last command printed."""
        return self._output.read_text("utf-8", "replace").strip()

    def records(self) -> list[dict[str, Any]]:
        """Its trials, by number."""
        log = self.folder / "runs" / "default" / "trials"
        paths = sorted(log.glob("trial_[0-9]*.json"))
        return [json.loads(path.read_text("utf-8")) for path in paths]

    def stop_at_the_first_trial(
        self, words: Sequence[str], environment: Mapping[str, str]
    ) -> bool:
        """Search, with Ctrl-C as soon as a trial is logged; whether that was in time.

        Raises:
            Failed: The search fails.
        """
        command = self._start(words, environment)
        deadline = time.monotonic() + PATIENCE_S
        while command.poll() is None and not self.records():
            if time.monotonic() > deadline:
                break
            time.sleep(0.02)
        command.send_signal(signal.SIGINT)
        return self._join(command, words, {0, STOPPED}) == STOPPED

    def ends(
        self,
        words: Sequence[str],
        status: int,
        environment: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        """Run a command that ends with a status.

        Raises:
            Failed: It ends with another one.
        """
        self._join(self._start(words, environment), words, {status})

    def _start(self, words: Sequence[str], environment: Mapping[str, str]) -> Command:
        return Command(
            self.folder,
            self.package,
            words,
            {**os.environ, **environment},
            self._output,
        )

    def _join(self, command: Command, words: Sequence[str], statuses: set[int]) -> int:
        status = command.wait(PATIENCE_S)
        command.kill()
        if status is None or status not in statuses:
            ended = "hangs" if status is None else f"ended with status {status}"
            last = " | ".join(self.has_said.splitlines()[-8:])
            raise Failed(f"{' '.join(words)} {ended}: {last}")
        return status
