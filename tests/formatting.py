"""What Black says of generated code, much of which many projects have alike."""

from functools import cache

import black


@cache
def is_formatted(code: str) -> bool:
    """Whether Black would change nothing."""
    return black.format_str(code, mode=black.Mode()) == code
