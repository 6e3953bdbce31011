"""Variants trained for real: tuned, stopped, resumed, rebuilt and reported on.

Commands run in processes that are forked from one which has imported the frameworks and
done nothing else; TensorFlow's functions run eagerly there, which is faster for models
that train for seconds.
"""

import gc
import importlib
import json
import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from random import Random
from types import MappingProxyType
from typing import Any

from ..fast.renderer import Renderer
from .cover import Covers
from .matrix import differing
from .ranges import forms
from .services import Services
from .variant import Variant, variant_of

processes = multiprocessing.get_context("forkserver")
processes.set_forkserver_preload(
    [
        "keras",
        "keras_tuner",
        "optuna.visualization",
        "scikeras.wrappers",
        "sklearn.model_selection",
    ]
)

BUDGET: dict[str, Any] = {"trials": 3, "epochs": 2, "patience": 1}
"""Enough to be stopped in the midst of."""

SMALL_IMAGES: dict[str, Any] = {"image_size": [16, 16, 1]}

NEEDS_TORCH = {"algorithm": "gp"}

HERE = ["--in-process"]

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


def sample(renderer: Renderer) -> list[Variant]:
    """Variants in which every pair of answers occurs that makes projects differ.

    What needs PyTorch is left out where that is not installed.
    """
    questionnaire = renderer.questionnaire
    without = {} if find_spec("torch") else NEEDS_TORCH
    covers = Covers(questionnaire, differing(renderer), without)
    return [variant_of(answered, questionnaire) for answered in covers.cover(2)]


def needs_what_is_missing(variant: Variant) -> bool:
    """Whether a variant needs PyTorch, and that is not installed."""
    answers = variant.answered.answers
    is_gp = all(answers[name] == value for name, value in NEEDS_TORCH.items())
    return is_gp and find_spec("torch") is None


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
    with Services() as services, ThreadPoolExecutor(jobs) as pool:
        yield from pool.map(partial(train, services=services), trainees)


def prepare(variant: Variant, renderer: Renderer, folder: Path) -> "Trainee":
    """Generate a project with a small budget, and write its data."""
    from .data import write_data  # takes scikit-learn a second

    answers = {**variant.answers, **details(variant, renderer)}
    renderer.render(folder, answers)
    write_data(folder, variant.answered.answers)
    return Trainee(variant, folder, answers["package_name"])


def details(variant: Variant, renderer: Renderer) -> dict[str, Any]:
    """Answers that are no choices: a small budget, and ranges in one form or the other."""
    package = "v_" + variant.name.replace("-", "_")
    found: dict[str, Any] = {"package_name": package[:40].rstrip("_")}
    found |= SMALL_IMAGES | BUDGET
    known: dict[str, Any] = {}
    chance = Random(variant.name)
    for name, question in renderer.questionnaire.questions.items():
        if name not in variant.answered.recorded:
            found.pop(name, None)
        elif not question.is_varied and name not in found:
            found[name] = chance.choice(forms(question, known))
        known[name] = found.get(name, variant.answered.answers[name])
    return found


def train(trainee: "Trainee", services: Services) -> Outcome:
    """Tune, stop, resume, rebuild and report."""
    began = time.perf_counter()
    outcome = partial(Outcome, trainee.variant.name)
    try:
        stopped = tune(trainee, services)
        records = trainee.records()
        check(records, 1 if trainee.is_manual else BUDGET["trials"])
        trainee.ends(["trials"], 0)
        rebuilt = any(record["weights"] for record in records)
        trainee.ends(["reconstruct", "best"], 0 if rebuilt else 2)
        trainee.ends(["report"], 0)
    except Failed as error:
        return outcome(time.perf_counter() - began, fault=str(error))
    return outcome(time.perf_counter() - began, len(records), stopped, rebuilt)


def tune(trainee: "Trainee", services: Services) -> bool:
    """Search, stop that after a trial, and go on; whether it could be stopped.

    Raises:
        Failed: A command does not end as it should.
    """
    words = ["tune", "--epochs", str(BUDGET["epochs"])]
    if not trainee.is_manual:
        words += ["--trials", str(BUDGET["trials"])]
    if trainee.limits_grid:
        words += ["--grid-limit", str(2**31 - 1)]  # few of them are tried
    answers = trainee.variant.answered.answers
    with services.of(answers, trainee.folder) as environment:
        # Where trials run in processes of their own, these import TensorFlow first.
        where = [] if answers["execution"] == "workers" or answers["on_dask"] else HERE
        stopped = trainee.stop_at_the_first_trial([*words, *where], environment)
        if not trainee.is_manual:
            trainee.ends([*words, *HERE], 0, environment)
    return stopped


def check(records: Sequence[dict[str, Any]], expected: int) -> None:
    """See that there are so many trials, and that each ended well.

    Raises:
        Failed: There are not, or one did not.
    """
    numbers = [record["number"] for record in records]
    if numbers != [*range(expected)]:
        raise Failed(f"it has the trials {numbers} of {expected}")
    if errors := [record["error"] for record in records if record["error"]]:
        raise Failed(f"a trial failed: {errors[0]}")


class Trainee:
    """A project whose commands are run."""

    def __init__(self, variant: Variant, folder: Path, package: str) -> None:
        """Name it."""
        self.variant = variant
        self.folder = folder
        self.package = package
        self.said = folder / "said.log"

    @property
    def is_manual(self) -> bool:
        """Whether each search is one trial."""
        return bool(self.variant.answered.answers["framework"] == "manual")

    @property
    def limits_grid(self) -> bool:
        """Whether it refuses large grids."""
        options = self.folder / self.package / "options.py"
        return "--grid-limit" in options.read_text("utf-8")

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
        process = self._start(words, environment)
        deadline = time.monotonic() + PATIENCE_S
        while process.is_alive() and not self.records():
            if time.monotonic() > deadline:
                break
            time.sleep(0.02)
        if process.is_alive():
            os.kill(process.pid, signal.SIGINT)
        return self._join(process, words, {0, STOPPED}) == STOPPED

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

    def _start(self, words: Sequence[str], environment: Mapping[str, str]) -> Any:
        arguments = (self.folder, self.package, words, dict(environment), self.said)
        process = processes.Process(target=obey, args=arguments)
        process.start()
        return process

    def _join(self, process: Any, words: Sequence[str], statuses: set[int]) -> int:
        process.join(PATIENCE_S)
        hangs = process.is_alive()
        process.kill()
        process.join()
        status: int = process.exitcode
        if hangs or status not in statuses:
            ended = "hangs" if hangs else f"ended with status {status}"
            said = self.said.read_text("utf-8", "replace").strip().splitlines()
            raise Failed(f"{' '.join(words)} {ended}: {' | '.join(said[-8:])}")
        return status


def obey(
    folder: Path,
    package: str,
    words: Sequence[str],
    environment: Mapping[str, str],
    said: Path,
) -> None:
    """Run a command of a project in this process, which is for nothing else."""
    gc.freeze()  # what was imported is never garbage, and is not to be searched for it
    with said.open("wb") as streams:
        os.dup2(streams.fileno(), 1)
        os.dup2(streams.fileno(), 2)
    os.chdir(folder)
    os.environ.update(environment)
    sys.path.insert(0, str(folder))
    import tensorflow as tf  # type: ignore[import-untyped]

    tf.config.run_functions_eagerly(True)
    sys.exit(importlib.import_module(f"{package}.__main__").main(words))
