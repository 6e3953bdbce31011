"""The page of figures, and the benchmarks that write it."""

import importlib
import importlib.util
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from tunewright.questions import TEMPLATE

BENCHMARKS = TEMPLATE / "benchmarks"
HELPERS = {"bare.py", "guide.py", "pairs.py", "write.py"}
"""What is no benchmark itself."""


@pytest.fixture
def writer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """What writes a page of figures: here another one, with two benchmarks."""
    spec = importlib.util.spec_from_file_location("write", BENCHMARKS / "write.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for name in ("one", "other"):
        code = f"import sys\nprint('{name} has', *sys.argv[1:])\n"
        (tmp_path / f"{name}.py").write_text(code)
    monkeypatch.setattr(module, "BENCHMARKS", tmp_path)
    monkeypatch.setattr(module, "PAGE", tmp_path / "page.md")
    (tmp_path / "page.md").write_text(PAGE)
    return module


PAGE = """# Figures

<!-- figures: one.py 3 'a b' -->
old
<!-- end -->

Words between.

<!-- figures: other.py -->
<!-- end -->
"""


def test_the_page_gets_what_its_benchmarks_print(writer: Any) -> None:
    writer.main(["one.py"])
    text = writer.PAGE.read_text()
    assert "\none has 3 a b\n" in text
    assert "old" not in text and "other has" not in text
    writer.main([])
    text = writer.PAGE.read_text()
    assert text.count("one has") == text.count("other has") == 1
    assert text.startswith("# Figures\n\n<!-- figures: one.py 3 'a b' -->\n```text\n")
    assert "Words between." in text


def test_a_benchmark_that_the_page_does_not_name_is_told(writer: Any) -> None:
    with pytest.raises(SystemExit, match=r"has no figures of third\.py"):
        writer.main(["third.py"])


@pytest.mark.matrix
def test_copier_and_cookiecutter_write_the_same_files(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The benchmark ends with an error where they do not."""
    monkeypatch.syspath_prepend(BENCHMARKS)
    importlib.import_module("generation").main(runs=1)
    out = capsys.readouterr().out
    assert (out.count("  ratio: "), out.count("  CPU ratio: ")) == (3, 3)


def test_the_page_names_every_benchmark_and_no_other() -> None:
    page = (TEMPLATE / "docs" / "performance.md").read_text("utf-8")
    commands = re.findall("<!-- figures: (.+?) -->", page)
    named = {shlex.split(command)[0] for command in commands}
    assert named == {path.name for path in BENCHMARKS.glob("*.py")} - HELPERS
    assert page.count("<!-- end -->") == len(commands)
