"""The one kind of error that a person sees without a traceback."""


class UserError(Exception):
    """A mistake that a person can mend: one line, and exit status 2."""
