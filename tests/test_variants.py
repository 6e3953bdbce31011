"""Samples of all projects that the template can write: complete, named, and checked."""

import json
import shutil
from pathlib import Path
from random import Random
from typing import Any

import pytest
import yaml
from tunewright.fast.questionnaire import Answered
from tunewright.fast.renderer import Renderer
from tunewright.render import render
from tunewright.variants import checks
from tunewright.variants.cover import Covers, Level, tuples_of
from tunewright.variants.matrix import Checker, check_product
from tunewright.variants.selection import few
from tunewright.variants.space import answer_sets
from tunewright.variants.variant import Variant, variant_of

from tests import interviews
from tests.answer_sets import random_answers
from tests.commands import Run


@pytest.fixture(scope="module")
def renderer(template: Path) -> Renderer:
    """Of the template, kept."""
    return interviews.renderer(template)


@pytest.fixture(scope="module")
def covers(renderer: Renderer) -> Covers:
    """The factors."""
    return Covers(renderer.questionnaire)


@pytest.fixture(scope="module")
def pairs(covers: Covers) -> list[Answered]:
    """A sample with every pair of answers."""
    return covers.cover(2)


def levels(covers: Covers, answered: Answered) -> dict[str, Level]:
    """What each factor is."""
    return {f.name: f.level(answered.answers) for f in covers.factors}


@pytest.mark.matrix
def test_every_pair_of_answers_is_in_the_sample(
    covers: Covers, pairs: list[Answered]
) -> None:
    """All that come up in a thousand sets, each drawn without a look at pairs."""
    covered: set[Any] = set()
    for answered in pairs:
        covered.update(tuples_of(levels(covers, answered), 2))
    assert covered == covers.tuples(2)
    for seed in range(1000):
        drawn = draw(covers, Random(seed))
        assert covered.issuperset(tuples_of(levels(covers, drawn), 2))


def draw(covers: Covers, rng: Random) -> Answered:
    """Valid answers to what has choices, each as likely as the others."""
    questionnaire = covers.questionnaire
    known: dict[str, Any] = {}
    given: dict[str, Any] = {}
    for name, question in questionnaire.questions.items():
        known[name] = question.default(known)
        offered = question.choices(known) if question.is_settable(known) else []
        if not offered:
            continue
        if question.selects_several:
            answers = [[c for c in offered if rng.random() < 0.5] for _ in range(20)]
        else:
            answers = rng.sample(offered, len(offered))
        before = {n: value for n, value in known.items() if n != name}
        valid = [answer for answer in answers if question.takes(answer, before)]
        if valid:
            known[name] = given[name] = valid[0]
    return questionnaire.complete(given)


def test_names_are_short_and_no_two_are_the_same(
    pairs: list[Answered], renderer: Renderer
) -> None:
    named = [variant_of(answered, renderer.questionnaire) for answered in pairs]
    names = {variant.name for variant in named}
    assert len(names) == len(pairs)
    assert max(map(len, names)) <= 40
    one = {"framework": "sampler", "trials": 5}
    other = {"trials": 5, "framework": "sampler"}
    assert Variant(pairs[0], one).name == Variant(pairs[0], other).name


def test_in_few_variants_every_answer_still_occurs(
    covers: Covers, pairs: list[Answered], renderer: Renderer
) -> None:
    def answers(sets: list[Answered]) -> set[Any]:
        found: set[Any] = {
            (one.answers["framework"], one.answers["algorithm"]) for one in sets
        }
        return found.union(*(levels(covers, one).items() for one in sets))

    sample = [variant_of(answered, renderer.questionnaire) for answered in pairs]
    chosen = few(sample)
    numbers = [sample.index(variant) for variant in chosen]
    assert numbers == sorted(numbers)
    assert len(chosen) < len(pairs) / 4
    kept = answers([variant.answered for variant in chosen])
    # Not to be asked, and not to be selected among others, is no answer.
    assert {
        (name, value)
        for name, value in answers(pairs) - kept
        if value is not None and not (value is False and "." in name)
    } == set()


def tree(root: Path) -> dict[Path, tuple[int, bytes]]:
    """All files below a folder, and what they hold."""
    return {
        path.relative_to(root): (path.stat().st_mode, path.read_bytes())
        for path in root.rglob("*")
        if path.is_file()
    }


@pytest.mark.matrix
def test_a_variant_is_found_by_its_name(run: Run, renderer: Renderer) -> None:
    listed = run("variants", "list", "--only", "algorithm=cmaes", "--json")
    assert listed.status == 0
    rows = json.loads(listed.out)
    assert rows
    for row in rows[:1]:
        shown = run("variants", "show", row["name"])
        assert yaml.safe_load(shown.out) == row["answers"]
        assert renderer.answer(row["answers"]).answers["algorithm"] == "cmaes"


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["list", "--only", "framwork=optuna"], "did you mean framework?"),
        (["list", "--only", "framework=excel"], "no variant has these answers"),
        (
            ["list", "--only", "framework=manual", "--only", "pruner=median"],
            "no variant has these answers together",
        ),
        (["list", "--only", "framework"], "is not QUESTION=ANSWER"),
        (["list", "--cover", "quadruples"], "invalid choice"),
        (["smoke", "--cover", "all"], "invalid choice"),
        (["list", "--only", "layer_types=[conv"], "layer_types"),
        (["show"], "required: NAME"),
        pytest.param(  # the whole sample is looked through
            ["show", "optuna-tpe-00000000"],
            "has no variant optuna-tpe-00000000",
            marks=pytest.mark.matrix,
        ),
        (["render", "--cover", "all", "optuna-tpe-00000000"], "choose by --only"),
        (["render", "--jobs", "0"], "--jobs"),
        (["render", "--jobs", "two"], "--jobs"),
        ([], "required: ACTION"),
    ],
)
def test_what_is_wrong_is_one_line(run: Run, words: list[str], complaint: str) -> None:
    ran = run("variants", *words)
    assert (ran.status, ran.out) == (2, "")
    [line] = ran.err.splitlines()
    assert complaint in line


