"""One folder of pictures and a table of their labels, as people have them."""

import csv
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.conftest import Render
from tests.rendering import Project

NAMES = [f"{kind}_{i}" for kind in ("ant", "bee") for i in range(6)]
LABELS = [name.split("_")[0] for name in NAMES]
FILES = [f"{name}.png" for name in NAMES]


def write_pictures(folder: Path, names: Sequence[str] = FILES) -> Path:
    """Write pictures by their paths in a folder, no two alike."""
    for shade, name in enumerate(names):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (40, 30), (shade * 9, 100, 50)).save(folder / name)
    return folder


def write_table(path: Path, delimiter: str = ",", /, **columns: Sequence[Any]) -> None:
    """Write a table by its columns."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=delimiter)
        writer.writerow(columns)
        writer.writerows(zip(*columns.values(), strict=True))


@pytest.fixture(scope="module")
def make(render: Render) -> Callable[..., Project]:
    """A project of pictures that a table labels."""

    def make(**answers: str) -> Project:
        name = "_".join(["labelled", *answers.values()]).replace(".", "_")
        return render(
            package_name=name.lower(),
            data_source="image_folder",
            labels_from="table",
            image_size=[24, 32, 3],
            **{"framework": "manual", "verbosity": "silent"} | answers,
        )

    return make


@pytest.fixture
def project(make: Callable[..., Project]) -> Project:
    """One that deals the pictures at random."""
    return make()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Twelve pictures in one folder."""
    return write_pictures(tmp_path / "pictures")


def load(project: Project, folder: Path) -> Any:
    """What is found in a folder."""
    read = project.load("image_folder").load_image_folder
    return read(folder, folder / "labels.csv", (24, 32), 3)


def refusal(project: Project, folder: Path) -> str:
    """The one line in which loading ends."""
    with pytest.raises(project.load("errors").UserError) as caught:
        load(project, folder)
    [line] = str(caught.value).splitlines()
    return line


def test_each_picture_has_the_label_of_its_row(project: Project, folder: Path) -> None:
    order = np.random.default_rng(0).permutation(12)
    files, labels = ([names[i] for i in order] for names in (FILES, LABELS))
    write_table(folder / "labels.csv", label=labels, file=files)
    found = load(project, folder)
    assert found.class_names == ["ant", "bee"]
    assert found.y.tolist() == [0] * 6 + [1] * 6
    shades = found.x[np.arange(12)][:, 0, 0, 0] * 255
    assert shades.round().tolist() == [i * 9 for i in range(12)]
    assert found.notes == ()


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("suffix", ["", ".png"])
@pytest.mark.parametrize("place", ["", "all/"])
def test_names_come_with_or_without_a_suffix_and_a_folder(
    project: Project, tmp_path: Path, delimiter: str, suffix: str, place: str
) -> None:
    write_pictures(tmp_path, [f"all/{name}" for name in FILES])
    columns = {"id": [place + name + suffix for name in NAMES], "label": LABELS}
    write_table(tmp_path / "labels.csv", delimiter, **columns)
    assert load(project, tmp_path).y.tolist() == [0] * 6 + [1] * 6


def test_labels_may_be_as_files_are_called(project: Project, tmp_path: Path) -> None:
    write_pictures(tmp_path, [*FILES, "ant.png", "bee.png"])
    names = [*NAMES, "ant", "bee"]
    write_table(tmp_path / "labels.csv", file=names, label=[*LABELS, "ant", "bee"])
    assert np.bincount(load(project, tmp_path).y).tolist() == [7, 7]


def test_numbers_may_be_names_and_labels(project: Project, tmp_path: Path) -> None:
    write_pictures(tmp_path, [f"{i}.png" for i in range(12)])
    columns = {"id": range(12), "label": [i % 2 for i in range(12)]}
    write_table(tmp_path / "labels.csv", **columns)
    found = load(project, tmp_path)
    by_name = {str(i): str(i % 2) for i in range(12)}
    expected = [by_name[name] for name in sorted(by_name, key=lambda n: f"{n}.png")]
    assert [found.class_names[label] for label in found.y] == expected


def test_the_only_other_column_has_the_labels(project: Project, folder: Path) -> None:
    write_table(folder / "labels.csv", image=FILES, id=NAMES, breed=LABELS)
    found = load(project, folder)
    assert found.y.tolist() == [0] * 6 + [1] * 6
    assert any("'breed'" in note for note in found.notes)


def test_a_column_is_answered_and_others_are_named(
    make: Callable[..., Project], folder: Path
) -> None:
    write_table(folder / "labels.csv", image=FILES, kind=LABELS, age=range(12))
    assert "target_column" in refusal(make(), folder)
    found = load(make(target_column="kind"), folder)
    assert found.y.tolist() == [0] * 6 + [1] * 6
    assert any("'age'" in note for note in found.notes)


Table = dict[str, Sequence[Any]]
OTHERS = [f"other_{i}.png" for i in range(12)]


