"""How often the report finds the hyperparameter that decides, in studies made up to have one.

A made-up objective depends on one hyperparameter, its driver, and on noise; the others have no
effect. Each study is searched by Optuna's TPE, which leaves trials crowded where they are good.

    python benchmarks/importance.py [STUDIES]
"""

import sys
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import optuna
from tunewright.render import render

DRIVERS = ("learning_rate", "units", "activation", "layers")
NOISE = 0.02
"""Standard deviation; the driver moves the score by 0.1 to 0.4."""


def make_study(seed: int, driver: str, trials: int) -> optuna.Study:
    """Search for the best of made-up scores, which one hyperparameter decides."""
    random = np.random.default_rng(seed)

    def score(trial: optuna.Trial) -> float:
        rate = trial.suggest_float("learning_rate", 1e-4, 1e-1, log=True)
        units = trial.suggest_int("units", 16, 256, log=True)
        activation = trial.suggest_categorical("activation", ["relu", "elu", "gelu"])
        layers = trial.suggest_int("layers", 1, 4)
        trial.suggest_categorical("batch_size", [16, 32, 64, 128])
        trial.suggest_float("dropout", 0, 0.5)
        losses = {
            "learning_rate": ((np.log10(rate) + 2.5) / 1.5) ** 2,
            "units": ((np.log2(units) - 6) / 2) ** 2,
            "activation": {"relu": 0, "elu": 0.5, "gelu": 1}[activation],
            "layers": abs(layers - 2) / 2,
        }
        return float(0.8 - 0.2 * losses[driver] + NOISE * random.normal())

    study = optuna.create_study(
        direction="maximize", sampler=optuna.samplers.TPESampler(seed=seed)
    )
    study.optimize(score, n_trials=trials)
    return study


def weigh_all(report: Any, studies: int, trials: int) -> tuple[int, float]:
    """Return how often the driver came first, and the most that anything else weighed."""
    first, other = 0, 0.0
    for seed in range(studies):
        driver = DRIVERS[seed % len(DRIVERS)]
        study = make_study(seed, driver, trials)
        weights = report.weigh(study, report.varied(study))
        first += next(iter(weights)) == driver
        other = max(other, *(w for name, w in weights.items() if name != driver))
    return first, other


def load_report(folder: Path) -> Any:
    """Import the report of a new project."""
    render(folder, {"package_name": "weighed_study"})
    sys.path.insert(0, str(folder))
    return import_module("weighed_study.report.importance")


def main() -> None:
    """Print a line for each length of study."""
    studies = int(sys.argv[1]) if len(sys.argv) > 1 else 50
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    with TemporaryDirectory() as folder:
        report = load_report(Path(folder))
        for trials in (10, 20, 40, 80):
            first, other = weigh_all(report, studies, trials)
            print(
                f"{trials} trials: the driver is first in {first} of {studies} studies; "
                f"a parameter without effect weighs {other:.2f} at most",
                flush=True,
            )


if __name__ == "__main__":
    main()
