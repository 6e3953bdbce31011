"""Versions: the changelog, `pyproject.toml` and the tags say the same."""

import re
import subprocess
import tomllib
from collections.abc import Sequence
from datetime import date

import pytest
from packaging.version import Version
from tunewright.questions import TEMPLATE

KINDS = {
    *("Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"),
    "In a project",
}
"""Keep a Changelog's, and what an update does."""


def faults(changelog: str, version: str, tags: Sequence[str]) -> list[str]:
    """What does not agree.

    Args:
        changelog: Its text.
        version: What `pyproject.toml` has.
        tags: Those that there are; the newest version may have none yet.
    """
    found = []
    headings = re.findall(r"^## (.*)$", changelog, re.MULTILINE)
    if headings[:1] != ["[Unreleased]"]:
        found.append("the changelog does not begin with [Unreleased]")
    released = []
    for heading in headings[1:]:
        parts = re.fullmatch(r"\[(\d+\.\d+\.\d+)\] - (\d{4}-\d\d-\d\d)", heading)
        if parts:
            released.append((Version(parts[1]), date.fromisoformat(parts[2])))
        else:
            found.append(f"{heading!r} is no version with its day")
    if released != sorted(released, reverse=True):
        found.append("the versions do not go from the newest to the oldest")
    versions = [one for one, _ in released]
    if versions and Version(version) != max(versions):
        found.append(f"pyproject.toml has {version}, the changelog {max(versions)}")
    for kind in re.findall(r"^### (.*)$", changelog, re.MULTILINE):
        if kind not in KINDS:
            found.append(f"{kind!r} is no kind of change")
    for tag in tags:
        if not re.fullmatch(r"v\d+\.\d+\.\d+", tag):
            found.append(f"the tag {tag} is no version")
        elif Version(tag) not in versions:
            found.append(f"the changelog does not have {tag}")
    return found


def test_all_agree() -> None:
    changelog = (TEMPLATE / "CHANGELOG.md").read_text("utf-8")
    project = tomllib.loads((TEMPLATE / "pyproject.toml").read_text("utf-8"))["project"]
    command = ["git", "-C", str(TEMPLATE), "tag", "--list", "v*"]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert faults(changelog, project["version"], ran.stdout.split()) == []


GOOD = """# Changelog

## [Unreleased]

## [0.2.0] - 2026-12-01

### Added

- A

## [0.1.0] - 2026-11-26

### In a project

- B
"""


@pytest.mark.parametrize(
    ("changelog", "version", "tags", "fault"),
    [
        (GOOD, "0.2.0", ["v0.1.0", "v0.2.0"], None),
        (GOOD, "0.2.0", ["v0.1.0"], None),
        (GOOD, "0.2.0", [], None),
        (GOOD, "0.1.0", [], "pyproject.toml has 0.1.0, the changelog 0.2.0"),
        (GOOD, "0.2.0", ["v0.3.0"], "does not have v0.3.0"),
        (GOOD, "0.2.0", ["v0.2"], "no version"),
        (GOOD.replace("### Added", "### New"), "0.2.0", [], "no kind of change"),
        (GOOD.replace(" - 2026-11-26", ""), "0.2.0", [], "no version with its day"),
        (GOOD.replace("[0.1.0]", "[0.3.0]"), "0.3.0", [], "newest to the oldest"),
        (GOOD.replace("## [Unreleased]\n", ""), "0.2.0", [], "begin with"),
    ],
)
def test_what_does_not_agree_is_found(
    changelog: str, version: str, tags: list[str], fault: str | None
) -> None:
    found = faults(changelog, version, tags)
    assert bool(found) == (fault is not None)
    assert fault is None or fault in " ".join(found)
