"""CSV files as people have them, and how their columns become numbers."""

import csv
import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split

from tests.conftest import Render
from tests.rendering import Project
from tests.tables import refusal, write_titanic


@pytest.fixture(scope="module")
def project(render: Render) -> Project:
    """A project that reads a table."""
    return render(
        package_name="table_study",
        data_source="csv",
        data_path="data.csv",
        target_column="survived",
    )


@pytest.fixture(scope="module")
def table(project: Project) -> Any:
    """The module to test."""
    return project.load("table")


@pytest.fixture(scope="module")
def titanic(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Titanic's passengers."""
    return write_titanic(tmp_path_factory.mktemp("titanic") / "data.csv")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where to write a table."""
    return tmp_path / "data.csv"


def write(path: Path, rows: Iterable[list[str]]) -> None:
    """Write a table."""
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)


def test_the_passengers_come_as_they_were(table: Any, titanic: Path) -> None:
    features, survived = table.read_table(titanic, "survived")
    assert features.shape == (1309, 13) and "survived" not in features
    assert survived.value_counts().to_dict() == {0: 809, 1: 500}
    blanks = features.isna().sum()
    assert blanks[["age", "fare", "embarked"]].tolist() == [263, 1, 2]
    assert features["name"].iloc[0] == "Allen, Miss. Elisabeth Walton"
    assert features["age"].mean() == pytest.approx(29.8811, abs=1e-4)
    numbers = ["pclass", "age", "sibsp", "parch", "fare", "body"]
    assert list(features.select_dtypes("number").columns) == numbers


def test_a_model_learns_from_the_passengers(table: Any, titanic: Path) -> None:
    features, survived = table.read_table(titanic, "survived")
    # The boat and the body tell who survived.
    features = features.drop(columns=["boat", "body"])
    train, test, y_train, y_test = train_test_split(
        features, survived, stratify=survived, random_state=0
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        preprocessor = table.make_preprocessor(train).fit(train)
        x_train, x_test = (
            table.transform(preprocessor, part) for part in (train, test)
        )
    assert x_train.dtype == x_test.dtype == np.float32
    assert x_train.shape[1] == x_test.shape[1] < 13 * table.MAX_OUTPUTS
    assert np.isfinite(x_train).all() and np.isfinite(x_test).all()
    assert abs(x_train).max() < 100
    model = LogisticRegression(max_iter=1000).fit(x_train, y_train)
    assert model.score(x_test, y_test) > 0.72 > np.mean(y_test == 0) + 0.05


def test_columns_of_one_value_a_row_stay_narrow(table: Any, titanic: Path) -> None:
    features, _ = table.read_table(titanic, "survived")
    widths = {"name": 1, "ticket": 20, "cabin": 5, "boat": 22, "home.dest": 19}
    for name, width in widths.items():
        column = features[[name]]
        preprocessor = table.make_preprocessor(column).fit(column)
        values = table.transform(preprocessor, column)
        assert values.shape[1] == width <= table.MAX_OUTPUTS
        assert (values.sum(axis=1) == 1).all()


def test_a_missing_category_has_an_output(table: Any, titanic: Path) -> None:
    features, _ = table.read_table(titanic, "survived")
    for name in ("cabin", "embarked"):
        column = features[[name]]
        preprocessor = table.make_preprocessor(column).fit(column)
        values = table.transform(preprocessor, column)
        missing = features[name].isna().to_numpy()
        [output] = set(values[missing].argmax(axis=1))
        assert (values[missing, output] == 1).all()
        assert (values[~missing, output] == 0).all()


def test_large_numbers_keep_their_differences(table: Any) -> None:
    features = pd.DataFrame({"seconds": 1_700_000_000 + np.arange(10)})
    preprocessor = table.make_preprocessor(features).fit(features)
    assert len(np.unique(table.transform(preprocessor, features))) == 10


def test_what_was_not_there_to_fit_on_is_no_error(table: Any) -> None:
    features = pd.DataFrame({"n": [1.0, 2, 3], "c": ["a", "b", "a"], "e": [None] * 3})
    features["e"] = features["e"].astype("float64")
    preprocessor = table.make_preprocessor(features).fit(features)
    new = pd.DataFrame({"n": [np.nan], "c": ["z"], "e": [5.0]})
    with warnings.catch_warnings(action="error"):
        values = table.transform(preprocessor, new)
    # The number; the categories; the empty column, and whether it was missing.
    assert values.shape == (1, 1 + 1 + 2)
    assert np.isfinite(values).all()


@pytest.mark.parametrize(
    ("text", "columns", "target"),
    [
        ("\ufeffa,y\n1,2\n", {"a": [1]}, [2]),
        ("a,y\r\n1,2\r\n", {"a": [1]}, [2]),
        ("a,y\r1,2\r", {"a": [1]}, [2]),
        ("\n\na,y\n\n1,2\n   \n3,4", {"a": [1, 3]}, [2, 4]),
        ("a , y\n 1, 2\n", {"a": [1]}, [2]),
        ('a, y\n"x, ""z""", 2\n', {"a": ['x, "z"']}, [2]),
        ('"a\nb",y\n1,2\n', {"a\nb": [1]}, [2]),
        ("y,a,b\n1,2,3\n4,5\n", {"a": [2, 5], "b": [3, None]}, [1, 4]),
        (
            "a,b,y\n1,?,2\n3,NA,4\n5,6,7\n",
            {"a": [1, 3, 5], "b": [None, None, 6]},
            [2, 4, 7],
        ),
        ("a,none,y,\n1,,2,\n3,,4,\n", {"a": [1, 3]}, [2, 4]),
        ("a,y\n1,2\n,\n3,4\n, \n", {"a": [1, 3]}, [2, 4]),
        ('a, b, y\n1, "p, q", 2\n', {"a": [1], "b": ["p, q"]}, [2]),
        ('a,y\n"p\r\nq",2\n', {"a": ["p\r\nq"]}, [2]),
        ("a,,y,\n1,,2,\n", {"a": [1]}, [2]),
        ('a,y\n""\n" x",2\n', {"a": [" x"]}, [2]),
        ("a,y\nTrue,yes\nFalse,no\n", {"a": [True, False]}, ["yes", "no"]),
        ("a,y\n2020-01-01,0.5\n", {"a": ["2020-01-01"]}, [0.5]),
        ("a,a.1,y\n1,2,3\n", {"a": [1], "a.1": [2]}, [3]),
        ("0,1\n5,6\n7,8\n", {"0": [5, 7]}, [6, 8]),
        ("a;b;y\n1;2;3\n", {"a": [1], "b": [2]}, [3]),
        ("a\tb\ty\n1\t2\t3\n", {"a": [1], "b": [2]}, [3]),
        ("a|b|y\n1|2|3\n", {"a": [1], "b": [2]}, [3]),
        (" a   b y\n 1   2 3 \n", {"a": [1], "b": [2]}, [3]),
        ('"fixed acidity";"y"\n7.4;5\n', {"fixed acidity": [7.4]}, [5]),
        ("a;y\n1,5;2\n2,5;3\n", {"a": ["1,5", "2,5"]}, [2, 3]),
        ("a,y\nx;z;w,2\n", {"a": ["x;z;w"]}, [2]),
        ("2019,2020,y\n1,2,3\n", {"2019": [1], "2020": [2]}, [3]),
    ],
)
def test_tables_as_people_have_them(
    table: Any, path: Path, text: str, columns: dict[str, list[Any]], target: list[Any]
) -> None:
    path.write_bytes(text.encode())
    name = "1" if text[0] == "0" else "y"
    features, y = table.read_table(path, name)
    features = features.reset_index(drop=True)
    pd.testing.assert_frame_equal(features, pd.DataFrame(columns), check_dtype=False)
    assert y.tolist() == target and y.name == name


