"""The script for SLURM, run by the shell, with stand-ins for SLURM's and Dask's programs."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.conftest import Render
from tests.rendering import Project


@pytest.fixture(scope="module")
def with_database(render: Render) -> Project:
    """Render a project whose processes meet in PostgreSQL."""
    return queued(render, "optuna")


@pytest.fixture(scope="module")
def on_dask(render: Render) -> Project:
    """Render a project whose trials run on Dask's workers."""
    return queued(render, "sampler")


def queued(render: Render, framework: str) -> Project:
    """Render a project with a script for SLURM."""
    cluster = {"execution": "cluster", "cluster_files": ["slurm"]}
    return render(package_name="queued", framework=framework, **cluster)


def is_free(port: int) -> bool:
    """Return whether nobody listens there."""
    with socket.socket() as other:
        return other.connect_ex((os.uname().nodename, port)) != 0


class Slurm:
    """A cluster of one machine, whose programs say what they were called with."""

    def __init__(self, project: Project, folder: Path, tune: str) -> None:
        self.log = folder / "log"
        self.script = project.root / "cluster" / "slurm.sh"
        self.folder = folder
        self.port = next(filter(is_free, range(20000 + os.getpid() % 9000, 30000)))
        self.job = str(self.port + 50000)
        note = f'echo "$(basename "$0") $*" >> {self.log}\n'
        listen = f"exec {sys.executable} -m http.server --bind $3 $5 >/dev/null 2>&1\n"
        last = f"[ $1 = scheduler ] && {listen}exec sleep 60\n"
        self.program("srun", note + 'exec "$@"\n')
        self.program("scontrol", note)
        self.program(".venv/bin/python", note + tune)
        self.program(".venv/bin/dask", note + last)

    def program(self, name: str, text: str) -> None:
        """Put a program where the script looks for it."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#!/bin/bash\n{text}")
        path.chmod(0o755)

    def start(self, *words: str, **environment: str) -> subprocess.Popen[str]:
        """Submit the script."""
        known = {
            "PATH": f"{self.folder}:{os.environ['PATH']}",
            "SLURM_CPUS_PER_TASK": "4",
            "SLURM_MEM_PER_CPU": "2048",
            "SLURM_JOB_ID": self.job,
        }
        return subprocess.Popen(
            ["bash", self.script, *words],
            cwd=self.folder,
            env=known | environment,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def calls(self) -> list[str]:
        """Return the calls, in order."""
        return self.log.read_text().splitlines() if self.log.exists() else []


def test_slurm_asks_for_the_database(with_database: Project, tmp_path: Path) -> None:
    slurm = Slurm(with_database, tmp_path, "exit 0")
    process = slurm.start()
    error = process.communicate()[1]
    assert process.returncode and "OPTUNA_STORAGE: export it" in error
    assert slurm.calls() == []


@pytest.mark.parametrize("status", [0, 1, 2, 130])
def test_a_slurm_task_out_of_time_is_queued_again(
    with_database: Project, tmp_path: Path, status: int
) -> None:
    slurm = Slurm(with_database, tmp_path, f"exit {status}")
    process = slurm.start("--study", "a b", OPTUNA_STORAGE="postgresql://")
    assert process.wait(10) == status
    assert slurm.calls() == [
        "srun .venv/bin/python -m queued tune --study a b",
        "python -m queued tune --study a b",
        *([f"scontrol requeue {slurm.job}"] if status == 130 else []),
    ]


@pytest.mark.parametrize("status", [0, 2])
def test_a_slurm_job_ends_with_its_driver(
    on_dask: Project, tmp_path: Path, status: int
) -> None:
    tune = f'echo "at $DASK_SCHEDULER_ADDRESS" >> log; sleep 0.5; exit {status}'
    slurm = Slurm(on_dask, tmp_path, tune)
    process = slurm.start("--study", "b")
    assert process.wait(10) == status
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)
    host = os.uname().nodename
    address = f"tcp://{host}:{slurm.port}"
    worker = f"dask worker {address} --nthreads 1 --no-dashboard --memory-limit 8192MiB"
    assert sorted(slurm.calls()) == [
        f"at {address}",
        f"dask scheduler --host {host} --port {slurm.port} --no-dashboard",
        worker,
        f"python -m {on_dask.package} tune --study b",
        f"srun .venv/bin/{worker}",
    ]


def test_a_slurm_job_ends_with_its_scheduler(on_dask: Project, tmp_path: Path) -> None:
    slurm = Slurm(on_dask, tmp_path, "exit 0")
    slurm.program(".venv/bin/dask", "exit 1\n")
    assert slurm.start().wait(10) == 1
    assert slurm.calls() == []


def test_a_slurm_job_out_of_time_stops_its_driver_and_is_queued_again(
    on_dask: Project, tmp_path: Path
) -> None:
    """Stop a driver in the background, where a shell starts what is deaf to Ctrl-C."""
    python = (
        "import signal, sys, time\n"
        "def stop(*_): print('stopped', flush=True); sys.exit(130)\n"
        "signal.signal(signal.SIGINT, stop)\n"
        "print('started', flush=True)\n"
        "time.sleep(30)\n"
    )
    (tmp_path / "driver.py").write_text(python)
    tune = f"exec {sys.executable} driver.py >> log"
    slurm = Slurm(on_dask, tmp_path, tune)
    process = slurm.start()
    deadline = time.monotonic() + 20
    while "started" not in slurm.calls():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    process.send_signal(signal.SIGUSR1)
    assert process.wait(20) != 0
    assert slurm.calls()[-2:] == ["stopped", f"scontrol requeue {slurm.job}"]
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)
