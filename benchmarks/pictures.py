"""How fast pictures reach a model, how soon a search starts, and what memory they take.

JPEGs of 400 x 300 are brought to 128 x 128. A generated project's batches are compared
with Keras's own pipeline, `image_dataset_from_directory` with `prefetch`, in turns; no model
is trained. A pass takes each picture once, as a tensor that a model could take. For the
project the first pass decodes all of them and writes the cache. Then a project starts again,
with 1,000 pictures and with more, and its memory is read: what is its own, without the pages
of files, which the system may drop.

    python benchmarks/pictures.py [RUNS [PICTURES]]
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from PIL import Image
from tunewright.render import render

FEW = 1000
SIZE = (128, 128)
BATCH = 32
ANSWERS: dict[str, Any] = {
    "data_source": "image_folder",
    "data_path": "pictures",
    "image_size": [*SIZE, 3],
    "split": "random",
    "setup": "full",
}


def make_pictures(folder: Path, count: int) -> None:
    """Write JPEGs of two classes: smooth colours with some noise, 400 x 300."""
    random = np.random.default_rng(0)
    for name in ("dark", "light"):
        (folder / name).mkdir(parents=True)
    for number in range(count):
        small = random.integers(0, 256, (8, 6, 3), "uint8")
        large = np.asarray(Image.fromarray(small).resize((400, 300)), "int16")
        noisy = np.clip(large + random.integers(-8, 9, large.shape), 0, 255)
        name = "light" if noisy.mean() > 127 else "dark"
        path = folder / name / f"{number:05}.jpg"
        Image.fromarray(noisy.astype("uint8")).save(path, quality=90)


def keras_passes(project: Path) -> Iterator[float]:
    """Yield the pictures a second of two passes through Keras's own pipeline."""
    import keras
    import tensorflow as tf

    began = time.perf_counter()
    dataset = keras.utils.image_dataset_from_directory(
        project / "pictures", image_size=SIZE, batch_size=BATCH, verbose=False
    )
    batches = dataset.map(lambda x, y: (x / 255, y)).prefetch(tf.data.AUTOTUNE)
    for _ in range(2):
        read = sum(x.shape[0] for x, _ in batches)
        yield read / (time.perf_counter() - began)
        began = time.perf_counter()


def project_passes(project: Path) -> Iterator[float]:
    """Yield the pictures a second of two passes through the project's batches.

    All pictures are one part, as they are for Keras.
    """
    data = import_module("digit_study.data")
    batches = import_module("digit_study.dataset.batches")
    began = time.perf_counter()
    train = data.load_data().train
    pictures = train.x.samples
    whole = train._replace(x=pictures, y=np.zeros(len(pictures), "int64"))
    dealt = batches.shuffled_batches(whole, BATCH, 0)
    for _ in range(2):
        read = sum(x.shape[0] for x, _ in dealt)
        yield read / (time.perf_counter() - began)
        began = time.perf_counter()


def start(project: Path) -> Iterator[float]:
    """Yield the seconds to load and check the data, and the MB that an epoch takes then."""
    data = import_module("digit_study.data")
    dataset = import_module("digit_study.dataset")
    batches = import_module("digit_study.dataset.batches")
    began = time.perf_counter()
    loaded = dataset.check(data.load_data())
    dataset.fingerprint(loaded)
    yield time.perf_counter() - began
    dealt = batches.shuffled_batches(loaded.train, BATCH, 0)
    yield max(anonymous_mb() for _ in dealt)


def anonymous_mb() -> float:
    """Return the memory that is this process's own (RssAnon of proc_pid_status(5))."""
    status = Path("/proc/self/status").read_text()
    [kilobytes] = [line.split()[1] for line in status.splitlines() if "RssAnon" in line]
    return int(kilobytes) / 1024


WAYS = {"keras": keras_passes, "project": project_passes, "start": start}


def measure(way: str, project: Path) -> list[float]:
    """Measure in a process of its own."""
    ran = subprocess.run(
        [sys.executable, __file__, way],
        cwd=project,
        env=os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3"},
        check=True,
        capture_output=True,
    )
    figures: list[float] = json.loads(ran.stdout.splitlines()[-1])
    return figures


def print_rates(project: Path, count: int, runs: int) -> None:
    """Print how many pictures a second both take, and what that is beside each other."""
    rates: dict[str, list[list[float]]] = {"keras": [], "project": []}
    for _ in range(runs):
        for way, passes in rates.items():
            shutil.rmtree(project / "runs", ignore_errors=True)
            passes.append(measure(way, project))
    for number, which in enumerate(("first", "second")):
        ours = [passes[number] for passes in rates["project"]]
        theirs = [passes[number] for passes in rates["keras"]]
        ratios = [a / b for a, b in zip(ours, theirs, strict=True)]
        print(
            f"{count:,} pictures, {which} pass: {median(ours):,.0f} a second, Keras "
            f"{median(theirs):,.0f}: {median(ratios):.1f} times "
            f"({min(ratios):.1f} to {max(ratios):.1f}, {runs} pairs)"
        )


def main(runs: str = "3", pictures: str = "10000") -> None:
    """Print the rates of both, then how the project starts."""
    with tempfile.TemporaryDirectory() as name:
        few, many = Path(name, "few"), Path(name, "many")
        for project, count in ((few, FEW), (many, int(pictures))):
            render(project, ANSWERS)
            make_pictures(project / "pictures", count)
        for project, count in ((few, FEW), (many, int(pictures))):
            print_rates(project, count, int(runs))
        for project, count in ((few, FEW), (many, int(pictures))):
            found = [measure("start", project) for _ in range(int(runs))]
            seconds, size = (median(column) for column in zip(*found, strict=True))
            print(
                f"{count:,} cached pictures: loaded and checked in {seconds:.2f} s, "
                f"{size:,.0f} MB of own memory in an epoch"
            )


if __name__ == "__main__":
    if sys.argv[1:2] and sys.argv[1] in WAYS:
        sys.path.insert(0, ".")
        print(json.dumps([*WAYS[sys.argv[1]](Path.cwd())]))
    else:
        main(*sys.argv[1:])
