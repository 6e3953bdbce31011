"""What columns of a table mean, as people have them: read rightly and said, or refused."""

import bz2
import gzip
import lzma
import runpy
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_diabetes, load_wine

from tests.conftest import Render
from tests.rendering import Project

ROWS = 60


@pytest.fixture(scope="module")
def project(render: Render) -> Project:
    """A project that classifies the rows of a table."""
    return render(package_name="columns_study", data_source="csv", target_column="y")


@pytest.fixture(scope="module")
def regression(render: Render) -> Project:
    """A project that predicts a number from a table's rows."""
    return render(
        package_name="prices_study",
        data_source="csv",
        target_column="y",
        task="regression",
    )


def load(project: Project, table: Any, monkeypatch: Any = None, **options: Any) -> Any:
    """What `load_data` makes of a table, or of the text of a file."""
    path = project.root / "data.csv"
    if isinstance(table, str):
        path.write_text(table)
    else:
        table.to_csv(path, index=False, **options)
    data = project.load("data").load_data()
    return project.load("dataset").check(data)


def refusal(project: Project, table: Any) -> str:
    """The one line in which reading ends."""
    with pytest.raises(project.load("errors").UserError) as caught:
        load(project, table)
    [line] = str(caught.value).splitlines()
    return line


def with_column(values: Any) -> pd.DataFrame:
    """A table of a useful number, a column, and two classes."""
    useful = np.arange(ROWS) / 7
    return pd.DataFrame(
        {"useful": useful, "odd": values, "y": ["a", "b"] * (ROWS // 2)}
    )


def written(write: Callable[[float], str]) -> tuple[list[str], np.ndarray]:
    """Numbers as somebody writes them, and what they are."""
    numbers = np.round(np.random.default_rng(0).uniform(1, 9000, ROWS), 2)
    texts = [write(number) for number in numbers]
    return texts, numbers


def french(number: float) -> str:
    return f"{number:,.2f}".replace(",", " ").replace(".", ",")


def german(number: float) -> str:
    return f"{number:,.2f}".replace(",", "_").replace(".", ",").replace("_", ".")


@pytest.mark.parametrize(
    "write",
    [
        "${:.2f}".format,
        "€ {:.2f}".format,
        "{:.2f}%".format,
        "{:,.2f}".format,
        "{:,.2f}+".format,
        "-${:,.2f}".format,
        "{:.2f} ".format,
        "{:.5e}".format,
        french,
        german,
        "{:.2f} kg".format,
        "{:.2f}°C".format,
        lambda number: f"{number / 1000:.5f}k",
        lambda number: f"{number / 1e6:.8f}M",
    ],
)
def test_numbers_are_numbers_however_they_are_written(
    project: Project, write: Callable[[float], str]
) -> None:
    texts, numbers = written(write)
    if texts[0].startswith("-"):
        numbers = -numbers
    found, what = project.load("columns").infer_column(pd.Series(texts, dtype=object))
    assert found.tolist() == pytest.approx(numbers.tolist(), rel=1e-4)
    assert "numbers" in what
    data = load(project, with_column(texts))
    assert data.train.x.shape[1] == 2
    plain = pd.to_numeric(pd.Series(texts), errors="coerce").notna().all()
    assert plain or any("'odd'" in note for note in data.notes)


def test_numbers_of_several_units_are_not_mixed(project: Project) -> None:
    lengths = [f"{i // 4} {'cm' if i % 4 else 'm'}" for i in range(ROWS)]
    column = pd.Series(lengths, dtype=object)
    found, what = project.load("columns").infer_column(column)
    assert found is None or (found == column).all()
    assert "numbers once" not in what


@pytest.mark.parametrize("placeholder", ["-", "unknown", "n.a.", "."])
def test_a_placeholder_among_numbers_is_a_missing_number(
    project: Project, placeholder: str
) -> None:
    values: list[Any] = [*map(str, range(ROWS))]
    values[7] = placeholder
    data = load(project, with_column(values))
    assert data.train.x.shape[1] in (2, 3)  # the third says that it was missing
    [note] = [note for note in data.notes if "'odd'" in note]
    assert placeholder in note and "missing" in note


@pytest.mark.parametrize(
    "form", ["%Y-%m-%d", "%d.%m.%Y", "%m/%d/%Y", "%Y-%m-%dT%H:%M:%S", "%b %d, %Y"]
)
def test_dates_are_numbers(project: Project, form: str) -> None:
    days = pd.date_range("2023-01-01", periods=ROWS, freq="D")
    data = load(project, with_column(days.strftime(form)))
    assert data.train.x.shape[1] == 2
    assert any("date" in note and "'odd'" in note for note in data.notes)
    columns = project.load("columns")
    texts = pd.Series(days.strftime(form), dtype=object)
    assert columns.infer_column(texts)[0].diff().dropna().unique() == pytest.approx(1)


def test_text_and_identifiers_are_left_out_and_named(project: Project) -> None:
    texts = [f"comment {i} on this" for i in range(ROWS)]
    data = load(project, with_column(texts))
    assert data.train.x.shape[1] == 1
    assert any("'odd'" in note and "left out" in note for note in data.notes)
    only = with_column(texts)[["odd", "y"]]
    assert "no column to learn from" in refusal(project, only)


def test_numbers_of_rows_are_named(project: Project) -> None:
    data = load(project, with_column(range(1, ROWS + 1)))
    assert data.train.x.shape[1] == 2
    assert any("'odd'" in note and "identifiers" in note for note in data.notes)
    assert not any("useful" in note for note in data.notes)


@pytest.mark.parametrize("write", [int, "c{}".format, float, (10.5).__sub__])
def test_a_column_that_is_the_target_by_another_name_is_named(
    project: Project, regression: Project, write: Callable[[int], Any]
) -> None:
    classes = np.arange(ROWS) * 7 % 3
    table = with_column([write(number) for number in classes.tolist()])
    # One that splits a class, and one that has two classes in one, say less or more.
    table = table.assign(split=[*range(ROWS - 2), 0, 1], joined=classes > 0, y=classes)
    [note] = [n for n in load(project, table).notes if "another name" in n]
    assert note == "likely the target by another name, but used: 'odd'"
    prices = np.random.default_rng(0).uniform(1, 90, ROWS)
    table = pd.DataFrame({"usd": prices, "eur": prices * 0.9, "row": range(ROWS)})
    [note] = load(regression, table.rename(columns={"usd": "y"}).assign(one=1)).notes[
        -1:
    ]
    assert note == "likely the target by another name, but used: 'eur'"


def test_a_column_that_is_mostly_numbers_is_named_with_a_line(project: Project) -> None:
    values = [str(i % 3) if i % 4 else f"A{i % 3}" for i in range(ROWS)]
    [note] = load(project, with_column(values)).notes
    assert "'odd'" in note and "line 2" in note and "'A0'" in note


def test_constant_columns_and_categories_stay_what_they_were(project: Project) -> None:
    data = load(project, with_column(["red", "green", "blue"] * (ROWS // 3)))
    assert data.train.x.shape[1] == 4 and data.notes == ()
    constant = pd.DataFrame({"a": 1, "b": "red", "y": ["a", "b"] * (ROWS // 2)})
    assert "one value" in refusal(project, constant)


def test_spaces_about_classes_go_and_case_is_named(project: Project) -> None:
    table = with_column(np.arange(ROWS) / 3)
    table["y"] = ["yes", "yes ", " no", "no"] * (ROWS // 4)
    assert load(project, table).class_names == ["no", "yes"]
    table["y"] = ["yes", "YES", "no", "no"] * (ROWS // 4)
    data = load(project, table)
    assert len(data.class_names) == 3
    assert any("'YES', 'yes'" in note for note in data.notes)


def test_a_class_that_is_too_small_is_named(project: Project, render: Render) -> None:
    table = with_column(np.arange(ROWS) / 3)
    table.loc[:3, "y"] = "rare"
    line = refusal(project, table)
    assert "'rare'" in line and "4 samples" in line and "rare_classes=drop" in line
    for numbers in (table["odd"], range(ROWS)):  # which are no classes at all
        line = refusal(project, table.assign(y=numbers))
        assert "line 2 has '0" in line and "'y'" in line and "task=regression" in line
    drops = render(
        package_name="drops_study",
        data_source="csv",
        target_column="y",
        rare_classes="drop",
        missing_target="drop",
        drop_columns=["odd"],
    )
    table.loc[10:12, "y"] = None
    data = load(drops, table)
    assert data.class_names == ["a", "b"] and data.train.x.shape[1] == 1
    assert sum(len(part.y) for part in data[:3]) == ROWS - 7
    assert any("'rare': 4" in note for note in data.notes)
    assert "'odd'" in refusal(drops, table.rename(columns={"odd": "Odd"}))


def test_targets_with_signs_are_numbers(regression: Project) -> None:
    prices, numbers = written("${:,.2f}".format)
    table = with_column(np.arange(ROWS) / 3).assign(y=prices)
    data = load(regression, table)
    y = np.concatenate([part.y for part in data[:3]])
    assert sorted(y[:, 0]) == pytest.approx(sorted(numbers), rel=1e-5)
    table.loc[5, "y"] = "n.a."
    line = refusal(regression, table)
    assert "line 7" in line and "'n.a.'" in line and "'y'" in line


def test_a_table_without_a_row_of_names(render: Render) -> None:
    project = render(
        package_name="headless_study",
        data_source="csv",
        header=False,
        target_column="column 14",
    )
    wine = load_wine()
    rows = np.column_stack([wine.data, wine.target])
    text = "\n".join(",".join(map(str, row)) for row in rows)
    data = load(project, text)
    assert sum(len(part.y) for part in data[:3]) == len(wine.target)
    assert data.class_names == ["0", "1", "2"]


@pytest.mark.parametrize("suffix", [".gz", ".bz2", ".xz", ".zip", ".parquet"])
def test_compressed_tables_are_read(
    project: Project, tmp_path: Path, suffix: str
) -> None:
    diabetes = load_diabetes(as_frame=True).frame.rename(columns={"target": "y"})
    text = diabetes.to_csv(index=False)
    path = tmp_path / f"data.csv{suffix}"
    openers: dict[str, Any] = {".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open}
    if suffix == ".parquet":
        pytest.importorskip("pyarrow")
        diabetes.to_parquet(path)
    elif suffix == ".zip":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("data.csv", text)
    else:
        with openers[suffix](path, "wt") as file:
            file.write(text)
    features, y = project.load("table").read_table(path, "y")
    assert features.shape == (442, 10)
    assert y.to_numpy() == pytest.approx(diabetes["y"].to_numpy())
    if suffix != ".parquet":
        path.write_bytes(path.read_bytes()[:50])
        with pytest.raises(project.load("errors").UserError) as caught:
            project.load("table").read_table(path, "y")
        assert str(path) in str(caught.value)


def test_an_excel_workbook_is_named_for_what_it_is(project: Project) -> None:
    path = project.root / "book.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>" * 100)
    with pytest.raises(project.load("errors").UserError, match="Excel"):
        project.load("table").read_table(path, "y")


@pytest.mark.parametrize(
    ("name", "kind"),
    [("rows.JSON", "JSON"), ("rows.jsonl.gz", "JSON"), ("data.tar.gz", "an archive")],
)
def test_what_is_no_table_is_named_by_the_end_of_its_name(
    project: Project, tmp_path: Path, name: str, kind: str
) -> None:
    path = tmp_path / name
    path.write_text('[{"a": 1, "y": 2}]')
    with pytest.raises(project.load("errors").UserError) as caught:
        project.load("table").read_table(path, "y")
    assert f"{path} is {kind}, not a CSV" in str(caught.value)
    table = path.with_name("rows.json.csv")  # which was one
    table.write_text("a,y\n1,2\n3,4\n")
    assert len(project.load("table").read_table(table, "y")[1]) == 2


@pytest.mark.parametrize("split", ["group", "time", "given"])
def test_a_column_divides_the_rows(render: Render, split: str) -> None:
    project = render(
        package_name=f"{split}_table",
        data_source="csv",
        target_column="y",
        split=split,
        split_column="by",
    )
    days = pd.date_range("2023-01-01", periods=ROWS, freq="D").strftime("%d.%m.%Y")
    by = {
        "group": [f"patient {i // 3}" for i in range(ROWS)],
        "time": days[::-1],
        "given": ["train", "train", "val", "test", "train"] * (ROWS // 5),
    }[split]
    table = with_column(np.arange(ROWS) / 3).assign(by=by)
    data = load(project, table)
    assert data.train.x.shape[1] == 2
    order = np.argsort(np.concatenate([part.x[:, 0] for part in data[:3]]))
    part = np.repeat([0, 1, 2], [len(part.y) for part in data[:3]])
    by_row = np.empty(ROWS, int)
    by_row[:] = part[order]  # rows in the order of `useful`
    if split == "group":
        assert all(len(set(by_row[i : i + 3])) == 1 for i in range(0, ROWS, 3))
    elif split == "time":
        assert by_row.tolist() == [2] * 12 + [1] * 12 + [0] * 36
    else:
        assert by_row.tolist() == [0, 0, 1, 2, 0] * (ROWS // 5)
    assert "'by'" in refusal(project, table.drop(columns="by"))


@pytest.mark.parametrize(
    ("separator", "mark", "decimal", "text", "number"),
    [
        ("comma", ",", "point", '"1,234"', 1234),
        ("semicolon", ";", "comma", "1.234", 1234),
        ("tab", "\t", "comma", "0,125", 0.125),
        ("bar", "|", "point", "1,234", 1234),
        ("space", "  ", "point", "1.5", 1.5),
    ],
)
def test_answers_say_what_separates_numbers_and_how_they_are_written(
    render: Render,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    separator: str,
    mark: str,
    decimal: str,
    text: str,
    number: float,
) -> None:
    project = render(
        package_name=f"separated_by_{separator}",
        data_source="csv",
        target_column="y",
        separator=separator,
        decimal=decimal,
    )
    # Were it not for the answer, more would be taken for separators.
    other = '"a;b;c|d,x"'
    rows = [[text, other[: 9 + i % 2] + '"', str(i), str(i % 2)] for i in range(ROWS)]
    lines = [["a", "b", "c", "y"], ["3", '"a"', str(ROWS), "0"], *rows]
    data = load(project, "\n".join(mark.join(line) for line in lines))
    frame, _ = project.load("table").read_table(project.root / "data.csv", "y")
    features, _ = project.load("columns").infer_columns(frame)
    assert list(features.columns) == ["a", "b", "c"]
    assert features["a"].tolist() == [3, *[number] * ROWS]
    assert data.train.x.shape[1] == 4
    # The project's own test has its table written so, too.
    monkeypatch.syspath_prepend(project.root)
    own = runpy.run_path(str(project.root / "tests" / "test_table.py"))
    (tmp_path / "data.csv").write_text(own["CSV"], "utf-8")
    own["test_a_table_is_read_with_its_blanks"](tmp_path / "data.csv")
    own["test_a_row_without_a_target_is_named"](tmp_path / "data.csv")
