"""What has to be the same on every machine, so that a trial is the same on each of them."""

import ast

from ..config import OBJECTIVE, PATIENCE
from ..study.sources import digest, read_sources, without_docstrings


def fingerprints(data: str) -> dict[str, str]:
    """Return what tells this machine's data, code and settings from others.

    Comments, docstrings and layout of the code may differ.

    Args:
        data: The fingerprint of the data.

    Returns:
        An entry for each of them, by the name that a person knows it by.
    """
    return {
        "data": data,
        "OBJECTIVE in config.py": str(OBJECTIVE),
        "PATIENCE in config.py": str(PATIENCE),
        **{
            name: digest(normalized(name, text))
            for name, text in read_sources().items()
        },
    }


def normalized(name: str, text: str) -> str:
    """Return what a module does, or the digest of a file that a module names."""
    return ast.dump(without_docstrings(text)) if name.endswith(".py") else text