@pytest.mark.parametrize(
    ("text", "target", "named"),
    [
        ("", "y", "is empty"),
        ("\n \n\n", "y", "is empty"),
        ("a,y\n", "y", "no row"),
        ("a,y\n\n  \n", "y", "no row"),
        ("a,Y\n1,2\n", "y", "do you mean 'Y'?"),
        ("a,price\n1,2\n", "PRICE", "do you mean 'price'?"),
        ("price,size\n1,2\n", "prize", "do you mean 'price'?"),
        ("a,b\n1,2\n", "target", "it has 'a', 'b'"),
        ("a,b\n1,2\n", "", "it has 'a', 'b'"),
        (",".join(f"c{i}" for i in range(900)) + "\n", "y", "'c19' and 880 more"),
        ("1,2\n3,4\n", "y", "'1'"),
        ("5.1,3.5,Iris-setosa\n4.9,3.0,Iris-setosa\n", "y", "header=false"),
        ("6,148,72,1\n1,85,66,0\n", "1", "header=false"),
        ("x,1,won\no,2,lost\nx,1,won\n", "won", "header=false"),
        ("p,x,s,s\ne,x,s,s\n", "p", "header=false"),
        ('"a\nb",c\n1,2\n', "y", r"'a\nb'"),
        ("y\n1\n2\n", "y", "no column but 'y'"),
        ("a,y\n,1\n,2\n", "y", "no column but 'y'"),
        ("a,b,a,y\n1,2,3,4\n", "y", "two columns 'a'"),
        ("a,y,y\n1,2,3\n", "y", "two columns 'y'"),
        ("a,a ,y\n1,2,3\n", "y", "two columns 'a'"),
        (",a,y\n0,1,2\n", "y", "column 1"),
        ("a,y\n1,2,3\n", "y", "line 2 "),
        ("a,y\n1,2\n\n3,4,\n", "y", "line 4 "),
        ('a,y\n"1\n1",2\n3,4,5\n', "y", "line 4 "),
        ("a,y\n1,2\n3,\n5,6\n7,\n", "y", "line 3 "),
        ("a,y\n\n1,2\n3\n", "y", "line 4 "),
        ('a,y\n"1\n\n1",2\n\n3,?\n', "y", "line 6 "),
        ("a,y\n1,NA\n", "y", "line 2 "),
        ("a,y\n1,\n2,\n", "y", "2 of 2"),
        ("a,y\n1,2\ninf,3\n", "y", "line 3 "),
        ("a,y\n1,2\n\nInfinity,3\n", "y", "line 4 "),
        ("a,y\n1,2\n3,-inf\n", "y", "line 3 "),
        ('a,y\n1,2\n"3,4\n5,6\n', "y", "line 3 "),
        ('a,y\n"1"1,2\n', "y", "line 2 "),
        ('a,y\n1,"2\n' + "3,4\n" * 50_000, "y", "line 2 "),
    ],
)
def test_tables_that_will_not_do_end_in_one_line(
    table: Any, path: Path, text: str, target: str, named: str
) -> None:
    path.write_text(text, encoding="utf-8", newline="")
    line = refusal(table, "read_table", path, target)
    assert named in line and str(path) in line


