"""The search, in the process that holds Keras and the data."""

from dataclasses import dataclass

from .muting import native_stderr_muted
from .stopping import Stop
from .study import Study
from .watching import Watcher


@dataclass(frozen=True)
class Budget:
    """How much there is to search."""

    trials: int
    """How many there are in all, earlier ones included."""
    epochs: int
    """In each trial, at the most."""
    seed: int


def search_here(study: Study, budget: Budget, stop: Stop, watcher: Watcher) -> None:
    """Search until there are enough trials, or it is to stop."""
    with native_stderr_muted():
        from . import search
        from .data import load_data
    from .dataset import check

    data = check(load_data())
    stop.check()
    search.tune(
        study,
        data,
        trials=budget.trials,
        epochs=budget.epochs,
        seed=budget.seed,
        stop=stop,
        watcher=watcher,
    )
