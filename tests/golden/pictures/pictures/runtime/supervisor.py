"""The search in a process of its own, so that no trial takes the study down with it.

A trial may use up the memory, crash the interpreter or hang. Then another process goes on
with the study, as the next `tune` would. Every few trials another one goes on anyway, for
TensorFlow does not give back all the memory that a model took.
"""

import math
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import asdict

from ..errors import UserError
from ..study import Budget, Study
from ..study.running import RunningFile, running_files
from .signals import OutOfTime, Stop

POLL_INTERVAL_S = 0.1
"""From one look at the processes, Ctrl-C and the clock to the next."""

MAX_IDLE_DEATHS = 5
"""So many processes may die one after the other with no trial begun."""

CHANGE_OF_PROCESS = 75
"""The exit status of a process that has run its share of trials."""

ENDS = (0, 1, 2, 130, CHANGE_OF_PROCESS)
"""How a process ends by itself: done, by a mistake in the code or of the user, by Ctrl-C."""

DIED = -1
"""What stands for the status of a process that did not end by itself."""


class SearchProcess:
    """A process that runs `tune --supervised`, seen from outside."""

    def __init__(self, study: Study, budget: Budget, stop: Stop) -> None:
        """Start it.

        Args:
            study: Where it logs, and what it goes on with.
            budget: How much there is to search.
            stop: When it is to stop before that.
        """
        self.stop = stop
        self.stopped = False
        """It has been told to stop."""
        self.died_idle = False
        """It died before it began a trial."""
        self.trials_folder = study.trials_folder
        self.started = time.time()
        package = str(__package__).split(".")[0]
        command = [sys.executable, "-m", package, "tune", "--supervised"]
        command += ["--study", study.name, "--runs", str(study.folder.parent)]
        for name, value in asdict(budget).items():
            command += [f"--{name.replace('_', '-')}", str(value)]
        # Ctrl-C reaches this process alone, which passes it on; the pipe's end says to
        # the other that this one is gone.
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            start_new_session=True,
        )

    def running_file(self) -> RunningFile | None:
        """Return the file of the trial that this process runs, or died of."""
        for file in running_files(self.trials_folder):
            running = file.read()
            # One that is older is of another process, which had the same number.
            if running is None or running.started < self.started:
                continue
            if running.pid == self.process.pid:
                return file
        return None

    def poll(self, trial_timeout: float) -> int | None:
        """Look after the process, and return its exit status once it has ended.

        Args:
            trial_timeout: How many seconds a trial may take.
        """
        if self.stop.is_due() and not self.stopped:
            self.stopped = True
            self.process.send_signal(signal.SIGINT)
        status = self.process.poll()
        if status is None and self.has_taken_longer_than(trial_timeout):
            self.kill()
            message = f"it took longer than {trial_timeout:g} s (--trial-timeout)"
            if self.has_taken_longer_than(trial_timeout):  # and has not just ended
                self.note_crash("TimeoutError", message, last=True)
            return DIED
        if status is not None and status not in ENDS:
            how = (
                signal.Signals(-status).name if status < 0 else f"exit status {status}"
            )
            how += ", as when memory runs out" if how == "SIGKILL" else ""
            self.note_crash("ProcessDied", f"its process was ended by {how}")
            return DIED
        return status

    def has_taken_longer_than(self, trial_timeout: float) -> bool:
        """Return whether the running trial has had its time."""
        file = self.running_file() if trial_timeout < math.inf else None
        running = file.read() if file else None
        return running is not None and time.time() - running.started > trial_timeout

    def note_crash(self, kind: str, message: str, *, last: bool = False) -> None:
        """Note of what the process died, for whoever runs its trial again."""
        file = self.running_file()
        running = file.read() if file else None
        self.died_idle = running is None
        if file is None or running is None:
            return
        file.note_death(kind, message, last=last)
        if not last and running.deaths == 0:
            print(
                f"trial {running.number}: {message}; it is run again", file=sys.stderr
            )

    def kill(self) -> None:
        """See that nothing is left of it."""
        self.process.kill()
        self.process.wait()


def supervise(study: Study, budget: Budget, stop: Stop, trial_timeout: float) -> int:
    """Run one process after the other, until the search ends by itself.

    Args:
        study: Where to log, and what to go on with if it is there already.
        budget: How much there is to search.
        stop: When to stop before that.
        trial_timeout: How many seconds a trial may take.

    Returns:
        The exit status of the search.

    Raises:
        UserError: One process after the other dies before it begins a trial.
        KeyboardInterrupt: The search was stopped.
    """
    idle = 0
    while True:
        process = SearchProcess(study, budget, stop)
        try:
            while (status := process.poll(trial_timeout)) is None:
                time.sleep(POLL_INTERVAL_S)
        finally:
            process.kill()
        raise_if_due(stop)
        if status not in (CHANGE_OF_PROCESS, DIED):
            return status
        idle = idle + 1 if process.died_idle else 0
        check_idle(idle)


def raise_if_due(stop: Stop) -> None:
    """Raise what a search ends with that was told to stop.

    Raises:
        KeyboardInterrupt: It was told so by hand, or its time is up.
    """
    if stop.interrupted:
        raise KeyboardInterrupt
    if stop.is_due():
        raise OutOfTime


def check_idle(deaths: int) -> None:
    """End a search whose processes die before they begin a trial.

    Raises:
        UserError: So many did, one after the other.
    """
    if deaths >= MAX_IDLE_DEATHS:
        raise UserError(f"{deaths} processes in a row died before they began a trial")


def end_with_parent() -> None:
    """End this process when the supervisor is gone."""

    def wait() -> None:
        sys.stdin.read()
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()
