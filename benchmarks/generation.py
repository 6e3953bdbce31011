"""`copier copy` against `cookiecutter`, where both write the same files.

Cookiecutter is given the very same templates and the same questions, as variables with
the same choices and defaults, so that both read and render the same; its output is
compared to the byte. It knows text alone, so what the templates see are Copier's answers
with their types, which an extension of the template's own gives them at no cost a file.

It is run twice: as it is, when nothing checks an answer and each file is always
written; and with the two hooks in which a Cookiecutter template does what this one does
in its questions and file names, refuse a wrong answer and leave out a file.

What questions and templates cost at all is seen beside a Copier template that has the same
files as they are, and asks nothing.

    python benchmarks/generation.py [RUNS]
"""

import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from copier._main import Worker
from pairs import compare
from tunewright.questions import TEMPLATE, choices, questions
from tunewright.template import copy_without_git

BIN = Path(sys.executable).parent


PRE_GEN_HOOK = """
import re
import sys

if not re.fullmatch("[a-z][a-z0-9_]{0,39}", "{{ package_name }}"):
    sys.exit("package_name: write 1 to 40 lower-case letters, digits and _")
"""
ANSWERS = """
from jinja2 import Environment
from jinja2.ext import Extension


class Answers(Extension):
    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        environment.globals.update(GIVEN)
"""
POST_GEN_HOOK = """
from pathlib import Path

for name in UNNEEDED:
    Path(name).unlink()
"""


def main(runs: int = 9) -> None:
    """Print the medians and the median ratio of so many pairs of runs."""
    for hooks in (False, True):
        print(f"Generation, Cookiecutter {'with' if hooks else 'without'} hooks:")
        with tempfile.TemporaryDirectory() as folder:
            run_pairs(Path(folder), hooks, runs)
    print("Generation, beside the same files with no question and nothing to render:")
    with tempfile.TemporaryDirectory() as folder:
        run_plain_pairs(Path(folder), runs)


def run_plain_pairs(top: Path, runs: int) -> None:
    """Run Copier on the template and on what comes of it, in turn, in a folder."""
    template = copy_without_git(TEMPLATE, top / "copier_template")
    plain = top / "plain_template"
    copy: list[str | Path] = [BIN / "copier", "copy", "--defaults", "--quiet"]
    subprocess.run([*copy, template, plain / "files"], check=True)
    (plain / "copier.yml").write_text("_subdirectory: files\n_exclude: []\n")
    outputs = {name: top / name for name in ("copier", "no questions")}
    compare(
        {
            "copier": [*copy, template, outputs["copier"]],
            "no questions": [*copy, plain, outputs["no questions"]],
        },
        runs,
        top,
        lambda name: shutil.rmtree(outputs[name], ignore_errors=True),
    )
    require_same(outputs["copier"], outputs["no questions"])


def run_pairs(top: Path, hooks: bool, runs: int) -> None:
    """Run both in turn in a folder."""
    template = copy_without_git(TEMPLATE, top / "copier_template")
    cutter = top / "cookiecutter_template"
    write_cookiecutter_template(template, cutter, hooks)
    outputs = {name: top / name for name in ("copier", "cookiecutter")}
    copy: list[str | Path] = [BIN / "copier", "copy", "--defaults", "--quiet", template]
    cut: list[str | Path] = [BIN / "cookiecutter", "--no-input", cutter, "-o"]
    compare(
        {
            "copier": [*copy, outputs["copier"]],
            "cookiecutter": [*cut, outputs["cookiecutter"]],
        },
        runs,
        top,
        lambda name: shutil.rmtree(outputs[name], ignore_errors=True),
    )
    require_same(outputs["copier"], outputs["cookiecutter"] / "project")


def write_cookiecutter_template(template: Path, destination: Path, hooks: bool) -> None:
    """The same templates, as Cookiecutter wants them.

    Args:
        template: Copier's template.
        destination: Where to write the other.
        hooks: Whether hooks are to check an answer and to leave out files.
    """
    with Worker(
        src_path=str(template), dst_path=destination, defaults=True, quiet=True
    ) as worker:
        worker._ask()
        context = worker._render_context()
        answers = {name: context[name] for name in [*questions(), "_copier_answers"]}
    sources = template / "template" / "project"
    settable = {n: q for n, q in questions(template).items() if q.get("when", True)}
    shutil.copytree(template / "template", destination / "templates" / "template")
    extension = ANSWERS.replace("GIVEN", repr(plain(answers)))
    (destination / "local_extensions.py").write_text(extension)
    project = destination / "{{cookiecutter.folder}}"
    static: list[str] = []
    unneeded: list[str] = []
    names = {
        source: str(source.relative_to(sources)).removesuffix(".jinja")
        for source in filter(Path.is_file, sources.rglob("*"))
    }
    written = {worker._render_string(relative) for relative in names.values()}
    for source, relative in names.items():
        name = worker._render_string(relative)
        if not all(name.split("/")):  # these answers have no such file
            bare = re.sub("{%.*?%}", "", relative)
            name = worker._render_string(bare)
            file = Path(bare).name
            if "{{" in file and Path(name).name == re.sub("{{.*?}}", "", file):
                continue  # it is named after an answer that there is not
            if name in written or name in unneeded:
                continue  # other answers have a file of the same name there
            unneeded.append(name)
        if hooks or name not in unneeded:
            path = project / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(source.read_text())
            # What these answers leave out is no template that they can render.
            if source.suffix != ".jinja" or name in unneeded:
                static.append(name)
    (destination / "cookiecutter.json").write_text(
        json.dumps(
            {
                "folder": "project",
                **{name: variable(question) for name, question in settable.items()},
                "__prompts__": {name: q["help"] for name, q in settable.items()},
                "_copy_without_render": static,
                "_extensions": [
                    "jinja2_ansible_filters.AnsibleCoreFiltersExtension",
                    "local_extensions.Answers",
                ],
                "_jinja2_env_vars": {
                    "trim_blocks": True,
                    "lstrip_blocks": True,
                    "optimized": False,
                },
            }
        )
    )
    if hooks:
        (destination / "hooks").mkdir()
        for name, code in {"pre": PRE_GEN_HOOK, "post": POST_GEN_HOOK}.items():
            path = destination / "hooks" / f"{name}_gen_project.py"
            path.write_text(code.replace("UNNEEDED", repr(unneeded)))


def variable(question: Mapping[str, Any]) -> Any:
    """A question as a variable of Cookiecutter's: its choices, or its default."""
    if isinstance(question.get("choices"), dict) and not question.get("multiselect"):
        return choices(question)
    default = question["default"]
    if default == []:  # which Cookiecutter takes for choices, and finds none
        return ""
    return "a default" if isinstance(default, str) and "{" in default else default


def plain(answers: dict[str, Any]) -> dict[str, Any]:
    """The same, of nothing but what JSON has, so that it can be written as Python."""
    copied: dict[str, Any] = json.loads(json.dumps(answers, default=dict))
    return copied


def require_same(one: Path, other: Path) -> None:
    """See that both folders hold the same files."""
    trees = [
        {p.relative_to(top): p.read_bytes() for p in top.rglob("*") if p.is_file()}
        for top in (one, other)
    ]
    differ = [
        n
        for n in trees[0].keys() | trees[1].keys()
        if trees[0].get(n) != trees[1].get(n)
    ]
    if differ:
        raise SystemExit(f"the two differ in {sorted(map(str, differ))}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
