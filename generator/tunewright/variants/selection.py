"""Which variants a command is about."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from importlib.util import find_spec
from typing import Any

from ..errors import UserError
from ..fast.questionnaire import Answered, Questionnaire
from ..fast.renderer import Renderer
from .cover import Covers
from .matrix import differing
from .space import answer_sets, has, needed
from .variant import Variant, variant_of

NEEDS_TORCH = {"algorithm": "gp"}

INSERTED = {"separator", "decimal"}
"""Questions whose answer is one constant: any of them is trained beside all others."""


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
    if not _exists(renderer.questionnaire, only):
        raise UserError("no variant has these answers together")
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


def _exists(questionnaire: Questionnaire, only: Mapping[str, Any]) -> bool:
    """Whether any valid set of answers has these; a sample takes longer to find."""
    names = needed(questionnaire, only.keys()) | only.keys()
    return any(
        only.keys() <= answered.recorded.keys()
        for answered in answer_sets(questionnaire, names, only)
    )


def _in_sample(
    renderer: Renderer, cover: str, only: Mapping[str, Any]
) -> Iterator[Variant]:
    for variant in _sample(renderer, cover, only):
        recorded = variant.answered.recorded
        if all(n in recorded and has(recorded[n], value) for n, value in only.items()):
            yield variant


def _sample(
    renderer: Renderer, cover: str, only: Mapping[str, Any]
) -> Iterable[Variant]:
    questionnaire = renderer.questionnaire
    if cover == "trained":
        return trained(renderer)
    if cover == "triples":
        return sample(renderer, 3)
    if cover == "answers":
        return each_answer(renderer)
    if cover == "all":
        sets: Iterable[Answered] = answer_sets(questionnaire, differing(renderer), only)
    else:
        sets = Covers(questionnaire).cover(2)
    return (variant_of(answered, questionnaire) for answered in sets)


def trained(renderer: Renderer) -> list[Variant]:
    """Variants in which every pair of answers occurs that is worth a training."""
    return sample(renderer, 2, differing(renderer) - INSERTED)


def each_answer(renderer: Renderer) -> list[Variant]:
    """Few variants in which every answer occurs, and every algorithm of each framework."""
    questions = renderer.questionnaire.questions.values()
    return few(sample(renderer, 2, {q.name for q in questions if q.is_varied}))


def sample(
    renderer: Renderer, strength: int, names: Collection[str] | None = None
) -> list[Variant]:
    """Variants in which every pair of answers occurs that makes projects differ.

    What needs PyTorch is left out where that is not installed.

    Args:
        renderer: Of the template.
        strength: 2 for pairs, 3 for triples.
        names: Of the questions whose answers are paired; those that make projects differ
            where none are given.
    """
    questionnaire = renderer.questionnaire
    without = {} if find_spec("torch") else NEEDS_TORCH
    covers = Covers(questionnaire, names or differing(renderer), without)
    return [variant_of(answered, questionnaire) for answered in covers.cover(strength)]


def needs_what_is_missing(variant: Variant) -> bool:
    """Whether a variant needs PyTorch, and that is not installed."""
    answers = variant.answered.answers
    is_gp = all(answers[name] == value for name, value in NEEDS_TORCH.items())
    return is_gp and find_spec("torch") is None


def few(variants: Sequence[Variant]) -> list[Variant]:
    """Of a sample few in which still occurs every answer, and every algorithm anywhere.

    Args:
        variants: The sample.
    """
    seen = [set(_answers(variant)) for variant in variants]
    missing = set().union(*seen)
    chosen = set()
    while missing:
        best = max(range(len(seen)), key=lambda number: len(seen[number] & missing))
        missing -= seen[best]
        chosen.add(best)
    return [variants[number] for number in sorted(chosen)]


def _answers(variant: Variant) -> Iterator[tuple[str, ...]]:
    recorded = variant.answered.recorded
    for name, answer in recorded.items():
        for item in answer if isinstance(answer, list) else [answer]:
            yield name, repr(item)
    yield recorded["framework"], repr(recorded.get("algorithm"))
