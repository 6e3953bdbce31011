"""Jinja's templates as JavaScript: each file is a function of the answers.

A template is rendered in the browser as Jinja renders it here, so the page is right for every answer and
not for those alone that somebody thought of. `tests/test_showcase.py` holds the two against each other.
"""

from collections.abc import Iterable, Iterator

from jinja2 import Environment, TemplateError, nodes

from .expressions import Expressions, Names, Unsupported, literal


class Compiler:
    """Compiles the templates of an environment."""

    def __init__(self, environment: Environment) -> None:
        """Compile nothing yet.

        Args:
            environment: Says how templates are written.
        """
        self._environment = environment
        self._expressions = Expressions()

    @property
    def used(self) -> tuple[set[str], set[str]]:
        """The filters and the tests that were used so far."""
        return self._expressions.filters, self._expressions.tests

    def compile(self, source: str, name: str) -> str:
        """Return the body of a function of `c`, the answers, which returns a text and what it sets.

        Args:
            source: A template.
            name: What it is called in messages.

        Raises:
            Unsupported: It has what the page cannot show.
        """
        try:
            tree = self._environment.parse(source)
            names = Names()
            body = self._scope(tree.body, names)
            exported = [n for n in _assigned(tree.body) if not n.startswith("_")]
        except (Unsupported, TemplateError) as error:
            raise Unsupported(f"{name}: the page cannot show it: {error}") from error
        sets = ",".join(f"{name}:{names.find(name)}" for name in exported)
        return f"{body}return{{text:o,sets:{{{sets}}}}}"

    def _scope(
        self, body: list[nodes.Node], names: Names, parameters: Iterable[str] = ()
    ) -> str:
        """Return the statements of a scope, whose text is in `o`."""
        for parameter in parameters:
            names.declare(parameter)
        stored = [*dict.fromkeys(_stored(body))]
        before = {name: names.find(name) for name in stored}
        begin = "".join(
            f"let {names.declare(name)}={before[name]};"
            for name in stored
            if name not in parameters
        )
        return f'let o="";{begin}{self._statements(body, names)}'

    def _statements(self, body: list[nodes.Node], names: Names) -> str:
        return "".join(self._statement(node, names) for node in body)

    def _statement(self, node: nodes.Node, names: Names) -> str:
        of = self._expressions.of
        match node:
            case nodes.Output():
                parts = (self._expressions.text(part, names) for part in node.nodes)
                return f"o+={'+'.join(parts)};"
            case nodes.Assign():
                return self._assign(node.target, of(node.node, names), names)
            case nodes.AssignBlock():
                text = self._block(node.body, names)
                if node.filter is not None:
                    text = self._filtered(node.filter, text, names)
                return self._assign(node.target, text, names)
            case nodes.If():
                return self._if(node, names)
            case nodes.For():
                return self._for(node, names)
            case nodes.Macro():
                return f"{names.find(node.name)}={self._macro(node, names)};"
            case nodes.CallBlock():
                caller = self._macro(node, names)
                return f"o+=text({self._expressions.call(node.call, names, caller)});"
            case nodes.FilterBlock():
                text = self._block(node.body, names)
                return f"o+=text({self._filtered(node.filter, text, names)});"
            case nodes.Include() if not node.ignore_missing:
                file = self._file(node.template, node.with_context, names)
                return f"o+={file}.text;"
            case nodes.Import():
                file = self._file(node.template, node.with_context, names)
                return f"{names.find(node.target)}=new Module({file}.sets);"
            case nodes.FromImport():
                return self._from_import(node, names)
        raise Unsupported(f"line {node.lineno}: {type(node).__name__}")

    def _block(self, body: list[nodes.Node], names: Names) -> str:
        """Return the text of a body that is a scope of its own."""
        return f"(()=>{{{self._scope(body, Names(names))}return o}})()"

    def _filtered(self, filter_: nodes.Filter, text: str, names: Names) -> str:
        """Return what one filter or several, inner ones first, make of a text."""
        if isinstance(filter_.node, nodes.Filter):
            text = self._filtered(filter_.node, text, names)
        return self._expressions.filter(filter_, names, text)

    def _assign(self, target: nodes.Node, value: str, names: Names) -> str:
        match target:
            case nodes.Name():
                return f"{names.find(target.name)}={value};"
            case nodes.NSRef():
                return f"{names.find(target.name)}.set({literal(target.attr)},{value});"
            case nodes.Tuple():
                return f"{self._pattern(target, names)}={value};"
        raise Unsupported(f"line {target.lineno}: set {type(target).__name__}")

    def _pattern(self, target: nodes.Node, names: Names) -> str:
        """Return one name or several that are assigned to."""
        if isinstance(target, nodes.Name):
            return names.find(target.name)
        assert isinstance(target, nodes.Tuple)
        return f"[{','.join(self._pattern(item, names) for item in target.items)}]"

    def _if(self, node: nodes.If, names: Names) -> str:
        found = ""
        for branch in (node, *node.elif_):
            condition = self._expressions.truth(branch.test, names)
            found += f"if({condition}){{{self._statements(branch.body, names)}}}else "
        return f"{found}{{{self._statements(node.else_, names)}}}"

    def _for(self, node: nodes.For, names: Names) -> str:
        if node.recursive:
            raise Unsupported(f"line {node.lineno}: a recursive loop")
        targets = [*_targets(node.target)]
        inner = Names(names)
        loop = inner.declare("loop")
        for name in targets:
            inner.declare(name)
        pattern = self._pattern(node.target, inner)
        all_ = f"iterate({self._expressions.of(node.iter, names)})"
        if node.test is not None:
            test = self._expressions.truth(node.test, inner)
            all_ += f".filter(({pattern})=>{test})"
        # Its text is added to that around it: it has none of its own.
        body = self._scope(node.body, inner, ["loop", *targets]).removeprefix(
            'let o="";'
        )
        found = f"{{const a={all_};"
        found += f"for(let[{pattern},{loop}]of loops(a)){{{body}}}"
        if node.else_:
            rest = self._scope(node.else_, Names(names)).removeprefix('let o="";')
            found += f"if(!a.length){{{rest}}}"
        return found + "}"

    def _macro(self, node: nodes.Macro | nodes.CallBlock, names: Names) -> str:
        inner = Names(names)
        parameters = [argument.name for argument in node.args]
        listed = ",".join(inner.declare(name) for name in [*parameters, "caller"])
        defaults = ""
        given = parameters[len(parameters) - len(node.defaults) :]
        for name, default in zip(given, node.defaults, strict=True):
            value = self._expressions.of(default, inner)
            variable = inner.find(name)
            defaults += f"if({variable}===undefined){variable}={value};"
        body = self._scope(node.body, inner, [*parameters, "caller"])
        quoted = ",".join(map(literal, parameters))
        return f"macro([{quoted}],({listed})=>{{{defaults}{body}return o}})"

    def _from_import(self, node: nodes.FromImport, names: Names) -> str:
        file = self._file(node.template, node.with_context, names)
        found = f"const s={file}.sets;"
        for one in node.names:
            name, alias = one if isinstance(one, tuple) else (one, one)
            found += f"{names.find(alias)}=s.{name};"
        return f"{{{found}}}"

    def _file(self, template: nodes.Node, with_context: bool, names: Names) -> str:
        path = self._expressions.of(template, names)
        if not with_context:
            return f"file({path},GLOBALS)"
        visible = ",".join(f"{n}:{js}" for n, js in names.visible().items())
        return f"file({path},within(c,{{{visible}}}))"


