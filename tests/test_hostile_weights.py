"""Weights as somebody who means harm would write them, with the digest in the record."""

import hashlib
import os
import resource
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import h5py
import pytest

from tests.conftest import Render
from tests.hostile import change, record_path, refused, tuned_project
from tests.rendering import Project

MB = 1024
"""Of ru_maxrss."""


@pytest.fixture(scope="module")
def tuned(render: Render) -> Project:
    """A project with a small study."""
    return tuned_project(render, "optuna")


@pytest.fixture
def study(tuned: Project, tmp_path: Path) -> Iterator[Project]:
    """The same, whose study is as it was afterwards."""
    shutil.copytree(tuned.root / "runs", tmp_path / "runs")
    yield tuned
    shutil.rmtree(tuned.root / "runs")
    shutil.copytree(tmp_path / "runs", tuned.root / "runs")


def external_link(file: h5py.File, kernel: str) -> None:
    del file[kernel]
    file[kernel] = h5py.ExternalLink("/etc/passwd", "/")


def soft_link(file: h5py.File, kernel: str) -> None:
    del file[kernel]
    file[kernel] = h5py.SoftLink("/optimizer/vars/0")


def external_storage(file: h5py.File, kernel: str) -> None:
    shape = file[kernel].shape
    del file[kernel]
    file.create_dataset(
        kernel, shape, "f4", external=[("/etc/passwd", 0, h5py.h5f.UNLIMITED)]
    )


def virtual(file: h5py.File, kernel: str) -> None:
    layout = h5py.VirtualLayout(file[kernel].shape, "f4")
    layout[:] = h5py.VirtualSource("other.h5", "x", file[kernel].shape)
    del file[kernel]
    file.create_virtual_dataset(kernel, layout)


def compressed_bomb(file: h5py.File, kernel: str) -> None:
    del file[kernel]
    file.create_dataset(kernel, (2**34,), "f4", compression="gzip", chunks=(2**20,))


def never_written(file: h5py.File, kernel: str) -> None:
    del file[kernel]
    file.create_dataset(kernel, (2**34,), "f4")


def pickled(file: h5py.File, kernel: str) -> None:
    del file[kernel]
    file.create_dataset(
        kernel, data=["cos\nsystem\n(S'id'\ntR."], dtype=h5py.string_dtype()
    )


def no_shape(file: h5py.File, kernel: str) -> None:
    del file[kernel]
    file[kernel] = h5py.Empty("f4")


def a_type(file: h5py.File, kernel: str) -> None:
    del file[kernel]
    file[kernel] = h5py.special_dtype(enum=("i4", {"a": 1}))


def other_shape(file: h5py.File, kernel: str) -> None:
    del file[kernel]
    file[kernel] = [1.0]


def no_array(file: h5py.File, kernel: str) -> None:
    del file[kernel]
    file.create_group(kernel)


def nothing_there(file: h5py.File, kernel: str) -> None:
    del file["layers"]


HOSTILE = [
    *(external_link, soft_link, external_storage, virtual, compressed_bomb),
    *(never_written, pickled, no_shape, a_type, other_shape, no_array, nothing_there),
]


@pytest.mark.parametrize("make", HOSTILE)
def test_hostile_weights_are_refused(
    study: Project, make: Callable[[h5py.File, str], None]
) -> None:
    path = record_path(study).with_name("trial_0000.weights.h5")
    with h5py.File(path, "r+") as file:
        make(file, "layers/dense/vars/0")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    change(study, weights_sha256=hashlib.sha256(path.read_bytes()).hexdigest())
    refused(study.run("reconstruct", "0"), "trial 0 cannot be rebuilt")
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 300 * MB


@pytest.mark.parametrize("keep", [0, 7, 2000, -1])
def test_weights_that_are_no_whole_file_are_refused(study: Project, keep: int) -> None:
    path = record_path(study).with_name("trial_0000.weights.h5")
    path.write_bytes(path.read_bytes()[:keep])
    change(study, weights_sha256=hashlib.sha256(path.read_bytes()).hexdigest())
    refused(study.run("reconstruct", "0"), "trial 0 cannot be rebuilt")


def test_weights_elsewhere_are_not_opened(study: Project, tmp_path: Path) -> None:
    path = record_path(study).with_name("trial_0000.weights.h5")
    path.rename(tmp_path / "elsewhere.h5")
    path.symlink_to(tmp_path / "elsewhere.h5")
    refused(study.run("reconstruct", "0"), path.name)
    path.unlink()
    os.mkfifo(path)
    refused(study.run("reconstruct", "0"), path.name)


FROZEN_PART = """

_get_model = get_model


def get_model(*values):
    built = _get_model(*values)
    pixels = keras.Input(built.model.input_shape[1:])
    larger = keras.Sequential(
        [pixels, layers.Conv2D(4, 3, padding="same"), layers.Dense(1000)]
    )
    part = keras.Model(larger.inputs, larger.layers[0].output, trainable=False)
    layers.Dense(1000).build((None, 1000))
    x = layers.Conv2D(pixels.shape[-1], 1)(part(pixels))
    model = keras.Model(pixels, built.model(x))
    loss = "sparse_categorical_crossentropy"
    model.compile("adam", loss, metrics=["accuracy"])
    return built._replace(model=model)
"""


def test_weights_of_a_part_of_a_larger_model_are_read(render: Render) -> None:
    project = render(
        package_name="frozen", epochs=1, layer_types=["dense"], search_space="small"
    )
    with (project.root / "frozen" / "model.py").open("a") as file:
        file.write(FROZEN_PART)
    assert project.run("tune", "--trials", "1").status == 0
    assert project.records()[0]["error"] is None
    rebuilt = project.run("reconstruct", "0")
    assert rebuilt.status == 0, rebuilt.err
