"""A study's folder, and `study.json`: what was searched there, over which data."""

import ast
import hashlib
import json
import re
import shlex
import sys
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import msgspec

from .errors import UserError
from .files import read_regular, set_aside, write_atomically
from .settings import PROJECT, TEMPLATE_VERSION

FRAMEWORK = "optuna"
ALGORITHM = "nsga2"
MODEL_SOURCE = Path(__file__).with_name("model.py")
PACKAGES = ["keras", "numpy", "optuna", "tensorflow"]

CHANGED = {
    "framework": "it was searched with another framework",
    "algorithm": "it was searched with another algorithm",
    "objective": "it was searched for another objective",
    "search_space": "model.py has changed since it began",
    "data": "the data have changed since it began",
    "epochs": "it was searched with another number of --epochs",
    "seed": "it was searched with another --seed",
}
"""What must be as it was for trials to be comparable, and what to say if it is not."""


class Study:
    """The folder of one study, which need not be there yet."""

    def __init__(self, runs: Path, name: str) -> None:
        """Name a study.

        Raises:
            UserError: The name would not make a folder of its own.
        """
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}", name) or re.fullmatch(
            r".*\.|(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?", name, re.IGNORECASE
        ):
            raise UserError(
                f"--study {name!r}: write 1 to 64 letters, digits, dots, hyphens and _, "
                "with a letter or digit first, no dot last, and no name of a device"
            )
        self.name = name
        self.folder = runs / name
        self.trials_folder = self.folder / "trials"
        self.weights_are_checked = False
        """Whether that was done by a process which this one has relieved."""

    @property
    def exists(self) -> bool:
        """Whether a search has begun here."""
        return self.description_path.exists() or self.copy_path.exists()

    @property
    def description_path(self) -> Path:
        """`study.json`."""
        return self.folder / "study.json"

    @property
    def copy_path(self) -> Path:
        """A copy of it, in case that it is lost."""
        return self.trials_folder / "study.json"

    def command_line(self, *command: str) -> str:
        """A command for this study, to copy."""
        words = ["python", "-m", str(__package__), *command]
        if self.name != "default":
            words += ["--study", self.name]
        if self.folder.parent != Path("runs"):
            words += ["--runs", str(self.folder.parent)]
        return shlex.join(words)

    def describe(self) -> dict[str, Any]:
        """What `study.json` says; where it is lost, it is restored from its copy.

        Raises:
            UserError: There is no such study, or both files are lost.
        """
        description = read_description(self.description_path)
        if description is None:
            description = read_description(self.copy_path)
            if description is None:
                raise UserError(self.why_unknown())
            self.write(self.description_path, description)
            print(
                f"{self.description_path} was lost, and is restored from its copy",
                file=sys.stderr,
            )
        return description

    def why_unknown(self) -> str:
        """Why nothing says what the study searches."""
        if any(self.trials_folder.glob("trial_*.json")):
            return (
                f"{self.description_path} is lost, so nobody knows what was searched; "
                f"`trials` lists what is in {self.trials_folder} all the same, and "
                "--study NAME begins another"
            )
        return (
            f"there is no study {self.name!r} in {self.folder.parent}; "
            "`tune` begins one"
        )

    def write(self, path: Path, description: dict[str, Any]) -> None:
        """Write `study.json`, or its copy."""
        text = json.dumps(description, indent=2, ensure_ascii=False)
        write_atomically(path, text + "\n")

    def begin_or_resume(self, description: dict[str, Any]) -> None:
        """Write down what is about to be searched, or see that it is what was.

        Args:
            description: A value for each key of `CHANGED`.

        Raises:
            UserError: The study in this folder searched something else.
        """
        if not self.exists:
            if any(self.trials_folder.glob("trial_*.json")):
                raise UserError(self.why_unknown())
            self.trials_folder.mkdir(parents=True, exist_ok=True)
            about = {
                "project": PROJECT,
                "template_version": TEMPLATE_VERSION,
                **description,
                "packages": versions(),
            }
            write_atomically(self.folder / "model.py", MODEL_SOURCE.read_text("utf-8"))
            self.write(self.description_path, about)
            self.write(self.copy_path, about)
            return
        before = self.describe()
        self.check_same(before, description)
        if read_description(self.copy_path) != before:
            self.write(self.copy_path, before)

    def check_same(self, before: dict[str, Any], now: dict[str, Any]) -> None:
        """See that what is about to be searched is what was.

        Raises:
            UserError: It says what differs.
        """
        for key, message in CHANGED.items():
            if before[key] != now[key]:
                if key == "search_space":
                    message += self.first_change()
                elif key in ("epochs", "seed"):
                    message += f" ({before[key]} then, {now[key]} now)"
                raise UserError(
                    f"study {self.name!r} cannot go on: {message}; "
                    "undo that, or begin another with --study NAME"
                )

    def first_change(self) -> str:
        """Where `model.py` first differs from the copy kept when the study began."""
        try:
            before = read_regular(self.folder / "model.py").decode().splitlines()
        except (OSError, ValueError):  # no use as a hint
            return ""
        now = MODEL_SOURCE.read_text("utf-8").splitlines()
        for number, line in enumerate(now, start=1):
            if number > len(before) or line != before[number - 1]:
                return f" (line {number}: {line.strip()})"
        if len(before) == len(now):  # it changed where the study began
            return ""
        return f" (it ended later, after line {len(now)})"


def read_description(path: Path) -> dict[str, Any] | None:
    """What the file says, or nothing where it is not there; a broken one is set aside."""
    try:
        text = read_regular(path)
        description = msgspec.json.decode(text, type=dict[str, Any])
    except FileNotFoundError:
        return None
    except (ValueError, RecursionError):
        description = {}
    numbers = [description.get(key) for key in ("epochs", "seed")]
    if description.keys() >= CHANGED.keys() and all(type(n) is int for n in numbers):
        return description
    print(f"{path} is broken, and kept as {set_aside(path)}", file=sys.stderr)
    return None


def versions() -> dict[str, str]:
    """The versions of the packages that a study depends on."""
    found = {}
    for package in PACKAGES:
        # TensorFlow goes by other names too, such as tensorflow-cpu.
        with suppress(PackageNotFoundError):
            found[package] = version(package)
    return found


def search_space_digest() -> str:
    """A digest of what `model.py` does, whatever its layout and comments."""
    tree = ast.parse(MODEL_SOURCE.read_text("utf-8"))
    return hashlib.sha256(ast.dump(tree).encode()).hexdigest()
