"""Many projects rendered and checked, without a file written but for Ruff."""

import tempfile
import tomllib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any

from ..fast.questionnaire import Answered
from ..fast.remembered import Answers
from ..fast.renderer import Project, Renderer
from . import checks
from .cover import Covers
from .names import faults_of_names
from .space import answer_sets, has, needed
from .variant import Variant, variant_of

LISTS = {f"template/project/{name}.jinja" for name in ("README.md", "pyproject.toml")}
"""Files in which each answer has lines of its own."""

LINTED_TOGETHER = 500
"""How many projects Ruff is shown at once."""


@dataclass
class Checked:
    """What came of the projects that were checked."""

    projects: int = 0
    texts: int = 0
    """How many files were checked: those that no earlier project has just so."""
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
        self._to_lint: list[tuple[Answered, dict[str, str]]] = []
        """The projects of which Ruff is to see something, and what."""
        self._parsed: Callable[[str], dict[str, Any]] = cache(tomllib.loads)
        self._declared = cache(lambda text: checks.declared(self._parsed(text)))

    def check(self, sets: Iterable[Answered]) -> Checked:
        """Check a project for each set of answers, and each file that is new."""
        checked = Checked()
        before = len(self._seen)
        for project in self.renderer.successive(sets):
            checked.projects += 1
            self._add(checked, project.answered, self._faults(project))
            if len(self._to_lint) == LINTED_TOGETHER:
                self._lint(checked)
        self._lint(checked)
        checked.texts = len(self._seen) - before
        return checked

    def _add(self, checked: Checked, answered: Answered, faults: Iterable[str]) -> None:
        for fault in faults:
            variant = variant_of(answered, self.renderer.questionnaire)
            checked.faults.append((variant, fault))

    def _faults(self, project: Project) -> list[str]:
        files = project.files
        try:
            pyproject = self._parsed(files["pyproject.toml"])
        except tomllib.TOMLDecodeError as error:
            return [f"pyproject.toml: {error}"]
        unseen = {}
        for path, text in project.new.items():
            named = path.rpartition("/")[2], text
            if named not in self._seen:
                self._seen.add(named)
                unseen[path] = text
        found = []
        for path, text in unseen.items():
            found += [f"{path}: {fault}" for fault in checks.faults_of_text(path, text)]
            if checks.has_marks(path, text):
                found.append(f"{path}: something of the template is left")
        if found:
            return found
        package = project.answered.answers["package_name"]
        if any(map(_can_change_imports, chain(project.new, project.lacks))):
            declared = self._declared(files["pyproject.toml"])
            found = checks.faults_of_imports(files, package, declared)
            found += faults_of_names(files, package)
        modules = {path: text for path, text in unseen.items() if path.endswith(".py")}
        for path, text in modules.items():
            if not checks.is_as_black_formats(text, pyproject):
                found.append(f"{path}: Black formats it otherwise")
        if modules:
            # Ruff sorts imports by the modules that it finds, which may be empty.
            shown = {path: "" for path in files if path.startswith(f"{package}/")}
            shown |= modules | {"pyproject.toml": files["pyproject.toml"]}
            self._to_lint.append((project.answered, shown))
        return found

    def _lint(self, checked: Checked) -> None:
        """Show Ruff what it has not seen."""
        if not self._to_lint:
            return
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            for number, (_, files) in enumerate(self._to_lint):
                for path, text in files.items():
                    target = folder / str(number) / path
                    target.parent.mkdir(parents=True, exist_ok=True)
                    target.write_text(text, "utf-8")
            for fault in checks.faults_of_lint(folder):
                project, _, where = fault.removeprefix(f"{folder}/").partition("/")
                self._add(checked, self._to_lint[int(project)][0], [where])
        self._to_lint.clear()


def _can_change_imports(path: str) -> bool:
    return path.endswith((".py", "pyproject.toml"))


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
    with ProcessPoolExecutor(jobs) as pool:
        tasks = [pool.submit(_check_part, template, names, part) for part in parts]
        for task in as_completed(tasks):
            yield task.result()


def differing(renderer: Renderer) -> set[str]:
    """The questions whose answers make projects differ in more than what is recorded.

    One whose files depend on no other answer is left out: pairs of answers show all of it.
    """
    questionnaire = renderer.questionnaire
    for answered in Covers(questionnaire).cover(2):
        renderer.files(answered, recorded=False)
    read = set()
    for source in renderer.sources:
        names = source.text.names() | source.path.names()
        chosen = [n for n in names if not questionnaire.questions[n].is_free]
        if not source.records_answers and source.name not in LISTS and len(chosen) > 1:
            read |= names
    return {
        name
        for name in read | needed(questionnaire, read)
        if questionnaire.questions[name].is_varied
    }


def divide(renderer: Renderer, names: set[str]) -> list[dict[str, Any]]:
    """Parts of the product of some questions, which have few files in common.

    They differ in the answers to the three questions that most files depend on.
    """
    files = Counter(
        name
        for source in renderer.sources
        for name in (source.text.names() | source.path.names()) & names
    )
    few = [name for name, _ in files.most_common(3)]
    known = {*few, *needed(renderer.questionnaire, few)}
    parts = {
        tuple(answered.answers[name] for name in few)
        for answered in answer_sets(renderer.questionnaire, known)
    }
    return [dict(zip(few, part, strict=True)) for part in sorted(parts)]


def _check_part(template: Path, names: set[str], fixed: Answers) -> Checked:
    # A checker for each: what another part made it remember would only fill the memory.
    checker = Checker(template)
    return checker.check(answer_sets(checker.renderer.questionnaire, names, fixed))
