"""Covering samples: small sets of variants in which every pair of answers occurs.

Where a question is not asked, "not asked" counts as its answer. On covering arrays:
D. R. Kuhn, R. N. Kacker and Y. Lei, Practical Combinatorial Testing, NIST SP 800-142.
They are found row by row, as by AETG (D. M. Cohen et al. 1997, IEEE Transactions on Software
Engineering 23(7)): tools that know constraints only as a filter need a third more rows.
"""

from collections.abc import Collection, Iterable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from itertools import combinations, groupby, product
from random import Random
from types import MappingProxyType
from typing import Any

from ..fast.questionnaire import Answered, Question, Questionnaire
from ..fast.remembered import Answers
from .space import answer_sets, needed

Level = str | bool | tuple[str, ...] | None
"""What a factor may be; None where it is not asked."""

Tuple = frozenset[tuple[str, Level]]
"""A pair, or more, of factors and what they are."""

Row = dict[str, Level]
"""What each factor is."""

CANDIDATES = 3
"""Of so many rows the one with most that is new is taken; more find hardly shorter samples."""


def tuples_of(row: Row, strength: int) -> Iterator[Tuple]:
    """Every tuple that a row has."""
    return map(frozenset, combinations(row.items(), strength))


@dataclass(frozen=True)
class Factor:
    """What varies from one variant to another: an answer, or one choice of several.

    Of choices that do not all go together, and of those on which others depend, the whole
    selection is one answer.
    """

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
        return _hashable(answer) if self.choice is None else self.choice in answer

    def levels(self, known: Answers) -> tuple[Level, ...]:
        """All that it may be, after the answers before it."""
        if not self.is_asked(known):
            return (None,)
        if self.choice is None:
            return tuple(map(_hashable, self.question.options(known)))
        return (False, True)


def _hashable(answer: Any) -> Level:
    level: Level = tuple(answer) if isinstance(answer, list) else answer
    return level


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
            f
            for f in self._find_factors(contexts, structure)
            if f.question.name in varied
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
        self._selected: dict[int, list[tuple[Question, list[str]]]] = {}
        self._taken: dict[tuple[Any, ...], bool] = {}
        """What was found out of a context; many rows ask the same."""
        self._levels_of: dict[str, list[Level]] = {}
        """All that each factor may be anywhere."""
        for name, level in self._where:
            self._levels_of.setdefault(name, []).append(level)

    def _find_factors(
        self, contexts: list[Answered], structure: AbstractSet[str]
    ) -> Iterator[Factor]:
        for question in self._questions:
            choices: dict[str, None] = {}
            # A context has a whole selection, where the options of others depend on it.
            selects = question.selects_several and question.name not in structure
            go_together = False
            for context in contexts:
                if question.is_settable(context.answers):
                    offered = question.choices(context.answers)
                    choices |= dict.fromkeys(offered)
                    if selects and not go_together:
                        go_together = question.takes(offered, context.answers)
            if go_together:
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
                found.update(map(frozenset, product(*of_each)))
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
            if self._leaves_enough(lowest.bit_length() - 1, without):
                return True
            contexts ^= lowest
        return False

    def _leaves_enough(self, index: int, without: set[str]) -> bool:
        answers = self._contexts[index]
        for question, choices in self._selections(index):
            kept = [c for c in choices if f"{question.name}.{c}" not in without]
            if len(kept) == len(choices):
                continue
            key = (index, question.name, *kept)
            if key not in self._taken:
                self._taken[key] = question.takes(kept, answers)
            if not self._taken[key]:
                return False
        return True

    def _selections(self, index: int) -> list[tuple[Question, list[str]]]:
        """The questions of which several choices can be selected in a context."""
        if index not in self._selected:
            answers = self._contexts[index]
            questions = {f.question.name: f.question for f in self.factors if f.choice}
            self._selected[index] = [
                (question, question.choices(answers))
                for question in questions.values()
                if question.is_settable(answers)
            ]
        return self._selected[index]

    def cover(self, strength: int) -> list[Answered]:
        """Few sets of answers in which every tuple of levels occurs.

        Args:
            strength: How many levels a tuple has: 2 for pairs, 3 for triples.
        """
        missing = self.tuples(strength)
        rarest_first = sorted(missing, key=self._rarity)
        chance = Random(0)
        sample = []
        while missing:
            rarest_first = [one for one in rarest_first if one in missing]
            _, rarest = next(
                groupby(rarest_first, key=lambda one: self._rarity(one)[0])
            )
            firsts = [*rarest]
            rows = [
                self._row(chance.choice(firsts), missing, strength, chance)
                for _ in range(CANDIDATES)
            ]
            best = max(rows, key=lambda row: len(missing & {*tuples_of(row, strength)}))
            missing -= {*tuples_of(best, strength)}
            sample.append(self._complete(best))
        return sample

    def _row(
        self, first: Tuple, missing: AbstractSet[Tuple], strength: int, chance: Random
    ) -> Row:
        """A valid row with a tuple in it, and with many others that are missing.

        Args:
            first: The tuple.
            missing: Those that no row has so far.
            strength: How many levels a tuple has.
            chance: What decides between levels that are as good as each other.
        """
        row = dict(first)
        left = [name for name in self._levels_of if name not in row]
        chance.shuffle(left)
        # Those with most levels first: they decide how long the sample becomes.
        left.sort(key=lambda name: -len(self._levels_of[name]))
        for name in left:
            levels = self._levels_of[name]
            found: dict[Level, int] = {}
            for level in chance.sample(levels, len(levels)):
                if self._is_valid([*row.items(), (name, level)]):
                    others = combinations(row.items(), strength - 1)
                    tuples = (frozenset((*other, (name, level))) for other in others)
                    found[level] = sum(one in missing for one in tuples)
            row[name] = max(found, key=found.__getitem__)
        return row

    def _rarity(self, one: Tuple) -> tuple[int, str]:
        """In how many contexts a tuple can be, and what tells it from others."""
        contexts = -1
        for pair in one:
            contexts &= self._where[pair]
        return contexts.bit_count(), repr(sorted(one, key=repr))

    def _complete(self, row: Row) -> Answered:
        given: dict[str, Any] = {}
        for factor in self.factors:
            name, level = factor.question.name, row[factor.name]
            if level is None:
                continue
            if factor.choice is None:
                given[name] = [*level] if isinstance(level, tuple) else level
            else:
                given.setdefault(name, [])
                given[name] += [factor.choice] if level else []
        return self.questionnaire.complete(given)
