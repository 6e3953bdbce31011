"""Arrays as NumPy saves them: what a project makes of them, or refuses."""

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_diabetes, load_digits, load_wine

from tests.arrays import FORMS, X, Y, load, refusal, save
from tests.conftest import Render
from tests.often import often
from tests.rendering import Project

WIDE = [(f"column {i}", "f4") for i in range(900)]
"""A type of which NumPy says in two lines that its description is too long."""


@pytest.fixture(scope="module")
def project(render: Render) -> Project:
    """A project that reads arrays."""
    return render(
        package_name="array_study", data_source="arrays", data_path="data.npz"
    )


@pytest.fixture(params=FORMS)
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Where to save arrays, in either form."""
    return tmp_path / str(request.param)


def test_the_wines_come_as_they_were(project: Project, path: Path) -> None:
    wine = load_wine()
    save(path, x=wine.data, y=wine.target_names[wine.target])
    x, y = load(project, path)
    assert np.array_equal(x, wine.data)
    assert np.unique(y).tolist() == ["class_0", "class_1", "class_2"]
    assert np.array_equal(y, wine.target_names[wine.target])


@pytest.mark.parametrize("shape", [(442,), (221, 2)])
def test_numbers_to_predict_come_as_they_were(
    project: Project, path: Path, shape: tuple[int, ...]
) -> None:
    x, y = load_diabetes(return_X_y=True)
    save(path, x=x[: shape[0]], y=y.reshape(shape))
    assert np.array_equal(load(project, path)[1], y.reshape(shape))


@pytest.mark.parametrize("kind", ["f2", "f4"])
def test_floats_in_a_folder_are_not_copied(
    project: Project, tmp_path: Path, kind: str
) -> None:
    save(tmp_path / "data", x=X.astype(kind), y=Y)
    x, _ = load(project, tmp_path / "data")
    assert x.dtype == kind and x.filename == tmp_path / "data" / "x.npy"
    assert x.tolist() == X.tolist()


@pytest.mark.parametrize("kind", ["f8", "u1", "i2", "?", ">f4", ">i2"])
@pytest.mark.parametrize("made", ["project", "imputing"])
def test_a_scaled_feature_has_a_mean_of_0_and_a_spread_of_1(
    made: str, request: pytest.FixtureRequest, path: Path, kind: str
) -> None:
    project = request.getfixturevalue(made)
    values = np.random.default_rng(0).integers(0, 100, (200, 3)).astype(kind)
    save(path, x=values, y=np.arange(200))
    samples, _ = load(project, path)
    assert samples.dtype == kind
    scaled = scale(project, samples[:150], samples)
    assert scaled.dtype == np.dtype("float32") and scaled.dtype.isnative
    assert np.allclose(scaled[:150].mean(axis=0), 0, atol=1e-5)
    assert np.allclose(scaled[:150].std(axis=0), 1, atol=1e-5)


def scale(project: Project, fitted_to: np.ndarray, samples: np.ndarray) -> np.ndarray:
    """Samples as a model is given them, at once or as they are read."""
    scaling = project.load("scaling")
    scaler = scaling.fit_scaler(fitted_to)
    if hasattr(scaling, "scale"):
        at_once: np.ndarray = scaling.scale(scaler, samples)
        return at_once
    read: np.ndarray = scaling.Scaled(samples, scaler)[np.arange(len(samples))]
    return read


@pytest.mark.parametrize("kind", often(["tabular", "sequence"], ["tabular"]))
def test_a_model_learns_from_numbers_of_any_size(
    kind: str, render: Render, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = load_wine() if kind == "tabular" else load_digits()
    x = rows.data if kind == "tabular" else (rows.images - 8) * 125
    save(tmp_path / "data.npz", x=x, y=rows.target)
    project = render(
        package_name=f"learning_{kind}",
        data_source="arrays",
        data_path=str(tmp_path / "data.npz"),
        input_kind=kind,
        layer_types=["dense"] if kind == "tabular" else ["lstm"],
        framework="manual",
        verbosity="silent",
    )
    epochs = "40" if kind == "tabular" else "12"
    words = ("tune", "--epochs", epochs, "--trials", "1", "--study")
    assert project.run(*words, "scaled").status == 0
    monkeypatch.setattr(project.load("data"), "scale", lambda _, x: np.float32(x))
    assert project.run(*words, "plain").status == 0
    scaled, plain = (
        project.records(study)[0]["objective"]["value"] for study in ("scaled", "plain")
    )
    assert scaled > 0.85 and scaled > plain + 0.2, plain


@pytest.mark.parametrize("made", ["project", "imputing"])
def test_a_feature_that_never_changes_stays_finite(
    made: str, request: pytest.FixtureRequest
) -> None:
    samples = np.full((9, 2), [3.0, 0.1])
    project = request.getfixturevalue(made)
    assert np.isfinite(scale(project, samples, samples)).all()


@pytest.mark.parametrize(
    "targets",
    [
        Y.astype(">i8"),
        Y.astype("u1"),
        Y % 2 == 0,
        Y / 7,
        np.array(list("abcabc")),
        np.array(["Zürich", "東京", ""] * 2),
        np.arange(18).reshape(6, 3),
    ],
    ids=lambda targets: str(targets.dtype),
)
def test_targets_keep_their_type(
    project: Project, path: Path, targets: np.ndarray
) -> None:
    save(path, x=X, y=targets)
    _, y = load(project, path)
    assert y.dtype == targets.dtype.newbyteorder("=")
    assert np.array_equal(y, targets)


def test_samples_may_have_any_shape_and_order(project: Project, path: Path) -> None:
    pictures = np.asfortranarray(np.arange(6 * 5 * 4 * 3.0).reshape(6, 5, 4, 3))
    save(path, x=pictures, y=Y, more=Y)
    x, _ = load(project, path)
    assert np.array_equal(x, pictures)


def test_the_first_number_that_is_not_finite_is_named(
    project: Project, path: Path
) -> None:
    samples = np.ones((6, 2))
    samples[2, 1], samples[4, 0] = np.nan, np.inf
    save(path, x=samples, y=Y)
    line = refusal(project, path)
    assert "2 of 6 samples" in line and "sample 2 " in line and "[1]" in line


@pytest.mark.parametrize("value", [1e300, -1e39])
@pytest.mark.parametrize("which", ["x", "y"])
def test_a_number_too_large_for_a_model_is_named(
    project: Project, path: Path, which: str, value: float
) -> None:
    arrays = {"x": np.ones((6, 2)), "y": np.ones((6, 2))}
    arrays[which][3, 1] = value
    save(path, **arrays)
    line = refusal(project, path)
    assert f"{which} in" in line and f"{value:g}" in line
    assert "1 of 6 samples" in line and "sample 3 " in line and "[1]" in line


def test_the_largest_number_of_a_model_is_taken(project: Project, path: Path) -> None:
    save(path, x=np.full((6, 2), np.finfo("float32").max, "float64"), y=Y)
    assert np.isfinite(load(project, path)[0].astype("float32")).all()


@pytest.fixture(scope="module")
def imputing(render: Render) -> Project:
    """A project that fills in what is missing."""
    return imputing_project(render, fits=True)


def imputing_project(render: Render, *, fits: bool) -> Project:
    """Such a project, with all its data in memory or not."""
    return render(
        package_name=f"imputing_{fits}".lower(),
        data_source="arrays",
        input_kind="tabular",
        missing_values="impute",
        data_fits_in_memory=fits,
        layer_types=["dense"],
        framework="manual",
        verbosity="silent",
    )


def rows_with_gaps() -> np.ndarray:
    """Sixty rows, of which the first half lacks a number each, and the last is far off."""
    x = np.random.default_rng(0).normal(100, 5, (60, 2))
    x[:30, 0] = np.nan
    x[30:, 1] += 1000
    return x


@pytest.mark.parametrize("fits", [True, False])
def test_what_is_missing_becomes_the_median_of_the_training_part(
    fits: bool, render: Render, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    imputing = imputing_project(render, fits=fits)
    x = rows_with_gaps()
    parts: dict[str, np.ndarray] = {}
    for part, rows in (("train", x[::2]), ("val", x[1::4] + 7), ("test", x[3::4] - 7)):
        parts |= {f"x_{part}": rows, f"y_{part}": np.arange(len(rows)) % 2}
    save(tmp_path / "data.npz", **parts)
    monkeypatch.setenv(imputing.load("data_path").VARIABLE, str(tmp_path / "data.npz"))
    data = imputing.load("dataset").check(imputing.load("data").load_data())
    median = np.nanmedian(parts["x_train"], axis=0)
    filled = [np.where(np.isnan(rows), median, rows) for rows in [*parts.values()][::2]]
    mean, spread = filled[0].mean(axis=0), filled[0].std(axis=0)
    for read, expected in zip(data[:3], filled, strict=True):
        rows = np.arange(len(expected))
        assert np.allclose(read.x[rows], (expected - mean) / spread, atol=1e-4)
    told = " ".join(data.notes)
    assert "15 of 30" in told and "median" in told


def test_what_was_fitted_is_kept_with_the_study(imputing: Project) -> None:
    save(imputing.root / "data.npz", x=rows_with_gaps(), y=np.arange(60) % 2)
    assert imputing.run("tune", "--epochs", "1", "--trials", "1").status == 0
    rebuilt = imputing.run("reconstruct", "best")
    assert (rebuilt.status, rebuilt.err) == (0, "")
    kept = imputing.load("preprocessor")
    folder = imputing.root / "runs" / "default"
    fitted = kept.load_preprocessor(folder / kept.PREPROCESSOR)
    fresh = imputing.load("data").load_data().preprocessor
    rows = rows_with_gaps()
    assert np.array_equal(fitted.transform(rows), fresh.transform(rows))


@pytest.mark.parametrize(
    ("arrays", "named"),
    [
        ({"x": np.array([[1, np.nan], [np.inf, 1]] * 3), "y": Y}, "3 of 6"),
        ({"x": np.array([[1, np.nan], [1, 1e300]] * 3), "y": Y}, "1e+300"),
        ({"x": X, "y": np.array([0, 1, np.nan] * 2)}, "sample 2 "),
    ],
)
def test_infinity_and_targets_are_not_filled_in(
    imputing: Project, path: Path, arrays: dict[str, Any], named: str
) -> None:
    save(path, **arrays)
    assert named in refusal(imputing, path)


def test_nan_is_refused_with_the_answer_that_fills_it_in(
    project: Project, path: Path
) -> None:
    save(path, x=np.array([[1, np.nan]] * 6), y=Y)
    assert "missing_values=impute" in refusal(project, path)


def test_a_channel_is_added_and_said(project: Project, path: Path) -> None:
    save(path, x=np.ones((6, 28, 28)), y=Y)
    x, _, _, notes = project.load("arrays").load_arrays(path)
    assert x.shape == (6, 28, 28, 1)
    note, dealt = notes
    assert "(28, 28, 1)" in note
    assert dealt.startswith("no parts are given")


@pytest.mark.parametrize(
    ("kind", "shape"),
    [
        ("image", (6, 100, 3)),
        ("image", (6, 3, 100)),
        ("volume", (6, 32, 32, 3)),
        ("volume", (6, 1, 28, 28)),
    ],
)
def test_no_axis_is_added_where_one_may_be_there(
    render: Render, path: Path, kind: str, shape: tuple[int, ...]
) -> None:
    made = render(package_name=f"axis_{kind}", data_source="arrays", input_kind=kind)
    save(path, x=np.ones(shape), y=Y)
    line = refusal(made, path)
    assert "x[..., numpy.newaxis]" in line and "input_kind=" in line
    save(path.with_name(f"mended_{path.name}"), x=np.ones(shape)[..., None], y=Y)
    mended, _ = load(made, path.with_name(f"mended_{path.name}"))
    assert mended.shape == (*shape, 1)


@pytest.mark.parametrize("shape", [(6, 3, 32, 32), (6, 1, 28, 28), (6, 4, 9, 12)])
def test_channels_that_come_first_are_refused(
    project: Project, path: Path, shape: tuple[int, ...]
) -> None:
    save(path, x=np.ones(shape), y=Y)
    assert "numpy.moveaxis(x, 1, -1)" in refusal(project, path)


def test_an_archive_may_hold_other_arrays(project: Project, path: Path) -> None:
    save(path, x=X, y=Y, names=np.array(["a", None] * 3))
    assert np.array_equal(load(project, path)[0], X)


def test_labels_of_bytes_and_in_a_column_are_labels(
    project: Project, path: Path
) -> None:
    save(path, x=X, y=np.array([[b"a"], [b"b"]] * 3))
    assert load(project, path)[1].tolist() == ["a", "b"] * 3


@pytest.mark.parametrize("kind", ["tabular", "sequence"])
def test_arrays_in_memory_and_on_the_disk_are_scaled_alike(
    render: Render, tmp_path: Path, kind: str
) -> None:
    values = np.random.default_rng(0).normal(1000, 300, (60, 6, 2))
    x = values.reshape(60, 12) if kind == "tabular" else values
    save(tmp_path / "data", x=x, y=np.arange(60) % 2)
    loaded = []
    for fits in (True, False):
        project = render(
            package_name=f"scaled_{kind}_{fits}".lower(),
            data_source="arrays",
            input_kind=kind,
            data_path=str(tmp_path / "data"),
            data_fits_in_memory=fits,
        )
        data = project.load("dataset").check(project.load("data").load_data())
        loaded.append([part.x[np.arange(len(part.y))] for part in data[:3]])
    assert all(map(partial(np.allclose, atol=1e-5), *loaded))
    assert abs(loaded[0][0].mean()) < 1e-5


@pytest.mark.parametrize(
    ("split", "by", "named"),
    [
        ("group", {}, "no array 'groups'"),
        ("group", {"groups": Y[:5]}, "(5,)"),
        ("group", {"groups": X}, "(6, 4)"),
        ("group", {"groups": np.array([1, np.nan] * 3)}, "sample 1 "),
        ("group", {"groups": X[:, 0].astype(complex)}, "complex"),
        ("time", {"times": Y[:5]}, "(5,)"),
        ("time", {"Times": X}, "Times in"),
        ("time", {"times": np.array(["2026-01-01", "NaT"] * 3, "M8[D]")}, "sample 1 "),
        ("time", {"times": np.array(["9", "10"] * 3)}, "datetime64"),
    ],
)
def test_what_divides_the_samples_is_checked(
    render: Render, path: Path, split: str, by: dict[str, Any], named: str
) -> None:
    made = render(package_name=f"by_{split}", data_source="arrays", split=split)
    save(path, x=np.ones((6, 28, 28)), y=Y, **by)
    assert named in refusal(made, path)


@pytest.mark.parametrize(
    ("split", "by"),
    [
        ("group", {"groups": np.array(["ann", "bob", "cy"] * 2)}),
        ("time", {"times": np.arange(6).astype("M8[D]")}),
        ("time", {}),
    ],
)
def test_what_divides_the_samples_comes_as_it_was(
    render: Render, path: Path, split: str, by: dict[str, np.ndarray]
) -> None:
    made = render(package_name=f"by_{split}", data_source="arrays", split=split)
    save(path, x=np.ones((6, 28, 28)), y=Y, **by)
    read = made.load("arrays").load_arrays(path)[2]
    assert (read if read is None else read.tolist()) == next(
        (values.tolist() for values in by.values()), None
    )


def test_an_archive_may_be_compressed_and_in_capitals(
    project: Project, tmp_path: Path
) -> None:
    with (tmp_path / "DATA.NPZ").open("wb") as file:
        np.savez_compressed(file, x=X, y=Y)
    assert np.array_equal(load(project, tmp_path / "DATA.NPZ")[0], X)


@pytest.mark.parametrize(
    ("arrays", "named"),
    [
        ({"x": X}, "'x' has no partner"),
        ({"y": Y}, "'y' has no partner"),
        ({"X": X, "sizes": Y}, "'X' has no partner"),
        ({}, "holds nothing"),
        ({"x": X, "y": Y[:5]}, "5 targets for 6 samples"),
        ({"x": X[:0], "y": Y[:0]}, "x in"),
        ({"x": X[:, :0], "y": Y}, "(6, 0)"),
        ({"x": X, "y": np.zeros((6, 0))}, "(6, 0)"),
        ({"x": np.float32(1), "y": Y}, "shape ()"),
        ({"x": X, "y": np.array(1)}, "shape ()"),
        ({"x": X, "y": np.zeros((6, 1, 1))}, "(6, 1, 1)"),
        ({"x": X, "y": np.array([["a", "b"]] * 6)}, "(6, 2)"),
        ({"x": X.astype(str), "y": Y}, "x in"),
        ({"x": X.astype(complex), "y": Y}, "complex128"),
        ({"x": X.astype("M8[s]"), "y": Y}, "datetime64"),
        ({"x": np.zeros((6, 1), "i4,f4"), "y": Y}, "x in"),
        ({"x": np.zeros(6, WIDE), "y": Y}, "cannot be read"),
        ({"x": X, "y": Y.astype(complex)}, "complex128"),
        ({"x": X, "y": Y.astype("m8[s]")}, "timedelta64"),
        ({"x": X.astype(object), "y": Y}, "Python objects"),
        ({"x": X, "y": np.array(["a", None] * 3)}, "Python objects"),
        ({"x": X, "y": np.array([0, 1, 2, np.nan, 4, np.nan])}, "sample 3 "),
        ({"x": X, "y": np.array([[0, np.inf]] * 6)}, "sample 0 "),
    ],
)
def test_arrays_that_will_not_do_end_in_one_line(
    project: Project, path: Path, arrays: dict[str, Any], named: str
) -> None:
    save(path, **arrays)
    line = refusal(project, path)
    assert named in line and str(path) in line
