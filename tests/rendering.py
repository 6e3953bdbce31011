"""The one way in which tests render projects, and run what they rendered."""

import contextlib
import importlib
import io
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec


@dataclass(frozen=True)
class Ran:
    """What a command did."""

    status: int
    out: str
    err: str


@dataclass(frozen=True)
class Project:
    """A generated project."""

    root: Path
    package: str

    def read(self, name: str) -> str:
        """A file of the project, or of its package where it is not at the top."""
        path = self.root / name
        return (path if path.exists() else self.root / self.package / name).read_text()

    def load(self, module: str) -> Any:
        """A module of the package, imported afresh when another project was last."""
        loaded = sys.modules.get(self.package)
        if (
            loaded is None
            or Path(str(loaded.__file__)).parent != self.root / self.package
        ):
            for name in [n for n in sys.modules if n.split(".")[0] == self.package]:
                del sys.modules[name]
            importlib.invalidate_caches()
        sys.path.insert(0, str(self.root))
        try:
            return importlib.import_module(f"{self.package}.{module}")
        finally:
            sys.path.remove(str(self.root))

    def run(self, *arguments: str) -> Ran:
        """A command of the project, in this process, which may hold TensorFlow already.

        Studies go to `runs` in the project's folder.
        """
        main: ModuleType = self.load("__main__")
        out, err = io.StringIO(), io.StringIO()
        words = [*arguments, "--runs", str(self.root / "runs")]
        if arguments[:1] == ("tune",):
            words.append("--in-process")
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            status = main.main(words)
        return Ran(status, out.getvalue(), err.getvalue())

    def records(self, study: str = "default") -> list[dict[str, Any]]:
        """A study's records by number."""
        listed = json.loads(self.run("trials", "--json", "--study", study).out)
        return sorted(listed, key=lambda record: int(record["number"]))

    def record(self, fields: dict[str, Any]) -> Any:
        """A record as the project's own modules have it."""
        return msgspec.convert(fields, self.load("study.record").Record)


KEPT = ("weights", "weights_note", "weights_sha256")
"""What depends on who was faster where only the best weights are kept."""


def timeless(records: list[dict[str, Any]], *but: str) -> list[dict[str, Any]]:
    """Records less what no seed can fix: the times, and what else is named."""
    aside = {"started", "duration_s", *but}
    return [{k: v for k, v in record.items() if k not in aside} for record in records]
