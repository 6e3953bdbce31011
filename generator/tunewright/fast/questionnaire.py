"""Copier's questions, each of whose conditions is evaluated once for the same answers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from copier._main import Worker
from copier._user_data import AnswersMap
from copier._user_data import Question as CopierQuestion

from .remembered import Answers, Reads, Remembered

RECORDED = "_copier_answers"
"""The variable by which a template reads what the answers file is to hold."""

ONLY_WHAT_IS_ASKED = ("setup", "topics")
"""The questions that decide which others a person is asked, and nothing else."""

NOT_IN_SAMPLES = ("second_objective",)
"""Those that no sample varies: its choices depend on the first objective, and pairs of both
with all else would take ten times as long to find. Projects drawn at random have them."""


class _Everything(dict[str, Any]):
    """The answers of somebody who has given one to each question."""

    def __contains__(self, name: object) -> bool:
        return True


_NOTHING: Answers = {}
_EVERYTHING: Answers = _Everything()


@dataclass(frozen=True)
class Answered:
    """An answer to every question."""

    answers: dict[str, Any]
    """Those that are derived from others included."""

    recorded: dict[str, Any]
    """Those that the answers file has."""


class Question:
    """A question, and what it makes of the answers before it."""

    def __init__(
        self,
        name: str,
        details: Mapping[str, Any],
        earlier: frozenset[str],
        worker: Worker,
        reads: Reads,
    ) -> None:
        """Make a question as Copier would.

        Args:
            name: What it is called.
            details: What the template says of it.
            earlier: The questions before it, which alone it can depend on.
            worker: Has the environment to render its conditions in.
            reads: Listens to that.
        """
        self.name = name
        self.details = details
        self._environment = worker.jinja_env
        self._reads = reads
        self._context = worker._render_context()
        self.is_settable = Remembered(self._is_settable, reads, earlier)
        """Whether an answer that a person gives is taken."""
        self.is_recorded = Remembered(self._is_recorded, reads, earlier)
        """Whether the answers file has the default, too."""
        self.default = Remembered(self._default, reads, earlier)
        """Raises ValueError where it is not valid."""
        self.choices = Remembered(self._choices, reads, earlier)
        """What one may choose from; empty where any answer may do."""
        self.options = Remembered(self._options, reads, earlier)
        """The valid answers that make projects differ: all choices of a question that has
        some; where several may be selected, the default, and all others. Else the default
        alone."""
        self._parsed = Remembered(self._parse, reads, earlier | {name})

    @property
    def is_bool(self) -> bool:
        """Whether the answer is yes or no."""
        return bool(self.details.get("type") == "bool")

    @property
    def is_varied(self) -> bool:
        """Whether it has choices, of which each makes another project."""
        has_choices = self.is_bool or "choices" in self.details
        if self.name in (*ONLY_WHAT_IS_ASKED, *NOT_IN_SAMPLES):
            return False
        return has_choices and self.details.get("when") is not False

    @property
    def is_free(self) -> bool:
        """Whether it is asked, and has no choices."""
        return not self.is_varied and self.details.get("when") is not False

    @property
    def selects_several(self) -> bool:
        """Whether the answer is a list of choices."""
        return bool(self.details.get("multiselect"))

    def as_copier(self, known: Answers, given: Answers = _NOTHING) -> CopierQuestion:
        """Copier's own question, as it is after the answers before it.

        Args:
            known: These answers, by default or not.
            given: What people have answered, to be recorded.
        """
        return CopierQuestion(
            var_name=self.name,
            answers=AnswersMap(user=dict(known)),
            context={**self._context, **known, RECORDED: given},
            jinja_env=self._environment,
            **self.details,
        )

    def takes(self, answer: Any, known: Answers) -> bool:
        """Whether an answer is valid, with the answers before it."""
        try:
            self.parse(answer, known)
        except ValueError:
            return False
        return True

    def parse(self, answer: Any, known: Answers) -> Any:
        """An answer as the template gets it.

        Raises:
            ValueError: It is not valid, with the answers before it.
        """
        return self._parsed({**known, self.name: answer})

    def _is_settable(self, known: Answers) -> bool:
        return self.as_copier(known, given=_EVERYTHING).get_when()

    def _is_recorded(self, known: Answers) -> bool:
        return self.as_copier(known).get_when()

    def _default(self, known: Answers) -> Any:
        return self.as_copier(known).get_default()

    def _choices(self, known: Answers) -> list[Any]:
        if self.is_bool:
            return [False, True]
        asked = self.as_copier(known)
        return [
            asked.cast_answer(choice.value)
            for choice in asked._formatted_choices
            if not choice.disabled
        ]

    def _options(self, known: Answers) -> list[Any]:
        fixed = self.name in (*ONLY_WHAT_IS_ASKED, *NOT_IN_SAMPLES)
        may_vary = not fixed and self.is_settable(known)
        offered = self.choices(known) if may_vary else []
        if not offered:
            return [self.default(known)]
        if self.selects_several:
            default = self.default(known)
            others = [choice for choice in offered if choice not in default]
            offered = [default, others] if others else [default]
        return [answer for answer in offered if self.takes(answer, known)]

    def _parse(self, known: Answers) -> Any:
        self._reads.note(self.name)
        asked = self.as_copier(known)
        answer = asked.parse_answer(known[self.name])
        asked.validate_answer(answer)
        return answer


class Questionnaire:
    """All questions of a template."""

    def __init__(self, worker: Worker, reads: Reads) -> None:
        """Read them.

        Args:
            worker: Has the template, and the environment to render its conditions in.
            reads: Listens to that.
        """
        self.questions: dict[str, Question] = {}
        for name, details in worker.template.questions_data.items():
            earlier = frozenset(self.questions)
            self.questions[name] = Question(name, details, earlier, worker, reads)

    def complete(self, given: Answers) -> Answered:
        """An answer to every question, by default where none is given.

        Raises:
            ValueError: One is not valid.
        """
        answers: dict[str, Any] = {}
        recorded: dict[str, Any] = {}
        for name, question in self.questions.items():
            if name in given:
                answer = question.parse(given[name], answers)
                is_recorded = question.is_settable(answers)
            else:
                answer = question.default(answers)
                is_recorded = question.is_recorded(answers)
            answers[name] = answer
            if is_recorded:
                recorded[name] = answer
        return Answered(answers, recorded)
