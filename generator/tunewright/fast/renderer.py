"""Projects in memory, as `copier copy` writes them."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from copier._main import Worker, as_operation
from copier.errors import CopierError
from jinja2 import Environment

from ..errors import UserError
from ..questions import strict
from ..render import one_line
from .questionnaire import RECORDED, Answered, Questionnaire
from .remembered import Answers, Reads, Remembered


class Source:
    """A file of the template."""

    def __init__(
        self, path: Path, worker: Worker, reads: Reads, among: Collection[str]
    ) -> None:
        """Remember what becomes of it.

        Args:
            path: Where it is.
            worker: Has the environment to render it in.
            reads: Listens to that.
            among: The questions.
        """
        self._worker = worker
        self._context = worker._render_context()
        self._file = path
        self.records_answers = "answers_file" in path.name
        """Whether it is the file of the answers, which is another one for each project."""
        self.mode = path.stat().st_mode
        # Others read no more of what is recorded than where the template is.
        among = {*among, RECORDED} if self.records_answers else among
        self.path = Remembered(self._path, reads, among)
        """Where it goes to; None where it is left out."""
        self.text = Remembered(self._text, reads, among)
        """What it holds then."""

    @property
    def name(self) -> str:
        """Its path in the template."""
        return self._file.relative_to(self._worker.template.local_abspath).as_posix()

    @property
    def _is_template(self) -> bool:
        return self._file.name.endswith(self._worker.template.templates_suffix)

    def _path(self, answers: Answers) -> str | None:
        parts = self._file.relative_to(self._worker.template_copy_root).parts
        if self._is_template:
            suffix = self._worker.template.templates_suffix
            parts = (*parts[:-1], parts[-1].removesuffix(suffix))
        environment = self._worker.jinja_env
        context = {**self._context, **answers}
        rendered = [environment.from_string(part).render(context) for part in parts]
        path = Path(*rendered)
        if not all(rendered) or self._worker.match_exclude(path):
            return None
        return path.as_posix()

    def _text(self, answers: Answers) -> str:
        if not self._is_template:
            return self._file.read_bytes().decode()
        template = self._worker.jinja_env.get_template(self.name)
        return template.render({**self._context, **answers})


@dataclass(frozen=True)
class Project:
    """A project, beside the one that was rendered before it."""

    answered: Answered
    files: dict[str, str]
    """What it holds, by path, but for the file of the answers."""
    new: dict[str, str]
    """Those of the files that the one before does not have, or has otherwise."""
    lacks: set[str]
    """The paths that only the one before has."""


@dataclass(frozen=True)
class _Made:
    """What became of a source."""

    read: frozenset[str]
    """The answers that it depends on."""
    path: str | None
    text: str


def _make(source: Source, answers: Answers) -> _Made:
    path = source.path.result(answers)
    if path.value is None:
        return _Made(path.read, None, "")
    text = source.text.result(answers)
    return _Made(path.read | text.read, path.value, text.value)


class Renderer:
    """Renders projects as `copier copy` does, to the byte.

    Copier reads the questions and renders every template afresh for each project. Here
    what they make of the answers is kept, so the template must not change as long as
    its renderer is in use.
    """

    def __init__(
        self, template: Path, recorded: Mapping[str, str] | None = None
    ) -> None:
        """Read the template.

        Args:
            template: A folder that holds `copier.yml` and that git does not know.
            recorded: What projects record of where they come from, if not that folder.
        """
        self.template = template
        self._origin = recorded
        self._worker = worker = Worker(str(template), defaults=True, quiet=True)
        compiled: Callable[..., Any] = cache(worker.jinja_env.from_string)
        worker.jinja_env.from_string = compiled  # type: ignore[method-assign]
        as_operation("copy")(lambda: worker.match_exclude)()  # is kept from then on
        reads = Reads(worker.jinja_env)
        self.questionnaire = Questionnaire(worker, reads)
        names = {*self.questionnaire.questions}
        self.sources = [
            Source(path, worker, reads, names)
            for path in sorted(worker.template_copy_root.rglob("*"))
            if path.is_file()
        ]

    @property
    def environment(self) -> Environment:
        """Where templates are compiled, each when it is first needed."""
        return self._worker.jinja_env

    def answer(self, answers: Answers) -> Answered:
        """An answer to every question, by default where none is given.

        Raises:
            UserError: One is wrong.
        """
        given = strict(answers, self._worker.template.questions_data)
        try:
            return self.questionnaire.complete(given)
        except (CopierError, ValueError) as error:
            raise UserError(one_line(error)) from error

    def files(self, answered: Answered, *, recorded: bool = True) -> dict[str, str]:
        """What a project holds, by path.

        Args:
            answered: An answer to every question.
            recorded: Whether the file of the answers is among them, which is another
                one for each project.
        """
        return {path: text for _, path, text in self._rendered(answered, recorded)}

    def successive(self, sets: Iterable[Answered]) -> Iterator[Project]:
        """Projects one after the other, of which only what differs is looked up.

        Args:
            sets: Answers to every question; fast where few differ from one to the next.
        """
        sources = [source for source in self.sources if not source.records_answers]
        made: list[_Made] = []
        files: dict[str, str] = {}
        known: dict[str, Any] = {}
        for answered in sets:
            answers = answered.answers
            differ = {
                name
                for name, answer in answers.items()
                if name not in known or known[name] is not answer
            }
            made = [
                (
                    made[number]
                    if made and made[number].read.isdisjoint(differ)
                    else _make(source, answers)
                )
                for number, source in enumerate(sources)
            ]
            before, known = files, answers
            files = {one.path: one.text for one in made if one.path is not None}
            new = {
                path: text
                for path, text in files.items()
                if before.get(path) is not text
            }
            yield Project(answered, files, new, before.keys() - files.keys())

    def render(self, destination: Path, answers: Answers) -> None:
        """Generate a project, with the default for whatever is not answered.

        Args:
            destination: A folder that is not there yet, or is empty.
            answers: By question.

        Raises:
            UserError: An answer is wrong; nothing is written.
        """
        answered = self.answer(answers)
        for source, path, text in self._rendered(answered, recorded=True):
            target = destination / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(text.encode())
            target.chmod(source.mode)

    def _rendered(
        self, answered: Answered, recorded: bool
    ) -> list[tuple[Source, str, str]]:
        origin = self._origin or {"_src_path": self._worker.template.url}
        to_record = {**origin, **answered.recorded}
        answers = {**answered.answers, RECORDED: to_record}
        return [
            (source, path, source.text(answers))
            for source in self.sources
            if (recorded or not source.records_answers)
            and (path := source.path(answers)) is not None
        ]
