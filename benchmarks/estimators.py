"""What a study of scikit-learn's models costs beside its fits, against a tutorial's loop.

Both search hist_gradient_boosting on the same data with Optuna's TPE, with the same seed for
each trial, so that they draw, fit and score the same models; a process each, in turn. The
loop writes a trial's score and parameters as JSON, and the best model so far with joblib.
Nothing in it survives a crash, and nothing can be resumed. By the clock, and by processor
time, on which other work on the machine weighs less.

    python benchmarks/estimators.py [RUNS [TRIALS]]
"""

import json
import os
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

PACKAGE = "digit_study"
ANSWERS: dict[str, Any] = {
    "framework": "optuna",
    "estimators": ["hist_gradient_boosting"],
    "input_kind": "tabular",
    "verbosity": "silent",
}
ONE_THREAD = {"OMP_NUM_THREADS": "1"}  # so that other work does not stretch the fits
Result = dict[str, float]


def main(runs: int = 3, trials: int = 100) -> None:
    """Print the medians of so many pairs of runs."""
    pairs: list[tuple[Result, Result]] = []
    with tempfile.TemporaryDirectory() as name:
        template = copy_without_git(TEMPLATE, Path(name) / "template")
        project = Path(name) / "project"
        render(project, ANSWERS, template=template)
        for _ in range(runs):
            shutil.rmtree(project / "runs", ignore_errors=True)
            ours, theirs = (run(one, project, trials) for one in ("project", "loop"))
            if ours["sum"] != theirs["sum"]:
                sys.exit("error: the two have not fitted the same models")
            pairs.append((ours, theirs))
    print(f"{trials} trials of hist_gradient_boosting on breast cancer:")
    for index, which in enumerate(("project", "loop")):
        wall, fits, cpu, outside = (
            statistics.median(pair[index][name] for pair in pairs)
            for name in ("wall", "fits", "cpu", "outside")
        )
        print(
            f"  {which:8}{wall:6.1f} s, beside the fits "
            f"{1000 * (wall - fits) / trials:4.1f} ms a trial; "
            f"CPU {cpu:5.1f} s, beside the fits {1000 * outside / trials:4.1f} ms"
        )
    for label, key in (("ratio", "wall"), ("CPU ratio", "cpu")):
        ratios = [ours[key] / theirs[key] for ours, theirs in pairs]
        print(
            f"  {label}: {statistics.median(ratios):.3f} "
            f"({min(ratios):.3f} to {max(ratios):.3f}, {runs} pairs)"
        )


def run(which: str, project: Path, trials: int) -> Result:
    """Run one of the two in a process of its own."""
    words = [sys.executable, __file__, which, str(project), str(trials)]
    ran = subprocess.run(
        words,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | ONE_THREAD,
    )
    result: Result = json.loads(ran.stdout.splitlines()[-1])
    return result


def measure(which: str, root: Path, trials: int) -> None:
    """Run one study, and print its seconds and those inside `fit`."""
    sys.path.insert(0, str(root))
    from importlib import import_module

    import skops.io  # noqa: F401  (both have it before the clock starts)
    from sklearn.ensemble import HistGradientBoostingClassifier

    names = ("search", "data", "dataset", "study", "runtime.signals")
    modules: list[Any] = [import_module(f"{PACKAGE}.{name}") for name in names]
    search, data_module, dataset, study_module, signals = modules
    data = dataset.check(data_module.load_data())
    search.load_data = lambda: data
    study = study_module.Study(root / "runs", "default")
    log = study_module.TrialLog(study.trials_folder)
    HistGradientBoostingClassifier(max_iter=2).fit(data.train.x, data.train.y)
    inside, used = Inside(), Inside(time.process_time)
    fit = HistGradientBoostingClassifier.fit
    HistGradientBoostingClassifier.fit = used.timed(inside.timed(fit))
    folder = root / "runs" / "loop"
    folder.mkdir(parents=True, exist_ok=True)
    wall, cpu = time.perf_counter(), time.process_time()
    if which == "project":
        budget = study_module.Budget(trials, 0)
        search.search(study, budget, signals.Stop(float("inf")))
    else:
        scores = loop(search, data, trials, folder)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    if which == "project":
        scores = [record.objective.value for record in log.read_all()]
    result = {"wall": wall, "fits": inside.seconds, "cpu": cpu}
    print(json.dumps(result | {"outside": cpu - used.seconds, "sum": sum(scores)}))


def loop(search: Any, data: Any, trials: int, folder: Path) -> list[float]:
    """Search as a tutorial does: ask, fit, score, write down, tell.

    Returns:
        The score of each trial.
    """
    import joblib
    import optuna
    from sklearn.metrics import accuracy_score

    study = optuna.create_study(direction="maximize")
    scores: list[float] = []
    for number in range(trials):
        study.sampler = search.get_sampler(0, number)
        trial = study.ask()
        model = sys.modules[f"{PACKAGE}.model"].get_model(trial, number)
        model.fit(data.train.x, data.train.y)
        predicted = model.predict(data.validation.x)
        score = accuracy_score(data.validation.y, predicted)
        if score > max(scores, default=0.0):
            joblib.dump(model, folder / "best.joblib")
        written = {"number": number, "score": score, "params": trial.params}
        (folder / f"trial_{number}.json").write_text(json.dumps(written))
        study.tell(trial, score)
        scores.append(score)
    return scores


if __name__ == "__main__":
    if sys.argv[1:2] and not sys.argv[1].isdecimal():
        measure(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
    else:
        main(*map(int, sys.argv[1:]))
