"""Every answer, or every pair of them, in some project that is tuned, stopped, resumed, rebuilt and reported."""

from itertools import combinations
from pathlib import Path

import pytest
from tunewright.fast.renderer import Renderer
from tunewright.variants.cover import Covers
from tunewright.variants.matrix import differing
from tunewright.variants.selection import (
    NEEDS_TORCH,
    needs_what_is_missing,
    sample,
    select,
)
from tunewright.variants.smoke import BUDGET, train_all
from tunewright.variants.variant import Variant

PARTS = 8
"""So that two processes are done at about the same time."""


@pytest.fixture(scope="session")
def renderer(template: Path) -> Renderer:
    """Of the template, kept."""
    return Renderer(template)


@pytest.fixture(scope="session")
def variants(renderer: Renderer) -> list[Variant]:
    """One for every pair of answers."""
    return sample(renderer)


@pytest.mark.matrix
def test_the_trained_have_every_pair(
    variants: list[Variant], renderer: Renderer
) -> None:
    covers = Covers(renderer.questionnaire, differing(renderer), NEEDS_TORCH)
    pairs: set[object] = set()
    for variant in variants:
        answers = variant.answered.answers
        levels = [(f.name, f.level(answers)) for f in covers.factors]
        pairs.update(combinations(levels, 2))
    assert pairs >= covers.tuples(2)
    assert len(variants) >= 120
    assert len({variant.name for variant in variants}) == len(variants)


@pytest.mark.matrix
@pytest.mark.parametrize("part", range(PARTS))
def test_every_pair_of_answers_trains(
    part: int, variants: list[Variant], renderer: Renderer, tmp_path: Path
) -> None:
    see_them_train(variants[part::PARTS], renderer, tmp_path)


@pytest.mark.parametrize("part", range(2))
def test_every_answer_trains(part: int, renderer: Renderer, tmp_path: Path) -> None:
    found = [*select(renderer, "answers", [], {})]
    able = [variant for variant in found if not needs_what_is_missing(variant)]
    assert len(able) >= 20
    see_them_train(able[part::2], renderer, tmp_path)


def see_them_train(variants: list[Variant], renderer: Renderer, folder: Path) -> None:
    """Each has as many trials as it should, and models were rebuilt."""
    outcomes = [*train_all(variants, renderer, folder, jobs=1)]
    again = "tunewright variants smoke "
    assert [(again + o.name, o.fault) for o in outcomes if o.fault] == []
    assert len(outcomes) == len(variants)
    print(f"{len(outcomes)} variants trained")
    for variant, outcome in zip(variants, outcomes, strict=True):
        is_manual = variant.answered.answers["framework"] == "manual"
        assert outcome.trials == (1 if is_manual else BUDGET["trials"])
    assert any(outcome.stopped for outcome in outcomes)
    assert any(outcome.rebuilt for outcome in outcomes)
