"""Jinja's expressions as JavaScript.

What each operation does to values that behave as Python's is in `assets/values.js`: whole numbers
are BigInt there, other numbers are Number, and what is not defined is `undefined`.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from jinja2 import nodes

from ..errors import UserError

OPERATORS: Mapping[type[nodes.Node], str] = {
    nodes.Add: "add",
    nodes.Sub: "sub",
    nodes.Mul: "mul",
    nodes.Div: "div",
    nodes.FloorDiv: "floordiv",
    nodes.Mod: "mod",
    nodes.Pow: "pow",
}


APPLY = {"map": "filters", "select": "tests", "reject": "tests"}
"""The filters whose first argument is the name of what they apply."""


class Unsupported(UserError):
    """The template has what the page cannot show."""


class Names:
    """The variables of a scope, and those of the scopes around it."""

    def __init__(self, outer: "Names | None" = None) -> None:
        """Begin a scope.

        Args:
            outer: The one around it; none around a whole file.
        """
        self._outer = outer
        self._depth: int = 0 if outer is None else outer._depth + 1
        self._own: set[str] = set()

    def declare(self, name: str) -> str:
        """Add a variable, and return what it is called in JavaScript."""
        self._own.add(name)
        return self.find(name)

    def find(self, name: str) -> str:
        """Return what a variable is called in JavaScript; one of nobody comes from outside."""
        if name in self._own:
            return f"{name}${self._depth}"
        return f"c.{name}" if self._outer is None else self._outer.find(name)

    def visible(self) -> dict[str, str]:
        """Return all variables of these scopes, by name."""
        around = {} if self._outer is None else self._outer.visible()
        return around | {name: self.find(name) for name in sorted(self._own)}


def constant(value: Any) -> str:
    """Return a constant, which may be a list or a dictionary.

    Raises:
        Unsupported: There is no such constant in JavaScript.
    """
    if isinstance(value, list):
        return f"[{','.join(map(constant, value))}]"
    if isinstance(value, dict):
        pairs = (f"[{constant(k)},{constant(v)}]" for k, v in value.items())
        return f"new Map([{','.join(pairs)}])"
    return literal(value)


def literal(value: Any) -> str:
    """Return a constant that has no parts.

    Raises:
        Unsupported: There is no such constant in JavaScript.
    """
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return f"{value}n"
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, str):
        return json.dumps(value)
    raise Unsupported(f"a constant of type {type(value).__name__}")


class Expressions:
    """Turns expressions into JavaScript."""

    def __init__(self) -> None:
        """Know all kinds of them."""
        self.filters: set[str] = set()
        """Those that were used so far."""
        self.tests: set[str] = set()
        self._kinds: dict[type[Any], Callable[[Any, Names], str]] = {
            nodes.Const: lambda node, _: literal(node.value),
            nodes.TemplateData: lambda node, _: literal(node.data),
            nodes.Name: lambda node, names: names.find(node.name),
            nodes.List: lambda node, names: f"[{self.all(node.items, names)}]",
            nodes.Tuple: lambda node, names: f"[{self.all(node.items, names)}]",
            nodes.Dict: self._dict,
            nodes.Getattr: self._getattr,
            nodes.Getitem: self._getitem,
            nodes.Call: self._call,
            nodes.Filter: self._filter,
            nodes.Test: self._test,
            nodes.CondExpr: self._condition,
            nodes.Compare: self._compare,
            nodes.And: lambda node, names: self._lazy("and", node, names),
            nodes.Or: lambda node, names: self._lazy("or", node, names),
            nodes.Not: lambda node, names: f"!{self.truth(node.node, names)}",
            nodes.Neg: lambda node, names: f"neg({self.of(node.node, names)})",
            nodes.Concat: self._concat,
        }

    def of(self, node: nodes.Node, names: Names) -> str:
        """Return an expression.

        Raises:
            Unsupported: It is of a kind that the template never had before.
        """
        if operator := OPERATORS.get(type(node)):
            assert isinstance(node, nodes.BinExpr)
            return f"{operator}({self.all([node.left, node.right], names)})"
        if kind := self._kinds.get(type(node)):
            return kind(node, names)
        raise Unsupported(f"line {node.lineno}: {type(node).__name__}")

    def all(self, several: Sequence[nodes.Node], names: Names) -> str:
        """Return expressions with commas between them."""
        return ",".join(self.of(one, names) for one in several)

    def truth(self, node: nodes.Node, names: Names) -> str:
        """Return whether an expression counts as true."""
        return f"truth({self.of(node, names)})"

    def text(self, node: nodes.Node, names: Names) -> str:
        """Return an expression as what is written of it."""
        if isinstance(node, nodes.TemplateData):
            return literal(node.data)
        return f"text({self.of(node, names)})"

    def call(self, node: nodes.Call, names: Names, caller: str = "") -> str:
        """Return a call.

        Args:
            node: What is called, and with what.
            names: The variables.
            caller: The body of a `call` block, which is one argument more.
        """
        self._refuse_stars(node)
        named = [f"{k.key}:{self.of(k.value, names)}" for k in node.kwargs]
        if isinstance(node.dyn_kwargs, nodes.Expr):
            named.append(f"...named({self.of(node.dyn_kwargs, names)})")
        if caller:
            named.append(f"caller:{caller}")
        arguments = f"[{self.all(node.args, names)}],{{{','.join(named)}}}"
        if isinstance(node.node, nodes.Getattr):
            owner = self.of(node.node.node, names)
            return f"method({owner},{literal(node.node.attr)},{arguments})"
        return f"call({self.of(node.node, names)},{arguments})"

    def filter(self, node: nodes.Filter, names: Names, value: str) -> str:
        """Return what a filter makes of a value."""
        self._refuse_stars(node)
        self.filters.add(node.name)
        if node.name in APPLY and node.args and isinstance(node.args[0], nodes.Const):
            getattr(self, APPLY[node.name]).add(node.args[0].value)
        named = ",".join(f"{k.key}:{self.of(k.value, names)}" for k in node.kwargs)
        arguments = self.all(node.args, names)
        return f"filter({literal(node.name)},{value},[{arguments}],{{{named}}})"

    def _call(self, node: nodes.Call, names: Names) -> str:
        return self.call(node, names)

    def _filter(self, node: nodes.Filter, names: Names) -> str:
        assert node.node is not None  # but for a block, whose value is its text
        return self.filter(node, names, self.of(node.node, names))

    @staticmethod
    def _refuse_stars(node: nodes.Call | nodes.Filter) -> None:
        if node.dyn_args or (node.dyn_kwargs and isinstance(node, nodes.Filter)):
            raise Unsupported(f"line {node.lineno}: arguments with a star")

    def _dict(self, node: nodes.Dict, names: Names) -> str:
        pairs = (self.all([pair.key, pair.value], names) for pair in node.items)
        return f"new Map([{','.join(f'[{pair}]' for pair in pairs)}])"

    def _getattr(self, node: nodes.Getattr, names: Names) -> str:
        return f"attribute({self.of(node.node, names)},{literal(node.attr)})"

    def _getitem(self, node: nodes.Getitem, names: Names) -> str:
        owner = self.of(node.node, names)
        if not isinstance(node.arg, nodes.Slice):
            return f"item({owner},{self.of(node.arg, names)})"
        if node.arg.step is not None:
            raise Unsupported(f"line {node.lineno}: a slice with a step")
        ends = (node.arg.start, node.arg.stop)
        begin, end = ("null" if e is None else self.of(e, names) for e in ends)
        return f"slice({owner},{begin},{end})"

    def _test(self, node: nodes.Test, names: Names) -> str:
        self.tests.add(node.name)
        arguments = self.all(node.args, names)
        return f"test({literal(node.name)},{self.of(node.node, names)},[{arguments}])"

    def _condition(self, node: nodes.CondExpr, names: Names) -> str:
        # Without an `else` Jinja writes nothing, however strict it is elsewhere.
        other = "NOTHING" if node.expr2 is None else self.of(node.expr2, names)
        return f"({self.truth(node.test, names)}?{self.of(node.expr1, names)}:{other})"

    def _compare(self, node: nodes.Compare, names: Names) -> str:
        steps, left = [], node.expr
        for operand in node.ops:
            self.tests.add(operand.op)
            pair = self.all([left, operand.expr], names)
            steps.append(f"compare.{operand.op}({pair})")
            left = operand.expr
        return f"({'&&'.join(steps)})"

    def _lazy(self, name: str, node: nodes.BinExpr, names: Names) -> str:
        left, right = self.of(node.left, names), self.of(node.right, names)
        return f"{name}({left},()=>{right})"

    def _concat(self, node: nodes.Concat, names: Names) -> str:
        return f"({'+'.join(self.text(part, names) for part in node.nodes)})"
