"""The code that decides a study's results, and whether it is what the study began with."""

import ast
import hashlib
import os
from collections.abc import Iterable
from itertools import zip_longest
from modulefinder import ModuleFinder
from pathlib import Path
from typing import Any

from .files import read_untrusted, sha256, write_atomically

PACKAGE = Path(__file__).parents[1]
DIGEST = ".sha256"
"""What the copy of a file's digest ends in."""


class OwnModules(ModuleFinder):
    """Find the modules of this package that one of them imports."""

    def find_module(self, name: str, path: Any, parent: Any = None) -> Any:
        """Look for nothing that is installed beside the package."""
        if path is None and name != PACKAGE.name:
            raise ImportError(name)
        return super().find_module(name, path, parent)


def read_sources() -> dict[str, str]:
    """Read the modules that decide what a trial is, by their paths in the package.

    They are those that search, train and deal samples, and `model.py` with all that it
    imports.
    """
    finder = OwnModules([str(PACKAGE.parent)])
    finder.import_hook(f"{PACKAGE.name}.model")
    imported = {Path(vars(found)["__file__"]) for found in finder.modules.values()}
    own = "dataset/batches.py", "search.py", "train.py"
    paths = imported | {PACKAGE / name for name in own}
    sources = {
        path.relative_to(PACKAGE).as_posix(): path.read_text("utf-8")
        for path in sorted(paths)
    }
    return sources | digest_files(sources.values())


def digest_files(texts: Iterable[str]) -> dict[str, str]:
    """Return the digests of the files that modules name, such as a model to begin with.

    A name is from the package, from the folder around it, or from where Python runs.
    """
    nodes = (node for text in texts for node in ast.walk(ast.parse(text)))
    named = {node.value for node in nodes if isinstance(node, ast.Constant)}
    names = [name for name in named if isinstance(name, str) and "." in name]
    folders = (Path(), PACKAGE.parent, PACKAGE)
    paths = (folder / name for folder in folders for name in sorted(names))
    return {
        f"{path.name}{DIGEST}": sha256(path)
        for path in paths
        if path.suffix != ".py" and os.path.isfile(path)  # also of what is no name
    }


def digest(text: str) -> str:
    """Return the SHA-256 digest of a module's text."""
    return hashlib.sha256(text.encode()).hexdigest()


def keep_sources(folder: Path, sources: dict[str, str]) -> dict[str, str]:
    """Write copies of modules into a study's folder, and return their digests."""
    for name, text in sources.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, text)
    return {name: digest(text) for name, text in sources.items()}


def find_change(folder: Path, before: dict[str, str]) -> str:
    """Compare the modules with those that a study began with.

    Comments, docstrings and layout may differ. Both versions are parsed by the Python that
    runs, so that a study goes on under another one. What has changed is returned by file
    and line; nothing, where all is as it was.
    """
    now = read_sources()
    for name in sorted(before.keys() | now.keys()):
        if name.endswith(DIGEST):
            if name in before and digest(now.get(name, "")) != before[name]:
                return f"{name.removesuffix(DIGEST)} has changed, or is gone"
            continue
        if name not in now:
            return f"model.py imported {name}, and no longer does"
        if name not in before:
            return f"model.py imports {name}, and did not"
        if digest(now[name]) == before[name]:
            continue
        try:
            copy = read_untrusted(folder / name).decode()
        except (OSError, ValueError):
            copy = ""
        if digest(copy) != before[name]:
            return f"{name} is another file, and its copy {folder / name} is lost"
        old, new = without_docstrings(copy), without_docstrings(now[name])
        if ast.dump(old) != ast.dump(new):
            return f"{name} has changed{first_change(old, new)}"
    return ""


class Undocumented(ast.NodeTransformer):
    """Leave out docstrings, and whatever else is nothing but a constant."""

    def visit_Expr(self, node: ast.Expr) -> ast.Expr | None:
        return None if isinstance(node.value, ast.Constant) else node


def without_docstrings(text: str) -> ast.AST:
    """Return what a module does, however it is laid out and documented."""
    tree: ast.AST = Undocumented().visit(ast.parse(text))
    return tree


def first_change(before: ast.AST, now: ast.AST) -> str:
    """Say where two versions of a module first differ, as a part of a message."""
    for old, new in zip_longest(statements(before), statements(now)):
        if old is None or new is None or old[1] != new[1]:
            number, text = new or old or (0, "")
            return f" (line {number}: {text})"
    return ""


def statements(tree: ast.AST) -> list[tuple[int, str]]:
    """Return the line of each statement, and its text, or how a block begins."""
    found = [node for node in ast.walk(tree) if isinstance(node, ast.stmt)]
    found.sort(key=lambda node: node.lineno)
    return [(node.lineno, ast.unparse(node).partition("\n")[0]) for node in found]
