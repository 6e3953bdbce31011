"""Rendering through stock Copier, with Copier's errors in one line."""

import re
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import copier
from copier.errors import CopierError, DirtyLocalWarning

from .errors import UserError
from .questions import TEMPLATE, strict


def render(
    destination: Path,
    answers: Mapping[str, Any],
    *,
    template: str | Path = TEMPLATE,
    vcs_ref: str | None = "HEAD",
    quiet: bool = True,
) -> None:
    """Generate a project, with the default for whatever is not answered.

    Args:
        destination: A folder that is not there yet, or is empty.
        answers: By question.
        template: A folder or URL; a folder that git does not know is rendered as it is.
        vcs_ref: The version of the template, where git knows it.
        quiet: Keep Copier's own messages back.

    Raises:
        UserError: An answer is wrong, or the template cannot be had; nothing is written.
    """
    data = strict(answers)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DirtyLocalWarning)
            copier.run_copy(
                str(template),
                destination,
                data=data,
                defaults=True,
                quiet=quiet,
                unsafe=False,
                vcs_ref=vcs_ref,
            )
    except (CopierError, ValueError) as error:
        raise UserError(one_line(error)) from error


def one_line(error: Exception) -> str:
    """What Copier says of a wrong answer: `question: what is wrong`."""
    text = re.sub(r"\s+", " ", str(error)).strip()
    for pattern in (
        r"Validation error for question '(\w+)': (.*)",
        r"Invalid choice for '(\w+)': (.*)",
    ):
        if found := re.search(pattern, text):
            return f"{found[1]}: {found[2]}"
    return text
