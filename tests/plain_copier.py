"""Stock Copier without trust, for tests that run it hundreds of times.

Most of its time goes into compiling the template's files; here each is compiled once.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from unittest.mock import patch

import copier
from jinja2 import Environment

Answers = dict[str, Any]


def copy(
    template: Path, destination: Path | str, answers: Answers, **options: Any
) -> Mapping[str, Any]:
    """Do as `copier copy --defaults` does.

    Args:
        template: A folder, or a repository.
        destination: A folder that is not there yet.
        answers: By question, as they are given to `--data` or in a data file.
        options: Others of `copier.run_copy`.

    Returns:
        The answers, and the values of what was not asked.
    """
    options = {"defaults": True, "quiet": True, "unsafe": False} | options
    with patch.object(Environment, "compile", _compile_once):
        worker = copier.run_copy(str(template), destination, answers, **options)
    return worker.answers.combined


def update(project: Path, answers: Answers, **options: Any) -> None:
    """Do as `copier update --defaults` does in a project's folder.

    Args:
        project: A project in a git repository of its own.
        answers: New ones, by question.
        options: Others of `copier.run_update`.
    """
    options = {"defaults": True, "quiet": True, "unsafe": False} | options
    with patch.object(Environment, "compile", _compile_once):
        copier.run_update(project, answers, overwrite=True, **options)


_compile = Environment.compile
_compiled: dict[Any, Any] = {}


def _compile_once(environment: Environment, source: Any, *names: Any) -> Any:
    key = (type(environment), source, names)
    if key not in _compiled:
        _compiled[key] = _compile(environment, source, *names)
    return _compiled[key]
