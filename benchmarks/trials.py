"""How many trials an hour a generated project runs, against a guide's loop.

For each framework the project searches with its default answers, and the loop
(`benchmarks/guide.py`) trains the same trials: the same models, data, seeds and numbers
of epochs. Each runs in a process of its own, in turns. The clock starts when the
framework is imported and has trained something. The floor is what the project spends in
functions that TensorFlow has compiled, XLA's compiling included.

    python benchmarks/trials.py [RUNS [FRAMEWORK...]]
"""

import json
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import msgspec
from guide import LOOPS, epochs_of
from overhead import Inside
from tunewright.questions import TEMPLATE
from tunewright.render import render
from tunewright.template import copy_without_git

PACKAGE = "digit_study"
ANSWERS: dict[str, Any] = {"setup": "full", "verbosity": "silent"}
FEWER: dict[str, Any] = {"search_cv": {"trials": 5}}  # each is fitted three times
Result = dict[str, float]


def main(runs: int, frameworks: list[str]) -> None:
    """Print, for each framework, the medians of so many pairs of runs."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        template = copy_without_git(TEMPLATE, folder / "template")
        for framework in frameworks:
            project = folder / framework
            answers = ANSWERS | {"framework": framework} | FEWER.get(framework, {})
            render(project, answers, template=template)
            report(framework, project, runs)


def report(framework: str, project: Path, runs: int) -> None:
    """Run the pairs of a framework and print what they took."""
    pairs: list[tuple[Result, Result]] = []
    for _ in range(runs):
        shutil.rmtree(project / "runs", ignore_errors=True)
        project_took = run("project", framework, project)
        pairs.append((project_took, run("guide", framework, project)))
    ours = [project_took for project_took, _ in pairs]
    print(f"{framework}: {ours[0]['trials']:.0f} trials")
    for which, results in {
        "project": ours,
        "guide": [took for _, took in pairs],
    }.items():
        middle = {
            name: statistics.median(result[name] for result in results)
            for name in results[0]
        }
        print(
            f"  {which:8}{3600 * middle['trials'] / middle['wall']:6.0f} trials an hour, "
            f"{middle['wall']:6.1f} s, CPU {middle['cpu']:6.1f} s, "
            f"{middle['epochs']:.0f} epochs, {middle['peak']:.0f} MB, "
            f"best {middle['best']:.4f}, mean {middle['mean']:.4f}"
        )
    floor = statistics.median(result["floor"] / result["wall"] for result in ours)
    print(
        f"  floor: {100 * floor:.0f} % of the project's time is in compiled functions"
    )
    for name in ("wall", "cpu"):
        ratios = [theirs[name] / mine[name] for mine, theirs in pairs]
        print(
            f"  {name}: {statistics.median(ratios):.2f} times as fast "
            f"({min(ratios):.2f} to {max(ratios):.2f}, {runs} pairs)",
            flush=True,
        )


def run(which: str, framework: str, project: Path) -> Result:
    """What one of the two takes, in a process of its own."""
    words = [sys.executable, __file__, which, framework, str(project)]
    ran = subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True)
    result: Result = json.loads(ran.stdout.splitlines()[-1])
    return result


def measure(which: str, framework: str, root: Path) -> None:
    """Run one study and print what it took and what it reached."""
    sys.path.insert(0, str(root))
    from importlib import import_module

    import keras
    from tensorflow.python.eager.context import Context

    def module(name: str) -> Any:
        return import_module(f"{PACKAGE}.{name}")

    data = module("data").load_data()
    study = module("study").Study(root / "runs", "default")
    log = module("study").TrialLog(study.trials_folder)
    search, model, config = module("search"), module("model"), module("config")
    search.load_data = lambda: data  # both have them before the clock starts
    warm = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(10)])
    warm.compile(loss="mse")
    warm.fit(data.train.x, keras.utils.to_categorical(data.train.y), verbose=0)
    inside = Inside()
    Context.call_function = inside.timed(Context.call_function)

    records = msgspec.to_builtins(log.read_all())
    folder = root / "runs" / "guide"
    folder.mkdir(parents=True, exist_ok=True)
    wall, cpu = time.perf_counter(), time.process_time()
    if which == "project":
        budget = module("study").Budget(config.TRIALS, config.EPOCHS, 0)
        search.search(study, budget, module("runtime.signals").Stop(float("inf")))
    else:
        scores = LOOPS[framework](model, data, records, folder)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    if which == "project":
        records = msgspec.to_builtins(log.read_all())
        scores = [record["objective"]["value"] for record in records]
    result = {
        "wall": wall,
        "cpu": cpu,
        "floor": inside.seconds,
        "trials": len(records),
        "epochs": sum(epochs_of(record) for record in records),
        "best": max(scores),
        "mean": statistics.fmean(scores),
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
    print(json.dumps(result))


if __name__ == "__main__":
    words = sys.argv[1:]
    if words and words[0] in ("project", "guide"):
        measure(words[0], words[1], Path(words[2]))
    else:
        main(int(words[0]) if words else 3, words[1:] or list(LOOPS))
