"""A study's folder, and `study.json`: what was searched there, over which data."""

import os
import re
import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, NotRequired, TypedDict

import msgspec
from filelock import FileLock, Timeout

from ..config import OBJECTIVE, PATIENCE, PROJECT, TEMPLATE_VERSION, Objective
from ..data_path import VARIABLE
from ..errors import UserError
from .files import quarantine, read_untrusted, to_json, write_atomically
from .sources import find_change, keep_sources, read_sources

FRAMEWORK = "optuna"
ALGORITHM = "nsga2"
PACKAGES = ["keras", "numpy", "optuna", "tensorflow"]

CHANGED = {
    "framework": "it was searched with another framework",
    "algorithm": "it was searched with another algorithm",
    "objective": "it was searched for another objective",
    "patience": "PATIENCE in config.py has changed since it began ({} then, {} now)",
    "data": "the data have changed since it began (does load_data draw without a seed?)",
    "epochs": "it was searched with another number of --epochs ({} then, {} now)",
    "seed": "it was searched with another --seed ({} then, {} now)",
}
"""What must be as it was for trials to be comparable, and what to say if it is not."""


class Known(TypedDict):
    """What `study.json` has; the last two, earlier versions of this project did not write."""

    framework: str
    algorithm: str
    objective: Objective
    data: str
    epochs: int
    seed: int
    patience: NotRequired[int]
    sources: NotRequired[dict[str, str]]


@dataclass(frozen=True)
class Budget:
    """How much there is to search."""

    trials: int
    """How many there are in all, earlier ones included."""
    epochs: int
    """In each trial, at the most."""
    seed: int


class Study:
    """The folder of one study, which need not be there yet."""

    def __init__(self, runs: Path, name: str) -> None:
        """Name a study; refuse a name that makes no folder of its own.

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
        self.sources_folder = self.folder / "sources"
        self.path = self.folder / "study.json"
        self.copy_path = self.trials_folder / "study.json"

    @property
    def exists(self) -> bool:
        """Return whether a search has begun here, whatever is lost of it."""
        known = self.path.exists() or self.copy_path.exists()
        return known or any(self.trials_folder.glob("trial_*.json"))

    @property
    def is_untried(self) -> bool:
        """Return whether no trial has begun here, as where no model could be made."""
        files = {path for path in self.folder.rglob("*") if path.is_file()}
        files -= {self.path, self.copy_path, *self.folder.rglob("*.lock")}
        return all(self.sources_folder in path.parents for path in files)

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Let no other process search here; a process that ends lets go of the lock.

        Raises:
            UserError: Another one does.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        try:
            # One that was just killed may take a moment to let go.
            with FileLock(self.folder / "study.lock", timeout=2):
                yield
        except Timeout:
            raise UserError(
                f"another process is tuning study {self.name!r}; wait for it, or begin "
                "another with --study NAME"
                " (several at once: `copier update -d execution=workers`)"
            ) from None

    def command_line(self, *command: str) -> str:
        """Return a command for this study, to copy."""
        words = ["python", "-m", str(__package__).split(".")[0], *command]
        if self.name != "default":
            words += ["--study", self.name]
        if self.folder.parent != Path("runs"):
            words += ["--runs", str(self.folder.parent)]
        if command != ("trials",) and (data := os.environ.get(VARIABLE)):
            words += ["--data", data]
        return shlex.join(words)

    def describe(self) -> dict[str, Any]:
        """Read `study.json`; where it is lost, restore it from its copy.

        Raises:
            UserError: There is no such study, or both files are lost.
        """
        if description := read_description(self.path):
            return description
        if description := read_description(self.copy_path):
            write_atomically(self.path, to_json(description) + "\n")
            print(
                f"{self.path} was lost, and is restored from its copy", file=sys.stderr
            )
            return description
        if self.exists:  # by its records
            raise UserError(
                f"{self.path} is lost, so what was searched is unknown; "
                f"`trials` still lists what is in {self.trials_folder}, and "
                "--study NAME starts another"
            )
        studies = self.folder.parent.glob("*/study.json")
        found = ", ".join(sorted(path.parent.name for path in studies))
        raise UserError(
            f"there is no study {self.name!r} in {self.folder.parent} "
            f"(found: {found or 'none'}); `tune` starts one"
        )

    def begin_or_resume(self, description: dict[str, Any]) -> None:
        """Write down what is about to be searched, or refuse to go on with another search.

        Raises:
            UserError: The study in this folder searched something else.
        """
        description = {
            "framework": FRAMEWORK,
            "algorithm": ALGORITHM,
            "objective": asdict(OBJECTIVE),
            "patience": PATIENCE,
            **description,
        }
        if self.exists and not self.is_untried:
            about = self.describe()
            self.check_same(about, description)
        else:
            self.trials_folder.mkdir(parents=True, exist_ok=True)
            about = {
                "project": PROJECT,
                "template_version": TEMPLATE_VERSION,
                **description,
                "sources": keep_sources(self.sources_folder, read_sources()),
                "packages": versions(),
            }
            write_atomically(self.path, to_json(about) + "\n")
        if read_description(self.copy_path) != about:
            write_atomically(self.copy_path, to_json(about) + "\n")

    def check_same(self, before: dict[str, Any], now: dict[str, Any]) -> None:
        """Refuse to go on where something else is about to be searched.

        Raises:
            UserError: It says what differs.
        """
        if not before.keys() >= Known.__annotations__.keys():
            raise UserError(
                f"study {self.name!r} was started by an earlier version of this project: list "
                "its trials, rebuild them, or start another study with --study NAME"
            )
        for key, message in CHANGED.items():
            if before[key] != now[key]:
                change = message.format(before[key], now[key])
                break
        else:
            change = find_change(self.sources_folder, before["sources"])
        if change:
            raise UserError(
                f"study {self.name!r} cannot go on: {change}; "
                "undo that, or start another with --study NAME"
            )


def read_description(path: Path) -> dict[str, Any] | None:
    """Read `study.json`, if it is there; quarantine a broken one."""
    try:
        description = msgspec.json.decode(read_untrusted(path), type=dict[str, Any])
        msgspec.convert(description, Known)
    except FileNotFoundError:
        return None
    except (ValueError, RecursionError):
        print(f"{path} is broken, and kept as {quarantine(path)}", file=sys.stderr)
        return None
    return description


def versions() -> dict[str, str]:
    """Return the versions of the packages that a study depends on."""
    found = {}
    for package in PACKAGES:
        # TensorFlow goes by other names too, such as tensorflow-cpu.
        with suppress(PackageNotFoundError):
            found[package] = version(package)
    return found
