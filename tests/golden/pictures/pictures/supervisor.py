"""The search in a process of its own, so that no trial takes the study down with it.

A trial may use up the memory, crash the interpreter or hang. Then it is logged as failed,
and another process goes on. Every few trials another one does so anyway, for TensorFlow
does not give back all the memory that a model took.
"""

import multiprocessing
import signal
import sys
import time
from contextlib import suppress
from typing import Any

from .errors import UserError
from .process import search_there
from .records import Record, note_failure
from .searching import Budget
from .stopping import Relieved, Stop
from .study import Study
from .trials import TrialLog
from .watching import Watcher

CONTEXT = multiprocessing.get_context("spawn")

TICK = 0.2
"""Seconds from one look at Ctrl-C and the clock to the next."""

GRACE = 5
"""Seconds that a process has to end once its work is done."""


class TrialLost(Exception):
    """The process that ran a trial is gone; the error's type and message are `args`."""


class Searcher:
    """A process that searches, seen from outside."""

    def __init__(
        self, study: Study, budget: Budget, stop: Stop, watcher: Watcher
    ) -> None:
        """Start it.

        Args:
            study: Where it logs, and what it goes on with.
            budget: How much there is to search.
            stop: When it is to stop before that.
            watcher: Who is told what it tells.
        """
        self.stop = stop
        self.watcher = watcher
        self.running: Record | None = None
        """The trial that it has begun and not ended, as far as its record is known."""
        self.begun_at = 0.0
        self.is_over = False
        self.connection, theirs = CONTEXT.Pipe()
        self.process = CONTEXT.Process(
            target=search_there,
            args=(theirs, study, budget, stop.seconds_left(), watcher.failures),
        )
        self.process.start()
        theirs.close()

    def follow(self, trial_timeout: float) -> None:
        """Pass on what it tells, until it is done.

        Raises:
            TrialLost: It is gone, and a trial with it.
            UserError: The search cannot go on.
            KeyboardInterrupt: It has stopped.
            SystemExit: It had a mistake in it, which it has shown.
        """
        is_told = False
        while True:
            if self.stop.interrupted and not is_told:
                is_told = True
                with suppress(OSError):  # it is just ending by itself
                    self.connection.send("stop")
            if self.running and time.monotonic() > self.begun_at + trial_timeout:
                self.process.kill()
                message = f"it took longer than {trial_timeout:g} s (--trial-timeout)"
                raise TrialLost("TimeoutError", message)
            if not self.connection.poll(TICK):
                continue
            try:
                kind, content = self.connection.recv()
            except (EOFError, OSError):
                self.process.join()
                raise self.why_gone() from None
            if kind == "over":
                self.is_over = True
                if content is not None:
                    raise content
                return
            self.note(kind, *content)

    def note(self, kind: str, *content: Any) -> None:
        """Take in one thing that it tells, and pass it on."""
        if kind == "print":
            stream, text = content
            print(text, end="", file=getattr(sys, stream), flush=True)
        elif kind == "begun":
            (record,) = content
            if self.running is None:
                self.begun_at = time.monotonic()
            self.running = record
            self.watcher.begun(record)
        elif kind == "ended":
            (record,) = content
            self.running = None
            self.watcher.ended(record)
        else:
            self.watcher.epoch(*content)

    def why_gone(self) -> BaseException:
        """What to make of its end, which it has not announced."""
        status = self.process.exitcode or 0
        if status == 1:
            return SystemExit(1)
        if status >= 0:
            how = f"exit status {status}"
        else:
            how = signal.Signals(-status).name
            if how == "SIGKILL":
                how += ", as when memory runs out"
        if self.running:
            return TrialLost("ProcessDied", f"its process was ended by {how}")
        return UserError(f"the process that searches was ended by {how}")

    def end(self) -> None:
        """See that nothing is left of it."""
        if self.is_over:
            self.process.join(GRACE)
        self.process.kill()
        self.process.join()
        self.connection.close()


def supervise(
    study: Study, budget: Budget, stop: Stop, watcher: Watcher, trial_timeout: float
) -> None:
    """Search in other processes, one after the other.

    Args:
        study: Where to log, and what to go on with if it is there already.
        budget: How much there is to search.
        stop: When to stop before that.
        watcher: Who is told how it goes.
        trial_timeout: How many seconds a trial may take.

    Raises:
        UserError: The study cannot go on, or one trial after the other fails.
        KeyboardInterrupt: The search was stopped.
        SystemExit: The search had a mistake in it, which it has shown.
    """
    while True:
        searcher = Searcher(study, budget, stop, watcher)
        try:
            searcher.follow(trial_timeout)
            return
        except Relieved:
            study.weights_are_checked = True
        except TrialLost as lost:
            assert searcher.running is not None
            study.weights_are_checked = False
            record = settle(study, searcher.running, *lost.args)
            watcher.ended(record)
            watcher.check(record)
        finally:
            searcher.end()


def settle(study: Study, running: Record, kind: str, message: str) -> Record:
    """Log a lost trial as failed, unless it had just come into the log by itself.

    Returns:
        Its record.
    """
    log = TrialLog(study.trials_folder)
    logged = log.read(running["number"])
    if logged and logged["started"] == running["started"]:
        return logged
    note_failure(running, kind, message)
    log.add(running)
    return running
