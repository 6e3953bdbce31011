"""Projects that are installed as a wheel: where they find data, and where they write."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import Render
from tests.installed import build, install
from tests.rendering import Project
from tests.tables import write_penguins


@pytest.fixture(scope="module")
def source(render: Render) -> Project:
    """A project that reads a table in its folder."""
    return render(
        package_name="installed_study",
        data_source="csv",
        target_column="species",
        framework="sampler",
    )


@pytest.fixture(scope="module")
def installed(source: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The same, from its wheel."""
    wheel = build(source.root, "wheel")
    return Project(install(wheel, tmp_path_factory.mktemp("site")), source.package)


def test_data_are_sought_in_the_project_or_the_current_folder(
    source: Project,
    installed: Project,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert source.load("data_path").find_data() == source.root / "data.csv"
    place = installed.load("data_path")
    assert place.find_data() == tmp_path / "data.csv"
    monkeypatch.setattr(place, "DATA_PATH", "/data/x.csv")
    assert place.find_data() == Path("/data/x.csv")
    monkeypatch.setattr(place, "DATA_PATH", "~/x.csv")
    assert place.find_data() == Path.home() / "x.csv"


def test_an_option_names_the_data(
    installed: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    # What the option sets is for the process, and is put back with the rest.
    monkeypatch.setenv(installed.load("data_path").VARIABLE, "")
    ran = installed.run("tune")
    assert (ran.status, ran.err.count("\n")) == (2, 1)
    assert f"{tmp_path / 'data.csv'} is not a file" in ran.err and "--data" in ran.err
    write_penguins(tmp_path / "my penguins.csv")
    words = ["--trials", "1", "--epochs", "1", "--data", "my penguins.csv"]
    ran = installed.run("tune", *words)
    assert ran.status == 0, ran.err
    assert "reconstruct --runs" in ran.out and "--data 'my penguins.csv'" in ran.out


@pytest.mark.skipif(not shutil.which("setpriv"), reason="root may write anywhere")
def test_a_folder_that_is_not_to_be_written_to_is_named(
    source: Project, tmp_path: Path
) -> None:
    tmp_path.chmod(0o555)
    drop = ["setpriv", "--inh-caps=-all", "--bounding-set=-all"]
    runs = str(tmp_path / "a" / "b")
    command = [sys.executable, "-m", source.package, "tune", "--runs", runs]
    ran = subprocess.run(
        [*drop, *command], cwd=source.root, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 2
    said = f"error: {tmp_path} cannot be written to; name a folder with --runs\n"
    assert ran.stderr == said
