"""Whether a study of several families of models finds what the best of them finds alone.

A network of Keras, a random forest and gradient boosting are each tuned alone, and as one study in
which the family is a hyperparameter, with as many trials in each. A network is trained for 20 epochs
at most, that this ends within the hour.

    python benchmarks/families.py [TRIALS [SEEDS [SET ...]]]
"""

import json
import sys
from collections import Counter
from contextlib import chdir
from importlib import import_module
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from tunewright.render import render

FAMILIES = ("keras", "random_forest", "hist_gradient_boosting")
DRAWN = '    estimator = trial.suggest_categorical("estimator", ["keras", "knn"])'
SETS: dict[str, dict[str, Any]] = {
    "digits": {},
    "breast cancer": {"input_kind": "tabular"},
    "wine": {"input_kind": "tabular"},
    "diabetes": {"input_kind": "tabular", "task": "regression"},
}


def tune(package: str, root: Path, trials: int, seed: int) -> dict[str, Any]:
    """Run one study, and return its best trial's record."""
    main = import_module(f"{package}.__main__").main
    study = f"seed_{seed}"
    options = ["--trials", str(trials), "--seed", str(seed), "--in-process"]
    with chdir(root):
        status = main(["tune", "--study", study, *options])
    if status:
        raise SystemExit(f"{package} ended with {status}")
    logged = (root / "runs" / study / "trials").glob("trial_*.json")
    records = [json.loads(path.read_text("utf-8")) for path in logged]
    return max(
        (record for record in records if record["state"] == "complete"), key=value
    )


def value(record: dict[str, Any]) -> float:
    """Return a trial's score, the higher the better."""
    objective = record["objective"]
    sign = 1 if objective["direction"] == "maximize" else -1
    return sign * float(objective["value"])


def compare(about: str, answers: dict[str, Any], trials: int, seeds: int) -> None:
    """Print what each family finds alone on one set of data, and what all find together."""
    medians = {}
    for families in (*((family,) for family in FAMILIES), FAMILIES):
        together = "together" if len(families) > 1 else families[0]
        # One name each: a package that was imported is not imported again.
        package = f"{about.replace(' ', '_')}_{together}"
        with TemporaryDirectory() as folder:
            # A network alone is another kind of project; here it is one family of one.
            given = [*families] if families != ("keras",) else ["keras", "knn"]
            render(
                Path(folder),
                {
                    "package_name": package,
                    "estimators": given,
                    "keep_weights": "none",
                    "verbosity": "silent",
                    "report": False,
                    **answers,
                },
            )
            if about == "wine":
                data = Path(folder) / package / "data.py"
                edit(data, "load_breast_cancer", "load_wine")
            if "keras" in families:
                edit(
                    Path(folder) / package / "network.py", "EPOCHS = 200", "EPOCHS = 20"
                )
            if families == ("keras",):
                edit(
                    Path(folder) / package / "model.py",
                    DRAWN,
                    '    estimator = "keras"',
                )
            sys.path.insert(0, folder)
            best = [tune(package, Path(folder), trials, seed) for seed in range(seeds)]
            sys.path.remove(folder)
        medians[together] = median(map(value, best))
        won = Counter(record["params"].get("estimator") for record in best)
        chosen = "".join(f", {name} {n}" for name, n in won.items() if name)
        print(
            f"{about}, {together}: {median(map(value, best)):.4f}{chosen}", flush=True
        )
    mixed = medians.pop("together")
    alone = max(medians, key=lambda name: medians[name])
    print(
        f"{about}: together {mixed:.4f}, {alone} alone {medians[alone]:.4f} "
        f"(medians of {seeds} seeds, {trials} trials each)",
        flush=True,
    )


def edit(path: Path, old: str, new: str) -> None:
    """Change what a project's file says."""
    text = path.read_text("utf-8")
    if old not in text:
        raise SystemExit(f"{path.name} has no {old!r} by now")
    path.write_text(text.replace(old, new), "utf-8")


def main() -> None:
    """Print a line for each study and set of data, all of them or those that are named."""
    trials = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    seeds = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    for about in sys.argv[3:] or SETS:
        compare(about, SETS[about], trials, seeds)


if __name__ == "__main__":
    main()