def _targets(node: nodes.Node) -> Iterator[str]:
    """Yield the names that a pattern assigns to."""
    if isinstance(node, nodes.Name):
        yield node.name
    elif isinstance(node, nodes.Tuple):
        for item in node.items:
            yield from _targets(item)


def _assigned(body: Iterable[nodes.Node]) -> Iterator[str]:
    """Yield the names that a file gives to those who import it."""
    imported = (nodes.Import, nodes.FromImport)
    yield from dict.fromkeys(
        _stored(n for n in _flat(body) if not isinstance(n, imported))
    )


def _flat(body: Iterable[nodes.Node]) -> Iterator[nodes.Node]:
    """Yield all statements of a scope, those in its conditions too."""
    for node in body:
        if isinstance(node, nodes.If):
            yield from _flat(node.body)
            for branch in node.elif_:
                yield from _flat(branch.body)
            yield from _flat(node.else_)
        else:
            yield node


def _stored(body: Iterable[nodes.Node]) -> Iterator[str]:
    """Yield the names that the statements of a scope assign to."""
    for node in _flat(body):
        match node:
            case nodes.Assign() | nodes.AssignBlock():
                yield from _targets(node.target)
            case nodes.Macro():
                yield node.name
            case nodes.Import():
                yield node.target
            case nodes.FromImport():
                for one in node.names:
                    yield one[1] if isinstance(one, tuple) else one
