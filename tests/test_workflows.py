"""What runs on GitHub."""

import subprocess
import sys

from tunewright.questions import TEMPLATE


def test_workflows_meet_their_schema() -> None:
    workflows = sorted((TEMPLATE / ".github" / "workflows").glob("*.yml"))
    assert workflows
    command = ["check_jsonschema", "--builtin-schema", "vendor.github-workflows"]
    ran = subprocess.run(
        [sys.executable, "-m", *command, *map(str, workflows)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
