"""Two commands run in turn, so that a busy machine slows both alike."""

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

    Args:
        commands: Two, by name; the ratio is the first to the second.
        runs: How many pairs, after one to warm up.
        folder: Where to run them.
        before_each: Called with the name before the clock starts.
    """
    times: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(runs + 1):
        for name, command in commands.items():
            before_each(name)
            began = time.perf_counter()
            subprocess.run(command, cwd=folder, check=True, capture_output=True)
            times[name].append(time.perf_counter() - began)
    measured = {name: seconds[1:] for name, seconds in times.items()}
    ratios = [a / b for a, b in zip(*measured.values(), strict=True)]
    for name, seconds in measured.items():
        print(f"  {name}: {statistics.median(seconds):.3f} s")
    print(
        f"  ratio: {statistics.median(ratios):.2f} "
        f"({min(ratios):.2f} to {max(ratios):.2f}, {runs} pairs)"
    )