@pytest.mark.parametrize(
    ("columns", "named"),
    [
        ({"file": OTHERS, "label": LABELS}, "no column"),
        ({"file": FILES}, "target_column"),
        ({"file": FILES, "pair": FILES[::-1], "label": LABELS}, "'file', 'pair'"),
        ({"ant_0.png": FILES[1:], "ant": LABELS[1:]}, "first row"),
        ({"file": [*FILES, FILES[3]], "label": [*LABELS, "bee"]}, "'ant_3.png'"),
        ({"file": [*FILES, "gone.png"], "label": [*LABELS, "bee"]}, "1 of 13"),
        ({"file": [*FILES, "gone.png"], "label": [*LABELS, "bee"]}, "'gone.png'"),
        ({"file": FILES, "label": [*LABELS[:-2], "", " "]}, "2 of 12"),
        ({"file": FILES, "label": [*LABELS[:-1], ""]}, "'bee_5.png'"),
        ({"file": FILES, "label": ["ant"] * 9 + ["bee"] * 3}, "'bee'"),
        ({"file": FILES, "label": ["ant"] * 12}, "two or more classes"),
        ({"file": [], "label": []}, "first row"),
    ],
)
def test_a_table_that_is_not_sure_ends_in_one_line(
    project: Project, folder: Path, columns: Table, named: str
) -> None:
    write_table(folder / "labels.csv", **columns)
    line = refusal(project, folder)
    assert named in line and "labels.csv" in line


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("", "first row"),
        ("label,label\nant_0.png,ant\n", "alike"),
        ("file,label\nant_0.png,ant,old\n", "line 2"),
        ('file,label\n"ant_0.png,ant\n', "double quote"),
    ],
)
def test_a_broken_table_ends_in_one_line(
    project: Project, folder: Path, text: str, named: str
) -> None:
    (folder / "labels.csv").write_text(text)
    assert named in refusal(project, folder)


def test_a_table_or_pictures_that_are_not_there_are_named(
    project: Project, folder: Path
) -> None:
    assert "labels.csv" in refusal(project, folder)
    (folder / "empty").mkdir()
    write_table(folder / "empty" / "labels.csv", file=FILES, label=LABELS)
    assert "no picture" in refusal(project, folder / "empty")
    assert "not a folder" in refusal(project, folder / "absent")


def test_a_name_that_may_be_two_pictures_is_refused(
    project: Project, folder: Path
) -> None:
    write_pictures(folder, ["more/ant_0.png"])
    write_table(folder / "labels.csv", file=NAMES, label=LABELS)
    line = refusal(project, folder)
    assert "'ant_0'" in line and "more/ant_0.png" in line
    write_table(folder / "labels.csv", file=FILES, label=LABELS)
    assert len(load(project, folder).y) == 12


def test_pictures_without_a_row_are_counted_and_named(
    project: Project, folder: Path
) -> None:
    write_pictures(folder, ["fly_0.png", "fly_1.png"])
    write_table(folder / "labels.csv", file=FILES, label=LABELS)
    found = load(project, folder)
    assert len(found.y) == 12
    [note] = found.notes
    assert " 2 " in note and "fly_0.png" in note


def test_rows_without_a_picture_are_left_out_where_that_was_answered(
    make: Callable[..., Project], folder: Path
) -> None:
    project = make(unreadable_files="skip", split="group")
    columns = {"file": [*FILES, "gone.png"], "label": [*LABELS, "bee"]}
    write_table(folder / "labels.csv", **columns, group=[*NAMES, "gone"])
    (folder / "ant_2.png").write_text("not a picture")
    found = load(project, folder)
    assert found.y.tolist() == [0] * 5 + [1] * 6
    assert found.groups.tolist() == [name for name in NAMES if name != "ant_2"]
    told = " ".join(found.notes)
    assert "gone.png" in told and "ant_2.png" in told


@pytest.mark.parametrize(
    ("split", "values"),
    [
        ("given", ["train", "train", "train", "val", "test", "train"] * 2),
        ("group", [f"patient {i % 6}" for i in range(12)]),
    ],
)
def test_a_column_divides_the_pictures(
    make: Callable[..., Project],
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    split: str,
    values: list[str],
) -> None:
    project = make(split=split, split_column="by")
    write_table(folder / "labels.csv", file=FILES, label=LABELS)
    assert "'by'" in refusal(project, folder)
    write_table(folder / "labels.csv", file=FILES, label=LABELS, by=[*values[:-1], ""])
    assert "'by'" in refusal(project, folder)
    write_table(folder / "labels.csv", file=FILES, label=LABELS, by=values)
    monkeypatch.setenv(project.load("data_path").VARIABLE, str(folder))
    data = project.load("dataset").check(project.load("data").load_data())
    taken = [
        {
            values[round(shade * 255 / 9)]
            for shade in part.x[np.arange(len(part.y))][:, 0, 0, 0]
        }
        for part in data[:3]
    ]
    assert not (taken[0] & taken[1] or taken[0] & taken[2] or taken[1] & taken[2])
    if split == "given":
        assert taken == [{"train"}, {"val"}, {"test"}]


def test_another_label_is_noticed_and_another_order_is_none(
    project: Project, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(project.load("data_path").VARIABLE, str(folder))

    def fingerprint() -> str:
        data = project.load("dataset").check(project.load("data").load_data())
        digest: str = project.load("dataset").fingerprint(data)
        return digest

    write_table(folder / "labels.csv", file=FILES, label=LABELS)
    first = fingerprint()
    write_table(folder / "labels.csv", file=FILES[::-1], label=LABELS[::-1])
    assert fingerprint() == first
    changed = ["bee", *LABELS[1:-1], "ant"]
    write_table(folder / "labels.csv", file=FILES, label=changed)
    assert fingerprint() != first


def test_a_study_tunes_resumes_and_refuses_other_labels(
    project: Project,
) -> None:
    folder = write_pictures(project.root / "data")
    write_table(folder / "labels.csv", file=FILES, label=LABELS)
    words = ("tune", "--epochs", "1", "--trials", "1")
    assert project.run(*words).status == 0
    about = json.loads(
        (project.root / "runs" / "default" / "study.json").read_text("utf-8")
    )
    assert sum(about["samples"].values()) == 12
    assert project.run("reconstruct", "best").status == 0
    write_table(folder / "labels.csv", file=FILES, label=["bee", *LABELS[1:]])
    again = project.run(*words)
    assert again.status == 2 and len(again.err.splitlines()) == 1
    assert "data" in again.err
