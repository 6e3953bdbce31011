"""The files that a comparison leaves: JSON, Markdown and a chart."""

import json
import os
import platform
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import chart, results
from .results import Row

ABOUT = """\
Both scores are those of the best trial's model, which its project rebuilt: `{monitor}` on
the validation part, which the search saw, `{test}` on the test part, which it did not see.
Wall time is that of the `tune` commands, the starts of Python and TensorFlow included; in
trials is what the trials themselves took."""


@dataclass(frozen=True)
class Comparison:
    """What was compared, and what came of it."""

    rows: list[Row]
    monitor: str
    """The score on the validation part."""
    trials: int
    epochs: int
    seed: int
    answers: Mapping[str, Any]

    @property
    def budget(self) -> int:
        """Of epochs, for each framework."""
        return self.trials * self.epochs

    @property
    def table(self) -> str:
        """The table, as Markdown."""
        return results.table(self.rows, self.monitor)

    @property
    def notes(self) -> list[str]:
        """What a reader of the table has to know besides."""
        return results.notes(self.rows, self.monitor)

    @property
    def command(self) -> str:
        """The command that repeats it."""
        words = ["tunewright", "compare", "--frameworks"]
        words += [row["name"] for row in self.rows]
        words += ["--trials", str(self.trials), "--epochs", str(self.epochs)]
        words += ["--seed", str(self.seed)]
        for name, value in self.answers.items():
            text = value if isinstance(value, str) else json.dumps(value)
            words += ["-d", f"{name}={text}"]
        return shlex.join(words)

    def write(self, folder: Path) -> None:
        """Write the three files."""
        (folder / "comparison.json").write_text(self.as_json(), "utf-8")
        (folder / "comparison.md").write_text(self.as_markdown(), "utf-8")
        chart.draw(self.rows, self.monitor, self.budget, folder / "comparison.svg")

    def as_json(self) -> str:
        """Everything, to be read by a program."""
        about = {
            "schema": 1,
            "command": self.command,
            "trials": self.trials,
            "epochs": self.epochs,
            "budget": self.budget,
            "seed": self.seed,
            "answers": dict(self.answers),
            "score": self.monitor,
            "machine": {
                "python": platform.python_version(),
                "system": platform.platform(),
                "processors": os.cpu_count(),
            },
            "rows": self.rows,
        }
        return json.dumps(about, indent=2, ensure_ascii=False, allow_nan=False) + "\n"

    def as_markdown(self) -> str:
        """The table and the chart, to be read by a person."""
        test = self.monitor.replace("val_", "test_")
        parts = [
            f"# {len(self.rows)} searches with {self.budget} epochs each",
            self.table,
            ABOUT.format(monitor=self.monitor, test=test),
            "\n".join(f"- {note}" for note in self.notes),
            "![Best score so far against epochs spent](comparison.svg)",
            f"    {self.command}",
        ]
        return "\n\n".join(part for part in parts if part) + "\n"
