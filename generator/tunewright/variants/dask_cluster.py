"""A Dask cluster on this machine, of processes that may be killed."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psutil


class Cluster:
    """A scheduler, which knows nothing of the project, and workers, which have it."""

    def __init__(
        self, folder: Path, projects: Sequence[Path], workers: int, failures: int
    ) -> None:
        from distributed import Client  # which takes a second

        self.folder = folder
        self.file = folder / "scheduler.json"
        self.workers: list[subprocess.Popen[bytes]] = []
        self.environment = os.environ | {
            "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": str(failures),
            "ON_WORKER": "yes",
        }
        self.scheduler = self.run("scheduler", "--port=0", "--host=127.0.0.1")
        while not self.file.exists() or not self.file.read_text():
            assert self.scheduler.poll() is None
        self.address: str = json.loads(self.file.read_text())["address"]
        self.environment["PYTHONPATH"] = os.pathsep.join(map(str, projects))
        for _ in range(workers):
            preload = "--preload=tunewright.variants.hastened"
            self.workers.append(self.run("worker", "--nthreads=1", preload))
        if workers:
            with Client(self.address, set_as_default=False) as client:
                client.wait_for_workers(workers)

    def run(self, what: str, *options: str) -> subprocess.Popen[bytes]:
        """Start a process of the cluster."""
        number = len(self.workers)
        with (self.folder / f"{what}_{number}.log").open("wb") as log:
            return subprocess.Popen(
                [
                    *(sys.executable, "-m", f"distributed.cli.dask_{what}", *options),
                    *("--no-dashboard", f"--scheduler-file={self.file}"),
                ],
                cwd=self.folder,
                env=self.environment,
                stdout=log,
                stderr=log,
            )

    def processes(self) -> list[psutil.Process]:
        """The processes of the workers that run tasks, each watched over by another."""
        nannies = (psutil.Process(worker.pid) for worker in self.workers)
        children = [child for nanny in nannies for child in nanny.children()]
        return [
            child for child in children if "spawn_main" in " ".join(child.cmdline())
        ]

    def end(self) -> None:
        """Leave nothing of it."""
        for process in [*self.workers, self.scheduler]:
            children = psutil.Process(process.pid).children(recursive=True)
            process.kill()
            for child in children:
                child.kill()
            process.wait()


@contextmanager
def cluster(
    folder: Path, projects: Sequence[Path], workers: int = 1, failures: int = 3
) -> Iterator[Cluster]:
    """A cluster for as long as it is needed.

    Args:
        folder: Where it writes.
        projects: The folders of what its workers can import.
        workers: How many there are.
        failures: How many workers may die of a task that is run again.
    """
    made = Cluster(folder, projects, workers, failures)
    try:
        yield made
    finally:
        made.end()
