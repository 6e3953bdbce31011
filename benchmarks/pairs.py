"""Two commands run in turn, so that a busy machine slows both alike."""

import resource
import statistics
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path


def compare(
    commands: dict[str, Sequence[str | Path]],
    runs: int,
    folder: Path,
    before_each: Callable[[str], None] = lambda name: None,
) -> None:
    """Print the median of each command, and the median of the ratios pair by pair.

    By the clock, and by processor time, on which other work on the machine weighs less.

    Args:
        commands: Two, by name; the ratio is the first to the second.
        runs: How many pairs, after one to warm up.
        folder: Where to run them.
        before_each: Called with the name before the clock starts.
    """
    clock: dict[str, list[float]] = {name: [] for name in commands}
    processor: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(runs + 1):
        for name, command in commands.items():
            before_each(name)
            began, used = time.perf_counter(), processor_time()
            subprocess.run(command, cwd=folder, check=True, capture_output=True)
            clock[name].append(time.perf_counter() - began)
            processor[name].append(processor_time() - used)
    for name in commands:
        by_clock, by_processor = (
            statistics.median(times[name][1:]) for times in (clock, processor)
        )
        print(f"  {name}: {by_clock:.3f} s, CPU {by_processor:.3f} s")
    for label, times in (("ratio", clock), ("CPU ratio", processor)):
        ratios = [a / b for a, b in zip(*times.values(), strict=True)][1:]
        print(
            f"  {label}: {statistics.median(ratios):.2f} "
            f"({min(ratios):.2f} to {max(ratios):.2f}, {runs} pairs)"
        )


def processor_time() -> float:
    """Return the seconds of processor time that all commands have taken so far."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
