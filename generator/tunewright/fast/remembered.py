"""Results that are remembered by the answers that were read to get them."""

from collections.abc import Callable, Collection, Hashable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from jinja2 import Environment
from jinja2.runtime import Context

T = TypeVar("T")
Answers = Mapping[str, Any]


class Reads:
    """Notes which variables the templates of an environment read, in their order."""

    def __init__(self, environment: Environment) -> None:
        """Listen to an environment from now on."""
        self._noted: list[dict[str, None]] = []
        note = self.note

        class Listening(Context):
            """Variables, whose every use is noted."""

            def resolve_or_missing(self, key: str) -> Any:
                note(key)
                return super().resolve_or_missing(key)

        environment.context_class = Listening

    @property
    def has_listeners(self) -> bool:
        """Whether anybody wants to know what is read."""
        return bool(self._noted)

    def note(self, name: str) -> None:
        """Note that a variable has been read."""
        for noted in self._noted:
            noted[name] = None

    @contextmanager
    def noted(self) -> Iterator[dict[str, None]]:
        """The names that are read from here on, for as long as the block lasts."""
        names: dict[str, None] = {}
        self._noted.append(names)
        try:
            yield names
        finally:
            self._noted.pop()


@dataclass
class _Fork:
    """The next answer that is read, and what follows from each value of it."""

    name: str
    branches: dict[Hashable, "_Fork | Result[Any]"] = field(default_factory=dict)


@dataclass(frozen=True)
class Result(Generic[T]):
    """What a function made of the answers, and those that it read for it."""

    value: T
    read: frozenset[str]


class Remembered(Generic[T]):
    """A function of the answers that is computed once for all that read alike.

    Which answer a template reads next depends on those that it has read, and on nothing
    else; so what was read grows to a decision tree, with the results as its leaves.
    """

    def __init__(
        self, compute: Callable[[Answers], T], reads: Reads, among: Collection[str]
    ) -> None:
        """Remember a function.

        Args:
            compute: From answers to a result. It reads them through templates, notes what
                else it reads, and may call others that are remembered.
            reads: Listens to the environment of these templates.
            among: The names of the answers that it may read.
        """
        self._among = among
        self._compute = compute
        self._reads = reads
        self._tree: _Fork | Result[T] | None = None

    def __call__(self, answers: Answers) -> T:
        """The result with these answers, which may hold others that do not matter."""
        return self.result(answers).value

    def result(self, answers: Answers) -> Result[T]:
        """The same, with what it depends on."""
        node = self._tree
        is_noted = self._reads.has_listeners
        while isinstance(node, _Fork):
            if is_noted:
                self._reads.note(node.name)
            node = node.branches.get(_key(answers[node.name]))
        return self._learn(answers) if node is None else node

    @property
    def is_used(self) -> bool:
        """Whether there is a result at all."""
        return self._tree is not None

    def names(self) -> set[str]:
        """All answers on which a result has depended so far."""
        found = set()
        open_nodes = [self._tree]
        while open_nodes:
            node = open_nodes.pop()
            if isinstance(node, _Fork):
                found.add(node.name)
                open_nodes += node.branches.values()
        return found

    def _learn(self, answers: Answers) -> Result[T]:
        with self._reads.noted() as noted:
            value = self._compute(answers)
        path = [name for name in noted if name in self._among]
        keys = [_key(answers[name]) for name in path]
        node: _Fork | Result[T] | None = self._tree
        depth = 0  # as far as the tree has grown in this direction
        while isinstance(node, _Fork):
            assert node.name == path[depth]
            last, node = node, node.branches.get(keys[depth])
            depth += 1
        result = Result(value, frozenset(path))
        grown: _Fork | Result[T] = result
        for name, key in reversed([*zip(path, keys, strict=True)][depth:]):
            grown = _Fork(name, {key: grown})
        if depth:
            last.branches[keys[depth - 1]] = grown
        else:
            self._tree = grown
        return result


def _key(value: Any) -> Hashable:
    """Tells a value from others, be they equal: 1 and True are two answers."""
    if isinstance(value, str | bool):
        return value  # no number is among the keys but as text
    return type(value), repr(value)
