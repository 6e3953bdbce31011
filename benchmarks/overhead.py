"""A generated project's study against a tutorial's loop over the same trials.

For each framework both train the same models with the same parameters, data and number
of epochs, in processes of their own that take turns. The clock starts when the framework
is imported and has trained something, and the time inside Keras (building, fitting,
evaluating and predicting) is counted apart: the rest is what the search costs.

    python benchmarks/overhead.py [RUNS]
"""

import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bare import EPOCHS, LOOPS
from tunewright.questions import TEMPLATE
from tunewright.render import render
from tunewright.template import copy_without_git

TRIALS = 6
ANSWERS = {
    "setup": "full",
    "epochs": EPOCHS,
    "patience": EPOCHS,  # so that every trial trains all its epochs, as in the loops
    "verbosity": "silent",
    "search_space": "custom",
    "batch_size": [32],
}
MORE: dict[str, dict[str, Any]] = {
    "manual": {},
    "sampler": {"algorithm": "random"},
    "search_cv": {"algorithm": "random"},
    "optuna": {"algorithm": "random", "pruner": "none"},
    "keras_tuner": {"algorithm": "random"},
}


def main(runs: int = 5) -> None:
    """Print, for each framework, the medians of so many pairs of runs."""
    print(f"{TRIALS} trials of {EPOCHS} epochs; `outside` is the time outside Keras.")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        template = copy_without_git(TEMPLATE, folder / "template")
        for framework, more in MORE.items():
            project = folder / framework
            render(
                project, ANSWERS | {"framework": framework} | more, template=template
            )
            report(framework, project, runs)


def report(framework: str, project: Path, runs: int) -> None:
    """Run the pairs of a framework and print what they took."""
    measured: dict[str, list[dict[str, float]]] = {"project": [], "bare": []}
    for _ in range(runs):
        shutil.rmtree(project / "runs", ignore_errors=True)
        for which, results in measured.items():
            words = [sys.executable, __file__, which, framework, str(project)]
            ran = subprocess.run(words, check=True, capture_output=True, text=True)
            results.append(json.loads(ran.stdout.splitlines()[-1]))
    ratios = [
        ours["wall"] / bare["wall"]
        for ours, bare in zip(measured["project"], measured["bare"], strict=True)
    ]
    print(f"{framework}:")
    for which, results in measured.items():
        wall = statistics.median(result["wall"] for result in results)
        outside = statistics.median(r["wall"] - r["keras"] for r in results)
        each = 1000 * outside / results[0]["trials"]
        print(f"  {which:8} {wall:6.2f} s, outside {each:4.0f} ms a trial")
    print(
        f"  ratio of the whole: {statistics.median(ratios):.3f} "
        f"({min(ratios):.3f} to {max(ratios):.3f}, {runs} pairs)",
        flush=True,
    )


def measure(which: str, framework: str, root: Path) -> None:
    """Run one study and print its seconds, and those inside Keras."""
    sys.path.insert(0, str(root))
    from importlib import import_module

    package = "digit_study"
    import_module(package)
    import keras

    search, model, data_module, study_module, signals = (
        import_module(f"{package}.{name}")
        for name in ("search", "model", "data", "study", "runtime.signals")
    )
    data = data_module.load_data()
    # Both have them before the clock starts.
    vars(search)["load_data"] = lambda: data
    study = study_module.Study(root / "runs", "default")
    log = study_module.TrialLog(study.trials_folder)
    warm = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(10)])
    warm.compile(loss="mse")
    warm.fit(data.train.x, keras.utils.to_categorical(data.train.y), verbose=0)

    inside = Inside()
    for name in ("fit", "evaluate", "predict"):
        setattr(keras.Model, name, inside.timed(getattr(keras.Model, name)))
    for module in list(sys.modules.values()):
        if getattr(module, "__name__", "").startswith(package):
            get_model = getattr(module, "get_model", None)
            if get_model is not None and not hasattr(get_model, "is_timed"):
                module.get_model = inside.timed(get_model)  # type: ignore[attr-defined]

    if which == "project":
        budget = study_module.Budget(TRIALS, EPOCHS, 0)
        began = time.perf_counter()
        search.search(study, budget, signals.Stop(float("inf")))
    else:
        drawn = [record.params for record in log.read_all()]
        folder = root / "runs" / "bare"
        folder.mkdir(parents=True)
        began = time.perf_counter()
        LOOPS[framework](model, data, drawn, folder)
    wall = time.perf_counter() - began
    took = {"wall": wall, "keras": inside.seconds, "trials": len(log.numbers())}
    print(json.dumps(took))


class Inside:
    """The seconds spent in some functions, calls within calls counted once."""

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self.clock = clock
        self.seconds = 0.0
        self.depth = 0

    def timed(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """The same function, on the clock."""

        def call(*arguments: Any, **named: Any) -> Any:
            self.depth += 1
            began = self.clock()
            try:
                return function(*arguments, **named)
            finally:
                self.depth -= 1
                if self.depth == 0:
                    self.seconds += self.clock() - began

        call.is_timed = True  # type: ignore[attr-defined]
        return call


if __name__ == "__main__":
    if sys.argv[1:2] and not sys.argv[1].isdecimal():
        measure(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
    else:
        main(*map(int, sys.argv[1:]))
