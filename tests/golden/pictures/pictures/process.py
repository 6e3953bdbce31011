"""The search in a process of its own, seen from inside."""

import io
import os
import sys
import threading
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any

from .errors import UserError
from .records import Record
from .searching import Budget, search_here
from .settings import TRIALS_PER_PROCESS
from .stopping import Stop
from .study import Study
from .watching import Watcher


class Messenger(Watcher):
    """Tells the supervisor how it goes."""

    def __init__(self, connection: Connection, stop: Stop, failures: int) -> None:
        """Be new in a search.

        Args:
            connection: To the supervisor.
            stop: What is told when this process has run its trials.
            failures: How many trials before this process failed in a row.
        """
        self.connection = connection
        self.stop = stop
        self.failures = failures
        self.lock = threading.Lock()
        self.trials = 0

    def tell(self, kind: str, *content: Any) -> None:
        """Send something; a thread of the model's may print at the same time."""
        with self.lock:
            self.connection.send((kind, content))

    def begun(self, record: Record) -> None:
        self.tell("begun", record)

    def epoch(self, number: int, epoch: int, score: float) -> None:
        self.tell("epoch", number, epoch, score)

    def ended(self, record: Record) -> None:
        super().ended(record)
        self.tell("ended", record)
        self.trials += 1
        self.stop.relieved = self.trials >= TRIALS_PER_PROCESS


class Relay(io.TextIOBase):
    """What is printed where the search runs, shown where the terminal is."""

    def __init__(self, messenger: Messenger, stream: str) -> None:
        self.messenger = messenger
        self.stream = stream

    def write(self, text: str) -> int:
        self.messenger.tell("print", self.stream, text)
        return len(text)


def search_there(
    connection: Connection, study: Study, budget: Budget, timeout: float, failures: int
) -> None:
    """Search, in a process of its own."""
    with Stop(timeout) as stop:
        listener = threading.Thread(target=listen, args=(connection, stop), daemon=True)
        listener.start()
        messenger = Messenger(connection, stop, failures)
        sys.stdout = Relay(messenger, "stdout")
        sys.stderr = Relay(messenger, "stderr")
        outcome: BaseException | None = None
        try:
            search_here(study, budget, stop, messenger)
        except (UserError, OSError) as error:
            outcome = UserError(str(error))
        except KeyboardInterrupt as error:
            outcome = error
        connection.send(("over", outcome))


def listen(connection: Connection, stop: Stop) -> None:
    """Stop the search when told to; end at once when there is nobody left to tell."""
    with suppress(EOFError, OSError):
        while True:
            connection.recv()
            stop.interrupted = True
    os._exit(1)
