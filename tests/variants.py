"""Every way to search that the questions offer, read from the template itself."""

from typing import Any, NamedTuple

import yaml
from tunewright.questions import TEMPLATE, choices, questions


class Variant(NamedTuple):
    """A framework, its algorithm and, with Optuna, the pruner."""

    framework: str
    algorithm: str
    pruner: str

    @property
    def name(self) -> str:
        """Short and unique; it can be a Python package's too."""
        parts = [self.framework, self.algorithm, self.pruner]
        return "_".join(part for part in dict.fromkeys(parts) if part != "none")

    @property
    def answers(self) -> dict[str, Any]:
        """What chooses this variant, where it is asked."""
        if self.framework == "manual":
            return {"framework": "manual"}
        answers = {"framework": self.framework, "algorithm": self.algorithm}
        is_pruned = self.framework == "optuna" and self.algorithm != "nsga2"
        return answers | ({"pruner": self.pruner} if is_pruned else {})


def algorithms(framework: str) -> list[str]:
    """The algorithms of a framework, the default first."""
    source = TEMPLATE / "template" / "frameworks" / framework / "algorithms.yml"
    listed = yaml.safe_load(source.read_text("utf-8")).values()
    return [one["value"] if isinstance(one, dict) else one for one in listed]


def variants() -> list[Variant]:
    """All of them."""
    found = []
    for framework in choices(questions()["framework"]):
        for algorithm in algorithms(framework):
            pruned = framework == "optuna" and algorithm != "nsga2"
            pruners = choices(questions()["pruner"]) if pruned else ["none"]
            found += [Variant(framework, algorithm, pruner) for pruner in pruners]
    return found
