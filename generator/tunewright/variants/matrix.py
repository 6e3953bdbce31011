"""Many projects rendered and checked, without a file written but for Ruff."""

import tempfile
import tomllib
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any

from ..fast.questionnaire import Answered
from ..fast.remembered import Answers
from ..fast.renderer import Renderer
from . import checks
from .cover import Covers
from .space import answer_sets, has, needed
from .variant import Variant, variant_of


@dataclass
class Checked:
    """What came of the projects that were checked."""

    projects: int = 0
    texts: int = 0
    """How many files are there that differ from all others."""
    faults: list[tuple[Variant, str]] = field(default_factory=list)
    """What is wrong, and with which variant."""

    def add(self, other: "Checked") -> None:
        """Count another part of the projects in."""
        self.projects += other.projects
        self.texts += other.texts
        self.faults += other.faults


class Checker:
    """Renders projects and checks them; what has been seen is not looked at again."""

    def __init__(self, template: Path) -> None:
        """Read a template.

        Args:
            template: A folder that holds `copier.yml` and that git does not know.
        """
        self.renderer = Renderer(template)
        self._seen: set[tuple[str, str]] = set()
        self._linted: list[Answered] = []
        """The projects of which Ruff is to see something."""
        self._parsed: Callable[[str], dict[str, Any]] = cache(tomllib.loads)

    def check(self, sets: Iterable[Answered]) -> Checked:
        """Check a project for each set of answers, and each file that is new."""
        checked = Checked()
        before = len(self._seen)
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            for answered in sets:
                checked.projects += 1
                checked.faults += [
                    (self._variant(answered), fault)
                    for fault in self._faults(answered, folder)
                ]
            for fault in checks.faults_of_lint(folder) if self._linted else []:
                number, _, where = fault.removeprefix(f"{folder}/").partition("/")
                checked.faults.append((self._variant(self._linted[int(number)]), where))
            self._linted.clear()
        checked.texts = len(self._seen) - before
        return checked

    def _variant(self, answered: Answered) -> Variant:
        return variant_of(answered, self.renderer.questionnaire)

    def _faults(self, answered: Answered, folder: Path) -> list[str]:
        files = self.renderer.files(answered, recorded=False)
        package = answered.answers["package_name"]
        try:
            pyproject = self._parsed(files["pyproject.toml"])
        except tomllib.TOMLDecodeError as error:
            return [f"pyproject.toml: {error}"]
        new = {
            path: text
            for path, text in files.items()
            if (PurePosixPath(path).name, text) not in self._seen
        }
        self._seen.update(
            (PurePosixPath(path).name, text) for path, text in new.items()
        )
        found = []
        for path, text in new.items():
            found += [f"{path}: {fault}" for fault in checks.faults_of_text(path, text)]
            if checks.has_marks(path, text):
                found.append(f"{path}: something of the template is left")
        if found:
            return found
        found = checks.faults_of_imports(files, package, pyproject)
        for path, text in new.items():
            if path.endswith(".py") and not checks.is_as_black_formats(text, pyproject):
                found.append(f"{path}: Black formats it otherwise")
        if any(path.endswith(".py") for path in new):
            self._linted.append(answered)
            project = folder / str(len(self._linted) - 1)
            # Ruff sorts imports by the modules that it finds, which may be empty.
            modules = {path: "" for path in files if path.startswith(f"{package}/")}
            new = modules | new | {"pyproject.toml": files["pyproject.toml"]}
            for path, text in new.items():
                target = project / path
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(text, "utf-8")
        return found


def check_product(template: Path, fixed: Answers, jobs: int) -> Iterator[Checked]:
    """Check every project that differs from others in more than its recorded answers.

    Args:
        template: As `Checker` takes it.
        fixed: Answers that all have.
        jobs: How many processes share the work.

    Yields:
        What came of one part after the other.
    """
    renderer = Renderer(template)
    names = differing(renderer)
    parts = [
        {**fixed, **part}
        for part in divide(renderer, names)
        if all(has(value, fixed.get(name, value)) for name, value in part.items())
    ]
    with ProcessPoolExecutor(jobs, initializer=_begin, initargs=(template,)) as pool:
        tasks = [pool.submit(_check_part, names, part) for part in parts]
        for task in tasks:
            yield task.result()


def differing(renderer: Renderer) -> set[str]:
    """The questions whose answers make projects differ in more than what is recorded."""
    questionnaire = renderer.questionnaire
    for answered in Covers(questionnaire).cover(2):
        renderer.files(answered, recorded=False)
    read = set().union(
        *(
            source.text.names() | source.path.names()
            for source in renderer.sources
            if not source.records_answers
        )
    )
    return {
        name
        for name in read | needed(questionnaire, read)
        if questionnaire.questions[name].is_varied
    }


def divide(renderer: Renderer, names: set[str]) -> list[dict[str, Any]]:
    """Parts of the product of some questions: by the answers to the last two of them."""
    questionnaire = renderer.questionnaire
    last = [name for name in questionnaire.questions if name in names][-2:]
    parts = {
        tuple(answered.answers[name] for name in last)
        for answered in answer_sets(questionnaire, {"setup", *last})
    }
    return [dict(zip(last, part, strict=True)) for part in sorted(parts)]


_checker: Checker


def _begin(template: Path) -> None:
    global _checker
    _checker = Checker(template)


def _check_part(names: set[str], fixed: Answers) -> Checked:
    questionnaire = _checker.renderer.questionnaire
    return _checker.check(answer_sets(questionnaire, names, fixed))
