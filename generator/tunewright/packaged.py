"""The template of an installed package, where `copier update` finds it again."""

import importlib.metadata
import itertools
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import platformdirs

from .errors import UserError, git_said
from .git import run_git
from .questions import PACKAGED


def source() -> tuple[str, str]:
    """Name what a project is to record: a place of the template, and its tag there.

    Raises:
        UserError: The template cannot be kept.
    """
    if url := published():
        return url, f"v{importlib.metadata.version('tunewright')}"
    return recorded(), keep_own()


def named() -> tuple[str, str]:
    """Name the same where nothing is written that is ever updated."""
    tag = f"v{importlib.metadata.version('tunewright')}"
    return published() or recorded(), tag


def keep_own() -> str:
    """Keep the template of this very package, and return its tag.

    Raises:
        UserError: It cannot be kept.
    """
    return keep(PACKAGED, importlib.metadata.version("tunewright"), data_repository())


def published() -> str | None:
    """Return the URL of the template's repository, where the package knows one."""
    entries = importlib.metadata.metadata("tunewright").get_all("Project-URL") or []
    urls = dict(entry.split(", ", 1) for entry in entries)
    return urls.get("Template")


def data_repository() -> Path:
    """Return the folder of the repository that keeps the versions used here."""
    return platformdirs.user_data_path("tunewright", appauthor=False) / "template"


def recorded() -> str:
    """Return that folder as projects record it: no matter whose home it stands in."""
    folder, home = data_repository(), Path.home()
    if folder.is_relative_to(home):
        return f"~/{folder.relative_to(home).as_posix()}"
    return str(folder)


def require(tag: str) -> None:
    """Make sure that a version is known here.

    Raises:
        UserError: It was used on another machine only.
    """
    if not _tree_of(data_repository(), tag):
        raise UserError(
            f"{data_repository()} has no {tag}, which the project was made from; run "
            f"`tunewright update` with tunewright {tag.removeprefix('v')} first"
        )


def keep(template: Path, version: str, repository: Path) -> str:
    """Make a version of the template known to the repository, unless it is so already.

    Args:
        template: A folder with `copier.yml` and `template`.
        version: That of the package.
        repository: Made if need be. Other processes may do the same at the same time.

    Returns:
        The tag that has this very template. A package that was built again with another
        template, and without another version, has a tag of its own.

    Raises:
        UserError: The folder cannot be written, or there is no git.
    """
    try:
        if not (repository / ".git").is_dir():
            _make(repository)
        tree = _write_tree(repository, template)
        return next(tag for tag in _tags(version) if _has(repository, tag, tree))
    except OSError as error:
        raise UserError(
            f"{repository} cannot keep the template: {error.strerror or error}"
        ) from error


def _tags(version: str) -> Iterator[str]:
    """Name the tags that templates of a version may have, in turn."""
    yield f"v{version}"
    for number in itertools.count(1):
        yield f"v{version}.post{number}"


def _make(repository: Path) -> None:
    """Prepare the repository elsewhere: under its own name it is whole."""
    repository.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=repository.parent) as folder:
        prepared = Path(folder) / repository.name
        prepared.mkdir()
        _git(prepared, "init", "--quiet", "--template=")
        try:
            prepared.rename(repository)
        except OSError:  # another process was faster, or it cannot be
            if not (repository / ".git").is_dir():
                raise


def _write_tree(repository: Path, template: Path) -> str:
    """Store the template's files, whatever this person's git ignores or converts."""
    with tempfile.TemporaryDirectory() as folder:
        own = {"GIT_INDEX_FILE": str(Path(folder) / "index")}
        paths = ["copier.yml", "template", ":(exclude,glob)**/__pycache__/**"]
        settings = ["-c", "core.autocrlf=false", f"--work-tree={template}"]
        _git(repository, *settings, "-C", str(template), "add", "-f", *paths, **own)
        return _git(repository, "write-tree", **own)


def _has(repository: Path, tag: str, tree: str) -> bool:
    """Find out whether a tag has these files, and make it where there is none yet."""
    if held := _tree_of(repository, tag):
        return held == tree
    who = {
        f"GIT_{role}_{what}": value
        for role in ("AUTHOR", "COMMITTER")
        for what, value in (("NAME", "Tunewright"), ("EMAIL", "tunewright@localhost"))
    }
    commit = _git(repository, "commit-tree", tree, "-m", f"Tunewright {tag}", **who)
    try:
        # The empty old value lets git refuse where another process has just made the tag.
        _git(repository, "update-ref", f"refs/tags/{tag}", commit, "")
    except UserError:
        if held := _tree_of(repository, tag):
            return held == tree
        raise
    return True


def _tree_of(repository: Path, tag: str) -> str:
    """Return what a tag has; nothing where there is no such tag."""
    return _git(repository, "for-each-ref", "--format=%(tree)", f"refs/tags/{tag}")


def _git(repository: Path, *words: str, **environment: str) -> str:
    """Run git in the repository, and in no other that the environment may name."""
    outside = {name: os.environ[name] for name in os.environ if name != "GIT_WORK_TREE"}
    place = f"--git-dir={repository / '.git'}"
    ran = run_git(repository, place, *words, environment=outside | environment)
    if ran.returncode:
        raise UserError(f"{repository}: {git_said(ran.stderr, ran.returncode)}")
    return ran.stdout.strip()
