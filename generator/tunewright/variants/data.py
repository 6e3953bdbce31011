"""Real data, small, in each form that a project reads, and small grids to search."""

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits

SAMPLES = 200

DIVIDED_BY: dict[str, list[Any]] = {
    "given": ["train", "train", "train", "val", "test"] * (SAMPLES // 5),
    "group": [i // 4 for i in range(SAMPLES)],
    "time": [*range(SAMPLES, 0, -1)],
}
"""What says of each sample in which part it is, by how they are divided."""

SEPARATORS = {
    "auto": ",",
    "comma": ",",
    "semicolon": ";",
    "tab": "\t",
    "bar": "|",
    "space": " ",
}
"""What separates the values of a table, by the answer."""

FEWER = """

load_all = load_data


def load_data() -> Data:
    train, validation, test, *rest = load_all()
    parts = (Split(part.x[:150], part.y[:150]) for part in (train, validation, test))
    return Data(*parts, *rest)
"""
"""What makes a project's own `data.py` load a part of what comes with scikit-learn."""

FEWER_CHOICES = """

PARAM_GRID = {
    name: choices[: 2 if number < 62 else 1]
    for number, (name, choices) in enumerate(PARAM_GRID.items())
}
"""
"""What makes a grid of a project's `model.py` one that scikit-learn can number.

It numbers no more than 2**63 combinations.
"""


def leave_fewer_choices(folder: Path, answers: Mapping[str, Any]) -> None:
    """Do what a project asks for whose grid is too large, if it has a grid.

    Args:
        folder: Of the project.
        answers: To all questions.
    """
    model = folder / answers["package_name"] / "model.py"
    text = model.read_text("utf-8")
    if answers["on_keras"] and "\nPARAM_GRID" in text:
        model.write_text(text + FEWER_CHOICES, "utf-8")


def write_data(folder: Path, answers: Mapping[str, Any]) -> None:
    """Write what a project is to read, where it looks for it, or have it read less.

    Args:
        folder: Of the project.
        answers: To all questions.
    """
    path = folder / answers["data_path"]
    match answers["data_source"]:
        case "builtin":
            own = folder / answers["package_name"] / "data.py"
            text = own.read_text("utf-8").replace("import Data", "import Data, Split")
            own.write_text(text + FEWER, "utf-8")
        case "image_folder":
            if answers["labels_from"] == "table":
                write_labelled(path, answers)
            else:
                write_pictures(path, answers["split"])
        case "arrays":
            write_arrays(path, answers["input_kind"], answers["task"], answers["split"])
        case "csv":
            write_table(path, answers)


def write_pictures(folder: Path, split: str) -> None:
    """Digits as PNG files, one folder per class, in groups of four or in given parts."""
    digits = load_digits()
    for i in range(SAMPLES):
        picture = Image.fromarray((digits.images[i] * 15).astype("uint8"))
        part = [DIVIDED_BY["given"][i]] if split == "given" else []
        group = [f"writer {DIVIDED_BY['group'][i]}"] if split == "group" else []
        path = folder.joinpath(*part, str(digits.target[i]), *group, f"{i}.png")
        path.parent.mkdir(parents=True, exist_ok=True)
        picture.save(path)


def write_labelled(folder: Path, given: Mapping[str, Any]) -> None:
    """Digits as PNG files in one folder, and the table of their labels."""
    digits = load_digits()
    columns = [("name", [f"{i}.png" for i in range(SAMPLES)])]
    columns.append((given["target_column"], digits.target[:SAMPLES]))
    if given["split"] != "random":
        columns.append((given["split_column"], DIVIDED_BY[given["split"]]))
    folder.mkdir(parents=True, exist_ok=True)
    for name, pixels in zip(columns[0][1], digits.images, strict=False):
        Image.fromarray((pixels * 15).astype("uint8")).save(folder / name)
    with (folder / given["labels_file"]).open(
        "w", encoding="utf-8", newline=""
    ) as file:
        writer = csv.writer(file)
        writer.writerow(name for name, _ in columns)
        writer.writerows(zip(*(values for _, values in columns), strict=True))


def write_arrays(path: Path, kind: str, task: str, split: str) -> None:
    """Digits as arrays `x` and `y`; of volumes, each picture is eight times as deep."""
    digits = load_digits()
    pictures = digits.images[:SAMPLES].astype("float32") / 16
    x = {
        "image": pictures[..., None],
        "sequence": pictures,
        "volume": np.repeat(pictures[..., None], 8, axis=-1)[..., None],
        "tabular": pictures.reshape(SAMPLES, -1),
    }[kind]
    target = digits.target[:SAMPLES]
    y = target if task == "classification" else target.astype("float32")
    arrays: dict[str, Any] = {"x": x, "y": y}
    if split in ("group", "time"):
        arrays[f"{split}s"] = DIVIDED_BY[split]
    np.savez(path, allow_pickle=False, **arrays)


def write_table(path: Path, given: Mapping[str, Any]) -> None:
    """Tumours for classification, patients with diabetes for regression."""
    task, target = given["task"], given["target_column"]
    by = DIVIDED_BY.get(given["split"], [])
    column = given.get("split_column")
    has_files = given["split"] == "given" and not column
    table = load_breast_cancer() if task == "classification" else load_diabetes()
    answers = table.target[:SAMPLES]
    if task == "classification":
        answers = table.target_names[answers]
    mark = "," if given["decimal"] == "comma" else "."
    lines: dict[Path, list[list[str]]] = {}
    for i, (row, answer) in enumerate(zip(table.data, answers, strict=False)):
        cells = [answer, *([by[i]] if column else []), *row]
        file = path / f"{by[i]}.csv" if has_files else path
        lines.setdefault(file, []).append([str(c).replace(".", mark) for c in cells])
    names = [target, *([column] if column else []), *table.feature_names]
    for file, rows in lines.items():
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("w", encoding="utf-8", newline="") as opened:
            writer = csv.writer(opened, delimiter=SEPARATORS[given["separator"]])
            writer.writerows([*([names] if given["header"] else []), *rows])
