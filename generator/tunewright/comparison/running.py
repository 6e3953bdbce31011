"""Running a project's own commands until its budget of epochs is spent."""

import json
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..errors import StepFailed
from .budget import Record, epochs_of, trainings_a_trial, trials_of_halving
from .entrants import Entrant


class Project:
    """A generated project, whose commands run one after the other."""

    def __init__(self, entrant: Entrant, log: Path) -> None:
        """Name a project.

        Args:
            entrant: The project.
            log: A file for all that its commands say.
        """
        self.entrant = entrant
        self.log = log
        self.wall_s = 0.0
        """How long its `tune` took, the starts of Python and TensorFlow included."""

        self.commands: list[str] = []
        """Each `tune`, as a person would type it."""

    def records(self) -> list[Record]:
        """All trials so far, by number."""
        folder = self.entrant.folder / "runs" / "default" / "trials"
        records = [
            json.loads(path.read_text("utf-8"))
            for path in folder.glob("trial_[0-9]*.json")
        ]
        return sorted(records, key=lambda record: int(record["number"]))

    def describe(self) -> dict[str, Any]:
        """What `study.json` says."""
        path = self.entrant.folder / "runs" / "default" / "study.json"
        study: dict[str, Any] = json.loads(path.read_text("utf-8"))
        return study

    def tune(self, epochs: int, seed: int, trials: int) -> None:
        """Search until there are so many trials in all, and note the time.

        Raises:
            StepFailed: It ended with another status than 0.
        """
        words = ["tune", "--trials", str(trials)]
        words += ["--epochs", str(epochs), "--seed", str(seed)]
        clock = time.perf_counter()
        try:
            self.run(*words)
        finally:
            self.wall_s += time.perf_counter() - clock
            self.commands.append(self.command_line(*words))

    def test(self) -> tuple[int, dict[str, float]]:
        """Rebuild the best trial.

        Returns:
            Its number, and its scores: `val_...` and, on the test part, `test_...`.

        Raises:
            StepFailed: It cannot be rebuilt, or scores otherwise than logged.
        """
        said = self.run("reconstruct", "best")
        trial = re.search(r"^Trial (\d+) of study", said, re.MULTILINE)
        scores = re.findall(r"^  ((?:val|test)_\w+): (\S+)", said, re.MULTILINE)
        if trial is None or not scores:
            raise StepFailed(f"`reconstruct best` said no score, see {self.log}")
        return int(trial[1]), {name: float(value) for name, value in scores}

    def run(self, *words: str) -> str:
        """Run a command of the project.

        Returns:
            What it said.

        Raises:
            StepFailed: It ended with another status than 0.
            KeyboardInterrupt: So did the command, once its things were in order.
        """
        shown = self.command_line(*words)
        with self.log.open("a+", encoding="utf-8", errors="replace") as log:
            log.write(f"$ {shown}\n")
            log.flush()
            begin = log.tell()
            # In a process group of its own the command hears of Ctrl-C from here alone,
            # and so once: at the second it would drop everything.
            process = subprocess.Popen(
                [sys.executable, "-m", self.entrant.package, *words],
                cwd=self.entrant.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                process_group=0,
            )
            try:
                status = process.wait()
            except KeyboardInterrupt:
                process.send_signal(signal.SIGINT)
                process.wait()
                raise
            finally:
                if process.poll() is None:
                    process.kill()
                    process.wait()
            log.seek(begin)
            said = log.read()
        if status != 0:
            lines = said.strip().splitlines() or ["nothing was said"]
            raise StepFailed(f"`{shown}` ended with status {status}: {lines[-1]}")
        return said

    def command_line(self, *words: str) -> str:
        """A command as a person would type it in the project's folder."""
        return shlex.join(["python", "-m", self.entrant.package, *words])


def spend(
    project: Project,
    epochs: int,
    seed: int,
    budget: int,
    on_step: Callable[[list[Record]], None],
) -> str | None:
    """Search until the epochs of all trials come to the budget.

    A trial may end early, so it is not known beforehand how many the budget is for. The
    number of trials is raised by as many as certainly fit, and at last by one: the
    budget is exceeded by less than one trial. Successive halving is one search for each
    number of trials, so there it is set once.

    Args:
        project: What searches.
        epochs: At the most, for one training.
        seed: Of the search.
        budget: Of epochs, over all trials.
        on_step: Called with the records so far.

    Returns:
        Why the budget is not spent, where it is not.

    Raises:
        StepFailed: The search failed.
    """
    entrant = project.entrant
    if trials := trials_of_halving(entrant, epochs, budget):
        project.tune(epochs, seed, trials)
        on_step(records := project.records())
        saved = sum(map(epochs_of, records)) < budget
        return f"successive halving, set up once for {trials} trials" if saved else None
    is_manual = entrant.framework == "manual"
    dearest = epochs * trainings_a_trial(entrant)
    records = []
    while (left := budget - sum(map(epochs_of, records))) > 0:
        trials = len(records) + max(1, left // dearest)
        project.tune(epochs, seed, trials)
        on_step(records := project.records())
        if len(records) < trials:
            what = "PARAMS in config.py" if is_manual else "the search space"
            return f"{what} has no more to try"
    return None
