"""Covering samples: small sets of variants in which every pair of answers occurs.

Where a question is not asked, "not asked" counts as its answer. On covering arrays:
D. R. Kuhn, R. N. Kacker and Y. Lei, Practical Combinatorial Testing, NIST SP 800-142.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations, product
from types import MappingProxyType
from typing import Any

from allpairspy import AllPairs

from ..fast.questionnaire import Answered, Question, Questionnaire
from ..fast.remembered import Answers
from .space import answer_sets, needed

Level = str | bool | None
"""What a factor may be; None where it is not asked."""

Tuple = tuple[tuple[str, Level], ...]
"""A pair, or more, of factors and what they are."""


@dataclass(frozen=True)
class Factor:
    """What varies from one variant to another: an answer, or one choice of several."""

    question: Question
    choice: str | None = None

    @property
    def name(self) -> str:
        """The question, and the choice."""
        name = self.question.name
        return name if self.choice is None else f"{name}.{self.choice}"

    def is_asked(self, known: Answers) -> bool:
        """Whether it can vary, after the answers before it."""
        if not self.question.is_settable(known):
            return False
        return self.choice is None or self.choice in self.question.choices(known)

    def level(self, answers: Answers) -> Level:
        """What it is in a set of answers."""
        if not self.is_asked(answers):
            return None
        answer: Any = answers[self.question.name]
        return answer if self.choice is None else self.choice in answer

    def levels(self, known: Answers) -> tuple[Level, ...]:
        """All that it may be, after the answers before it."""
        if not self.is_asked(known):
            return (None,)
        if self.choice is None:
            return tuple(self.question.options(known))
        return (False, True)


class Covers:
    """Covering samples of a template's variants."""

    def __init__(
        self,
        questionnaire: Questionnaire,
        names: Collection[str] | None = None,
        without: Answers = MappingProxyType({}),
    ) -> None:
        """Find what varies.

        Args:
            questionnaire: The questions.
            names: Of those that are to vary; all where none are given.
            without: Answers that are not to be given.
        """
        self.questionnaire = questionnaire
        self._questions = [*questionnaire.questions.values()]
        # On these the options of all others depend, which depend on nothing else.
        varied = {
            question.name
            for question in self._questions
            if question.is_varied and (names is None or question.name in names)
        }
        structure = needed(questionnaire, varied)
        contexts = [
            context
            for context in answer_sets(questionnaire, structure | {*without})
            if all(context.answers[name] != value for name, value in without.items())
        ]
        self.factors = [
            f for f in self._find_factors(contexts) if f.question.name in varied
        ]
        beside = {
            tuple(
                (
                    (factor.level(context.answers),)
                    if factor.question.name in structure
                    else factor.levels(context.answers)
                )
                for factor in self.factors
            ): context.answers
            for context in contexts
        }
        self._contexts = [*beside.values()]
        """Answers to these questions, once for all that allow the others the same."""
        self._levels = [*beside]
        """What each factor may be in each of them, whatever the others are."""
        self._where: dict[tuple[str, Level], int] = {}
        """For each level a bit for every context that allows it."""
        for index, levels in enumerate(beside):
            for factor, allowed in zip(self.factors, levels, strict=True):
                for level in allowed:
                    self._where.setdefault((factor.name, level), 0)
                    self._where[factor.name, level] |= 1 << index

    def _find_factors(self, contexts: list[Answered]) -> Iterator[Factor]:
        for question in self._questions:
            choices: dict[str, None] = {}
            for context in contexts:
                if question.is_settable(context.answers):
                    choices |= dict.fromkeys(question.choices(context.answers))
            if question.selects_several:
                yield from (Factor(question, choice) for choice in choices)
            elif choices:
                yield Factor(question)

    def tuples(self, strength: int) -> set[Tuple]:
        """Every tuple of levels that some valid set of answers has."""
        names = [factor.name for factor in self.factors]
        columns = [*zip(*self._levels, strict=True)]
        found: set[Tuple] = set()
        for several in combinations(zip(names, columns, strict=True), strength):
            for allowed in {*zip(*(column for _, column in several), strict=True)}:
                of_each = (
                    [(name, one) for one in levels]
                    for (name, _), levels in zip(several, allowed, strict=True)
                )
                found.update(product(*of_each))
        return {one for one in found if self._is_valid(one)}

    def _is_valid(self, row: Iterable[tuple[str, Level]]) -> bool:
        """Whether some valid set of answers has these levels."""
        contexts = -1
        without = set()
        for name, level in row:
            contexts &= self._where[name, level]
            if level is False:
                without.add(name)
        return contexts != 0 and (not without or self._is_enough(contexts, without))

    def _is_enough(self, contexts: int, without: set[str]) -> bool:
        """Whether enough can be selected beside what is left out, in some context."""
        while contexts:
            lowest = contexts & -contexts
            if self._leaves_enough(self._contexts[lowest.bit_length() - 1], without):
                return True
            contexts ^= lowest
        return False

    def _leaves_enough(self, answers: Answers, without: set[str]) -> bool:
        for question in self._questions:
            if question.selects_several and question.is_settable(answers):
                choices = question.choices(answers)
                kept = [c for c in choices if f"{question.name}.{c}" not in without]
                if len(kept) < len(choices) and not question.takes(kept, answers):
                    return False
        return True

    def cover(self, strength: int) -> list[Answered]:
        """Few sets of answers in which every tuple of levels occurs.

        Args:
            strength: How many levels a tuple has: 2 for pairs, 3 for triples.
        """
        missing = dict.fromkeys(sorted(self.tuples(strength), key=self._rarity))
        levels: dict[str, list[Level]] = {}
        for name, level in self._where:
            levels.setdefault(name, []).append(level)
        # Those with most levels first: they decide how long the sample becomes.
        names = sorted(levels, key=lambda name: -len(levels[name]))
        wanted: Tuple = ()

        def is_wanted(row: list[Level]) -> bool:
            begun = dict(zip(names, row, strict=False))
            return self._is_valid((dict(wanted) | begun).items()) and all(
                begun.get(name, level) == level for name, level in wanted
            )

        columns = [levels[name] for name in names]
        rows = AllPairs(columns, filter_func=is_wanted, n=strength)
        sample = []
        while missing:
            # Left alone, the library ends where its next step leads to nothing new.
            wanted = next(iter(missing))
            row = dict(zip(names, next(rows), strict=True))
            in_order = [(factor.name, row[factor.name]) for factor in self.factors]
            for found in combinations(in_order, strength):
                missing.pop(found, None)
            sample.append(self._complete(row))
        return sample

    def _rarity(self, one: Tuple) -> tuple[int, str]:
        """In how many contexts a tuple can be, and what tells it from others."""
        contexts = -1
        for pair in one:
            contexts &= self._where[pair]
        return contexts.bit_count(), repr(one)

    def _complete(self, row: dict[str, Level]) -> Answered:
        given: dict[str, Any] = {}
        for factor in self.factors:
            name, level = factor.question.name, row[factor.name]
            if level is None:
                continue
            if factor.choice is None:
                given[name] = level
            else:
                given.setdefault(name, [])
                given[name] += [factor.choice] if level else []
        return self.questionnaire.complete(given)
