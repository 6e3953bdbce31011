"""What TensorFlow has to say for itself while it loads."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def native_stderr_muted() -> Iterator[None]:
    """Keep what TensorFlow's libraries write while they load away from the terminal.

    They do so before TF_CPP_MIN_LOG_LEVEL holds. Python's own errors are not affected.
    """
    sys.stderr.flush()
    terminal = os.dup(2)
    with open(os.devnull, "wb") as nowhere:
        os.dup2(nowhere.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(terminal, 2)
        os.close(terminal)
