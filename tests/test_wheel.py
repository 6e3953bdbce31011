"""The package without its checkout: projects are made from it, and updated."""

import json
import runpy
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from tunewright.questions import TEMPLATE

from tests.commands import answers_of
from tests.installed import Machine, build, install, source
from tests.repositories import commit, git

OLD, NEW = "1.0.0", "1.1.0"
LINES = {OLD: "/old/", NEW: "/new/"}
"""The first line of `.gitignore`, which differs between the versions."""


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    """The versions of the package, each installed in a folder."""
    sites = {}
    for version, line in LINES.items():
        folder = tmp_path_factory.mktemp("site")
        wheel = build(source(folder / "source", version, line), "wheel")
        sites[version] = install(wheel, folder / "site")
    return sites


@pytest.fixture
def machine(sites: Mapping[str, Path], tmp_path: Path) -> Machine:
    """A machine that has the old version, and has never run it."""
    (tmp_path / "home").mkdir()
    return Machine(tmp_path / "home", sites[OLD])


@pytest.fixture
def project(machine: Machine) -> Path:
    """A project that was made there and committed."""
    machine.run("tunewright", "new", "project")
    commit(machine.home / "project")
    return machine.home / "project"


def newer(machine: Machine) -> Any:
    """What Copier says of newer versions."""
    said = machine.run("copier", "check-update", "--output-format", "json", "project")
    return json.loads(said.stdout)


def template_version(project: Path) -> Any:
    """What the project says that it was made from."""
    return runpy.run_path(str(project / "digit_study/config.py"))["TEMPLATE_VERSION"]


def test_the_package_is_not_the_checkout(
    machine: Machine, sites: Mapping[str, Path]
) -> None:
    code = "import tunewright.questions as q; print(q.__file__, q.TEMPLATE, sep='\\n')"
    file, template = machine.python("-c", code).stdout.splitlines()
    assert file == str(sites[OLD] / "tunewright" / "questions.py")
    assert template == str(sites[OLD] / "tunewright" / "_template")
    assert machine.run("tunewright", "--version").stdout == f"tunewright {OLD}\n"


def test_wheel_and_sdist_have_the_whole_template(tmp_path: Path) -> None:
    folder = source(tmp_path / "source", OLD, LINES[OLD])
    paths = [p for p in (TEMPLATE / "template").rglob("*") if p.is_file()]
    files = {p.relative_to(TEMPLATE).as_posix() for p in paths} | {"copier.yml"}
    files = {file for file in files if "__pycache__" not in file}
    with zipfile.ZipFile(build(folder, "wheel")) as wheel:
        place = "tunewright/_template/"
        names = [name for name in wheel.namelist() if name.startswith(place)]
        assert {name.removeprefix(place) for name in names} == files
    with tarfile.open(build(folder, "sdist")) as sdist:
        assert files <= {name.split("/", 1)[1] for name in sdist.getnames()}


def test_a_project_is_as_one_from_the_checkout(machine: Machine, project: Path) -> None:
    checkout = machine.home.parent / "checkout"
    source(checkout, OLD, LINES[OLD])
    commit(checkout, f"v{OLD}")
    command = [sys.executable, "-m", "copier", "copy", "--defaults", "--quiet"]
    subprocess.run([*command, checkout, machine.home / "copied"], check=True)
    words = ["diff", "--no-index", "--name-only", "copied", "project"]
    ran = subprocess.run(
        ["git", *words], cwd=machine.home, capture_output=True, text=True, check=False
    )
    # They say where the template is.
    differing = {".copier-answers.yml", "README.md"}
    names = {line for line in ran.stdout.splitlines() if "/.git/" not in line}
    assert {name.removeprefix("project/") for name in names} <= differing


