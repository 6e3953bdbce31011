"""What it takes to read a wide and a long table, against pandas and scikit-learn alone.

The wide ones have 500 rows of 20,000 columns: all are numbers, or half of them categories. The
long one has a million rows of 16 numbers and four categories. A generated project's
`load_data` reads each, and so do eight lines that call `pandas.read_csv`,
`train_test_split`, and the same imputer, scaler and encoder. Each runs in a process of its
own, in turns. Then a study of one trial, of one epoch, is tuned on the long one; the resident
memory of all its processes is added up ten times a second.

    python benchmarks/tables.py [RUNS [ROWS]]
"""

import contextlib
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pandas as pd
import psutil
from tunewright.render import render

ANSWERS: dict[str, Any] = {
    "data_source": "csv",
    "data_path": "data.csv",
    "target_column": "y",
    "package_name": "table_study",
    "layer_types": ["dense"],
    "search_space": "small",
    "verbosity": "silent",
}
COLUMNS = 20_000
BAR_MB = 24 * 1024
"""What a trial of a million rows may take, on a machine of 24 GiB."""


def write_wide(path: Path, categories: int) -> None:
    """Write many columns of numbers, some of categories in their place, and two classes."""
    random = np.random.default_rng(0)
    numbers = pd.DataFrame(random.normal(size=(500, COLUMNS - categories)).round(4))
    letters = pd.DataFrame(random.choice([*"acgt"], (500, categories)))
    table = pd.concat([numbers.add_prefix("gene"), letters.add_prefix("site")], axis=1)
    table["y"] = random.choice(["ill", "well"], 500)
    table.to_csv(path, index=False)


def write_long(path: Path, rows: int) -> None:
    """Write many rows of numbers and categories, and two classes."""
    random = np.random.default_rng(0)
    table = pd.DataFrame(random.normal(size=(rows, 16)).round(4)).add_prefix("n")
    for kinds in (3, 10, 100, 1000):
        table[f"c{kinds}"] = random.choice([f"kind {i}" for i in range(kinds)], rows)
    table["y"] = random.choice(["yes", "no"], rows)
    table.to_csv(path, index=False)


def read_alone(path: Path) -> None:
    """Read a table as one would by hand."""
    from sklearn.compose import ColumnTransformer
    from sklearn.impute import SimpleImputer
    from sklearn.model_selection import train_test_split
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    table = pd.read_csv(path, low_memory=False)
    y = table.pop("y")
    x, rest, y, y_rest = train_test_split(table, y, test_size=0.4, stratify=y)
    validation, test = train_test_split(rest, test_size=0.5, stratify=y_rest)
    numbers = [*table.select_dtypes("number").columns]
    categories = [*table.select_dtypes(exclude="number").columns]
    encoder = OneHotEncoder(
        handle_unknown="ignore", max_categories=30, sparse_output=False
    )
    number = make_pipeline(SimpleImputer(add_indicator=True), StandardScaler())
    fitted = ColumnTransformer(
        [("numbers", number, numbers), ("categories", encoder, categories)]
    ).fit(x)
    parts = [fitted.transform(part).astype("float32") for part in (x, validation, test)]
    assert sum(map(len, parts)) == len(table)


def read_by_project() -> None:
    """Read the table of the project in this folder, checks included."""
    data = import_module("table_study.data")
    import_module("table_study.dataset").check(data.load_data())


def measure(way: str, project: Path) -> tuple[float, float]:
    """Return the seconds that a way takes, and the MB at its peak beyond its libraries'."""
    ran = subprocess.run(
        [sys.executable, __file__, way],
        cwd=project,
        check=True,
        capture_output=True,
    )
    seconds, size = json.loads(ran.stdout)
    return seconds, size


def tune(project: Path) -> tuple[float, float]:
    """Return the seconds that a study of one trial takes, and all its processes' most MB."""
    words = ("-m", "table_study", "tune", "--trials", "1", "--epochs", "1")
    began, most = time.perf_counter(), 0.0
    tuning = psutil.Popen([sys.executable, *words], cwd=project)
    while tuning.poll() is None:
        size = 0
        with contextlib.suppress(psutil.NoSuchProcess):
            for process in (tuning, *tuning.children(recursive=True)):
                size += process.memory_info().rss
        most = max(most, size / 2**20)
        time.sleep(0.1)
    if tuning.returncode:
        raise SystemExit(tuning.returncode)
    return time.perf_counter() - began, most


def peak_mb() -> float:
    """Return the most memory that this process has had so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def run(way: str) -> None:
    """Read in one way, and print what it took."""
    sys.path.insert(0, ".")
    import sklearn.compose  # noqa: F401

    if way == "project":
        import_module("table_study.dataset")
    before, began = peak_mb(), time.perf_counter()
    read_by_project() if way == "project" else read_alone(Path("data.csv"))
    print(json.dumps([time.perf_counter() - began, peak_mb() - before]))


def main(runs: str = "3", rows: str = "1000000") -> None:
    """Print what both take for each table, and the ratio."""
    with tempfile.TemporaryDirectory() as name:
        tables: dict[str, Callable[[Path], None]] = {
            f"{COLUMNS:,} columns": lambda path: write_wide(path, 0),
            f"{COLUMNS:,}, half of them categories": (
                lambda path: write_wide(path, COLUMNS // 2)
            ),
            f"{int(rows):,} rows": lambda path: write_long(path, int(rows)),
        }
        for what, write in tables.items():
            project = Path(name, what)
            render(project, ANSWERS)
            write(project / "data.csv")
            took: dict[str, list[tuple[float, float]]] = {"project": [], "alone": []}
            for _ in range(int(runs)):
                for way, figures in took.items():
                    figures.append(measure(way, project))
            pairs = zip(took["project"], took["alone"], strict=True)
            ratios = [ours[0] / theirs[0] for ours, theirs in pairs]
            print(
                f"{what}: "
                + ", ".join(
                    f"{way} {median(f[0] for f in figures):.1f} s and "
                    f"{median(f[1] for f in figures):,.0f} MB"
                    for way, figures in took.items()
                )
                + f"; {median(ratios):.2f} times "
                f"({min(ratios):.2f} to {max(ratios):.2f}, {runs} pairs)",
                flush=True,
            )
        seconds, most = tune(project)
        print(f"one trial of {what}: {seconds:.0f} s, {most:,.0f} MB at the most")
        if most > BAR_MB:
            raise SystemExit(f"that is more than {BAR_MB:,} MB")


if __name__ == "__main__":
    (
        run(sys.argv[1])
        if sys.argv[1:2] in (["project"], ["alone"])
        else main(*sys.argv[1:])
    )
