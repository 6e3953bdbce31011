"""How many projects a second are rendered and checked, against plain `run_copy`.

The projects are a part of the full product of all answers. A round renders some by
Copier's `run_copy`, unchecked, and then others by the generator's own renderer, with all
checks, Black's and Ruff's included. What is remembered is kept from round to round, as it
is when the whole product is rendered; the first round shows what it costs to begin.

    python benchmarks/matrix.py [ROUNDS]
"""

import itertools
import statistics
import sys
import tempfile
import time
from pathlib import Path

from tunewright.questions import TEMPLATE
from tunewright.render import render
from tunewright.template import copy_without_git
from tunewright.variants.matrix import Checker, differing
from tunewright.variants.space import answer_sets
from tunewright.variants.variant import variant_of

COPIED = 20
CHECKED = 10_000


def main(rounds: int) -> None:
    """Print the rates of so many rounds, and the median of the ratios."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        template = copy_without_git(TEMPLATE, folder / "template")
        checker = Checker(template)
        questionnaire = checker.renderer.questionnaire
        sets = answer_sets(questionnaire, differing(checker.renderer))
        ratios = []
        for number in range(rounds):
            began = time.perf_counter()
            for index, answered in enumerate(itertools.islice(sets, COPIED)):
                answers = variant_of(answered, questionnaire).answers
                target = folder / f"{number}_{index}"
                render(target, answers, template=template)
            copied = COPIED / (time.perf_counter() - began)
            began = time.perf_counter()
            checked = checker.check(itertools.islice(sets, CHECKED))
            assert not checked.faults
            rate = checked.projects / (time.perf_counter() - began)
            ratios.append(rate / copied)
            print(
                f"round {number}: run_copy {copied:.1f} a second, rendered and checked "
                f"{rate:,.0f} a second ({checked.texts} new files)",
                flush=True,
            )
    print(
        f"median {statistics.median(ratios):.0f} times the rate "
        f"({min(ratios):.0f} to {max(ratios):.0f}, {rounds} rounds, one process)"
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
