"""Every pair of answers in some project that is tuned, stopped, resumed and rebuilt."""

from pathlib import Path

import pytest
from tunewright.fast.renderer import Renderer
from tunewright.variants.selection import sample
from tunewright.variants.smoke import train_all
from tunewright.variants.variant import Variant

PARTS = 12
"""So that two processes are done at about the same time."""


@pytest.fixture(scope="session")
def renderer(template: Path) -> Renderer:
    """Of the template, kept."""
    return Renderer(template)


@pytest.fixture(scope="session")
def variants(renderer: Renderer) -> list[Variant]:
    """All that are trained."""
    return sample(renderer)


@pytest.mark.matrix
@pytest.mark.parametrize("part", range(PARTS))
def test_every_pair_of_answers_trains(
    part: int, variants: list[Variant], renderer: Renderer, tmp_path: Path
) -> None:
    assert len(variants) >= 120
    mine = variants[part::PARTS]
    outcomes = [*train_all(mine, renderer, tmp_path, jobs=1)]
    assert [(o.name, o.fault) for o in outcomes if o.fault] == []
    assert len(outcomes) == len(mine)
    for variant, outcome in zip(mine, outcomes, strict=True):
        print(f"{outcome.name}: {outcome.trials} trials in {outcome.seconds:.0f} s")
        is_manual = variant.answered.answers["framework"] == "manual"
        assert outcome.trials == (1 if is_manual else 3)
        assert outcome.rebuilt == (variant.answered.answers["keep_weights"] != "none")
    assert any(outcome.stopped for outcome in outcomes)
