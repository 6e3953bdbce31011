"""The edits of `docs/editing.md`, word for word."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import fmean
from typing import Any

import keras
import keras_tuner
import pytest
from markdown_it import MarkdownIt
from tunewright.questions import TEMPLATE

from tests.edits import FRAMEWORKS, Changes, Edit, Edited
from tests.rendering import Project

PAGE = (TEMPLATE / "docs" / "editing.md").read_text("utf-8")
NAMES = {"Optuna": "optuna", "Keras Tuner": "keras_tuner"}
NAMES |= {f"`{name}`": name for name in ("sampler", "search_cv", "manual")}
"""The frameworks, as the page has them."""


@dataclass(frozen=True)
class Block:
    """A change of one file, in some of the frameworks."""

    file: str
    frameworks: tuple[str, ...]
    changes: str | tuple[tuple[str, str], ...]
    """All of the file, or lines that it has, with what stands there then."""


@dataclass(frozen=True)
class Entry:
    """A section of the page: what a person wants, and how it is done."""

    title: str
    blocks: tuple[Block, ...]

    @property
    def frameworks(self) -> tuple[str, ...]:
        """Return those in which it is done."""
        return tuple(framework for framework in FRAMEWORKS if self.changes(framework))

    def changes(self, framework: str) -> Changes:
        """Return the changes in a framework's project, by file."""
        found: dict[str, Any] = {}
        for block in self.blocks:
            if framework in block.frameworks:
                if isinstance(block.changes, str):
                    found[block.file] = block.changes
                else:
                    found.setdefault(block.file, []).extend(block.changes)
        return found


def entries() -> dict[str, Entry]:
    """Return the sections of the page that change something, by title."""
    found = {}
    for section in PAGE.split("\n## ")[1:]:
        title, _, text = section.partition("\n")
        if blocks := tuple(read_blocks(text)):
            found[title] = Entry(title, blocks)
    return found


def read_blocks(text: str) -> list[Block]:
    """Return a section's changes; the paragraph before each says where it belongs."""
    found, said = [], ""
    for token in MarkdownIt().parse(text):
        if token.type == "inline":
            said = token.content
        if token.type == "fence":
            file = re.match(r"`([\w/]+\.py)`", said)
            assert file, said
            named = tuple(NAMES[name] for name in NAMES if name in said)
            changes: Any = token.content
            if token.info == "diff":
                changes = tuple(map(read_hunk, re.split("(?m)^@@\n", changes)))
            found.append(Block(file[1], named or FRAMEWORKS, changes))
    return found


def read_hunk(text: str) -> tuple[str, str]:
    """Return whole lines as they are before a change, and after."""
    lines = text.splitlines()
    assert {line[0] for line in lines} <= {" ", "-", "+"}
    before, after = (
        "".join(f"\n{line[1:]}" for line in lines if line[0] in marks)
        for marks in (" -", " +")
    )
    assert before and before != after
    return before, after


ENTRIES = entries()
TEN = (
    "Another layer",
    "A callback of your own",
    "A metric of your own",
    "Another objective",
    "Another loss",
    "Another optimizer",
    "Your own data",
    "Another sampler or pruner",
    "A hyperparameter of training",
    "A second input",
)
"""What people want first; each is to touch two files at the most."""

IMAGE = {"input_kind": "image"}
PICTURES: dict[str, Any] = {"input_kind": "image", "search_space": "standard"}
ANSWERS: dict[str, dict[str, Any]] = {
    "Another sampler or pruner": PICTURES | {"pruner": "hyperband"},
    "A second input": IMAGE,
    "Layers in a module of their own": IMAGE,
    "Mixed precision": IMAGE,
    "No models that are too large": PICTURES,
    "Windows of a length that is tuned": {"input_kind": "sequence"},
}
"""What a project is generated with for an entry to be of use there."""


def drawn(*names: str) -> Callable[[Edited], None]:
    """Return a check that every trial has these hyperparameters."""

    def check(edited: Edited) -> None:
        for record in edited.records:
            expected = {*names}
            if edited.framework == "keras_tuner":
                expected.discard("epochs")
            assert expected <= record["params"].keys()

    return check


def check_metric(edited: Edited) -> None:
    for record in edited.complete:
        assert 0 < record["metrics"]["val_margin"] <= 1


