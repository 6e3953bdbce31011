"""`copier copy` against `cookiecutter`, where both write the same files.

Cookiecutter is given the very same templates, with Copier's answers as its context, so
that both compile and render the same Jinja; its output is compared to the byte. What
remains is what each tool adds of its own: reading and checking the questions, and
starting up.

    python benchmarks/generation.py [RUNS]
"""

import json
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from copier._main import Worker
from pairs import compare
from tunewright.questions import TEMPLATE, questions
from tunewright.template import copy_without_git

BIN = Path(sys.executable).parent


def main(runs: int = 9) -> None:
    """Print the medians and the median ratio of so many pairs of runs."""
    with tempfile.TemporaryDirectory() as folder:
        top = Path(folder)
        template = copy_without_git(TEMPLATE, top / "copier_template")
        cutter = write_cookiecutter_template(template, top / "cookiecutter_template")
        outputs = {name: top / name for name in ("copier", "cookiecutter")}
        copy: list[str | Path] = [
            BIN / "copier",
            "copy",
            "--defaults",
            "--quiet",
            template,
        ]
        cut: list[str | Path] = [BIN / "cookiecutter", "--no-input", cutter, "-o"]
        print("Generation:")
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


def write_cookiecutter_template(template: Path, destination: Path) -> Path:
    """The same templates, as Cookiecutter wants them.

    Args:
        template: Copier's template.
        destination: Where to write the other.

    Returns:
        The destination.
    """
    with Worker(
        src_path=str(template), dst_path=destination, defaults=True, quiet=True
    ) as worker:
        worker._ask()
        context = worker._render_context()
        answers = {name: context[name] for name in [*questions(), "_copier_answers"]}
    shutil.copytree(template / "template", destination / "templates" / "template")
    (destination / "cookiecutter.json").write_text(
        json.dumps(
            {
                "folder": "project",
                "_given": {name.lstrip("_"): value for name, value in answers.items()},
                "_extensions": ["jinja2_ansible_filters.AnsibleCoreFiltersExtension"],
                "_jinja2_env_vars": {"trim_blocks": True, "lstrip_blocks": True},
            }
        )
    )
    project = destination / "{{cookiecutter.folder}}"
    sources = template / "template" / "project"
    for source in sources.rglob("*.jinja"):
        relative = str(source.relative_to(sources)).removesuffix(".jinja")
        name = worker._render_string(relative)
        if not name.endswith("/"):  # else these answers have no such file
            text = source.read_text()
            path = project / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("".join(given(text, answers)) + text)
    return destination


def given(text: str, answers: dict[str, Any]) -> Iterator[str]:
    """The answers that a template needs, taken out of Cookiecutter's own variable."""
    for name, answer in answers.items():
        if re.search(rf"with context|include|\b{name}\b", text):
            value = f"cookiecutter._given.{name.lstrip('_')}"
            if isinstance(answer, dict):
                value = f"dict({value})"  # Cookiecutter makes it an OrderedDict
            yield f"{{% set {name} = {value} %}}"


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
