"""Many projects from one template, fast: Copier's own worker, which compiles it once."""

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from copier._main import Worker
from copier.errors import CopierError

from .errors import UserError
from .questions import questions, strict
from .render import one_line


class Renderer:
    """Renders projects as `copier copy` does, to the byte, in a tenth of the time.

    Copier reads the questions and compiles every template afresh for each project. Here
    both are kept, so the template must not change as long as its renderer is in use.
    """

    def __init__(self, template: Path) -> None:
        """Read the template.

        Args:
            template: A folder that holds `copier.yml` and that git does not know.
        """
        first = Worker(str(template))
        self.questions = questions(template)
        self.template = first.template
        self.environment = first.jinja_env
        compiled: Callable[..., Any] = cache(self.environment.from_string)
        self.environment.from_string = compiled  # type: ignore[method-assign]

    def render(self, destination: Path, answers: Mapping[str, Any]) -> None:
        """Generate a project, with the default for whatever is not answered.

        Args:
            destination: A folder that is not there yet, or is empty, and not in git.
            answers: By question.

        Raises:
            UserError: An answer is wrong; nothing is written.
        """
        worker = _Worker(
            self.template.url,
            destination,
            data=strict(answers, self.questions),
            defaults=True,
            quiet=True,
        )
        worker.template = self.template
        worker.jinja_env = self.environment
        try:
            worker.run_copy()
        except (CopierError, ValueError) as error:
            raise UserError(one_line(error)) from error


class _Worker(Worker):
    """A worker for destinations that git does not know."""

    def _sync_git_index_executable_bit(self, *_: Any) -> None:
        """Nothing to do; Copier would run git once for each file to find that out."""
