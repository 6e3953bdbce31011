"""What was fitted to a table comes back from its file to the bit, or is refused."""

import contextlib
import json
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pandas as pd
import pytest
import skops.io
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from tests.conftest import Render
from tests.damage import empty, leave_nothing
from tests.rendering import Project
from tests.tables import refusal, write_penguins, write_titanic


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
    """The module that reads a table."""
    return project.load("table")


@pytest.fixture(scope="module")
def kept(project: Project) -> Any:
    """The module to test."""
    return project.load("preprocessor")


def test_a_preprocessor_comes_back_to_the_bit(
    table: Any, kept: Any, tmp_path: Path
) -> None:
    titanic = write_titanic(tmp_path / "titanic.csv")
    penguins = write_penguins(tmp_path / "penguins.csv")
    for source, target in ((titanic, "survived"), (penguins, "species")):
        features, _ = table.read_table(source, target)
        preprocessor = table.make_preprocessor(features).fit(features[::2])
        kept.save_preprocessor(preprocessor, tmp_path / "saved")
        loaded = kept.load_preprocessor(tmp_path / "saved")
        expected = table.transform(preprocessor, features)
        assert table.transform(loaded, features).tobytes() == expected.tobytes()
    assert not list(tmp_path.glob(".*"))


@pytest.mark.parametrize(
    "columns",
    [
        {"a": [1, 2, 3]},
        {"a": [True, False, True]},
        {"a": [True, None, False]},
        {"a": ["x", None, "y"]},
        {"a": [None, None, 1.0], "b": ["x", "y", "z"]},
        {"a": [1e100, -1e-100, 0.0], "b": [2**63, 1, 0]},
        {"höhe in m": [1.5, 2.5, 3.5], "a\nb": ["ä", "東京", ""]},
    ],
    ids=str,
)
def test_columns_of_any_kind_come_back_to_the_bit(
    table: Any, kept: Any, tmp_path: Path, columns: dict[str, list[Any]]
) -> None:
    features = pd.DataFrame(columns)
    preprocessor = table.make_preprocessor(features).fit(features)
    kept.save_preprocessor(preprocessor, tmp_path / "saved")
    expected = table.transform(preprocessor, features)
    values = table.transform(kept.load_preprocessor(tmp_path / "saved"), features)
    assert values.tobytes() == expected.tobytes() and values.dtype == np.float32


@pytest.fixture
def saved(table: Any, kept: Any, tmp_path: Path) -> Path:
    """A preprocessor in a file."""
    features = pd.DataFrame({"a": [1.0, None, 3], "b": ["x", None, "y"]})
    preprocessor = table.make_preprocessor(features).fit(features)
    kept.save_preprocessor(preprocessor, tmp_path / "preprocessor.skops")
    return tmp_path / "preprocessor.skops"


def write_text(path: Path) -> None:
    path.write_text("not a preprocessor")


def cut_short(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])


def pack_nothing(path: Path) -> None:
    zipfile.ZipFile(path, "w").close()


def save_something_else(path: Path) -> None:
    skops.io.dump(StandardScaler(), path)


def call_a_function(path: Path) -> None:
    step = ("run", FunctionTransformer(pd.eval, validate=False), ["a"])
    skops.io.dump(make_pipeline(ColumnTransformer([step])), path)


def pickle(path: Path) -> None:
    path.write_bytes(b"cos\nsystem\n(S'echo broken into'\ntR.")


@pytest.mark.parametrize(
    "damage",
    [
        leave_nothing,
        empty,
        write_text,
        cut_short,
        pack_nothing,
        save_something_else,
        call_a_function,
        pickle,
    ],
)
def test_a_broken_preprocessor_ends_in_one_line(
    kept: Any, saved: Path, damage: Callable[[Path], None]
) -> None:
    damage(saved)
    assert str(saved) in refusal(kept, "load_preprocessor", saved)


def test_only_the_types_that_are_needed_are_trusted(kept: Any, saved: Path) -> None:
    assert skops.io.get_untrusted_types(file=saved) == kept.TRUSTED


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.InconsistentVersionWarning")
def test_any_damage_to_a_preprocessor_ends_in_one_line(kept: Any, saved: Path) -> None:
    with zipfile.ZipFile(saved) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    schema = members.pop("schema.json").decode()
    random = Random(0)
    for _ in range(100):
        damaged = json.loads(schema)
        holder, key = random.choice(list(places(damaged)))
        holder[key] = random.choice([None, 1, "os", "system", [], {}])
        with zipfile.ZipFile(saved, "w") as archive:
            archive.writestr("schema.json", json.dumps(damaged))
            for name, data in members.items():
                archive.writestr(name, data)
        with contextlib.suppress(kept.UserError):
            kept.load_preprocessor(saved)


def places(node: Any) -> Iterable[tuple[Any, Any]]:
    """Every list or object in a JSON document, with each of its indices or keys."""
    keys = node if isinstance(node, dict) else range(len(node))
    for key in keys:
        yield node, key
        if isinstance(node[key], dict | list):
            yield from places(node[key])


def test_a_file_that_cannot_be_written_leaves_the_old_one(
    kept: Any, saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = saved.read_bytes()

    def give_up(*_: Any) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(kept, "move_into_place", give_up)
    with pytest.raises(OSError, match="no space left"):
        kept.save_preprocessor(kept.load_preprocessor(saved), saved)
    assert saved.read_bytes() == before
