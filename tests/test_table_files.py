"""Tables whose parts, to train, validate and test, come in a file each."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.conftest import Render
from tests.rendering import Project
from tests.tables import write_penguins


@pytest.fixture(scope="module")
def project(render: Render) -> Project:
    """A project that reads a folder of tables."""
    return render(
        package_name="files_study",
        data_source="csv",
        data_path="data",
        target_column="species",
        split="given",
        split_column="",
        rare_classes="drop",
        layer_types=["dense"],
    )


@pytest.fixture
def folder(project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the project finds its tables."""
    folder = tmp_path / "data"
    folder.mkdir()
    monkeypatch.setenv("FILES_STUDY_DATA", str(folder))
    return folder


@pytest.fixture
def penguins(tmp_path: Path) -> pd.DataFrame:
    """Penguins, and the band that each wears: a number, or letters."""
    table = pd.read_csv(write_penguins(tmp_path / "penguins.csv"))
    table = table.sample(frac=1, random_state=0, ignore_index=True)
    table["band"] = [*[1.0, None, 2.0] * 80, *["1", "A", "A", "A"] * 26]
    return table


def load(project: Project) -> Any:
    """The data, as the commands check them."""
    return project.load("dataset").check(project.load("data").load_data())


def refusal(project: Project) -> str:
    """The one line in which loading ends."""
    with pytest.raises(project.load("errors").UserError) as caught:
        load(project)
    [line] = str(caught.value).splitlines()
    return line


def test_each_file_is_a_part(
    project: Project, folder: Path, penguins: pd.DataFrame
) -> None:
    train, rest = penguins[:240].copy(), penguins[240:]
    columns = [*penguins.columns]
    train.loc[:3, "species"] = "Macaroni"
    train.to_csv(folder / "penguins_TRAIN.csv", index=False)
    rest[:60][columns[::-1]].to_csv(folder / "valid.tsv.gz", sep="\t", index=False)
    rest[60:].to_parquet(folder / "test.parquet")
    (folder / "LICENSE.txt").write_text("CC0")
    data = load(project)
    assert [len(part.y) for part in data[:3]] == [236, 60, len(rest) - 60]
    assert data.class_names == sorted(set(rest["species"]))
    said = "\n".join(data.notes)
    for part, name in (
        ("train", "penguins_TRAIN.csv"),
        ("validation", "valid.tsv.gz"),
        ("test", "test.parquet"),
    ):
        assert f"the {part} part is from {name}" in said
    assert "LICENSE.txt" in said and "'Macaroni': 4" in said
    # The training part alone says how numbers are scaled.
    size = train["culmen_length_mm"][4:]
    expected = (rest["culmen_length_mm"][:60] - size.mean()) / size.std(ddof=0)
    found = data.validation.x[:, 0]
    assert found[expected.notna()] == pytest.approx(expected.dropna(), abs=1e-2)
    # A band of 1 is one category, whichever way pandas read it: 1.0, or "1".
    [(_, encoder)] = data.preprocessor.steps
    bands = encoder.named_transformers_["categories"].categories_[-1]
    assert [band for band in bands if isinstance(band, str)] == ["1", "2"]
    listed = project.run("data")
    assert listed.status == 0 and "from valid.tsv.gz" in listed.out


@pytest.mark.parametrize("given", ["train", "train test", "train dev"])
def test_a_part_without_a_file_is_dealt_out_of_the_training_part(
    project: Project, folder: Path, penguins: pd.DataFrame, given: str
) -> None:
    for name in given.split():
        penguins.to_csv(folder / f"{name}.csv", index=False)
    sizes = {"train": [220, 69, 55], "train test": [275, 69, 344]}
    expected = sizes.get(given, [275, 344, 69])
    assert [len(part.y) for part in load(project)[:3]] == expected


def test_files_that_will_not_do_are_named(
    project: Project, folder: Path, penguins: pd.DataFrame
) -> None:
    assert "train.csv" in refusal(project)
    penguins.to_csv(folder / "test.csv", index=False)
    assert "no file to train on" in refusal(project)
    penguins.drop(columns="sex").to_csv(folder / "train.csv", index=False)
    line = refusal(project)
    assert "train.csv has no column 'sex', which" in line and "test.csv has" in line
    penguins.assign(more=1).to_csv(folder / "train.csv", index=False)
    assert "test.csv has no column 'more'" in refusal(project)
    penguins.to_csv(folder / "train.csv", index=False)
    penguins.drop(columns="species").to_csv(folder / "test.csv", index=False)
    assert "test.csv has no column 'species'" in refusal(project)
    penguins.replace("Gentoo", "Emperor").to_csv(folder / "test.csv", index=False)
    assert "train part has no sample of class 'Emperor'" in refusal(project)
    penguins.assign(sex=np.inf).to_csv(folder / "test.csv", index=False)
    assert "line 2 of" in (line := refusal(project)) and "test.csv" in line
    penguins.to_csv(folder / "testing.csv", index=False)
    assert "are both of the test part" in refusal(project)


def test_a_column_of_parts_and_files_are_told_apart(
    project: Project, folder: Path, render: Render
) -> None:
    folder.rmdir()
    folder.write_text("a,species\n")
    assert "answer split_column" in refusal(project)
    by_column = render(
        package_name="column_study", data_source="csv", data_path=".", split="given"
    )
    line = refusal(by_column)
    assert "split=given" in line and "split_column" in line
