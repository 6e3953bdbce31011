"""Who takes part in a comparison: a framework with an algorithm, and its project."""

import difflib
import sys
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from ..errors import UserError

if TYPE_CHECKING:
    from ..render import Rendered

NOT_ASKED = "is not asked with these answers"
"""How every question of the template begins to refuse an answer that has no place."""

DECIDED = {
    "framework": "name it with --frameworks",
    "algorithm": "name it with --frameworks, as in --frameworks optuna:gp",
    "trials": "use --trials",
    "epochs": "use --epochs",
    "advise": "a comparison asks for no advice",
    "complexity": "a comparison asks for no advice",
    "uses_keras": "a comparison asks for no advice",
    "proof_of_concept": "a comparison asks for no advice",
    "irregular_attributes": "a comparison asks for no advice",
}
"""The answers that the comparison gives itself, and what to do instead."""


class Choice(NamedTuple):
    """A framework, and an algorithm where one was named."""

    framework: str
    algorithm: str | None

    def __str__(self) -> str:
        return ":".join(word for word in self if word)


@dataclass(frozen=True)
class Entrant:
    """A project that takes part."""

    framework: str
    algorithm: str
    folder: Path
    package: str
    search_space: str
    monitor: str
    """The score on the validation part."""

    @property
    def name(self) -> str:
        """What tables and charts call it."""
        if self.algorithm == self.framework:
            return self.framework
        return f"{self.framework}:{self.algorithm}"


def choose(words: Iterable[str], frameworks: list[str]) -> list[Choice]:
    """What was asked for.

    Args:
        words: Each is `framework` or `framework:algorithm`.
        frameworks: All that the template has.

    Raises:
        UserError: There is no such framework, or one is asked for twice.
    """
    choices: list[Choice] = []
    for word in words:
        framework, colon, algorithm = word.partition(":")
        if framework not in frameworks:
            near = difflib.get_close_matches(framework, frameworks, n=1)
            there_are = f"there are {', '.join(frameworks)}"
            hint = f"did you mean {near[0]}?" if near else there_are
            raise UserError(f"there is no framework {framework!r}; {hint}")
        if colon and not algorithm:
            raise UserError(f"{word} names no algorithm; leave the colon out")
        choice = Choice(framework, algorithm or None)
        if choice in choices:
            raise UserError(f"{word} is there twice; leave one out")
        choices.append(choice)
    return choices


def require_open(answers: Mapping[str, Any]) -> None:
    """Make sure that the answers are those that a comparison leaves open.

    Raises:
        UserError: One is not.
    """
    for name, instead in DECIDED.items():
        if name in answers:
            raise UserError(f"{name} is the comparison's own answer; {instead}")
    if answers.get("setup", "full") != "full":
        raise UserError("setup: a comparison is always full; leave it out")
    if answers.get("keep_weights", "all") in ("above", "none"):
        raise UserError(
            "keep_weights: the best trial is rebuilt and tested, for which only "
            "all and best keep its weights for sure"
        )


def with_absolute_data(answers: Mapping[str, Any], start: Path) -> dict[str, Any]:
    """The same answers, with the path of the data as it is from everywhere.

    Every project has a folder of its own, so a relative path would be another one in each.

    Args:
        answers: By question.
        start: Where a relative path begins.

    Raises:
        UserError: There are no data.
    """
    if not isinstance(path := answers.get("data_path"), str):
        return dict(answers)
    data = Path(start.resolve(), Path(path).expanduser())
    if not data.exists():
        raise UserError(f"data_path: there is no folder or file {data}")
    return {**answers, "data_path": str(data)}


def generate(
    folder: Path,
    choices: Iterable[Choice],
    answers: Mapping[str, Any],
    *,
    optional: Collection[str] = (),
    trials: int,
    epochs: int,
    source: tuple[str, str | None],
) -> list[Entrant]:
    """Generate a project for each choice, with the same answers.

    Args:
        folder: Where they are to stand side by side.
        choices: In the order of the comparison.
        answers: By question; a framework is given those that it asks for.
        optional: Questions whose answer need not be one that any framework asks for.
        trials: What each project has as its number of trials.
        epochs: At the most, in a trial.
        source: The template's folder or URL, and its version.

    Raises:
        UserError: An answer is wrong, no framework asks for it, or two choices are one.
    """
    entrants: list[Entrant] = []
    unused = {name: "" for name in answers}
    warnings: set[str] = set()
    for choice in choices:
        project = folder / str(choice).replace(":", "-")
        left, rendered = _generate(
            project, choice, {"trials": trials, "epochs": epochs, **answers}, source
        )
        warnings.update(rendered.warnings)
        unused = {name: left[name] for name in unused.keys() & left.keys()}
        entrant = _entrant(project, rendered.answers)
        if entrant.name in [other.name for other in entrants]:
            raise UserError(f"{entrant.name} is there twice; leave one out")
        entrants.append(entrant)
    for name in answers:
        if name in unused and name not in optional:
            raise UserError(
                f"{name}: no framework that is compared takes it ({unused[name]})"
            )
    for warning in sorted(warnings):
        print(f"warning: {warning}", file=sys.stderr)
    return entrants


def _generate(
    project: Path,
    choice: Choice,
    answers: Mapping[str, Any],
    source: tuple[str, str | None],
) -> tuple[dict[str, str], "Rendered"]:
    """Generate one project.

    Returns:
        Which of the answers it has no place for, with the reason; and what it is.
    """
    # Copier takes a third of a second to import: help need not wait for it.
    from ..render import render

    fixed = {"setup": "full", "framework": choice.framework}
    if choice.algorithm:
        fixed["algorithm"] = choice.algorithm
    template, vcs_ref = source
    left: dict[str, str] = {}
    while True:
        given = {name: answers[name] for name in answers if name not in left}
        try:
            rendered = render(
                project, {**given, **fixed}, template=template, vcs_ref=vcs_ref
            )
        except UserError as error:
            name, _, reason = str(error).partition(": ")
            if name == "algorithm":
                raise UserError(f"{choice}: {error}") from error
            if name not in given or not reason.startswith(NOT_ASKED):
                raise
            left[name] = reason.removeprefix(NOT_ASKED).strip("; ")
        else:
            return left, rendered


def _entrant(project: Path, answers: Mapping[str, Any]) -> Entrant:
    return Entrant(
        framework=answers["framework"],
        algorithm=answers["algorithm"],
        folder=project,
        package=answers["package_name"],
        search_space=answers["search_space"],
        monitor=f"val_{answers['objective']}",
    )
