"""What git's folder holds of a rename while it runs, so that no kill leaves it half done."""

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

from .errors import UserError
from .git import require_git, run_git


class Journal:
    """The file in git's folder: facts of a rename, a line of JSON each time some are known."""

    def __init__(self, project: Path) -> None:
        """Open it for this process alone, and read what is there.

        Raises:
            UserError: Another process has it.
        """
        self._top = Path(require_git(project, "rev-parse", "--show-toplevel"))
        self.path = journal_path(project)
        self._file = self.path.open("a+b")
        with suppress(ImportError):  # Windows deletes no file that another process has
            import fcntl

            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise UserError(
                    "another `tunewright update` renames the package; wait for it"
                ) from error
        self._file.seek(0)
        self._facts: dict[str, Any] = {}
        for line in self._file.readlines():
            if line.endswith(b"\n"):  # it was written to its end
                self._facts |= json.loads(line)

    def note(self, **facts: Any) -> None:
        """Write down what is about to be done."""
        self._facts |= facts
        self._file.write(json.dumps(facts).encode() + b"\n")
        self._file.flush()

    def remove(self) -> None:
        """Forget the rename, which is done or undone."""
        self._file.close()
        self.path.unlink()

    def settle(self, *, stash: bool) -> str:
        """Put back the branch and, unless all was done, the index and the files.

        Args:
            stash: Whether git's stash is to have what the files were, as somebody may have
                changed them since.

        Returns:
            What became of the project.

        Raises:
            UserError: Git cannot do it, or there are commits since.
        """
        if not self._facts:
            self.remove()
            return "nothing had changed"
        project = self._top / self._facts["folder"]
        head, old, new = (self._facts[name] for name in ("head", "old", "new"))
        now = require_git(project, "rev-parse", "HEAD")
        if now == self._facts.get("commit"):
            require_git(project, "update-ref", "HEAD", head)
        elif now != head:
            raise UserError(
                f"it was to rename {old} to {new}, and there are commits since: see "
                f"`git log {head[:12]}..`, then delete {self.path}"
            )
        said = "it was done, and git shows all that it changed"
        if not self._facts.get("done"):
            if (project / new).is_dir() and not (project / old).exists():
                (project / new).rename(project / old)
            require_git(project, "reset", "--quiet", "--", ".")
            said = f"{project} is as it was before"
            if stash and require_git(project, "status", "--porcelain", "--", "."):
                words = "What an interrupted `tunewright update` left"
                everything = ["--include-untracked", "--quiet", "--message", words]
                require_git(project, "stash", "push", *everything, "--", ".")
                said += "; what it left is in `git stash list`"
            require_git(project, "checkout", "--quiet", "--", ".")
            require_git(project, "clean", "--quiet", "--force", "-d", "--", ".")
        self.remove()
        return said


def journal_path(project: Path) -> Path:
    """Return where the journal of a project's repository is."""
    return project / require_git(
        project, "rev-parse", "--git-path", "tunewright-rename"
    )


def settle_interrupted(project: Path) -> str | None:
    """See to a rename that was killed, and say what became of the project.

    Raises:
        UserError: It cannot be undone.
    """
    in_git = not run_git(project, "rev-parse", "--git-dir").returncode
    if not in_git or not journal_path(project).exists():
        return None
    try:
        return "an update was interrupted; " + Journal(project).settle(stash=True)
    except UserError as error:
        raise UserError(f"an update was interrupted; {error}") from error
