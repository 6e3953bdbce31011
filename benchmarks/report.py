"""What a report costs, after 10, 100 and 1,000 trials: its time, and its size.

One project trains a few trials; the others are copies of them, with hyperparameters,
curves and scores of their own. The best is one that was trained, whose model is rebuilt
for the page. Reports are written in turn, each by a process of its own.

    python benchmarks/report.py [RUNS]
"""

import json
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from tunewright.questions import TEMPLATE
from tunewright.render import render
from tunewright.template import copy_without_git

STUDIES = [10, 100, 1000]
"""How many trials each study has."""

TRAINED = 3


def main(runs: int = 5) -> None:
    """Print the medians of so many reports of each study, and their ratios."""
    with tempfile.TemporaryDirectory() as folder:
        template = copy_without_git(TEMPLATE, Path(folder) / "template")
        project = Path(folder) / "project"
        render(project, {}, template=template)
        run(project, "tune", "--trials", str(TRAINED), "--epochs", "20")
        for trials in STUDIES:
            lengthen(project / "runs", trials)
        seconds: dict[int, list[float]] = {trials: [] for trials in STUDIES}
        for _ in range(runs + 1):
            for trials, times in seconds.items():
                times.append(run(project, "report", "--study", str(trials)))
        for trials, times in seconds.items():
            pairs = zip(times[1:], seconds[STUDIES[0]][1:], strict=True)
            ratios = [later / first for later, first in pairs]
            page = project / "runs" / str(trials) / "report.html"
            print(
                f"{trials:,} trials: {statistics.median(times[1:]):.1f} s, "
                f"{page.stat().st_size / 1e6:.1f} MB; time {statistics.median(ratios):.2f} "
                f"({min(ratios):.2f} to {max(ratios):.2f}, {runs} runs)"
            )


def run(project: Path, *words: str) -> float:
    """How many seconds a command of the project takes."""
    began = time.perf_counter()
    command = [sys.executable, "-m", "digit_study", *words]
    subprocess.run(command, cwd=project, check=True, capture_output=True)
    return time.perf_counter() - began


def lengthen(runs: Path, trials: int) -> None:
    """Copy the trained study, with as many trials as it is to have."""
    study = runs / str(trials)
    shutil.copytree(runs / "default", study)
    paths = sorted(study.glob("trials/trial_*.json"))
    trained = [json.loads(path.read_text("utf-8")) for path in paths]
    best = max(record["objective"]["value"] for record in trained)
    rng = random.Random(0)
    for number in range(TRAINED, trials):
        record = varied(trained[number % TRAINED], number, best, rng)
        path = study / "trials" / f"trial_{number:04}.json"
        path.write_text(json.dumps(record), "utf-8")


def varied(
    record: dict[str, Any], number: int, best: float, rng: random.Random
) -> dict[str, Any]:
    """A trial like another, with values of its own, which are not as good as the best."""
    share = rng.uniform(0.1, 0.99)
    began = datetime.fromisoformat(record["started"]) + timedelta(seconds=4 * number)
    return record | {
        "number": number,
        "params": {
            name: redrawn(value, rng) for name, value in record["params"].items()
        },
        "objective": record["objective"] | {"value": share * best},
        "history": {
            name: [share * value for value in values]
            for name, values in record["history"].items()
        },
        "weights": None,
        "weights_sha256": None,
        "weights_note": "it was not trained",
        "started": began.isoformat(),
        "duration_s": rng.uniform(2, 4),
    }


def redrawn(value: Any, rng: random.Random) -> Any:
    """A hyperparameter of the same kind, with another value."""
    if isinstance(value, bool):
        return rng.random() < 0.5
    if isinstance(value, int):
        return rng.randint(1, 2 * value)
    return value * rng.uniform(0.5, 2) if isinstance(value, float) else value


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
