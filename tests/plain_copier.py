"""Stock Copier without trust, for tests that run it hundreds of times."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import copier

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
    copier.run_update(project, answers, overwrite=True, **options)
