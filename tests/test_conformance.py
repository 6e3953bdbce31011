"""What every framework, algorithm and pruner must do, and do alike."""

import json
from collections.abc import Callable
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest
from tunewright.questions import TEMPLATE

from tests.conftest import Render
from tests.rebuilding import predict_in_a_fresh_process, watch_predictions
from tests.rendering import Project
from tests.variants import Variant, variants

SCHEMA = json.loads((TEMPLATE / "docs" / "trial-record.schema.json").read_text("utf-8"))
TIMES = {"started", "duration_s"}
"""What two runs with one seed may differ in."""

SEVERAL_ROUNDS = {"hyperband", "halving_random", "halving_grid"}
"""Algorithms that train in rounds, which take some epochs and trials to come."""

needs_torch = pytest.mark.skipif(
    find_spec("torch") is None, reason="never in the default install; make gp has it"
)


def marks(variant: Variant) -> list[pytest.MarkDecorator]:
    """When it is tested: in each run, or where time is no matter."""
    found = [needs_torch] if variant.algorithm == "gp" else []
    return found if variant.name in OFTEN else [*found, pytest.mark.matrix]


OFTEN = ["optuna_tpe_hyperband"]
"""Whose trials are pruned; those of `test_trained_variants.py` have every way to search."""


parametrised = pytest.mark.parametrize(
    "variant", [pytest.param(v, id=v.name, marks=marks(v)) for v in variants()]
)


def test_every_way_to_search_is_tested() -> None:
    assert len({variant.name for variant in variants()}) == 36
    assert {variant.name for variant in variants()} >= {*OFTEN}


class Tuned:
    """A variant's project, and its studies."""

    def __init__(self, project: Project, variant: Variant) -> None:
        self.project = project
        rounds = variant.framework != "optuna" and variant.algorithm in SEVERAL_ROUNDS
        self.epochs = 4 if rounds else 2
        self.trials = 6 if rounds else 3
        if variant.framework == "manual":
            write_values(project)

    def tune(self, study: str, trials: int | None = None) -> int:
        """Tune a study to so many trials."""
        words = ["--trials", str(trials or self.trials), "--epochs", str(self.epochs)]
        ran = self.project.run("tune", "--study", study, *words)
        assert ran.status in (0, 130), ran.err
        return ran.status

    def records(self, study: str) -> list[dict[str, Any]]:
        """The study's records by number, as `trials --json` has them."""
        ran = self.project.run("trials", "--json", "--study", study)
        assert ran.status == 0, ran.err
        listed = json.loads(ran.out)
        assert [order(record) for record in listed] == sorted(map(order, listed))
        return sorted(listed, key=lambda record: int(record["number"]))


@parametrised
def test_a_variant_conforms(
    variant: Variant, render: Render, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = render(
        package_name=variant.name,
        layer_types=["conv", "pooling", "dense"],
        search_space="small",
        verbosity="silent",
        **variant.answers,
    )
    tuned = Tuned(project, variant)

    with monkeypatch.context() as patch:
        live = watch_predictions(project, patch)
        assert tuned.tune("whole") == 0
    whole = tuned.records("whole")
    assert [record["number"] for record in whole] == list(range(tuned.trials))
    for record in whole:
        check_record(record)

    kept = [record["number"] for record in whole if record["weights"]]
    assert kept == [r["number"] for r in whole if r["state"] != "failed"]
    again = predict_in_a_fresh_process(project, kept, tmp_path / "again.npz", "whole")
    for number in kept:
        assert np.array_equal(again[number], live[number]), number
    rebuilt = project.run("reconstruct", "best", "--study", "whole")
    assert rebuilt.status == 0, rebuilt.err

    # Stopped within a trial, and gone on to the end.
    with monkeypatch.context() as patch:
        in_trial(project, patch, 1, raises_once(KeyboardInterrupt()))
        assert tuned.tune("stopped") == 130
    assert len(tuned.records("stopped")) <= 1
    assert tuned.tune("stopped") == 0
    assert without_times(tuned.records("stopped")) == without_times(whole)
    assert tuned.tune("stopped") == 0
    assert without_times(tuned.records("stopped")) == without_times(whole)

    # A trial that goes wrong is logged, and the search goes on.
    with monkeypatch.context() as patch:
        in_trial(project, patch, 0, raises_once(MemoryError("too large")))
        assert tuned.tune("failing", trials=2) == 0
    failing = tuned.records("failing")
    assert [r["state"] == "failed" for r in failing] == [True, False]
    error = failing[0]["error"]
    assert (error["type"], error["message"]) == ("MemoryError", "too large")
    assert error["traceback"].endswith("\nMemoryError: too large\n")
    for record in failing:
        check_record(record)
    assert tuned.tune("failing", trials=2) == 0
    assert tuned.records("failing") == failing


def write_values(project: Project) -> None:
    """Write three trials' values where a person writes them."""
    config = project.root / project.package / "config.py"
    more = 'BASE | {"learning_rate": 0.01},\n    BASE | {"learning_rate": 0.002},\n'
    text = config.read_text().replace("    BASE,\n", f"    BASE,\n    {more}")
    assert more in text
    config.write_text(text)


def check_record(record: dict[str, Any]) -> None:
    """What any record must have, whatever the framework."""
    jsonschema.validate(record, SCHEMA)
    assert datetime.fromisoformat(record["started"]).tzinfo is not None
    assert record["params"]
    assert record["scales"].keys() <= record["params"].keys()
    assert (record["weights"] is None) is bool(record["weights_note"])
    assert len(set(record["skipped_layers"])) == len(record["skipped_layers"])
    depth = record["params"].get("conv_blocks", 1)
    assert f"conv{depth + 1}_filters" not in record["params"]
    if record["state"] == "failed":
        return
    assert record["parameter_count"] > 0
    epochs = {len(values) for values in record["history"].values()}
    assert len(epochs) == 1
    for metric, values in record["history"].items():
        assert record["metrics"][metric] == values[record["best_epoch"] - 1]


def order(record: dict[str, Any]) -> tuple[Any, ...]:
    """By which trials are listed: the best of the complete first."""
    states = ["complete", "pruned", "failed"]
    value = record["objective"]["value"]
    sign = 1 if record["objective"]["direction"] == "minimize" else -1
    loss = float("inf") if value is None else sign * value
    return states.index(record["state"]), loss, record["number"]


def without_times(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The records, less what no seed can fix."""
    return [{k: v for k, v in r.items() if k not in TIMES} for r in records]


def raises_once(error: BaseException) -> Callable[[], None]:
    """What raises the error when it is first called."""
    errors = [error]

    def strike() -> None:
        if errors:
            raise errors.pop()

    return strike


def in_trial(
    project: Project,
    patch: pytest.MonkeyPatch,
    number: int,
    strike: Callable[[], None],
) -> None:
    """Strike at the second batch of a trial."""
    log = project.load("study").TrialLog
    train = project.load("train")
    trial = log.trial
    running = []

    def watched(self: Any, number: int, *rest: Any) -> Any:
        running.append(number)
        return trial(self, number, *rest)

    def on_train_batch_end(self: Any, batch: int, logs: Any = None) -> None:
        if running[-1] == number and batch == 1:
            strike()

    patch.setattr(log, "trial", watched)
    patch.setattr(train.TrialCallback, "on_train_batch_end", on_train_batch_end)
