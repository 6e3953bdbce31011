"""The one kind of error that a person sees without a traceback, and how it is shown."""


def shown(text: str) -> str:
    """The text in one line, with whatever would not show as it is written out."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


class UserError(Exception):
    """A mistake that a person can mend: one line, and exit status 2."""


def first_line(text: str) -> str:
    """As much of a text as fits into a message of one line."""
    return (text.strip().splitlines() or [""])[0]
