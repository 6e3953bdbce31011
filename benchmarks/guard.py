"""A search space of more layers than the input can carry, with the shape guard and without.

For each kind of input with spatial axes a project is rendered whose blocks together need
more than its built-in data have. Of trials drawn at random each model is built twice with
the same values: by the project as it is, which leaves out what no longer fits, and by the
same code without its guard, where Keras raises as it does in a tutorial's loop. Nothing is
trained.

    python benchmarks/guard.py [TRIALS]
"""

import sys
import tempfile
from collections import Counter
from importlib import import_module
from pathlib import Path
from typing import Any

from tunewright.questions import TEMPLATE
from tunewright.render import render
from tunewright.template import copy_without_git

KINDS = ["image", "sequence", "volume"]
ANSWERS = {
    "setup": "full",
    "framework": "optuna",
    "algorithm": "random",
    # No batch normalisation: a trial asks for it only after a convolution that fits, and
    # here both models must ask for the same.
    "layer_types": ["conv", "pooling", "dropout", "global_pooling", "dense"],
    "search_space": "custom",
    "conv_blocks": {"low": 1, "high": 6},
    "conv_kernel": {"low": 2, "high": 5},
    "conv_padding": ["valid"],
}


def main(trials: int = 300) -> None:
    """Print, for each kind of input, how many of so many trials are lost."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        template = copy_without_git(TEMPLATE, folder / "template")
        for kind in KINDS:
            package = f"{kind}_study"
            answers = ANSWERS | {"input_kind": kind, "package_name": package}
            render(folder / kind, answers, template=template)
            sys.path.insert(0, str(folder / kind))
            report(kind, package, trials)


def report(kind: str, package: str, trials: int) -> None:
    """Build the trials of a project with the guard and without, and print what was lost."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    model = import_module(f"{package}.model")
    data = import_module(f"{package}.data").load_data()
    answers = data.input_shape, len(data.class_names)
    guard = model.fits
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
    guarded: Counter[str] = Counter()
    unguarded: Counter[str] = Counter()
    for _ in range(trials):
        trial = study.ask()
        model.fits = guard
        guarded[outcome(model, trial, *answers)] += 1
        model.fits = lambda layer, shape: True
        same = optuna.trial.FixedTrial(trial.params)
        unguarded[outcome(model, same, *answers)] += 1
    without = guarded["layers left out"] / trials
    print(
        f"{kind + ':':9} guarded {lost(guarded)} ({without:.0%} had layers left out), "
        f"unguarded {lost(unguarded)}",
        flush=True,
    )


def outcome(model: Any, trial: Any, *answers: Any) -> str:
    """What becomes of a trial: `whole`, `layers left out`, or the error's class."""
    try:
        built = model.get_model(trial, *answers)
    except Exception as error:
        return type(error).__name__
    return "layers left out" if built.skipped_layers else "whole"


def lost(outcomes: Counter[str]) -> str:
    """How many trials made no model, and the errors that ended them."""
    errors = {
        n: c for n, c in outcomes.items() if n not in ("whole", "layers left out")
    }
    count, total = sum(errors.values()), outcomes.total()
    named = ", ".join(f"{count} {name}" for name, count in errors.items())
    return f"{count} of {total} lost" + (
        f", {count / total:.0%}: {named}" * bool(named)
    )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
