"""Real tables as CSV files: two that scikit-learn ships to test its own reader with."""

import csv
import gzip
import re
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest


def write_titanic(path: Path) -> Path:
    """The Titanic's 1,309 passengers: names in quotes, many blanks, 14 columns.

    https://www.openml.org/d/40945
    """
    return write_csv(path, "id_40945/data-v1-dl-16826755.arff.gz")


def write_penguins(path: Path) -> Path:
    """344 penguins of three species, some not measured.

    https://www.openml.org/d/42585
    """
    return write_csv(path, "id_42585/data-v1-dl-21854866.arff.gz")


def write_csv(path: Path, name: str) -> Path:
    """Write an ARFF file of scikit-learn's as CSV; a value that is missing is left empty.

    Below its header ARFF is CSV, with "?" for a missing value.
    """
    source = files("sklearn.datasets.tests") / "data" / "openml" / name
    text = gzip.decompress(source.read_bytes()).decode()
    header, _, body = re.split(r"(@data)\s+", text, maxsplit=1, flags=re.IGNORECASE)
    pattern = re.compile(r"@attribute\s+'?([\w.]+)", re.IGNORECASE)
    lines = [line for line in body.splitlines() if line and not line.startswith("%")]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(pattern.findall(header))
        for row in csv.reader(lines, strict=True):
            writer.writerow(["" if value == "?" else value for value in row])
    return path


def refusal(table: Any, function: str, *arguments: Any) -> str:
    """The one line in which a function of the module ends."""
    with pytest.raises(table.UserError) as caught:
        getattr(table, function)(*arguments)
    [line] = str(caught.value).splitlines()
    return line
