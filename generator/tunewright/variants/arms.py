"""Which arms of a template's conditions and loops are ever taken."""

from dataclasses import dataclass
from typing import Any

from jinja2 import Environment, nodes

MARK = "_take_arm"
"""What templates call the function that notes an arm."""


@dataclass(frozen=True, order=True)
class Arm:
    """One way on from a condition or a loop."""

    file: str
    line: int
    which: str
    """`if`, `elif`, `else` (be it written or not), `for`, or `if, inline`."""
    number: int
    """How many its file has before it, which tells it from others on its line."""

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.which}"


class Arms:
    """Notes which arms an environment's templates take."""

    def __init__(self, environment: Environment) -> None:
        """Watch an environment's templates, all that are compiled from now on.

        One that is compiled again, as Jinja keeps only so many, has the same arms.

        Args:
            environment: Must not have compiled any.
        """
        self.known: set[Arm] = set()
        self.taken: set[Arm] = set()
        self._arms: list[Arm] = []
        self._file_starts_at = 0
        environment.globals[MARK] = self._mark
        parse = environment._parse

        def parse_and_mark(
            source: str, name: str | None, filename: str | None
        ) -> nodes.Template:
            tree = parse(source, name, filename)
            if name is not None:  # else it is a part of a path
                self._mark_all(tree, name)
            return tree

        environment._parse = parse_and_mark  # type: ignore[method-assign]

    def _mark(self, index: int, value: Any = "") -> Any:
        self.taken.add(self._arms[index])
        return value

    def _mark_all(self, tree: nodes.Template, file: str) -> None:
        self._file_starts_at = len(self._arms)
        for condition in [*tree.find_all(nodes.If)]:
            is_elif = any(condition in other.elif_ for other in tree.find_all(nodes.If))
            which = "elif" if is_elif else "if"
            condition.body.insert(0, self._statement(file, condition.lineno, which))
            if not is_elif:
                last = self._statement(file, condition.lineno, "else")
                condition.else_.insert(0, last)
        for loop in [*tree.find_all(nodes.For)]:
            loop.body.insert(0, self._statement(file, loop.lineno, "for"))
        for choice in [*tree.find_all(nodes.CondExpr)]:
            line = choice.lineno
            choice.expr1 = self._call(file, line, "if, inline", choice.expr1)
            if choice.expr2 is not None:
                choice.expr2 = self._call(file, line, "else, inline", choice.expr2)

    def _statement(self, file: str, line: int, which: str) -> nodes.Node:
        return nodes.ExprStmt(self._call(file, line, which), lineno=line)

    def _call(
        self, file: str, line: int, which: str, *values: nodes.Expr
    ) -> nodes.Call:
        number = len(self._arms) - self._file_starts_at
        self._arms.append(Arm(file, line, which, number))
        self.known.add(self._arms[-1])
        mark = nodes.Name(MARK, "load", lineno=line)
        index = nodes.Const(len(self._arms) - 1, lineno=line)
        return nodes.Call(mark, [index, *values], [], None, None, lineno=line)
