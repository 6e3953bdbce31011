"""How long TPE with Hyperband takes to the best score of 20 random trials.

For each seed a generated project runs 20 random trials without a pruner, then another one
searches with Optuna's defaults, TPE and Hyperband, until it is as good. Times are those
of the records, from the search's first trial on: starting up counts for neither.

    python benchmarks/target.py [SEEDS]
"""

import json
import statistics
import subprocess
import sys
import tempfile
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from tunewright.questions import TEMPLATE
from tunewright.render import render
from tunewright.template import copy_without_git

TRIALS = 20
MOST = 40
"""How many trials TPE is given to be as good."""

ANSWERS: dict[str, dict[str, Any]] = {
    "random": {"algorithm": "random", "pruner": "none", "trials": TRIALS},
    "tpe": {"algorithm": "tpe", "pruner": "hyperband", "trials": MOST},
}


class Ended(NamedTuple):
    """A trial that has ended."""

    seconds: float
    """Since the first trial began."""

    score: float


def main(seeds: int) -> None:
    """Print what each seed's pair of searches took, and the median of the ratios."""
    ratios: list[float] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        template = copy_without_git(TEMPLATE, folder / "template")
        for which, answers in ANSWERS.items():
            all_answers = {"setup": "full", "verbosity": "silent"} | answers
            render(folder / which, all_answers, template=template)
        for seed in range(seeds):
            random, tpe = (search(folder / which, seed) for which in ANSWERS)
            target = max(trial.score for trial in random)
            first = next(trial for trial in random if trial.score >= target)
            reached = [trial for trial in tpe if trial.score >= target]
            print(
                f"seed {seed}: {TRIALS} random trials took {random[-1].seconds:.0f} s and "
                f"reached {target:.4f}, first after {first.seconds:.0f} s"
            )
            if reached:
                took = reached[0].seconds
                ratios.append(random[-1].seconds / took)
                print(
                    f"  TPE with Hyperband took {took:.0f} s, "
                    f"{tpe.index(reached[0]) + 1} trials: {ratios[-1]:.2f}",
                    flush=True,
                )
            else:
                best = max(trial.score for trial in tpe)
                ratios.append(0.0)
                print(
                    f"  TPE with Hyperband did not, in {MOST} trials and "
                    f"{tpe[-1].seconds:.0f} s: {best:.4f}",
                    flush=True,
                )
    print(
        f"median {statistics.median(ratios):.2f} times as fast ({min(ratios):.2f} to "
        f"{max(ratios):.2f}, {seeds} seeds; 0 where it was not reached)"
    )


def search(project: Path, seed: int) -> list[Ended]:
    """Run a study; its trials in the order in which they ended."""
    study = f"seed_{seed}"
    words = ["-m", "digit_study", "tune", "--study", study, "--seed", str(seed)]
    subprocess.run([sys.executable, *words], cwd=project, check=True)
    log = project / "runs" / study / "trials"
    records = [json.loads(path.read_text()) for path in log.glob("trial_*.json")]
    begun = [datetime.fromisoformat(record["started"]) for record in records]
    ended = [
        Ended(
            (began - min(begun)).total_seconds() + record["duration_s"],
            record["objective"]["value"],
        )
        for began, record in zip(begun, records, strict=True)
        # A pruned trial's score is that of a model which is kept, too.
        if record["objective"]["value"] is not None
    ]
    return sorted(ended)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
