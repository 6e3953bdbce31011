"""How often each fault was tried, for the end of the run."""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from _pytest.terminal import TerminalReporter

Count = Callable[..., None]

KEY = "torture"

pytest.register_assert_rewrite("tests.torture.studies")


@pytest.fixture
def count(request: pytest.FixtureRequest) -> Count:
    """Count a fault, before what came of it is looked at.

    What was counted last in a test that fails is taken for lost.
    """

    def count(fault: str, subject: str, n: int = 1) -> None:
        request.node.user_properties.append((KEY, (fault, subject, n)))

    return count


def counted(report: pytest.TestReport) -> Iterator[tuple[str, str, int]]:
    """What a test counted."""
    properties: list[tuple[str, Any]] = report.user_properties
    return (tuple(value) for key, value in properties if key == KEY)


def pytest_terminal_summary(terminalreporter: TerminalReporter) -> None:
    """Say what was done to the projects, and how often something was lost."""
    done: Counter[tuple[str, str]] = Counter()
    lost: Counter[tuple[str, str]] = Counter()
    for outcome in ("passed", "failed"):
        for report in terminalreporter.getreports(outcome):
            if not isinstance(report, pytest.TestReport) or report.when != "call":
                continue
            faults = list(counted(report))
            for fault, subject, n in faults:
                done[fault, subject] += n
            if faults and outcome == "failed":
                lost[faults[-1][:2]] += 1
    if not done:
        return
    terminalreporter.section("faults")
    rows = [("fault", "subject", "times", "lost")]
    rows += [
        (fault, subject, str(n), str(lost[fault, subject]))
        for (fault, subject), n in sorted(done.items())
    ]
    rows.append(("all", "", str(done.total()), str(lost.total())))
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
        terminalreporter.write_line("  ".join(cells).rstrip())
