"""A search space of more layers than the input can carry, with the guard and without.

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
WHOLE, LEFT_OUT = "whole", "layers left out"


def main(trials: int = 300) -> None:
    """Print, for each kind of input, what so many trials come to."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        template = copy_without_git(TEMPLATE, folder / "template")
        for seed, kind in enumerate(KINDS):
            package = f"{kind}_study"
            answers = ANSWERS | {"input_kind": kind, "package_name": package}
            render(folder / kind, answers, template=template)
            sys.path.insert(0, str(folder / kind))
            report(kind, package, trials, seed)


def report(kind: str, package: str, trials: int, seed: int) -> None:
    """Build a project's trials with the guard and without, and print what was lost."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    model: Any = import_module(f"{package}.model")
    data = import_module(f"{package}.data").load_data()
    answers = data.input_shape, len(data.class_names)
    guard = model.fits
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=seed))
    guarded: Counter[str] = Counter()
    unguarded: Counter[str] = Counter()
    for _ in range(trials):
        trial = study.ask()
        model.fits = guard
        guarded[outcome(model, trial, *answers)] += 1
        model.fits = lambda layer, shape: True
        same = optuna.trial.FixedTrial(trial.params)
        unguarded[outcome(model, same, *answers)] += 1
    print(
        f"{kind} {data.input_shape}: guarded {lost(guarded)} "
        f"({guarded[LEFT_OUT] / trials:.0%} had layers left out), "
        f"unguarded {lost(unguarded)}",
        flush=True,
    )


def outcome(model: Any, trial: Any, *answers: Any) -> str:
    """What a trial comes to: a model with or without layers left out, or an error."""
    try:
        built = model.get_model(trial, *answers)
    except Exception as error:  # noqa: BLE001, for whatever it is, the trial is lost
        return type(error).__name__
    return LEFT_OUT if built.skipped_layers else WHOLE


def lost(outcomes: Counter[str]) -> str:
    """How many trials made no model, and which errors ended them."""
    errors = {name: n for name, n in outcomes.items() if name not in (WHOLE, LEFT_OUT)}
    count, trials = sum(errors.values()), outcomes.total()
    if not count:
        return f"0 of {trials} lost"
    named = ", ".join(f"{n} by {name}" for name, n in errors.items())
    return f"{count} of {trials} lost ({count / trials:.0%}: {named})"


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
