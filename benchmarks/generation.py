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
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from copier._main import Worker

from tunewright.questions import TEMPLATE, questions

BIN = Path(sys.executable).parent


def main(runs: int = 9) -> None:
    """Print the medians and the median ratio of so many pairs of runs."""
    with tempfile.TemporaryDirectory() as folder:
        top = Path(folder)
        template = top / "copier"
        template.mkdir()
        shutil.copytree(TEMPLATE / "template", template / "template")
        shutil.copy(TEMPLATE / "copier.yml", template)
        cutter = write_cookiecutter_template(template, top / "cookiecutter")

        commands = {
            "copier": [BIN / "copier", "copy", "--defaults", "--quiet", template],
            "cookiecutter": [BIN / "cookiecutter", "--no-input", cutter, "-o"],
        }
        outputs = {name: top / f"by_{name}" for name in commands}
        times: dict[str, list[float]] = {name: [] for name in commands}
        for _ in range(runs + 1):  # the first is to warm up
            for name, command in commands.items():
                shutil.rmtree(outputs[name], ignore_errors=True)
                began = time.perf_counter()
                subprocess.run(
                    [*command, outputs[name]], check=True, capture_output=True
                )
                times[name].append(time.perf_counter() - began)
        compare(outputs["copier"], outputs["cookiecutter"] / "project")

    ratios = [a / b for a, b in zip(*(t[1:] for t in times.values()), strict=True)]
    for name, seconds in times.items():
        print(f"{name}: {statistics.median(seconds[1:]):.3f} s")
    print(
        f"ratio: {statistics.median(ratios):.2f} "
        f"({min(ratios):.2f} to {max(ratios):.2f}, {runs} pairs)"
    )


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
    for name in answers:
        if re.search(rf"with context|include|\b{name}\b", text):
            value = f"cookiecutter._given.{name.lstrip('_')}"
            if isinstance(answers[name], dict):
                value = f"dict({value})"  # Cookiecutter makes it an OrderedDict
            yield f"{{% set {name} = {value} %}}"


def compare(one: Path, other: Path) -> None:
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
