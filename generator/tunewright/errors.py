"""The one kind of error that a person sees without a traceback."""


class UserError(Exception):
    """A mistake that a person can fix: one line, and exit status 2."""

    status = 2


class StepFailed(UserError):
    """A command that was started from here failed: one line, and exit status 1."""

    status = 1


def printable(text: str) -> str:
    """The same text in one line, with what a terminal would obey or refuse written out."""
    line = " ".join(text.split())
    return "".join(
        sign if sign.isprintable() else ascii(sign).strip("'") for sign in line
    )


def git_said(stderr: str, status: object) -> str:
    """The line in which git says what is wrong."""
    lines = stderr.strip().splitlines() or [f"git ended with {status}"]
    return next((line for line in lines if line.startswith("fatal:")), lines[-1])