@pytest.mark.parametrize("every", [24, pytest.param(1, marks=pytest.mark.matrix)])
def test_projects_are_to_the_byte_what_copier_writes(
    every: int,
    pairs: list[Answered],
    renderer: Renderer,
    template: Path,
    tmp_path: Path,
) -> None:
    questionnaire = renderer.questionnaire
    sets = [variant_of(answered, questionnaire).answers for answered in pairs]
    sets += [random_answers(Random(seed)) for seed in range(100)]
    assert len(sets) >= 200
    for number, answers in [*enumerate(sets)][::every]:
        renderer.render(tmp_path / f"fast_{number}", answers)
        render(tmp_path / f"plain_{number}", answers, template=template)
        assert tree(tmp_path / f"fast_{number}") == tree(tmp_path / f"plain_{number}")


def test_projects_one_after_the_other_are_as_each_alone(
    renderer: Renderer, pairs: list[Answered]
) -> None:
    names = {"layer_types", "ci", "checkpoints", "keep_weights", "cluster_files"}
    some = answer_sets(renderer.questionnaire, names)
    sets = [*pairs, *some, *pairs]
    before: dict[str, str] = {}
    for answered, project in zip(sets, renderer.successive(sets), strict=True):
        files = renderer.files(answered, recorded=False)
        assert project.files == files
        others = {path for path, text in files.items() if before.get(path) != text}
        assert others <= project.new.keys() <= files.keys()
        assert project.lacks == before.keys() - files.keys()
        before = files


@pytest.mark.matrix
def test_the_sample_is_clean(template: Path, pairs: list[Answered]) -> None:
    checked = Checker(template).check(pairs)
    assert checked.faults == []
    assert checked.projects == len(pairs)
    assert checked.texts > 900


@pytest.mark.matrix
def test_a_part_of_the_product_is_clean(template: Path, renderer: Renderer) -> None:
    """All Bayesian searches of Keras Tuner in pictures, but for what is added to them."""
    layers = renderer.answer({"framework": "keras_tuner"}).answers["layer_types"]
    fixed = {
        "data_source": "builtin",
        "input_kind": "image",
        "task": "classification",
        "framework": "keras_tuner",
        "algorithm": "bayesian",
        "layer_types": layers,
        "search_space": "standard",
        "objective": "accuracy",
        "class_weight": False,
        "cluster_files": [],
        "log_extras": [],
        "notebook": False,
        "ci": "none",
        "report": True,
        "export_formats": [],
    }
    checked = [*check_product(template, fixed, jobs=1)]
    assert [fault for part in checked for fault in part.faults] == []
    # In one process or in several, with and without checkpoints, or on a cluster, which
    # has none; with each of four kinds of weights, and three of showing.
    assert sum(part.projects for part in checked) == 60


@pytest.mark.parametrize(
    ("file", "old", "new", "fault"),
    [
        ("runtime/signals.py.jinja", "import time\n", "import  time\n", "Black"),
        (
            "runtime/signals.py.jinja",
            "import time\n",
            "import time\nimport os\n",
            "F401",
        ),
        ("runtime/signals.py.jinja", "class ", "classs ", "SyntaxError"),
        (
            "runtime/signals.py.jinja",
            "import time\n",
            "import time \n",
            "space at the end",
        ),
        (
            "runtime/signals.py.jinja",
            "import time\n",
            "import time\nimport attrs\n",
            "attrs",
        ),
        ("runtime/signals.py.jinja", "class Stop", "class Halt", "signals has no Stop"),
        (
            "../pyproject.toml.jinja",
            "[build-system]",
            "[build-system",
            "pyproject.toml: Expected",
        ),
        ("../README.md.jinja", "## ", "{{ '{{' }} ", "of the template is left"),
        ("../README.md.jinja", "## ", "\n\n\n## ", "two empty lines"),
    ],
)
def test_what_is_wrong_in_a_project_is_found(
    template: Path, tmp_path: Path, file: str, old: str, new: str, fault: str
) -> None:
    broken = tmp_path / "template"
    shutil.copytree(template, broken)
    source = broken / "template/project/{{package_name}}" / file
    text = source.read_text("utf-8")
    assert old in text
    source.write_text(text.replace(old, new, 1), "utf-8")
    checker = Checker(broken)
    checked = checker.check([checker.renderer.answer({})])
    assert any(fault in found for _, found in checked.faults), checked.faults
    assert {variant.answers == {} for variant, _ in checked.faults} == {True}


def test_a_dependency_that_nothing_uses_is_found() -> None:
    pyproject = {
        "project": {
            "dependencies": ["numpy>=2", "six"],
            "optional-dependencies": {"test": ["pytest"]},
        }
    }
    files = {"a/b.py": "import numpy\n", "tests/test_b.py": "import pytest\n"}
    assert checks.faults_of_imports(files, "a", checks.declared(pyproject)) == [
        "a: six is declared and not imported"
    ]
