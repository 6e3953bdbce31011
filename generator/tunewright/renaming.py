"""Another package name: its folder, its imports and all that names it move before an update.

Copier compares the project with what the old answers give. With the folder moved and the
new name among the old answers, it finds each edit at its new place.
"""

import re
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from .errors import UserError
from .git import require_git, run_git
from .rename_journal import Journal

Files = Mapping[str, bytes]


@contextmanager
def renamed(
    project: Path, old: str, new: str, before: Files, after: Files, answers: str
) -> Iterator[None]:
    """Move a package for as long as an update runs, and for good where it ends well.

    Copier updates nothing that is not committed. So a commit has the move while the update
    runs; then the branch is where it was, and git shows the move among the other changes.
    A journal lets the next update settle what a kill interrupts.

    Args:
        project: Its folder, with everything committed.
        old: The name that the package has.
        new: The name that it is to have.
        before: What the template writes for the project's answers.
        after: The same under the new name.
        answers: The name of the file that holds the answers.

    Raises:
        UserError: Something is in the way. Then the project is as it was.
    """
    if (project / new).exists():
        raise UserError(
            f"{project / new} is there already; choose another package_name"
        )
    head = require_git(project, "rev-parse", "HEAD")
    folder = require_git(project, "rev-parse", "--show-prefix")
    journal = Journal(project)
    try:
        journal.note(folder=folder, head=head, old=old, new=new)
        require_git(project, "mv", old, new)
        for file in require_git(project, "ls-files", "-z", "--", ".").split("\0"):
            path = project / file
            if file and path.is_file() and not path.is_symlink():
                first, slash, rest = file.partition("/")
                source = f"{old}{slash}{rest}" if slash and first == new else file
                text = path.read_bytes()
                moved = _moved(text, old, new, before.get(source), after.get(file))
                if moved != text:
                    path.write_bytes(moved)
        path = project / answers
        line = f"package_name: '{new}'"
        recorded = path.read_text("utf-8")
        recorded = re.sub("(?m)^package_name:.*$", line, recorded)
        path.write_text(recorded, "utf-8")
        require_git(project, "add", "--update", "--", ".")
        tree = require_git(project, "write-tree")
        said = f"Rename {old} to {new}, while `tunewright update` runs"
        commit = require_git(
            project, *_WHO, "commit-tree", tree, "-p", head, "-m", said
        )
        journal.note(commit=commit)
        require_git(project, "update-ref", "HEAD", commit)
        yield
        journal.note(done=True)
    except BaseException:
        journal.settle(stash=False)
        raise
    require_git(project, "update-ref", "HEAD", head)
    journal.remove()


def mentions(project: Path, name: str) -> list[str]:
    """List the lines of committed files that still have a name, as `FILE:LINE`."""
    ran = run_git(project, "grep", "--line-number", "-Iw", "-e", name, "--", ".")
    return [":".join(line.split(":", 2)[:2]) for line in ran.stdout.splitlines()]


_WHO = ["-c", "user.name=Tunewright", "-c", "user.email=tunewright@localhost"]


def _moved(
    text: bytes, old: str, new: str, before: bytes | None, after: bytes | None
) -> bytes:
    """Return a file as it is to be under the new name, with all that was edited."""
    if (
        before is not None
        and after is not None
        and text.splitlines() == before.splitlines()
    ):
        return after
    imports = rf"(?m)^([ \t]*(?:from|import)[ \t]+){old}(?![\w-])".encode()
    text = re.sub(imports, rb"\g<1>" + new.encode(), text)
    if before is None or after is None or before == after:
        return text
    with tempfile.TemporaryDirectory() as folder:
        names = ["mine", "before", "after"]
        for name, content in zip(names, (text, before, after), strict=True):
            (Path(folder) / name).write_bytes(content)
        # Where an edited line has the name too, the edit stays as it is.
        ran = run_git(Path(folder), "merge-file", "--ours", *names)
        return (Path(folder) / "mine").read_bytes() if ran.returncode == 0 else text