@pytest.mark.parametrize(
    "data",
    [
        "größe,y\n1,2\n".encode("latin-1"),
        "a,y\n1,2\n".encode("utf-16"),
        b"a,y\n" + b"1,2\n" * 100_000 + b"\xff,2\n",
        b"PK\x03\x04\x14\x00\x08\x08\x08\x00\xd5\x4e",
    ],
)
def test_what_is_no_utf8_ends_in_one_line(table: Any, path: Path, data: bytes) -> None:
    path.write_bytes(data)
    assert "UTF-8" in refusal(table, "read_table", path, "y")


def test_nothing_there_ends_in_one_line(table: Any, tmp_path: Path) -> None:
    assert "data.csv" in refusal(table, "read_table", tmp_path / "data.csv", "y")
    assert str(tmp_path) in refusal(table, "read_table", tmp_path, "y")


def test_a_long_column_has_one_type(table: Any, path: Path) -> None:
    path.write_text("a,y\n" + "1,2\n" * 300_000 + "x,2\n")
    features, _ = table.read_table(path, "y")
    assert features["a"].map(type).unique().tolist() == [str]


cells = st.text(st.characters(codec="utf-8"), max_size=4)


@settings(suppress_health_check=[HealthCheck.too_slow])  # on a machine that is busy
@given(rows=st.lists(st.lists(cells, min_size=2, max_size=2), min_size=1, max_size=8))
def test_no_row_is_lost_or_made(
    table: Any, tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]]
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.csv"
    write(path, [["a", "b", "y"], *([*row, f"row {i}"] for i, row in enumerate(rows))])
    try:
        _, y = table.read_table(path, "y")
    except table.UserError as error:
        assert len(str(error).splitlines()) == 1
    else:
        assert y.tolist() == [f"row {i}" for i in range(len(rows))]


@given(text=st.text('a1,"\n\r \t?', max_size=30))
def test_any_text_ends_in_one_line_or_in_a_table(
    table: Any, tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    path = tmp_path_factory.getbasetemp() / "text.csv"
    path.write_text(f"a,y\n{text}", encoding="utf-8", newline="")
    try:
        features, y = table.read_table(path, "y")
    except table.UserError as error:
        assert len(str(error).splitlines()) == 1
    else:
        assert len(features) == len(y) > 0 and y.notna().all()
