"""Data that stay on the disk until a batch needs them."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_digits

from tests.conftest import Render
from tests.interviews import refused
from tests.photographs import write_photographs
from tests.rendering import Project, timeless


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Photographs in a folder a class, and digits in a folder of arrays."""
    photographs = write_photographs(tmp_path_factory.mktemp("photographs"))
    arrays = tmp_path_factory.mktemp("arrays")
    digits = load_digits()
    np.save(arrays / "x.npy", digits.images[..., None] / 16)  # of 64 bits
    np.save(arrays / "y.npy", digits.target)
    return {"image_folder": photographs, "arrays": arrays}


def project_of(
    source: str, sources: dict[str, Path], render: Render, **answers: Any
) -> Project:
    """A project over one of them."""
    size = {"image_size": [24, 16, 3]} if source == "image_folder" else {}
    kept = "whole" if answers.get("data_fits_in_memory", True) else "streamed"
    return render(
        package_name=f"{kept}_{source}_{answers.get('framework', 'optuna')}",
        data_source=source,
        data_path=str(sources[source]),
        layer_types=["conv", "pooling", "dense"],
        search_space="small",
        verbosity="silent",
        **size,
        **answers,
    )


@pytest.mark.parametrize("source", ["image_folder", "arrays"])
def test_the_samples_are_those_that_fit_in_memory(
    source: str, sources: dict[str, Path], render: Render
) -> None:
    whole = project_of(source, sources, render).load("data").load_data()
    project = project_of(source, sources, render, data_fits_in_memory=False)
    streamed = project.load("data").load_data()
    chunks = project.load("samples").chunks
    assert streamed.input_shape == whole.input_shape
    for kept, read in zip(whole[:3], streamed[:3], strict=True):
        assert not isinstance(read.x, np.ndarray)
        assert np.array_equal(np.concatenate([*chunks(read.x)]), kept.x)
        assert np.array_equal(read.y, kept.y)


@pytest.mark.parametrize("framework", ["optuna", "keras_tuner", "sampler", "manual"])
@pytest.mark.parametrize("source", ["image_folder", "arrays"])
def test_a_search_reads_little_at_once_and_goes_on_as_if_never_stopped(
    source: str,
    framework: str,
    sources: dict[str, Path],
    render: Render,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    project = project_of(
        source, sources, render, data_fits_in_memory=False, framework=framework
    )
    samples = project.load("samples")
    sizes: list[int] = []
    read = samples.Subset.__getitem__

    def watched(self: Any, rows: Any) -> Any:
        sizes.append(len(rows))
        return read(self, rows)

    monkeypatch.setattr(samples.Subset, "__getitem__", watched)
    for study, steps in (("whole", [2]), ("stopped", [1, 2])):
        for trials in steps:
            words = ["--study", study, "--epochs", "2", "--trials", str(trials)]
            ran = project.run("tune", *words)
            assert ran.status == 0, ran.err
    assert timeless(project.records("whole")) == timeless(project.records("stopped"))
    assert 0 < max(sizes) <= samples.CHUNK
    rebuilt = project.run("reconstruct", "best", "--study", "whole")
    assert rebuilt.status == 0, rebuilt.err


def test_every_epoch_has_every_sample_once_in_another_order(
    sources: dict[str, Path], render: Render
) -> None:
    project = project_of("arrays", sources, render, data_fits_in_memory=False)
    train = project.load("data").load_data().train
    batches = project.load("dataset.batches")

    def labels(part: Any) -> list[int]:
        return [int(y) for i in range(len(part)) for y in part[i][1]]

    shuffled = batches.shuffled_batches(train, 32, seed=1)
    first = labels(shuffled)
    shuffled.on_epoch_end()
    second = labels(shuffled)
    assert first != second != train.y.tolist()
    assert sorted(first) == sorted(second) == sorted(train.y.tolist())
    assert labels(batches.shuffled_batches(train, 32, seed=1)) == first
    in_order = batches.batches(train, 32)
    in_order.on_epoch_end()
    assert labels(in_order) == train.y.tolist()


def test_folds_are_not_cut_out_of_what_is_not_in_memory(template: Path) -> None:
    answers = {
        "setup": "full",
        "data_source": "arrays",
        "data_fits_in_memory": False,
        "framework": "search_cv",
    }
    assert "data_fits_in_memory" in refused(template, answers)
