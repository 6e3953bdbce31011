"""Projects with every answer that are tuned, stopped, resumed, rebuilt and reported.

Few, in which every answer occurs, are trained by `make test`, one half, and by `make check`,
which CI runs beside it, the other. `make matrix` trains those in
which every pair of answers does.
"""

from collections.abc import Sequence
from pathlib import Path

import pytest
from tunewright.fast.renderer import Renderer
from tunewright.variants.cover import Covers, tuples_of
from tunewright.variants.matrix import Checker, differing
from tunewright.variants.selection import INSERTED, NEEDS_TORCH, each_answer, trained
from tunewright.variants.smoke import BUDGET, train_all
from tunewright.variants.variant import Variant

from tests import interviews

FEW_PARTS = 6
PARTS = 16
"""So that two processes are done at about the same time."""


@pytest.fixture(scope="session")
def renderer(template: Path) -> Renderer:
    """Of the template, kept."""
    return interviews.renderer(template)


@pytest.fixture(scope="session")
def few(renderer: Renderer) -> list[Variant]:
    """Some for every answer."""
    return each_answer(renderer)


@pytest.fixture(scope="session")
def variants(renderer: Renderer) -> list[Variant]:
    """One for every pair of answers."""
    return trained(renderer)


def test_the_few_have_every_answer_and_every_algorithm(
    few: list[Variant], renderer: Renderer
) -> None:
    names = {q.name for q in renderer.questionnaire.questions.values() if q.is_varied}
    covers = Covers(renderer.questionnaire, names, NEEDS_TORCH)
    missing = covers.tuples(1)
    assert len(missing) > 100
    algorithms = set()
    for variant in few:
        answers = variant.answered.answers
        algorithms.add((answers["framework"], answers["algorithm"]))
        levels = {f.name: f.level(answers) for f in covers.factors}
        missing -= set(tuples_of(levels, 1))
    assert missing == set()
    assert len(algorithms) == 17


def test_the_few_are_clean(few: list[Variant], template: Path) -> None:
    checked = Checker(template).check([variant.answered for variant in few])
    assert checked.faults == []
    assert checked.projects == len(few)
    assert checked.texts > 300


@pytest.mark.matrix
def test_the_trained_have_every_pair(
    variants: list[Variant], renderer: Renderer
) -> None:
    names = differing(renderer) - INSERTED
    covers = Covers(renderer.questionnaire, names, NEEDS_TORCH)
    pairs: set[object] = set()
    for variant in variants:
        answers = variant.answered.answers
        levels = {f.name: f.level(answers) for f in covers.factors}
        pairs.update(tuples_of(levels, 2))
    assert pairs >= covers.tuples(2)
    assert len(variants) >= 90
    assert len({variant.name for variant in variants}) == len(variants)


@pytest.mark.parametrize(
    "part",
    [
        pytest.param(part, marks=[] if part < FEW_PARTS / 2 else pytest.mark.check)
        for part in range(FEW_PARTS)
    ],
)
def test_every_answer_trains(
    part: int, few: list[Variant], renderer: Renderer, tmp_path: Path
) -> None:
    train(few[part::FEW_PARTS], renderer, tmp_path)


@pytest.mark.matrix
@pytest.mark.parametrize("part", range(PARTS))
def test_every_pair_of_answers_trains(
    part: int, variants: list[Variant], renderer: Renderer, tmp_path: Path
) -> None:
    train(variants[part::PARTS], renderer, tmp_path)


def train(variants: Sequence[Variant], renderer: Renderer, folder: Path) -> None:
    """Check that each has as many trials as it should, and that models were rebuilt."""
    outcomes = [*train_all(variants, renderer, folder, jobs=1)]
    again = "tunewright variants smoke "
    assert [(again + o.name, o.fault) for o in outcomes if o.fault] == []
    assert len(outcomes) == len(variants) > 0
    print(f"{len(outcomes)} variants trained")
    for variant, outcome in zip(variants, outcomes, strict=True):
        answers = variant.answered.answers
        written = len(answers["estimators"]) if answers["framework"] == "manual" else 99
        assert outcome.trials == min(written, BUDGET["trials"])
        keeps = variant.answered.answers["keep_weights"]
        assert outcome.rebuilt or keeps in ("none", "above")
    assert any(outcome.stopped for outcome in outcomes)
