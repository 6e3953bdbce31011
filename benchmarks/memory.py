"""What a study of many small trials grows by: in processes that are renewed, and in one.

For each framework a generated project tunes 200 trials of an epoch, once as it does by
itself and once with `--in-process`, with the same draws. The resident memory of all its
processes is read ten times a second. What it grows by is the most that was seen, less
what the study had when its first trial was logged.

    python benchmarks/memory.py [TRIALS [FRAMEWORK ...]]
"""

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
from tunewright.questions import TEMPLATE
from tunewright.render import render
from tunewright.template import copy_without_git

ANSWERS = {
    "setup": "full",
    "layer_types": ["conv", "dense"],
    "search_space": "custom",
    "conv_filters": [8, 16],
    "dense_units": [16, 32],
    "epochs": 1,
    "keep_weights": "best",
    "verbosity": "silent",
}
MORE: dict[str, dict[str, Any]] = {
    "sampler": {"algorithm": "random"},
    "search_cv": {"algorithm": "random"},
    "optuna": {"pruner": "none"},
    "keras_tuner": {"algorithm": "random"},
}
WAYS: dict[str, list[str]] = {"renewed": [], "in one process": ["--in-process"]}
MB = 2**20


@dataclass
class Usage:
    """What a study took."""

    first: float
    """MB when the first trial was in the log."""
    most: float
    """MB at the most, from then on."""


def main(trials: str = "200", *frameworks: str) -> None:
    """Print, for each framework, what each way takes."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        template = copy_without_git(TEMPLATE, folder / "template")
        for framework in frameworks or MORE:
            print(f"{framework}, {trials} trials:", flush=True)
            project = folder / framework
            answers = ANSWERS | {"framework": framework} | MORE[framework]
            render(project, answers, template=template)
            for way, options in WAYS.items():
                usage = watch(project, int(trials), options)
                growth = usage.most - usage.first
                print(
                    f"  {way}: {usage.first:.0f} MB after the first, {usage.most:.0f} "
                    f"at the most: {growth / (int(trials) - 1):.2f} MB a trial",
                    flush=True,
                )


def watch(project: Path, trials: int, options: list[str]) -> Usage:
    """Tune, and see what it takes meanwhile."""
    study = options[0].strip("-") if options else "default"
    words = [sys.executable, "-m", "digit_study", "tune", "--trials", str(trials)]
    logged = project / "runs" / study / "trials"
    tuning = subprocess.Popen([*words, "--study", study, *options], cwd=project)
    sizes = list(resident(tuning, logged / "trial_0000.json"))
    if tuning.returncode:
        raise SystemExit(tuning.returncode)
    assert len(list(logged.glob("trial_*.json"))) == trials
    return Usage(sizes[0] / MB, max(sizes) / MB)


def resident(tuning: subprocess.Popen[bytes], first: Path) -> Iterator[int]:
    """The bytes that a process and its children have, once there is a first record."""
    parent = psutil.Process(tuning.pid)
    while tuning.poll() is None:
        time.sleep(0.1)
        if not first.exists():
            continue
        size = 0
        for process in [parent, *parent.children(recursive=True)]:
            try:
                size += process.memory_info().rss
            except psutil.NoSuchProcess:
                continue
        yield size


if __name__ == "__main__":
    main(*sys.argv[1:])