def test_a_newer_package_brings_its_template_and_keeps_edits(
    machine: Machine, project: Path, sites: Mapping[str, Path]
) -> None:
    recorded = answers_of(project)
    assert recorded["_src_path"] == "~/data/tunewright/template"
    assert recorded["_commit"] == template_version(project) == f"v{OLD}"

    with (project / "README.md").open("a", encoding="utf-8") as readme:
        readme.write("The owner's words.\n")
    with (project / ".gitignore").open("a", encoding="utf-8") as ignored:
        ignored.write("/runs/\n")
    commit(project)
    # Its own install, with no more than what builds it: what it needs is here already.
    words = ["--quiet", "--no-index", "--no-deps", "--no-build-isolation"]
    machine.run("pip", "install", *words, "--target", "installed", "./project")
    study = ("--runs", "project/runs")
    budget = ("--trials", "1", "--epochs", "1")
    machine.site = machine.home / "installed"
    machine.run("digit_study", "tune", *budget, *study)
    machine.site = sites[NEW]
    ran = machine.run("tunewright", "update", "project", "-d", "project_name=Mine")
    assert ran.stderr == "" and "conflict:" not in ran.stdout
    assert (project / ".gitignore").read_text("utf-8").startswith("/new/\n")
    assert (project / "README.md").read_text("utf-8").endswith("The owner's words.\n")
    assert answers_of(project)["project_name"] == "Mine"
    assert answers_of(project)["_commit"] == template_version(project) == f"v{NEW}"
    assert newer(machine)["update_available"] is False

    machine.site = project
    listed = json.loads(machine.run("digit_study", "trials", "--json", *study).stdout)
    assert [record["state"] for record in listed] == ["complete"]


def test_a_comparison_knows_its_version(machine: Machine) -> None:
    code = (
        "from argparse import Namespace; from pathlib import Path;"
        "from tunewright.commands.compare import generate;"
        "options = Namespace(out=Path('compared'), frameworks=['manual'], trials=1,"
        " epochs=1, template=None, vcs_ref=None);"
        "generate(options, {}, set())"
    )
    ran = machine.python("-c", code)
    assert ran.returncode == 0, ran.stderr
    (project,) = machine.home.glob("compared/*")
    assert template_version(project) == f"v{OLD}"


@pytest.mark.matrix
def test_a_conflict_is_listed(
    machine: Machine, project: Path, sites: Mapping[str, Path]
) -> None:
    ignored = project / ".gitignore"
    ignored.write_text(ignored.read_text("utf-8").replace("/old/", "/mine/"), "utf-8")
    commit(project)
    machine.site = sites[NEW]
    ran = machine.run("tunewright", "update", "project", status=1)
    assert ran.stdout.splitlines()[-1] == "conflict: .gitignore"
    assert ran.stderr.startswith("error: 1 file ") and ran.stderr.count("\n") == 1
    assert git(project, "diff", "--name-only", "--diff-filter=U") == ".gitignore"
    assert {"/mine/", "/new/"} <= set(ignored.read_text("utf-8").splitlines())


@pytest.mark.matrix
def test_plain_copier_knows_what_was_used(
    machine: Machine, project: Path, sites: Mapping[str, Path]
) -> None:
    assert newer(machine)["update_available"] is False
    machine.site = sites[NEW]
    machine.run("tunewright", "new", "other")
    found = newer(machine)
    assert (found["update_available"], found["latest_version"]) == (True, NEW)
    machine.run("copier", "update", "--defaults", "project")
    assert answers_of(project)["_commit"] == f"v{NEW}"


@pytest.mark.matrix
def test_a_version_from_another_machine_is_named(
    machine: Machine, project: Path, sites: Mapping[str, Path]
) -> None:
    machine.home.joinpath("data").rename(machine.home / "elsewhere")
    machine.site = sites[NEW]
    ran = machine.run("tunewright", "update", "project", status=2)
    assert f"with tunewright {OLD} first" in ran.stderr and ran.stderr.count("\n") == 1
    machine.site = sites[OLD]
    machine.run("tunewright", "update", "project")
    assert answers_of(project)["_commit"] == f"v{NEW}"


def test_a_published_template_is_recorded_by_its_url(tmp_path: Path) -> None:
    url = f"git+file://{tmp_path / 'source'}"
    folder = source(tmp_path / "source", OLD, LINES[OLD], f'Template = "{url}"')
    site = install(build(folder, "wheel"), tmp_path / "site")
    commit(folder, f"v{OLD}")
    (tmp_path / "home").mkdir()
    machine = Machine(tmp_path / "home", site)
    machine.run("tunewright", "new", "project")
    recorded = answers_of(machine.home / "project")
    assert (recorded["_src_path"], recorded["_commit"]) == (url, f"v{OLD}")
    assert not (machine.home / "data").exists()


def test_nothing_is_left_where_the_template_cannot_be_kept(machine: Machine) -> None:
    (machine.home / "data").write_text("")
    ran = machine.run("tunewright", "new", "project", status=2)
    assert "cannot keep the template" in ran.stderr and ran.stderr.count("\n") == 1
    assert [path.name for path in machine.home.iterdir()] == ["data"]
