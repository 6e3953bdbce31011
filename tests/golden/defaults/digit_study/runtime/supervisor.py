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
from ..study.running import MAX_DEATHS, Running, RunningFile, running_files
from .signals import Stop

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
        """Start it."""
        self.stop = stop
        self.told_to_stop = False
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
            command, stdin=subprocess.PIPE, start_new_session=True
        )

    def find_running(self) -> tuple[RunningFile, Running] | None:
        """Find the trial that this process runs, or died of."""
        for file in running_files(self.trials_folder):
            running = file.read()
            # One that is older is of another process, which had the same number.
            if running is None or running.started < self.started:
                continue
            if running.pid == self.process.pid:
                return file, running
        return None

    def poll(self, trial_timeout: float) -> int | None:
        """Look after the process, and return its exit status once it has ended."""
        if self.stop.is_due() and not self.told_to_stop:
            self.told_to_stop = True
            self.process.send_signal(signal.SIGINT)
        status = self.process.poll()
        if status is None and self.is_overdue(trial_timeout):
            self.kill()
            if self.is_overdue(trial_timeout):  # and has not just ended
                message = f"it took longer than {trial_timeout:g} s (--trial-timeout)"
                self.note_crash("TimeoutError", message, last=True)
            return DIED
        if status is None:
            return None
        found = self.find_running()
        if status in ENDS and not (found and found[1].begun):
            return status
        how = signal.Signals(-status).name if status < 0 else f"exit status {status}"
        how += ", as when memory runs out" if how == "SIGKILL" else ""
        self.note_crash("ProcessDied", f"its process was ended by {how}")
        return DIED

    def is_overdue(self, trial_timeout: float) -> bool:
        """Return whether the running trial has had its time."""
        found = self.find_running() if trial_timeout < math.inf else None
        return found is not None and time.time() - found[1].started > trial_timeout

    def note_crash(self, kind: str, message: str, *, last: bool = False) -> None:
        """Note of what the process died, for whoever runs its trial again."""
        found = self.find_running()
        self.died_idle = found is None
        if found is None:
            return
        file, running = found
        deaths = MAX_DEATHS if last else running.deaths + 1
        file.update(deaths=deaths, kind=kind, message=message)
        if not last and running.deaths == 0:
            again = f"trial {running.number}: {message}; it is run again"
            print(again, file=sys.stderr)

    def kill(self) -> None:
        """See that nothing is left of it."""
        self.process.kill()
        self.process.wait()


def supervise(study: Study, budget: Budget, stop: Stop, trial_timeout: float) -> int:
    """Search in one process after the other, and return the search's exit status.

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
        stop.check()
        if status not in (CHANGE_OF_PROCESS, DIED):
            return status
        idle = idle + 1 if process.died_idle else 0
        if idle == MAX_IDLE_DEATHS:
            raise UserError(f"{idle} processes in a row died before they began a trial")


def end_with_parent() -> None:
    """End this process when the supervisor is gone."""

    # `exit()` in a model closes the standard input, and would wait for whoever reads it.
    pipe = os.dup(sys.stdin.fileno())

    def wait() -> None:
        os.read(pipe, 1)  # returns at the pipe's end, for nothing is ever written
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()
