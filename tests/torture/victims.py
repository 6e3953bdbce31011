"""The projects that are killed: a trial of theirs takes a fraction of a second."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.rendering import Project

Record = dict[str, Any]

SAMPLES = 200

TINY: dict[str, Any] = {
    "search_space": "custom",
    "dense_layers": [1],
    "dense_units": [4, 6, 8],
    "activation": ["relu", "tanh"],
    "optimizer": ["sgd"],
    "learning_rate": {"low": 0.01, "high": 0.3, "log": True},
    "batch_size": [128],
}
GRID = TINY | {"learning_rate": [0.03, 0.1]}


@dataclass(frozen=True)
class Variant:
    """A project to be killed, and the study that it is killed in."""

    name: str
    answers: dict[str, Any]
    trials: int = 3
    epochs: int = 2
    rewritten: str | None = None
    """Why a record may be written again: `weights` are taken back, or it climbs `rungs`."""
    shows: Callable[[list[Record]], bool] = bool
    """Whether the records have what the variant is there for."""

    @property
    def words(self) -> tuple[str, ...]:
        """The command that is killed."""
        return ("tune", "--trials", str(self.trials), "--epochs", str(self.epochs))


def continuing(records: list[Record]) -> bool:
    """Whether a trial went on from another's weights."""
    return any(record["continues"] for record in records)


def climbing(records: list[Record]) -> bool:
    """Whether a trial reached a second rung, and another did not."""
    return len({len(record["rungs"]) for record in records}) > 1


def taken_back(records: list[Record]) -> bool:
    """Whether a trial had weights until a better one came."""
    return any(r["weights_note"] == "a later trial is better" for r in records)


VARIANTS = {
    variant.name: variant
    for variant in [
        Variant(
            "optuna_tpe",
            {"framework": "optuna", "algorithm": "tpe", "pruner": "hyperband", **TINY},
            epochs=3,
        ),
        Variant(
            "optuna_best",
            {"framework": "optuna", "algorithm": "tpe", "keep_weights": "best", **TINY},
            trials=6,
            rewritten="weights",
            shows=taken_back,
        ),
        Variant(
            "optuna_workers",
            {"framework": "optuna", "execution": "workers", **TINY},
            trials=4,
        ),
        Variant(
            "keras_tuner_hyperband",
            {"framework": "keras_tuner", "algorithm": "hyperband", **TINY},
            trials=5,
            epochs=3,
            shows=continuing,
        ),
        Variant(
            "keras_tuner_grid",
            {"framework": "keras_tuner", "algorithm": "grid", **GRID},
        ),
        Variant(
            "search_cv_random",
            {"framework": "search_cv", "algorithm": "random", **TINY},
            trials=2,
        ),
        Variant(
            "search_cv_halving_grid",
            {"framework": "search_cv", "algorithm": "halving_grid", **GRID},
            epochs=3,
            rewritten="rungs",
            shows=climbing,
        ),
        Variant(
            "sampler_random", {"framework": "sampler", "algorithm": "random", **TINY}
        ),
        Variant("manual", {"framework": "manual"}),
    ]
}


def prepare(project: Project) -> None:
    """Have a project train on a few samples, and try more than one set of values."""
    take_few_samples(project)
    path = project.root / project.package / "config.py"
    more = "".join(f'    BASE | {{"learning_rate": {n}}},\n' for n in (0.01, 0.03))
    text = path.read_text("utf-8")
    path.write_text(text.replace("    BASE,\n]", f"    BASE,\n{more}]"), "utf-8")


def take_few_samples(project: Project) -> None:
    """Have a project train on the first samples only; `data.py` is its user's file."""
    path = project.root / project.package / "data.py"
    load = "digits = load_digits()\n"
    few = (
        f"    digits.images = digits.images[:{SAMPLES}]\n"
        f"    digits.target = digits.target[:{SAMPLES}]\n"
    )
    text = path.read_text("utf-8")
    assert text.count(load) == 1
    path.write_text(text.replace(load, load + few), "utf-8")
