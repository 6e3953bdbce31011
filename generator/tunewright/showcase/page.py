"""The page: the template as functions of the answers, and what shows them."""

import base64
import gzip
import json
import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from jinja2 import Environment

from .. import packaged
from ..checkout import describe as describe_checkout
from ..checkout import version_of
from ..fast.questionnaire import ONLY_WHAT_IS_ASKED
from ..fast.renderer import Renderer
from ..questions import PACKAGED, TEMPLATE, help_text, listed, questions
from ..template import copy_without_git
from .compiler import Compiler
from .expressions import Unsupported, constant

ASSETS = Path(__file__).resolve().parent / "assets"
SCRIPTS = [
    "highlight.min.js",
    "values.js",
    "filters.js",
    "yaml.js",
    "template.js",
    "interview.js",
    "diff.js",
    "zip.js",
    "view.js",
]
"""In the order in which they are put into the page."""

NEEDS_PYTHON = "template/macros/needs_python.jinja"
"""Refuses an old Python, of which a browser has none."""


@dataclass(frozen=True)
class Origin:
    """Where the projects of a page come from, as they record it."""

    recorded: Mapping[str, str] = field(default_factory=dict)
    """What Copier adds to the answers: `_src_path` and `_commit`."""
    template: str = "/path/to/tunewright"
    """What `copier copy` is told."""


def find_origin() -> Origin:
    """Return where projects come from that this program makes.

    An installed package knows, as for `tunewright new`. A checkout names its commit, and a
    URL where it is a version that others can get from there.
    """
    if TEMPLATE == PACKAGED:
        place, tag = packaged.source()
        return Origin({"_src_path": place, "_commit": tag}, place)
    version = describe_checkout(TEMPLATE)
    recorded = {"_commit": version} if version else {}
    url = packaged.published()
    if url is None:
        return Origin(recorded)
    if version_of(TEMPLATE):
        recorded["_src_path"] = url
    return Origin(recorded, url)


def build(origin: Origin, template: Path = TEMPLATE) -> str:
    """Return the page.

    Args:
        origin: Where its projects come from.
        template: The folder that holds `copier.yml`.

    Raises:
        Unsupported: The template has what the page cannot show.
    """
    data = json.dumps(describe(origin, template), ensure_ascii=False)
    packed = base64.b64encode(gzip.compress(data.encode(), 9, mtime=0)).decode()
    scripts = "\n".join((ASSETS / name).read_text("utf-8") for name in SCRIPTS)
    scripts = scripts.replace("</script", r"<\/script")  # which would end them
    parts = {
        "STYLE": (ASSETS / "page.css").read_text("utf-8"),
        "DATA": packed,
        "SCRIPT": f'(() => {{\n"use strict";\n{scripts}\n}})();',
    }
    page = (ASSETS / "page.html").read_text("utf-8")
    return re.sub(r"/\*([A-Z]+)\*/", lambda found: parts[found[1]], page)


def describe(origin: Origin, template: Path) -> dict[str, Any]:
    """Return what the page knows of the template.

    Args:
        origin: Where its projects come from.
        template: The folder that holds `copier.yml`.
    """
    with tempfile.TemporaryDirectory() as folder:
        copy = copy_without_git(template, Path(folder) / "template")
        renderer = Renderer(copy)
        compiler = _Writer(renderer.environment)
        files, project = {}, []
        for path in sorted((copy / "template").rglob("*")):
            name = path.relative_to(copy).as_posix()
            if path.is_file() and not name.startswith(
                ("template/project/", "template/questions/")
            ):
                text = "" if name == NEEDS_PYTHON else path.read_text("utf-8")
                files[name] = compiler.compile(text, name)
        for source in renderer.sources:
            path = copy / source.name
            parts = path.relative_to(copy / "template/project").parts
            entry: dict[str, Any] = {"mode": source.mode}
            if path.suffix == ".jinja":
                parts = (*parts[:-1], parts[-1].removesuffix(".jinja"))
                entry["file"] = source.name
                files[source.name] = compiler.compile(
                    path.read_text("utf-8"), source.name
                )
            else:
                entry["text"] = path.read_bytes().decode()
            entry["path"] = [compiler.text(part) for part in parts]
            project.append(entry)
        asked = [compiler.question(*one) for one in questions(copy).items()]
        refuse_unknown(compiler)
        return {
            "recorded": dict(origin.recorded),
            "template": origin.template,
            "answersFile": ".copier-answers.yml",
            "interview": ONLY_WHAT_IS_ASKED,  # here all questions are seen
            "files": files,
            "project": project,
            "topics": topics(copy),
            "questions": asked,
        }


def refuse_unknown(compiler: Compiler) -> None:
    """See that the page has what the template uses.

    Raises:
        Unsupported: A filter or a test is missing.
    """
    script = (ASSETS / "filters.js").read_text("utf-8")
    for table, used in zip(("FILTERS", "TESTS"), compiler.used, strict=True):
        [body] = re.findall(
            rf"^const {table} = {{$(.*?)^}};$", script, re.MULTILINE | re.DOTALL
        )
        known = re.findall(r"^  \"?([^\s:\"]+)\"?: ", body, re.MULTILINE)
        if missing := used.difference(known):
            raise Unsupported(
                f"{ASSETS}/filters.js: {table} lacks {', '.join(missing)}"
            )


def topics(template: Path) -> list[tuple[str, list[str]]]:
    """Return each topic, and the names of its questions.

    Args:
        template: The folder that holds `copier.yml`.
    """
    contents = (template / "copier.yml").read_text("utf-8")
    return [
        (title, [*yaml.safe_load((template / file).read_text("utf-8"))])
        for title, file in re.findall(r"# (.+)\.\n!include (\S+)", contents)
    ]


class _Writer(Compiler):
    """Compiles what may be a template, and leaves alone what is none."""

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        self._begins = tuple(
            getattr(environment, f"{kind}_start_string")
            for kind in ("block", "variable", "comment")
        )

    def text(self, value: Any) -> Any:
        """Return a value as it is, or what computes it from the answers."""
        if isinstance(value, int | float | list | dict) and not isinstance(value, bool):
            # JSON has one kind of number, and templates have two.
            return {"js": f"return{{text:{constant(value)}}}"}
        if isinstance(value, str) and any(begin in value for begin in self._begins):
            return {"js": self.compile(value, value)}
        return value

    def question(self, name: str, asked: Mapping[str, Any]) -> dict[str, Any]:
        """Return a question as the page has it."""
        choices = asked.get("choices", [])
        if not isinstance(choices, str):
            choices = [
                {
                    "words": words,
                    "value": choice.value,
                    "validator": self.text(choice.validator),
                }
                for words, choice in listed(asked).items()
            ]
        return {
            "name": name,
            "type": self.text(asked.get("type", "yaml")),
            # The page shows the name beside it.
            "help": self.text(help_text(name, asked)),
            "when": self.text(asked.get("when", True)),
            "choices": choices if isinstance(choices, list) else self.text(choices),
            "multiselect": asked.get("multiselect", False),
            "defaultValue": self.text(asked["default"]),
            "validator": self.text(asked.get("validator", "")),
        }
