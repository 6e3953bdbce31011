"""Tunewright as a wheel has it, without the checkout, in tests."""

import os
import shutil
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

from tunewright.questions import TEMPLATE
from tunewright.template import copy_without_git

FIRST_LINE = Path("template", "project", ".gitignore.jinja")
"""The file whose first line differs between the versions."""


def source(folder: Path, version: str, line: str, urls: str = "") -> Path:
    """Copy what the package is built from, as another version.

    Args:
        folder: Made for the copy.
        version: That of the package.
        line: The first of a project's `.gitignore`.
        urls: What `[project.urls]` has.
    """
    shutil.copytree(
        TEMPLATE / "generator",
        folder / "generator",
        ignore=shutil.ignore_patterns("__pycache__"),
    )
    copy_without_git(TEMPLATE, folder)
    for name in ("README.md", "LICENSE"):
        shutil.copy(TEMPLATE / name, folder)
    text = (TEMPLATE / "pyproject.toml").read_text("utf-8")
    assert '\nversion = "0.1.0"\n' in text and "\n[project.urls]\n" in text
    text = text.replace('\nversion = "0.1.0"\n', f'\nversion = "{version}"\n')
    text = text.replace("\n[project.urls]\n", f"\n[project.urls]\n{urls}\n")
    (folder / "pyproject.toml").write_text(text, "utf-8")
    _, rest = (folder / FIRST_LINE).read_text("utf-8").split("\n", 1)
    (folder / FIRST_LINE).write_text(f"{line}\n{rest}", "utf-8")
    return folder


def build(folder: Path, target: str) -> Path:
    """Build a wheel or an sdist, without a network."""
    command = [sys.executable, "-m", "hatchling", "build", "--target", target]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    (built,) = (folder / "dist").glob("*.whl" if target == "wheel" else "*.tar.gz")
    return built


def install(wheel: Path, folder: Path) -> Path:
    """Unpack a wheel of plain Python, which is all that pip does with it."""
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


@dataclass
class Machine:
    """A person's machine, where one version at a time is installed."""

    home: Path
    site: Path
    """The folder that the package is installed in."""

    def run(
        self, module: str, *words: str | Path, status: int = 0
    ) -> subprocess.CompletedProcess[str]:
        """Run a module in the person's home."""
        ran = self.python("-m", module, *words)
        assert ran.returncode == status, ran
        return ran

    def python(self, *words: str | Path) -> subprocess.CompletedProcess[str]:
        """Run Python there, where no checkout is in the way."""
        environment = os.environ | {
            "HOME": str(self.home),
            "XDG_DATA_HOME": str(self.home / "data"),
            "COPIER_CACHE_DIR": str(self.home / "cache"),
            "PYTHONPATH": str(self.site),
        }
        return subprocess.run(
            [sys.executable, "-P", *map(str, words)],
            cwd=self.home,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
