"""Edits that people make to a generated project, each a small patch to its files."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tunewright.questions import choices, questions

from tests.rendering import Project, Ran

FRAMEWORKS: tuple[str, ...] = tuple(choices(questions()["framework"]))
BY_NAME = ("sampler", "search_cv", "manual")
"""The frameworks whose models are told their hyperparameters by name."""

ANSWERS: dict[str, Any] = {
    "setup": "full",
    "project_name": "Case Study",
    "package_name": "case_study",
    "input_kind": "tabular",
    "search_space": "small",
}
"""What each project is generated with, where its edit does not say otherwise."""

Changes = Mapping[str, str | Sequence[tuple[str | None, str]]]
"""What changes, by file: all its text, or texts that it has once with what stands there
then. For None the second is appended. A file is one of the package, or of the project."""


@dataclass(frozen=True)
class Edited:
    """A project with an edit, which was tuned, rebuilt and reported on."""

    project: Project
    framework: str
    records: list[dict[str, Any]]
    """By number."""
    ran: dict[str, Ran]
    """What each command said: `tune`, `reconstruct`, `retrain`, `report`, `export onnx`."""

    model: Path
    """The file that the best trial's model was saved in, if it could be."""

    @property
    def complete(self) -> list[dict[str, Any]]:
        """Return the records of the trials that are complete, by number."""
        return [record for record in self.records if record["state"] == "complete"]


@dataclass(frozen=True)
class Edit:
    """A change that a person makes, and what is to become of it."""

    name: str
    frameworks: Sequence[str]
    """Those that it concerns."""
    changes: Changes | Callable[[str], Changes]
    """The same in all of them, or those of a framework."""
    answers: Mapping[str, Any] = field(default_factory=dict)
    """What the project is generated with, beside `ANSWERS` and no pruner."""
    check: Callable[[Edited], None] | None = None
    """What is to hold beside that which holds for all."""
    refused: str | None = None
    """The line, a regular expression, in which `tune` refuses it before any trial."""
    midway: Changes | Callable[[str], Changes] | None = None
    """Made once the study has a trial. Then `refused` is what resuming is refused with."""
    refusals: Mapping[str, str] = field(default_factory=dict)
    """The lines in which other commands refuse it: `reconstruct`, `retrain`, ..."""
    may_fail: bool = False
    """Whether trials may fail."""
    prepare: Callable[[Project], None] | None = None
    """What else is put into the project."""
    trials: int = 3
    epochs: int = 2


def changes_of(
    changes: Changes | Callable[[str], Changes], framework: str
) -> dict[str, Any]:
    """Return the changes in a framework's project."""
    return dict(changes(framework) if callable(changes) else changes)


def both(*several: Changes) -> Changes:
    """Return all of several changes as one, file by file."""
    joined: dict[str, list[tuple[str | None, str]]] = {}
    for changes in several:
        for name, patches in changes.items():
            assert not isinstance(patches, str)
            joined.setdefault(name, []).extend(patches)
    return joined


def asked(framework: str, name: str, values: Sequence[Any]) -> str:
    """Return the code that asks for a hyperparameter in a framework's `get_model`."""
    if framework == "optuna":
        return f'trial.suggest_categorical("{name}", {list(values)!r})'
    if framework == "keras_tuner":
        return f'hp.Choice("{name}", {list(values)!r})'
    return f'params["{name}"]'


def space(framework: str, name: str, values: Sequence[Any]) -> Changes:
    """Return the changes by which the search knows of a hyperparameter."""
    if framework in ("sampler", "search_cv"):
        entry = f'\nPARAM_DISTRIBUTIONS["{name}"] = {list(values)!r}\n'
        return {"model.py": [(None, entry)]}
    if framework == "manual":
        # Each of the trials has the next value.
        loop = "\nfor i, params in enumerate(PARAMS):\n"
        loop += f'    params["{name}"] = {list(values)!r}[i % {len(values)}]\n'
        return {"config.py": [(None, loop)]}
    return {}


def apply(changes: Changes, project: Project) -> None:
    """Change the files of a project."""
    for name, patches in changes.items():
        path = find(name, project)
        if isinstance(patches, str):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(patches, "utf-8")
            continue
        text = path.read_text("utf-8")
        for old, new in patches:
            if old is None:
                text += new
                continue
            assert text.count(old) == 1, f"{name} has {text.count(old)} times: {old}"
            text = text.replace(old, new)
        path.write_text(text, "utf-8")


def find(name: str, project: Project) -> Path:
    """Return where a file of that name is, or would be: in the package, or beside it."""
    path = project.root / name
    return path if path.exists() else project.root / project.package / name
