"""Whatever `load_data` may return: turned into the arrays that are meant, or refused in one line."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.conftest import Render
from tests.rendering import Project

CLASSES = ["ants", "bees", "wasps"]
LABELS = np.arange(12) % 3
ROWS = np.random.default_rng(0).normal(size=(12, 4))
SHUFFLED = np.random.default_rng(1).permutation(12)
MULTIPLE = np.stack([LABELS == 0, LABELS >= 1, LABELS == 2], axis=1)
"""Labels of which a sample has one or two."""


@pytest.fixture(scope="module")
def project(render: Render) -> Project:
    """A project that classifies rows."""
    return render(package_name="held_study", input_kind="tabular", framework="sampler")


@pytest.fixture(scope="module")
def regression(render: Render) -> Project:
    """A project that predicts a number."""
    return render(
        package_name="held_numbers",
        input_kind="tabular",
        task="regression",
        framework="sampler",
    )


def checked(project: Project, part: Any, names: Any = CLASSES) -> Any:
    """The training part, where all parts are alike."""
    dataset = project.load("dataset")
    return dataset.check(dataset.Data(part, part, part, names)).train


def refusal(project: Project, part: Any, names: Any = CLASSES) -> str:
    """The one line in which checking ends."""
    with pytest.raises(project.load("errors").UserError) as caught:
        checked(project, part, names)
    [line] = str(caught.value).splitlines()
    return line


def one_hot(labels: np.ndarray) -> np.ndarray:
    rows: np.ndarray = np.eye(3)[labels]
    return rows


@pytest.mark.parametrize(
    "turn",
    [
        lambda y: y,
        lambda y: y.astype("uint8"),
        lambda y: y.astype("float64"),
        lambda y: y.astype(object),
        lambda y: y.tolist(),
        lambda y: y[:, None],
        lambda y: y[:, None].astype("float32"),
        lambda y: y + 1,
        lambda y: pd.Series(y, index=SHUFFLED),
        lambda y: pd.Series(y, index=SHUFFLED, dtype="Int64"),
        lambda y: pd.Series(np.array(CLASSES)[y], index=SHUFFLED),
        lambda y: pd.Series(np.array(CLASSES)[y], dtype="category"),
        lambda y: pd.DataFrame({"label": y}, index=SHUFFLED),
        lambda y: np.array(CLASSES)[y],
        lambda y: np.array(CLASSES, object)[y],
        lambda y: np.array(CLASSES, "S")[y],
        one_hot,
        lambda y: one_hot(y).astype("int8"),
        lambda y: one_hot(y).astype(bool),
        lambda y: pd.get_dummies(pd.Series(np.array(CLASSES)[y])),
    ],
)
def test_labels_are_what_they_mean(
    project: Project, turn: Callable[[np.ndarray], Any]
) -> None:
    part = checked(project, (ROWS, turn(LABELS)))
    assert part.y.dtype.kind in "iu"
    assert part.y.tolist() == LABELS.tolist()


@pytest.mark.parametrize(
    ("names", "labels"),
    [(["3", "5", "7"], 2 * LABELS + 3), (["-1", "1"], LABELS % 2 * 2 - 1)],
)
def test_numbers_are_looked_up_among_the_names(
    project: Project, names: list[str], labels: np.ndarray
) -> None:
    y = checked(project, (ROWS, labels), names).y
    assert [names[number] for number in y] == labels.astype(str).tolist()


@pytest.mark.parametrize("kind", ["bool", "int64", "float32"])
def test_several_labels_a_sample_stay(project: Project, kind: str) -> None:
    y = checked(project, (ROWS, MULTIPLE.astype(kind))).y
    assert y.dtype == np.float32
    assert y.tolist() == MULTIPLE.astype(float).tolist()


def test_no_part_alone_says_what_labels_mean(project: Project) -> None:
    dataset = project.load("dataset")
    single = dataset.Split(ROWS, one_hot(LABELS))
    data = dataset.Data(single, dataset.Split(ROWS, MULTIPLE), single, CLASSES)
    assert dataset.check(data).train.y.shape == (12, 3)


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        (LABELS + 0.5, "0.5 to 2.5"),
        (LABELS - 1, "-1 to 1"),
        (LABELS + 7, "7 to 9"),
        (np.where(LABELS, LABELS, np.nan), "nan"),
        (np.array(["ants", "bees", "flies"])[LABELS], "'flies'"),
        (np.array(["ants", "bees", None], object)[LABELS], "'None'"),
        (np.array(CLASSES)[LABELS][:, None, None], "(36, 1, 1)"),
        (ROWS, "(36, 4)"),
        (3 * MULTIPLE, "from 0 to 1"),
        ({"y": LABELS}, "dict"),
        ([[0], [1, 2]] * 6, "sample 1 (2,)"),
    ],
)
def test_labels_that_may_mean_anything_are_refused(
    project: Project, labels: Any, said: str
) -> None:
    assert said in refusal(project, (ROWS, labels))


def test_a_class_without_samples_is_named(project: Project) -> None:
    assert "'wasps'" in refusal(project, (ROWS, LABELS.clip(max=1)))


@pytest.mark.parametrize(
    "turn",
    [
        lambda x: x,
        lambda x: x.tolist(),
        lambda x: [*x],
        lambda x: x.astype(object),
        lambda x: pd.DataFrame(x, index=SHUFFLED),
        lambda x: pd.DataFrame(x, dtype="Float64"),
        lambda x: pd.DataFrame(x, dtype=object),
        lambda x: np.asfortranarray(x.astype(">f8")),
    ],
)
def test_samples_are_single_precision_in_their_order(
    project: Project, turn: Callable[[np.ndarray], Any]
) -> None:
    x = checked(project, (turn(ROWS), LABELS)).x
    assert x.dtype == np.float32
    assert np.array_equal(x, ROWS.astype("float32"))


def table(**columns: Any) -> pd.DataFrame:
    return pd.DataFrame({"size": np.arange(12.0), **columns})


@pytest.mark.parametrize(
    ("samples", "said"),
    [
        (table(colour=["red", "blue"] * 6), ["'colour'", "'red'"]),
        (table(day=pd.date_range("2020-01-01", periods=12)), ["'day'", "2020"]),
        (table(age=pd.array([1, None] * 6, "Int64")), ["'age'", "<NA>"]),
        (np.where(ROWS > 9, ROWS, "?"), ["'?'"]),
        (np.array([1, None] * 6)[:, None], ["None"]),
        (ROWS * 1j, ["complex"]),
        (np.where(ROWS > 0, ROWS, np.nan), ["NaN"]),
        (ROWS * 1e300, ["infinity"]),
        ([[1.0], [1.0, 2.0]] * 6, ["0 has shape (1,)", "1 (2,)"]),
        ((row for row in ROWS), ["generator"]),
        (ROWS[:5], ["5", "12"]),
        (ROWS[..., None], ["(4, 1)"]),
        ({"a": ROWS, "b": ROWS[:5]}, ["5", "12"]),
        ({"a": ROWS, "b": table(colour="red")}, ["'b'", "'colour'"]),
    ],
)
def test_samples_that_are_no_numbers_are_refused(
    project: Project, samples: Any, said: list[str]
) -> None:
    line = refusal(project, (samples, LABELS))
    assert [word for word in said if word not in line] == [], line


@pytest.mark.parametrize(
    ("samples", "kind"),
    [
        ({"row": pd.DataFrame(ROWS, index=SHUFFLED), "ids": LABELS}, dict),
        ((ROWS, LABELS), tuple),
        ([ROWS, LABELS], tuple),
    ],
)
def test_a_sample_may_be_of_several_arrays(
    project: Project, samples: Any, kind: type
) -> None:
    part = checked(project, (samples, LABELS))
    assert type(part.x) is kind
    x: Any = part.x
    row, ids = (x["row"], x["ids"]) if kind is dict else x
    assert (row.dtype, ids.dtype) == (np.float32, LABELS.dtype)
    assert np.array_equal(row, ROWS.astype("float32"))
    shapes = {"row": (4,), "ids": ()} if kind is dict else ((4,), ())
    assert part.shape == shapes
    taken = part.take([3, 1])
    assert taken.y.tolist() == LABELS[[3, 1]].tolist()
    assert [
        len(array)
        for array in (*taken.fields[1:], taken.x[0 if kind is tuple else "row"])
    ] == [2, 2]


@pytest.mark.parametrize(
    "weights",
    [
        np.arange(12),
        [0.5] * 12,
        pd.Series(np.arange(12), index=SHUFFLED),
        np.ones((12, 1)),
    ],
)
def test_samples_may_have_weights(project: Project, weights: Any) -> None:
    part = checked(project, (ROWS, LABELS, weights))
    assert part.weights.dtype == np.float32
    assert part.weights.tolist() == np.asarray(weights, float).ravel().tolist()
    assert len(part.fields) == 3


@pytest.mark.parametrize(
    "weights",
    [
        -np.arange(12),
        np.zeros(12),
        [np.nan] * 12,
        np.ones(5),
        np.ones((12, 2)),
        ["a"] * 12,
    ],
)
def test_weights_that_weigh_nothing_are_refused(project: Project, weights: Any) -> None:
    assert "weights of the train part" in refusal(project, (ROWS, LABELS, weights))


def test_what_is_no_part_is_refused(project: Project) -> None:
    assert "int" in refusal(project, 3)
    with pytest.raises(project.load("errors").UserError, match="tuple"):
        project.load("dataset").check(((ROWS, LABELS),) * 3)


def test_each_array_and_weight_is_in_the_fingerprint(project: Project) -> None:
    dataset = project.load("dataset")

    def digest(*part: Any) -> str:
        part = dataset.Split(*part)
        return str(dataset.fingerprint(dataset.Data(part, part, part, CLASSES)))

    parts = [
        (ROWS, LABELS),
        (ROWS, LABELS, LABELS),
        (ROWS, LABELS, LABELS + 1),
        ({"a": ROWS, "b": ROWS}, LABELS),
        ({"a": ROWS, "b": -ROWS}, LABELS),
    ]
    assert len({digest(*part) for part in parts}) == len(parts)


@pytest.mark.parametrize("kind", ["dataset", "sequence"])
def test_a_dataset_is_read_once(project: Project, kind: str) -> None:
    import keras
    import tensorflow as tf

    x = {"row": ROWS.astype("float32"), "ids": LABELS}
    weights = np.arange(1, 13, dtype="float32")

    class Sequence(keras.utils.PyDataset):
        def __len__(self) -> int:
            return 3

        def __getitem__(self, number: int) -> Any:
            rows = slice(5 * number, 5 * number + 5)
            return {name: x[name][rows] for name in x}, LABELS[rows], weights[rows]

    batches = tf.data.Dataset.from_tensor_slices((x, LABELS, weights)).batch(5)
    part = checked(project, batches if kind == "dataset" else Sequence())
    assert {name: array.tolist() for name, array in part.x.items()} == {
        name: array.tolist() for name, array in x.items()
    }
    assert part.y.tolist() == LABELS.tolist()
    assert part.weights.tolist() == weights.tolist()


def test_a_dataset_of_unknown_length_is_refused(project: Project) -> None:
    import keras
    import tensorflow as tf

    whole = tf.data.Dataset.from_tensor_slices((ROWS, LABELS))
    for endless in (
        whole.batch(4).repeat(),
        whole.batch(4).filter(lambda x, y: True),
    ):
        assert "no known length" in refusal(project, endless)
    assert "without a batch" in refusal(project, whole.batch(4).take(0))
    assert ".batch(" in refusal(project, whole)
    assert "(x, y)" in refusal(project, whole.batch(4).map(lambda x, y: x))
    assert "(x, y)" in refusal(project, keras.utils.PyDataset())


def test_split_deals_whatever_the_labels_are(project: Project) -> None:
    dataset = project.load("dataset")
    x = np.arange(60)
    y = x % 3
    frame = pd.DataFrame({"row": x}, index=x[::-1])
    plain = dataset.split(x[:, None], y, 0)
    for labels in (
        y.astype(float),
        y + 1,
        y[:, None],
        one_hot(y),
        pd.Series(np.array(CLASSES)[y], index=x[::-1]),
    ):
        for samples in (frame, {"row": x}, [x, x]):
            parts = dataset.split(samples, labels, 0, weights=x.tolist())
            for part, expected in zip(parts, plain, strict=True):
                assert part.weights.tolist() == expected.x.ravel().tolist()
                rows = (
                    part.x
                    if samples is frame
                    else part.x["row" if isinstance(samples, dict) else 0]
                )
                assert np.ravel(rows).tolist() == part.weights.tolist()
            data = (
                dataset.check(dataset.Data(*parts, CLASSES))
                if samples is not frame
                else None
            )
            assert data is None or data.train.y.tolist() == plain[0].y.tolist()
    sizes = [
        len(part.y)
        for part in dataset.split(
            x[:, None], np.eye(3)[y] + np.eye(3)[(y + x % 2) % 3], 0
        )
    ]
    assert sizes == [36, 12, 12]
    with pytest.raises(project.load("errors").UserError, match="length"):
        dataset.split(x[:50], y, 0)


@pytest.mark.parametrize(
    ("turn", "names"),
    [
        (lambda y: y, ["target"]),
        (lambda y: y[:, None].astype("float64"), ["target"]),
        (lambda y: pd.Series(y, index=SHUFFLED), ["target"]),
        (lambda y: y.astype(object).tolist(), ["target"]),
        (lambda y: pd.DataFrame({"a": y, "b": y}, index=SHUFFLED), ["a", "b"]),
    ],
)
def test_targets_are_a_column_each(
    regression: Project, turn: Callable[[np.ndarray], Any], names: list[str]
) -> None:
    y = checked(regression, (ROWS, turn(LABELS)), names).y
    assert (y.shape, y.dtype) == ((12, len(names)), np.float32)
    assert y[:, -1].tolist() == LABELS.tolist()


@pytest.mark.parametrize(
    ("targets", "said"),
    [
        (np.array(CLASSES)[LABELS], "'ants'"),
        (ROWS, "(12, 4)"),
        (LABELS * np.nan, "NaN"),
    ],
)
def test_targets_that_are_no_numbers_are_refused(
    regression: Project, targets: Any, said: str
) -> None:
    assert said in refusal(regression, (ROWS, targets), ["target"])


@pytest.mark.parametrize("source", ["builtin", "csv"])
def test_weights_outlast_what_scales_a_table(
    source: str, render: Render, tmp_path: Path
) -> None:
    table = tmp_path / "table.csv"
    rows = [f"{i},{i % 7},{'ab'[i % 2]}" for i in range(40)]
    table.write_text("\n".join(["long,wide,target", *rows]), "utf-8")
    own = (
        {"input_kind": "tabular"} if source == "builtin" else {"data_path": str(table)}
    )
    project = render(
        package_name=f"weighed_{source}",
        data_source=source,
        framework="sampler",
        **own,
    )
    data = project.root / project.package / "data.py"
    text = data.read_text("utf-8")
    assert text.count("split(x, y, SPLIT_SEED)") == 1
    weighed = text.replace("SPLIT_SEED)", "SPLIT_SEED, [2.0] * len(y))")
    data.write_text(weighed, "utf-8")
    loaded = project.load("dataset").check(project.load("data").load_data())
    for part in loaded[:3]:
        assert part.weights.tolist() == [2.0] * len(part.y)
