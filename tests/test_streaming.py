"""Data that stay on the disk until a batch needs them."""

import errno
import json
import shutil
import subprocess
import sys
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from sklearn.datasets import load_digits
from sklearn.preprocessing import StandardScaler

from tests.arrays import FORMS, save
from tests.conftest import Render
from tests.often import often
from tests.photographs import write_photographs
from tests.rendering import Project, timeless


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Photographs in a folder per class, and digits in a folder of arrays."""
    photographs = write_photographs(tmp_path_factory.mktemp("photographs"))
    arrays = tmp_path_factory.mktemp("arrays")
    digits = load_digits()
    np.save(arrays / "x.npy", digits.images.astype("uint8")[..., None])
    np.save(arrays / "y.npy", digits.target)
    return {"image_folder": photographs, "arrays": arrays}


def project_of(
    source: str, sources: dict[str, Path], render: Render, **answers: Any
) -> Project:
    """A project over one of them."""
    size = {"image_size": [24, 16, 3]} if source == "image_folder" else {}
    return render(
        package_name=f"{source}_{answers.get('framework', 'optuna')}",
        data_source=source,
        data_path=str(sources[source]),
        layer_types=["conv", "pooling", "dense"],
        search_space="small",
        verbosity="silent",
        **size,
        **answers,
    )


@pytest.mark.parametrize("form", FORMS)
def test_pictures_in_arrays_stay_bytes_until_a_batch_takes_them(
    form: str, render: Render, tmp_path: Path
) -> None:
    digits = load_digits()
    large = np.kron(digits.images.astype("uint8"), np.ones((1, 4, 4), "uint8"))
    x = np.tile(large[..., None], (20, 1, 1, 1))
    save(tmp_path / form, x=x, y=np.tile(digits.target, 20))
    project = render(
        package_name="bytes", data_source="arrays", data_path=str(tmp_path / form)
    )
    dataset, batches = project.load("dataset"), project.load("dataset.batches")
    load_data = project.load("data").load_data
    tracemalloc.start()
    data = dataset.check(load_data())
    dataset.fingerprint(data)
    read, _ = next(iter(batches.shuffled_batches(data.train, 32, seed=1)))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2 * x.nbytes
    assert read.shape == (32, 32, 32, 1) and read.dtype == "float32"
    rows = data.train.x.samples.rows
    kept = x[rows].reshape(-1, 1)
    fitted = StandardScaler().fit(kept)
    assert np.allclose(data.preprocessor.mean_, fitted.mean_, rtol=1e-12)
    scaled = data.preprocessor.transform(kept).astype("float32")
    parts = [*batches.batches(data.train, 500)]
    assert np.array_equal(np.concatenate([x for x, _ in parts]).ravel(), scaled.ravel())
    assert np.array_equal(np.concatenate([y for _, y in parts]), data.train.y)


@pytest.mark.parametrize(
    "framework",
    often(
        ["optuna", "keras_tuner", "sampler", "search_cv", "manual"],
        ["optuna"],
    ),
)
@pytest.mark.parametrize("source", ["image_folder", "arrays"])
def test_a_search_reads_little_at_once_and_goes_on_as_if_never_stopped(
    source: str,
    framework: str,
    sources: dict[str, Path],
    render: Render,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    project = project_of(source, sources, render, framework=framework)
    samples = project.load("samples")
    monkeypatch.setattr(samples, "CHUNK", 2**14)
    sizes: list[int] = []
    read = samples.Subset.__getitem__

    def watched(self: Any, rows: Any) -> Any:
        if len(self.shape) > 1:  # which labels have not
            sizes.append(len(rows))
        return read(self, rows)

    monkeypatch.setattr(samples.Subset, "__getitem__", watched)
    if source == "image_folder":  # whose batches are read as bytes
        batches = project.load("dataset.batches")
        read_bytes = batches.read_bytes

        def watched_bytes(part: Any) -> Any:
            sizes.append(len(part))
            return read_bytes(part)

        monkeypatch.setattr(batches, "read_bytes", watched_bytes)
    for study, steps in (("whole", [2]), ("stopped", [1, 2])):
        for trials in steps:
            words = ["--study", study, "--epochs", "2", "--trials", str(trials)]
            ran = project.run("tune", *words)
            assert ran.status == 0, ran.err
    assert timeless(project.records("whole")) == timeless(project.records("stopped"))
    assert 0 < max(sizes) <= 512
    rebuilt = project.run("reconstruct", "best", "--study", "whole")
    assert rebuilt.status == 0, rebuilt.err


def test_every_epoch_has_every_sample_once_in_another_order(
    sources: dict[str, Path], render: Render
) -> None:
    project = project_of("arrays", sources, render)
    train = project.load("data").load_data().train
    batches = project.load("dataset.batches")

    def labels(part: Any) -> list[int]:
        return [int(y) for _, ys in part for y in ys]

    shuffled = batches.shuffled_batches(train, 32, seed=1)
    first = labels(shuffled)
    second = labels(shuffled)
    assert first != second != train.y.tolist()
    assert sorted(first) == sorted(second) == sorted(train.y.tolist())
    assert labels(batches.shuffled_batches(train, 32, seed=1)) == first
    in_order = batches.batches(train, 32)
    assert labels(in_order) == train.y.tolist()


def test_pictures_are_read_from_the_disk(
    sources: dict[str, Path], render: Render
) -> None:
    project = project_of("image_folder", sources, render)
    samples = project.load("samples")
    train = project.load("data").load_data().train
    assert isinstance(train.x, samples.Subset)
    assert isinstance(train.x.samples.pixels, np.memmap)


def test_a_batch_has_the_numbers_of_its_pictures(
    sources: dict[str, Path], render: Render
) -> None:
    project = project_of("image_folder", sources, render)
    batches, dataset = project.load("dataset.batches"), project.load("dataset")
    train = project.load("data").load_data().train
    expected = project.load("samples").read(train.x)
    assert expected.dtype == "float32" and 0 <= expected.min() < expected.max() <= 1
    stored = [x.numpy() for x, _ in batches.batches(train, 7)]
    assert np.array_equal(np.concatenate(stored), expected)
    own = dataset.Split((expected * 255).astype("uint8"), train.y)
    [(read, _)] = batches.batches(own, len(train.y))
    assert np.array_equal(read, own.x)  # bytes of one's own are numbers up to 255


@pytest.fixture
def pictures(render: Render, tmp_path: Path) -> Project:
    """A project with photographs of its own, none of which it has read."""
    project = render(
        package_name="cached", data_source="image_folder", image_size=[24, 16, 3]
    )
    shutil.rmtree(project.root / "data", ignore_errors=True)
    shutil.rmtree(project.root / "runs", ignore_errors=True)
    write_photographs(project.root / "data", each=5)
    return project


def fingerprint(project: Project) -> str:
    """That of the data as they are."""
    data = project.load("dataset").check(project.load("data").load_data())
    found: str = project.load("dataset").fingerprint(data)
    return found


def caches(project: Project) -> list[Path]:
    """What was decoded."""
    return [one for one in (project.root / "runs/.cache").iterdir() if one.is_dir()]


def test_pictures_are_decoded_once_and_anew_when_one_changes(
    pictures: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = pictures.load("picture_cache")
    read: list[Path] = []
    decode = cache.read_picture

    def watched(path: Path, *others: Any) -> Any:
        read.append(path)
        return decode(path, *others)

    monkeypatch.setattr(cache, "read_picture", watched)
    first = fingerprint(pictures)
    count = len(read)
    assert count == len(set(read)) > 0
    assert fingerprint(pictures) == first and len(read) == count
    changed = read[0]
    Image.new("RGB", (20, 20)).save(changed)
    assert fingerprint(pictures) != first and len(read) == 2 * count


def test_a_killed_process_leaves_nothing_that_is_taken_for_pictures(
    pictures: Project,
) -> None:
    first = fingerprint(pictures)
    [kept] = caches(pictures)
    with (kept / "pixels").open("rb+") as file:
        file.truncate(100)
    (kept.with_suffix(".new")).mkdir()
    assert fingerprint(pictures) == first
    assert caches(pictures) == [kept]


def test_a_cache_stays_within_its_bound(
    pictures: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    fingerprint(pictures)
    [old] = caches(pictures)
    monkeypatch.setattr(pictures.load("picture_cache"), "CACHE_GB", 1e-9)
    next((pictures.root / "data").rglob("*.*")).touch()
    fingerprint(pictures)
    assert len(caches(pictures)) == 1 and caches(pictures) != [old]


def test_a_full_disk_ends_in_a_line_that_names_the_cache(
    pictures: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = pictures.load("picture_cache")

    def fail(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(cache.os, "fsync", fail)
    with pytest.raises(pictures.load("errors").UserError, match=r"\.cache.*No space"):
        fingerprint(pictures)
    assert not caches(pictures)


def test_two_processes_share_what_one_has_decoded(pictures: Project) -> None:
    words = [sys.executable, "-m", pictures.package, "data", "--json"]
    running = [
        subprocess.Popen(words, cwd=pictures.root, stdout=subprocess.PIPE)
        for _ in range(2)
    ]
    printed = [process.communicate()[0] for process in running]
    assert [process.returncode for process in running] == [0, 0]
    assert printed[0] == printed[1]
    assert json.loads(printed[0])["samples"]["train"] > 0
    assert len(caches(pictures)) == 1
