"""What a trial costs around a study's 10th, its 100th and its 1,000th.

Nothing is trained: `fit` makes up a curve and calls the callbacks as Keras would, so that
the project's own search fills a study with a thousand trials, weights included. Then
studies of 10, 100 and 1,000 trials go on in turn, each time in a new process that runs as
many trials as one does before another takes over; what it reads when it starts counts.
The time inside Keras is left out, and what the sampler takes to choose is shown apart.
The ratios are those of whole trials to the 10th, without the sampler, whose time inside Keras is that of
trials which the same project trained for real. Trials differ in their layers, so each run
of a shorter study has a seed of its own: all are judged by the mean over many trials.

    python benchmarks/growth.py [RUNS [WORD]]      (only variants that have the word)
"""

import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from overhead import Inside
from tunewright.questions import TEMPLATE
from tunewright.render import render
from tunewright.template import copy_without_git

STUDIES = [10, 100, 1000]
"""How many trials a study has before it goes on; the last one is filled only once."""

EPOCHS = 5
TRAINED = 5
"""So many trials are trained for real."""
TOGETHER = 1400
"""How many trials the studies are to have in the end, which none comes to."""

VARIANTS: dict[str, dict[str, Any]] = {
    "sampler, random": {"framework": "sampler", "algorithm": "random"},
    "sampler, grid": {"framework": "sampler", "algorithm": "grid"},
    "sampler, random, best weights": {"framework": "sampler", "keep_weights": "best"},
    "search_cv, random": {"framework": "search_cv", "algorithm": "random"},
    "search_cv, halving": {"framework": "search_cv", "algorithm": "halving_random"},
    "optuna, random": {"framework": "optuna", "algorithm": "random"},
    "optuna, tpe": {"framework": "optuna", "algorithm": "tpe"},
    "keras_tuner, random": {"framework": "keras_tuner", "algorithm": "random"},
    "keras_tuner, hyperband": {"framework": "keras_tuner", "algorithm": "hyperband"},
}

SAMPLERS = {
    "optuna.samplers": {
        "RandomSampler": ["sample_independent"],
        "TPESampler": [
            "infer_relative_search_space",
            "sample_relative",
            "sample_independent",
        ],
    },
    "keras_tuner.oracles": {
        "RandomSearchOracle": ["populate_space"],
        "HyperbandOracle": ["populate_space"],
    },
    "sklearn.model_selection": {
        "ParameterSampler": ["__iter__"],
        "ParameterGrid": ["__getitem__"],
    },
}
"""What chooses a trial's hyperparameters, by module and class."""


def main(runs: str = "3", word: str = "") -> None:
    """Print what so many runs of each variant took, the studies in turn."""
    print("ms a trial outside Keras after so many trials:")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        template = copy_without_git(TEMPLATE, folder / "template")
        for variant, answers in VARIANTS.items():
            if word in variant:
                project = folder / "project"
                answers = {"setup": "full", "epochs": EPOCHS} | answers
                render(project, answers, template=template)
                report(variant, project, int(runs))
                shutil.rmtree(project)


def report(variant: str, project: Path, runs: int) -> None:
    """Make the studies of a variant, let them go on in turn, and print what it took."""
    training = run(project, "trained", TRAINED)["keras"]
    *shorter, longest = STUDIES
    run(project, str(longest), longest)
    measured: dict[int, list[dict[str, float]]] = {trials: [] for trials in STUDIES}
    for seed in range(runs):
        for trials in shorter:
            shutil.rmtree(project / "runs" / str(trials), ignore_errors=True)
            run(project, str(trials), trials, seed)
        for trials, results in measured.items():
            results.append(run(project, str(trials)))
    print(f"{variant}, {training:.2f} s a trial inside Keras:")
    for trials, results in measured.items():
        own = own_seconds(results)
        sampler = statistics.fmean(result["sampler"] for result in results)
        first = statistics.fmean(own_seconds(measured[STUDIES[0]]))
        ratio = (training + statistics.fmean(own)) / (training + first)
        print(
            f"  {trials:5,} {1000 * statistics.fmean(own):6.0f} ms ({1000 * min(own):.0f} "
            f"to {1000 * max(own):.0f} in {runs} runs), and {1000 * sampler:5.0f} ms the "
            f"sampler's; ratio {ratio:.3f}",
            flush=True,
        )


