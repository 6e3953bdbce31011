"""What the data of a study are: counted when it begins, said in words, and shown by `data`."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from .commands import print_table, silence_native_stderr, study_options
from .errors import printable
from .study import Study
from .study.files import to_json

if TYPE_CHECKING:
    from .dataset import Data


def summarize(data: "Data") -> dict[str, Any]:
    """Count the samples of each class, and say what the inputs are."""
    x = data.train.x
    arrays = x.values() if isinstance(x, dict) else x if isinstance(x, tuple) else [x]
    ranges = [(0, 1) for array in arrays]
    parts = {"train": data.train, "validation": data.validation, "test": data.test}
    return {
        "samples": {name: len(part.y) for name, part in parts.items()},
        "classes": {
            name: [count(part.y, i) for part in parts.values()]
            for i, name in enumerate(data.class_names)
        },
        "inputs": [
            {"shape": list(array.shape[1:]), "low": float(low), "high": float(high)}
            for array, (low, high) in zip(arrays, ranges, strict=True)
        ],
        "split": "given",
        "notes": list(data.notes),
    }


def count(y: Any, label: int) -> int:
    """Return how many samples are of a class, alone or among others."""
    return int((y == label if y.ndim == 1 else y[:, label] > 0.5).sum())


def describe(summary: dict[str, Any]) -> Iterator[str]:
    """Say what the data are, a line each."""
    train, validation, test = summary["samples"].values()
    yield (
        f"{train:,} samples to train on, {validation:,} to validate, {test:,} to test "
        f"(split: {summary['split']})"
    )
    counts = sorted((some[0], name) for name, some in summary["classes"].items())
    (fewest, rare), (most, common) = counts[0], counts[-1]
    yield (
        f"{len(counts)} classes: from {fewest:,} samples to train on ({rare!r}) "
        f"to {most:,} ({common!r})"
    )
    for one in summary["inputs"]:
        shape = " x ".join(map(str, one["shape"]))
        yield f"inputs: {shape}, from {one['low']:g} to {one['high']:g}"
    yield from summary["notes"]


@click.command()
@study_options
@click.option("--json", "as_json", is_flag=True, help="Print it as study.json has it.")
def data(study: Study, as_json: bool) -> None:
    """Say what the data are, and train nothing."""
    with silence_native_stderr():
        from .data import load_data
        from .dataset import check

    summary = summarize(check(load_data()))
    if as_json:
        click.echo(to_json(summary))
        return
    for line in describe(summary):
        click.echo(printable(line))
    rows = [("class", *summary["samples"])]
    rows += [(name, *map(str, some)) for name, some in summary["classes"].items()]
    print_table(rows)
