"""The search in a process of its own, so that no trial takes the study down with it.

A trial may use up the memory, crash the interpreter or hang. Then another process goes on,
and tries it once more before it is logged as failed. Every few trials another one goes on
anyway, for TensorFlow does not give back all the memory that a model took.
"""

import multiprocessing
import signal
import sys
import time
from collections import Counter
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

MOST_IDLE = 5
"""So many processes may die one after the other with no trial logged in between."""


class ProcessLost(Exception):
    """A process is gone; the error's type and message are `args`."""


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
        self.is_told = False
        """Whether it has been told to stop."""
        self.is_over = False
        self.connection, theirs = CONTEXT.Pipe()
        self.process = CONTEXT.Process(
            target=search_there,
            args=(theirs, study, budget, stop.seconds_left(), watcher.failures),
        )
        self.process.start()
        theirs.close()

    def listen(self, trial_timeout: float) -> bool:
        """Pass on what it tells next, unless it takes its time.

        Returns:
            Whether it is done.

        Raises:
            ProcessLost: It is gone, and with it the trial that was running.
            UserError: The search cannot go on.
            KeyboardInterrupt: It has stopped.
            SystemExit: It had a mistake in it, which it has shown.
        """
        if self.stop.interrupted and not self.is_told:
            self.is_told = True
            with suppress(OSError):  # it is just ending by itself
                self.connection.send("stop")
        if self.running and time.monotonic() > self.begun_at + trial_timeout:
            self.process.kill()
            message = f"it took longer than {trial_timeout:g} s (--trial-timeout)"
            raise ProcessLost("TimeoutError", message)
        if not self.connection.poll(TICK):
            return False
        try:
            kind, content = self.connection.recv()
        except (EOFError, OSError):
            self.process.join()
            raise self.why_gone() from None
        if kind == "over":
            self.is_over = True
            if content is not None:
                raise content
        else:
            self.note(kind, *content)
        return self.is_over

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
        return ProcessLost("ProcessDied", f"its process was ended by {how}")

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
    losses = Losses(study, watcher)
    while True:
        searcher = Searcher(study, budget, stop, watcher)
        try:
            while not searcher.listen(trial_timeout):
                pass
            return
        except Relieved:
            study.weights_are_checked = True
        except ProcessLost as lost:
            study.weights_are_checked = False
            losses.settle(searcher.running, *lost.args)
        finally:
            searcher.end()


class Losses:
    """What becomes of the trials whose process was lost."""

    def __init__(self, study: Study, watcher: Watcher) -> None:
        self.study = study
        self.watcher = watcher
        self.times = Counter[int]()
        """How often each trial was lost."""
        self.idle = Counter[int]()
        """How many processes were lost without a trial, by how many were logged then."""

    def settle(self, record: Record | None, kind: str, message: str) -> None:
        """Let a trial be run again, or log it as failed if that has been done.

        One that took too long would do so again.

        Args:
            record: The trial's, if one was running.
            kind: The error's type.
            message: What it says.

        Raises:
            UserError: One trial after the other fails, or none begins.
        """
        if record is None:
            logged_by_now = len(TrialLog(self.study.trials_folder).read_all())
            self.idle[logged_by_now] += 1
            if self.idle[logged_by_now] == MOST_IDLE:
                raise UserError(
                    f"{MOST_IDLE} processes in a row died before a trial: {message}"
                )
            return
        number = record["number"]
        ended = logged(self.study, record)  # it may just have come so far
        if ended is None:
            self.times[number] += 1
            if kind == "ProcessDied" and self.times[number] == 1:
                print(f"trial {number}: {message}; it is run again", file=sys.stderr)
                return
            ended = log_as_failed(self.study, record, kind, message)
        self.watcher.ended(ended)
        self.watcher.check(ended)


def logged(study: Study, running: Record) -> Record | None:
    """The record of a trial that was running, if it has come into the log."""
    record = TrialLog(study.trials_folder).read(running["number"])
    return record if record and record["started"] == running["started"] else None


def log_as_failed(study: Study, running: Record, kind: str, message: str) -> Record:
    """Write the record of a trial that did not live to do so."""
    note_failure(running, kind, message)
    TrialLog(study.trials_folder).write(running)
    return running
