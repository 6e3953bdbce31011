"""Which variants a command is about."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from ..errors import UserError
from ..fast.questionnaire import Answered
from ..fast.renderer import Renderer
from .cover import Covers
from .matrix import differing
from .smoke import sample
from .space import answer_sets, has
from .variant import Variant, variant_of


def select(
    renderer: Renderer, cover: str, names: Sequence[str], only: Mapping[str, Any]
) -> Iterator[Variant]:
    """The variants of a sample: all, or those with some names or answers.

    Args:
        renderer: Of the template.
        cover: The sample.
        names: Of those that are meant; all where there are none.
        only: Answers that they have, or have selected.

    Raises:
        UserError: There is none, or none of a name.
    """
    missing = set(names)
    found = False
    for variant in _in_sample(renderer, cover, only):
        if names and variant.name not in missing:
            continue
        missing.discard(variant.name)
        found = True
        yield variant
        if names and not missing:
            return
    if missing:
        raise UserError(
            f"the sample {cover!r} has no variant {min(missing)}; choose another with "
            "--cover"
        )
    if not found:
        raise UserError("no variant has these answers together")


def _in_sample(
    renderer: Renderer, cover: str, only: Mapping[str, Any]
) -> Iterator[Variant]:
    questionnaire = renderer.questionnaire
    if cover == "all":
        sets: Iterator[Answered] = answer_sets(questionnaire, differing(renderer), only)
        yield from (variant_of(answered, questionnaire) for answered in sets)
        return
    samples: dict[str, Callable[[], list[Variant]]] = {
        "pairs": lambda: _cover(renderer, 2),
        "trained": lambda: sample(renderer),
        "triples": lambda: _cover(renderer, 3),
    }
    for variant in samples[cover]():
        recorded = variant.answered.recorded
        if all(n in recorded and has(recorded[n], value) for n, value in only.items()):
            yield variant


def _cover(renderer: Renderer, strength: int) -> list[Variant]:
    questionnaire = renderer.questionnaire
    sets = Covers(questionnaire).cover(strength)
    return [variant_of(answered, questionnaire) for answered in sets]
