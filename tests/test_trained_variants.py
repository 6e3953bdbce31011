"""Every pair of answers, in some project that is tuned, stopped, resumed, rebuilt and reported."""

from pathlib import Path

import pytest
from tunewright.fast.renderer import Renderer
from tunewright.variants.cover import Covers, tuples_of
from tunewright.variants.matrix import differing
from tunewright.variants.selection import INSERTED, NEEDS_TORCH, trained
from tunewright.variants.smoke import BUDGET, train_all
from tunewright.variants.variant import Variant

PARTS = 16
"""So that two processes are done at about the same time."""


@pytest.fixture(scope="session")
def renderer(template: Path) -> Renderer:
    """Of the template, kept."""
    return Renderer(template)


@pytest.fixture(scope="session")
def variants(renderer: Renderer) -> list[Variant]:
    """One for every pair of answers."""
    return trained(renderer)


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


@pytest.mark.parametrize("part", range(PARTS))
def test_every_pair_of_answers_trains(
    part: int, variants: list[Variant], renderer: Renderer, tmp_path: Path
) -> None:
    """Each has as many trials as it should, and models were rebuilt."""
    variants = variants[part::PARTS]
    outcomes = [*train_all(variants, renderer, tmp_path, jobs=1)]
    again = "tunewright variants smoke "
    assert [(again + o.name, o.fault) for o in outcomes if o.fault] == []
    assert len(outcomes) == len(variants)
    print(f"{len(outcomes)} variants trained")
    for variant, outcome in zip(variants, outcomes, strict=True):
        is_manual = variant.answered.answers["framework"] == "manual"
        assert outcome.trials == (1 if is_manual else BUDGET["trials"])
        keeps = variant.answered.answers["keep_weights"]
        assert outcome.rebuilt or keeps in ("none", "above")
    assert any(outcome.stopped for outcome in outcomes)
