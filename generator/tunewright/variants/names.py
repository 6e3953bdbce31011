"""Whether what a project's modules import from each other is there."""

import ast
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import PurePosixPath


def faults_of_names(files: Mapping[str, str], package: str) -> list[str]:
    """What a project imports from its own package that the package does not have.

    Args:
        files: All its files, by path.
        package: Its Python package.
    """
    sources = {path: text for path, text in files.items() if path.endswith(".py")}
    modules = {module_of(path): text for path, text in sources.items()}
    folders = {
        ".".join(parent.parts)
        for path in sources
        for parent in PurePosixPath(path).parents
    }
    found = []
    for path, text in sources.items():
        for level, module, name in taken(text):
            of = absolute(path, level, module)
            if (
                of.split(".")[0] != package
                or f"{of}.{name}" in modules.keys() | folders
            ):
                continue
            if of not in modules:
                found.append(f"{path}: there is no {of}")
            elif name not in bound(modules[of]):
                found.append(f"{path}: {of} has no {name}")
    return found


def module_of(path: str) -> str:
    """The dotted name by which a file is imported."""
    parts = PurePosixPath(path).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def absolute(path: str, level: int, module: str) -> str:
    """The dotted name of what a file imports from, which may say it from where it stands."""
    if not level:
        return module
    above = PurePosixPath(path).parts[:-level]
    return ".".join([*above, *filter(None, [module])])


@cache
def taken(text: str) -> tuple[tuple[int, str, str], ...]:
    """The names that Python code imports: the dots before the module, the module, the name."""
    return tuple(
        (node.level, node.module or "", alias.name)
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    )


@cache
def bound(text: str) -> frozenset[str]:
    """The names that a module has."""
    return frozenset(_bound(ast.parse(text).body))


def _bound(statements: list[ast.stmt]) -> Iterator[str]:
    for statement in statements:
        match statement:
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                yield name
            case ast.Import(names=names) | ast.ImportFrom(names=names):
                for alias in names:
                    yield alias.asname or alias.name.split(".")[0]
            case ast.If() | ast.Try() | ast.With() | ast.For():
                yield from _bound(statement.body)
                yield from _bound(getattr(statement, "orelse", []))
            case _:
                for node in ast.walk(statement):
                    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                        yield node.id
