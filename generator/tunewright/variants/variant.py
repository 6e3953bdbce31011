"""One project of all that the template can write, and its name."""

import json
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from ..fast.questionnaire import Answered, Questionnaire


@dataclass(frozen=True)
class Variant:
    """A set of answers that has a name."""

    answered: Answered
    answers: dict[str, Any]
    """Those that are not the default, by which it can be generated."""

    @property
    def name(self) -> str:
        """Short, and the same for as long as these answers are no defaults."""
        text = json.dumps(self.answers, sort_keys=True)
        digest = blake2b(text.encode(), digest_size=4).hexdigest()
        found = self.answered.answers
        parts = [found["framework"], found["algorithm"], digest]
        return "-".join(dict.fromkeys(part for part in parts if part != "none"))


def variant_of(answered: Answered, questionnaire: Questionnaire) -> Variant:
    """Name a set of answers."""
    known: dict[str, Any] = {}
    differing: dict[str, Any] = {}
    for name, question in questionnaire.questions.items():
        answer = answered.answers[name]
        if name in answered.recorded and answer != question.default(known):
            differing[name] = answer
        known[name] = answer
    return Variant(answered, differing)
