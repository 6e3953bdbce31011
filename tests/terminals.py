"""A terminal in which tests run a command and press keys."""

import fcntl
import os
import pty
import select
import struct
import subprocess
import termios
import time

ENTER, ERASE, DOWN, INTERRUPT = "\r", "\x15", "\x1b[B", "\x03"


def in_terminal(
    command: list[str],
    keys: list[tuple[str, str]],
    columns: int = 250,
    status: int = 0,
) -> str:
    """Run a command in a terminal, and press keys once it shows what they answer.

    Args:
        command: Its words.
        keys: What it shows, and what is pressed then.
        columns: How wide the terminal is.
        status: With which the command must end.

    Returns:
        All that it wrote there.
    """
    here, there = pty.openpty()
    fcntl.ioctl(there, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    environment = os.environ | {"TERM": "xterm", "PROMPT_TOOLKIT_NO_CPR": "1"}
    process = subprocess.Popen(
        command, stdin=there, stdout=there, stderr=there, env=environment
    )
    os.close(there)
    screen, unanswered = b"", [*keys]
    deadline = time.monotonic() + 60
    while select.select([here], [], [], max(0, deadline - time.monotonic()))[0]:
        try:
            screen += os.read(here, 4096)
        except OSError:  # so a terminal ends on Linux
            break
        if unanswered and unanswered[0][0].encode() in screen:
            os.write(here, unanswered.pop(0)[1].encode())
    os.close(here)
    assert process.wait(10) == status, screen.decode()
    return screen.decode()
