"""Commands in projects, in processes that hold the frameworks when they begin.

Each is forked from one process which has imported them and done nothing else, and so are
those that a command starts. This spares every one of them the seconds that TensorFlow takes.
"""

import gc
import importlib
import multiprocessing
import os
import runpy
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from multiprocessing import forkserver, reduction
from pathlib import Path
from typing import Any

import dask.config

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # which TensorFlow heeds as it loads
# A process has one Keras for all projects, and the first must not choose JAX for the others.
os.environ.setdefault("KERAS_BACKEND", "tensorflow")

processes = multiprocessing.get_context("forkserver")
processes.set_forkserver_preload(
    [
        "distributed",
        "keras",
        "keras_tuner",
        "mlflow.store.tracking.sqlalchemy_store",
        "mlflow.tracking",
        "optuna.storages._rdb.models",
        "optuna.visualization",
        "scikeras.wrappers",
        "sklearn.model_selection",
        "skops.io",
        __name__,
    ]
)


class Command:
    """A command in a project that runs, to be used as `subprocess.Popen` is."""

    def __init__(
        self,
        folder: Path,
        module: str,
        words: Sequence[str],
        environment: Mapping[str, str],
        output: Path,
        errors: Path | None = None,
    ) -> None:
        """Start it.

        Args:
            folder: The project's, in which it runs.
            module: The package, or what else `python -m` can run.
            words: The command line.
            environment: All variables.
            output: The file that gets what it prints.
            errors: The file that gets what it complains of, unless that is the same.
        """
        self.output = output
        self.errors = errors or output
        self.output.unlink(missing_ok=True)
        self.errors.unlink(missing_ok=True)
        # Both may be one file, in which neither writes over the other.
        with self.output.open("ab") as out, self.errors.open("ab") as err:
            streams = (Stream(out.fileno()), Stream(err.fileno()))
            self._process = processes.Process(
                target=begin,
                args=(dict(environment), *streams, obey, (folder, module, words)),
            )
            self._process.start()
        assert self._process.pid
        self.pid = self._process.pid

    @property
    def returncode(self) -> int | None:
        """The exit status, or less than zero for the signal that has ended it."""
        return self._process.exitcode

    def poll(self) -> int | None:
        """The same."""
        return self.returncode

    def wait(self, timeout: float | None = None) -> int | None:
        """The exit status once it has ended, or None where that takes too long."""
        self._process.join(timeout)
        return self.returncode

    def communicate(self) -> tuple[str, str]:
        """What it printed and what it complained of, once it has ended."""
        self.wait()
        return self.output.read_text("utf-8"), self.errors.read_text("utf-8")

    def send_signal(self, number: int) -> None:
        """Send a signal, unless it has ended, which it may while it is asked."""
        if self.poll() is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def kill(self) -> None:
        """End it at once."""
        self._process.kill()


class Stream:
    """A file descriptor, which a process that is started gets a duplicate of."""

    def __init__(self, number: int) -> None:
        self.number = number

    def __getstate__(self) -> Any:
        return reduction.DupFd(self.number)

    def __setstate__(self, duplicate: Any) -> None:
        self.number = duplicate.detach()


class ForkedPopen:
    """What a project's supervisor starts, in place of a new interpreter."""

    def __init__(
        self,
        command: Sequence[str],
        stdin: int,
        start_new_session: bool,
        env: Mapping[str, str] | None = None,
    ) -> None:
        """Start `python -m MODULE WORDS` with this process's streams.

        Args:
            command: The interpreter, `-m`, the module and its words.
            stdin: It is given a pipe, whose end tells it that this process is gone.
            start_new_session: Whether Ctrl-C reaches it only as a signal that is sent.
            env: All variables, if not those of this process.
        """
        _, _, module, *words = command
        read, write = os.pipe()
        self._process = processes.Process(
            target=begin,
            args=(dict(env or os.environ), Stream(1), Stream(2), obey),
            kwargs={
                "arguments": (Path.cwd(), module, words),
                "stdin": Stream(read),
                "new_session": start_new_session,
            },
        )
        self._process.start()
        os.close(read)
        self.stdin = os.fdopen(write, "wb")
        assert self._process.pid
        self.pid = self._process.pid

    def poll(self) -> int | None:
        """Its exit status, or less than zero for the signal that has ended it."""
        return self._process.exitcode

    def wait(self) -> None:
        """Wait for its end."""
        self._process.join()

    def send_signal(self, number: int) -> None:
        """Send a signal, unless it has ended, which it may while it is asked."""
        if self.poll() is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def kill(self) -> None:
        """End it at once."""
        self._process.kill()


class Subprocess:
    """The part of the module `subprocess` that a supervisor uses."""

    PIPE = subprocess.PIPE
    Popen = ForkedPopen


def begin(
    environment: Mapping[str, str],
    output: Stream,
    errors: Stream,
    target: Callable[..., object],
    arguments: Sequence[Any],
    stdin: Stream | None = None,
    new_session: bool = False,
) -> None:
    """Call a function in this process, which is for nothing else."""
    hasten()
    os.dup2(output.number, 1)
    os.dup2(errors.number, 2)
    if stdin:
        os.dup2(stdin.number, 0)
        sys.stdin = open(0, closefd=False)  # noqa: SIM115 - for as long as it lives
    if new_session:
        os.setsid()
    os.environ.clear()
    os.environ.update(environment)
    dask.config.refresh()  # it has read the environment of the process before
    # That there is a server already, its children are told and do not look.
    forkserver._forkserver.ensure_running = lambda: None  # type: ignore[method-assign]
    target(*arguments)


def hasten() -> None:
    """Leave out what pays only in searches that last longer than those of tests.

    What was imported is not searched for garbage, other objects less often, and graphs
    that run for a second are run as they were traced. All processes must do so whose
    results are compared: a graph that is not optimised adds in another order.
    """
    import tensorflow as tf  # which some processes that import this module never need

    gc.freeze()
    gc.set_threshold(20_000, 10, 10)
    tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": True})


def obey(folder: Path, module: str, words: Sequence[str]) -> None:
    """Do what `python -m` does, in a folder."""
    os.chdir(folder)
    sys.path.insert(0, str(folder))
    sys.argv = [module, *words]
    if (folder / module / "runtime" / "supervisor.py").exists():
        supervisor = importlib.import_module(f"{module}.runtime.supervisor")
        supervisor.subprocess = Subprocess  # type: ignore[attr-defined]
    runpy.run_module(module, run_name="__main__", alter_sys=True)