def own_seconds(results: list[dict[str, float]]) -> list[float]:
    """What a trial took outside Keras and without the sampler, in each run."""
    return [result["outside"] - result["sampler"] for result in results]


def run(
    project: Path, study: str, trials: int | None = None, seed: int = 0
) -> dict[str, float]:
    """Run trials in a process of their own: as many as given, or as one process does."""
    words = [sys.executable, __file__, "measure", str(project), study]
    words += [str(trials or 0), str(seed)]
    ran = subprocess.run(words, check=True, capture_output=True, text=True)
    found: dict[str, float] = json.loads(ran.stdout.splitlines()[-1])
    return found


def measure(root: Path, name: str, trials: int, seed: int) -> None:
    """Go on with a study, and print the seconds a trial: outside Keras, inside, choosing."""
    sys.path.insert(0, str(root))
    from dataclasses import fields
    from importlib import import_module

    package = "digit_study"
    import_module(package)
    import keras
    import numpy as np

    search, config, study_module, progress, signals = (
        import_module(f"{package}.{module}")
        for module in (
            "search",
            "config",
            "study",
            "runtime.progress",
            "runtime.signals",
        )
    )
    if name != "trained":
        keras.Model.fit = pretend_to_fit
        keras.Model.evaluate = pretend_to_evaluate
    inside, choosing = Inside(), Inside()
    for function in ("fit", "evaluate", "compile", "save_weights", "load_weights"):
        setattr(keras.Model, function, inside.timed(getattr(keras.Model, function)))
    keras.Layer.__call__ = inside.timed(keras.Layer.__call__)
    for module, classes in SAMPLERS.items():
        if module.split(".")[0] in sys.modules:
            for class_name, functions in classes.items():
                sampler = getattr(import_module(module), class_name)
                for function in functions:
                    timed = choosing.timed(getattr(sampler, function))
                    setattr(sampler, function, timed)

    study = study_module.Study(root / "runs", name)
    log = study_module.TrialLog(study.trials_folder)
    if study.exists:
        seed = study.describe()["seed"]
    np.random.seed(seed + len(log.numbers()))
    values = {"trials": TOGETHER, "epochs": EPOCHS, "seed": seed}
    if "grid_limit" in {field.name for field in fields(study_module.Budget)}:
        values["grid_limit"] = config.GRID_LIMIT
    budget = study_module.Budget(**values)
    asked = trials or config.TRIALS_PER_PROCESS
    stop = signals.Stop(float("inf"))
    with progress.Progress(log, budget):
        began = time.perf_counter()
        assert not search.search(study, budget, stop, asked)
        wall = time.perf_counter() - began
    seconds = {
        "outside": wall - inside.seconds,
        "keras": inside.seconds,
        "sampler": choosing.seconds,
    }
    print(json.dumps({key: value / asked for key, value in seconds.items()}))


def pretend_to_fit(
    model: Any, *_: Any, epochs: int, callbacks: list[Any], **options: Any
) -> Any:
    """Call the callbacks as `fit` does, with a curve that nothing was trained for."""
    import keras
    import numpy as np

    model.optimizer.build(model.trainable_variables)
    called = keras.callbacks.CallbackList(callbacks, add_history=True, model=model)
    called.set_params({"epochs": epochs})
    model.stop_training = False
    called.on_train_begin()
    ceiling = np.random.uniform(0.5, 0.95)
    for epoch in range(options.get("initial_epoch", 0), epochs):
        called.on_epoch_begin(epoch)
        score = ceiling * (1 - 0.7**epoch) + np.random.uniform(0, 0.05)
        called.on_epoch_end(
            epoch,
            {
                "accuracy": score,
                "loss": 1 - score,
                "val_accuracy": score,
                "val_loss": 1 - score,
            },
        )
        if model.stop_training:
            break
    called.on_train_end()
    return model.history


def pretend_to_evaluate(model: Any, *_: Any, **__: Any) -> dict[str, float]:
    """A score, as `evaluate` returns it."""
    import numpy as np

    score = np.random.uniform(0.3, 0.95)
    return {"accuracy": score, "loss": 1 - score}


if __name__ == "__main__":
    if sys.argv[1:2] == ["measure"]:
        measure(Path(sys.argv[2]), sys.argv[3], int(sys.argv[4]), int(sys.argv[5]))
    else:
        main(*sys.argv[1:])