def check_objective(edited: Edited) -> None:
    for record in edited.complete:
        losses = record["history"]["val_loss"]
        assert record["best_epoch"] == losses.index(min(losses)) + 1
        assert record["objective"]["direction"] == "minimize"
    best = min(edited.complete, key=lambda r: float(r["objective"]["value"]))
    assert f"Trial {best['number']} of" in edited.ran["reconstruct"].out


def check_condition(edited: Edited) -> None:
    for record in edited.records:
        params = record["params"]
        assert ("wide_units" in params) == params["wide"]


def check_attributes(edited: Edited) -> None:
    printed = "".join(ran.out for ran in edited.ran.values())
    for record in edited.records:
        noted = record["optuna"]["user_attrs"]
        assert noted["weights"] == record["parameter_count"]
        assert noted["features"] > 0
    best = max(edited.complete, key=lambda r: float(r["objective"]["value"]))
    weights = best["optuna"]["user_attrs"]["weights"]
    assert f"{best['objective']['value']:.3f}, {weights} weights" in printed


def check_scorer(edited: Edited) -> None:
    for record in edited.complete:
        scores = [fold["score"] for fold in record["folds"]]
        assert record["objective"] == {
            "name": "mean_test_kappa",
            "direction": "maximize",
            "value": pytest.approx(fmean(scores)),
        }
        accuracies = record["history"]["val_accuracy"]
        assert record["best_epoch"] == accuracies.index(max(accuracies)) + 1
        assert len(scores) == 3


def check_sum(edited: Edited) -> None:
    """See that Keras Tuner is told the loss less the accuracy of each trial."""
    search, study = edited.project.load("search"), edited.project.load("study")
    space = keras_tuner.HyperParameters()
    space.Float("learning_rate", 0.001, 0.1)
    oracle = search.get_oracle(study.Budget(10, 2, 0), space)
    for fields in edited.complete:
        trial = oracle.create_trial("tuner")
        search.tell(oracle, trial, edited.project.record(fields))
        metrics = fields["metrics"]
        told = oracle.get_trial(trial.trial_id)
        assert told.status == "COMPLETED"
        expected = metrics["val_loss"] - metrics["val_accuracy"]
        assert told.score == pytest.approx(expected)


def check_size(edited: Edited) -> None:
    states = {record["state"] for record in edited.records}
    assert states == {"complete", "pruned"}
    for record in edited.complete:
        assert record["parameter_count"] <= 20_000


def check_precision(edited: Edited) -> None:
    model = keras.models.load_model(edited.model, compile=False)
    *hidden, output = [x for x in model.layers if isinstance(x, keras.layers.Dense)]
    assert {layer.compute_dtype for layer in hidden} == {"float16"}
    assert output.compute_dtype == "float32"


def check_window(edited: Edited) -> None:
    assert all(4 <= record["params"]["window"] <= 8 for record in edited.records)


CHECKS: Mapping[str, Callable[[Edited], None]] = {
    "Another layer": drawn("last_units"),
    "A metric of your own": check_metric,
    "Another objective": check_objective,
    "Another optimizer": drawn("optimizer"),
    "A scorer of scikit-learn": check_scorer,
    "Attributes and callbacks of a study": check_attributes,
    "Several objectives as one sum": check_sum,
    "A hyperparameter of training": drawn("lr_factor", "class0_weight", "epochs"),
    "Gradient clipping": drawn("clipnorm"),
    "A condition in the search space": check_condition,
    "A list as a hyperparameter": drawn("hidden"),
    "Mixed precision": check_precision,
    "No models that are too large": check_size,
    "Windows of a length that is tuned": check_window,
}


def write_encoder(project: Project) -> None:
    """Write a model of rows of 30 numbers, as large as those of the project."""
    inputs = keras.Input((30,))
    hidden = keras.layers.Dense(8, activation="relu")(inputs)
    model = keras.Model(inputs, hidden, name="encoder")
    model.save(project.root / "encoder.keras")


def slug(title: str) -> str:
    """Return what the page's own links call a section."""
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")


EDITS = [
    Edit(
        slug(title),
        entry.frameworks,
        entry.changes,
        answers=ANSWERS.get(title, {}),
        check=CHECKS.get(title),
        prepare=write_encoder if title == "A part that is trained already" else None,
        trials=6 if title == "No models that are too large" else 3,
    )
    for title, entry in ENTRIES.items()
]
