"""Two workers against one, on the same study.

For each framework a generated project tunes a study of its default answers, with one
worker and with two in turn. Starting up counts: it is paid by each worker.

    python benchmarks/workers.py [RUNS [TRIALS [FRAMEWORK ...]]]
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tunewright.questions import TEMPLATE
from tunewright.render import render
from tunewright.template import copy_without_git

FRAMEWORKS = ["sampler", "search_cv", "optuna", "keras_tuner"]
ANSWERS = {"setup": "full", "execution": "workers", "verbosity": "silent"}
WORKERS = [1, 2]


def main(runs: str = "3", trials: str = "20", *frameworks: str) -> None:
    """Print, for each framework, the ratio of so many pairs of studies."""
    print(f"Studies of {trials} trials, on {os.cpu_count()} cores:")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        template = copy_without_git(TEMPLATE, folder / "template")
        for framework in frameworks or FRAMEWORKS:
            project = folder / framework
            render(project, ANSWERS | {"framework": framework}, template=template)
            pairs = [
                [tune(project, f"run{run}_{n}", trials, n) for n in WORKERS]
                for run in range(int(runs))
            ]
            report(framework, int(trials), pairs)


def tune(project: Path, study: str, trials: str, workers: int) -> float:
    """Tune, and return the seconds that it took."""
    words = [sys.executable, "-m", "digit_study", "tune", "--trials", trials]
    words += ["--study", study, "--workers", str(workers)]
    began = time.perf_counter()
    subprocess.run(words, cwd=project, check=True)
    seconds = time.perf_counter() - began
    log = project / "runs" / study / "trials"
    numbers = {json.loads(path.read_text())["number"] for path in log.glob("t*.json")}
    assert numbers == set(range(int(trials)))
    return seconds


def report(framework: str, trials: int, pairs: list[list[float]]) -> None:
    """Print what the pairs took."""
    ratios = [one / two for one, two in pairs]
    rates = [
        statistics.median(3600 * trials / pair[index] for pair in pairs)
        for index in range(len(WORKERS))
    ]
    print(
        f"  {framework}: {rates[0]:,.0f} trials an hour with one, {rates[1]:,.0f} with "
        f"two: {statistics.median(ratios):.2f} ({min(ratios):.2f} to "
        f"{max(ratios):.2f}, {len(pairs)} pairs)",
        flush=True,
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
