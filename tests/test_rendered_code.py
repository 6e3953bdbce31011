"""What is rendered is clean as it stands, for answers drawn at random from all valid ones.

A folder `seed_7` in a failure's message has the answers `random_answers(Random(7))`.
"""

import ast
import difflib
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import chain
from pathlib import Path
from random import Random
from typing import Any

import black
import pytest
import yaml
from black.files import infer_target_version
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from tunewright.errors import UserError
from tunewright.fast.renderer import Renderer
from tunewright.questions import TEMPLATE, choices, questions
from tunewright.render import render
from tunewright.showcase.page import Origin, build
from tunewright.variants.checks import (
    declared,
    faults_of_imports,
    faults_of_text,
    has_marks,
)

from tests import browsing
from tests.answer_sets import Answers, choices_of, random_answers
from tests.interviews import HYPERBAND
from tests.rendering import Project
from tests.showing import DIGESTS, digests_of, typed

SEEDS = [range(24), range(24, 500)]
"""Those of each run of the tests, and those where time is no matter."""


@dataclass(frozen=True)
class Case(Project):
    """A project, and the answers that it was rendered with."""

    answers: Answers

    @cached_property
    def texts(self) -> dict[Path, str]:
        """What each of its files holds."""
        paths = sorted(path for path in self.root.rglob("*") if path.is_file())
        return {path: path.read_bytes().decode() for path in paths}

    @property
    def python(self) -> dict[Path, str]:
        """The same of its Python files."""
        return {path: text for path, text in self.texts.items() if path.suffix == ".py"}

    @property
    def typed(self) -> str:
        """All answers that are text, or a list of texts."""
        given = self.answers.values()
        lists = [a if isinstance(a, list) else [a] for a in given]
        return " ".join(one for some in lists for one in some if isinstance(one, str))

    @cached_property
    def pyproject(self) -> dict[str, Any]:
        """Its `pyproject.toml`."""
        return tomllib.loads(self.texts[self.root / "pyproject.toml"])

    @property
    def strictness(self) -> dict[str, Any]:
        """Its settings for mypy, but for what concerns single libraries."""
        aside = {"overrides", "untyped_calls_exclude"}
        settings = self.pyproject["tool"]["mypy"]
        return {name: settings[name] for name in settings if name not in aside}

    @property
    def untyped(self) -> set[str]:
        """The libraries that it says have no types."""
        [override] = self.pyproject["tool"]["mypy"]["overrides"]
        return {name.removesuffix(".*") for name in override["module"]}

    @property
    def imported(self) -> set[str]:
        """What its files import, by the first part of the name."""
        nodes = chain(*(ast.walk(ast.parse(text)) for text in self.python.values()))
        found: set[str] = set()
        for node in nodes:
            if isinstance(node, ast.Import):
                found.update(alias.name.split(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module:
                found.add(node.module.split(".")[0])
        return found


@pytest.fixture(scope="session")
def rendered(
    template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[range], list[Case]]:
    """A project for each seed, rendered when first asked for."""
    renderer = Renderer(template)

    @cache
    def render(seeds: range) -> list[Case]:
        folder = tmp_path_factory.mktemp("seeds")
        return [render_one(folder / f"seed_{seed}", seed) for seed in seeds]

    def render_one(root: Path, seed: int) -> Case:
        answers = random_answers(Random(seed))
        try:
            renderer.render(root, answers)
        except UserError as error:
            raise AssertionError(f"the answers of {root} are refused") from error
        [main] = root.glob("*/__main__.py")
        return Case(root, main.parent.name, answers)

    return render


@pytest.fixture(
    params=[
        SEEDS[0],
        pytest.param(SEEDS[1], marks=pytest.mark.matrix),
    ],
    ids=lambda seeds: f"from-{seeds.start}",
)
def cases(
    request: pytest.FixtureRequest, rendered: Callable[[range], list[Case]]
) -> list[Case]:
    """Some of all projects."""
    return rendered(request.param)


def distinct_python(cases: Iterable[Case]) -> dict[str, Path]:
    """What the projects' Python files hold, each with the first file that holds it."""
    texts: dict[str, Path] = {}
    for case in cases:
        for path, text in case.python.items():
            texts.setdefault(text, path)
    return texts


def run(*words: Any, folder: Path = TEMPLATE) -> subprocess.CompletedProcess[str]:
    """Run a tool of this environment."""
    command = [sys.executable, "-m", *words]
    return subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False
    )


@pytest.mark.check
def test_black_changes_nothing(cases: list[Case]) -> None:
    """With the settings that Black takes from `pyproject.toml`: the versions of Python."""
    [versions] = {tuple(infer_target_version(case.pyproject) or ()) for case in cases}
    assert versions and not any("black" in case.pyproject["tool"] for case in cases)
    mode = black.Mode(set(versions))
    changes: list[str] = []
    for text, path in distinct_python(cases).items():
        clean = black.format_str(text, mode=mode)
        lines = text.splitlines(), clean.splitlines()
        changes += difflib.unified_diff(*lines, str(path), lineterm="", n=1)
    assert not changes, "\n".join(changes)


def test_the_page_that_shows_code_writes_the_same(
    cases: list[Case], template: Path, tmp_path: Path
) -> None:
    """Each byte of them, in a browser."""
    path = tmp_path / "page.html"
    path.write_text(build(Origin({"_src_path": str(template)}), template), "utf-8")
    with (
        browsing.browser() as browser,
        browsing.opened(browser, path) as (page, faults),
    ):
        found = page.evaluate(DIGESTS, [typed(case.answers) for case in cases])
        assert faults == []
    assert len(found) == len(cases)
    for case, digests in zip(cases, found, strict=True):
        assert digests == digests_of(case.texts, case.root), case.root


def test_ruff_finds_nothing(cases: list[Case]) -> None:
    """With each project's own settings."""
    ran = run("ruff", "check", "--no-cache", cases[0].root.parent)
    assert (ran.stdout, ran.stderr) == ("All checks passed!\n", "")


@pytest.mark.check
def test_mypy_finds_nothing(cases: list[Case], tmp_path: Path) -> None:
    """In all at once, with the settings of all of them together.

    It takes half a second a project, so not all of them are looked at.
    """
    cases = cases[:30]
    # Those without Keras have no class whose base mypy does not know.
    assert [case.strictness.get("strict") for case in cases] == [True] * len(cases)
    assert all(
        case.strictness.keys() <= {"strict", "disallow_subclassing_any"}
        for case in cases
    )
    untyped = set().union(*(case.untyped for case in cases))
    for case in cases:
        assert case.untyped >= case.imported & untyped, case.root
    settings = tmp_path / "mypy.ini"
    settings.write_text(
        "[mypy]\nstrict = True\ndisallow_subclassing_any = False\n"
        "untyped_calls_exclude = distributed\n"
        f"[mypy-{','.join(f'{name}.*' for name in sorted(untyped))}]\n"
        "ignore_missing_imports = True\n"
    )
    folder = tmp_path / "projects"
    files = sum(copy_for_mypy(case, folder) for case in cases)
    ran = run(
        *("mypy", "--explicit-package-bases", "--cache-dir", tmp_path / "cache"),
        *("--config-file", settings, "."),
        folder=folder,
    )
    assert ran.stdout == f"Success: no issues found in {files} source files\n"


def copy_for_mypy(case: Case, folder: Path) -> int:
    """Copy a project's Python, with the seed for the package's name; count the files."""
    name = case.root.name
    package = re.compile(rf"^(\s*(?:from|import) ){case.package}\b", re.MULTILINE)
    for path, text in case.python.items():
        top, *rest = path.relative_to(case.root).parts
        copy = folder.joinpath(name if top == case.package else f"{name}_{top}", *rest)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(package.sub(rf"\1{name}", text), "utf-8")
    return len(case.python)


def test_each_file_is_what_its_name_says(cases: list[Case]) -> None:
    seen: set[str] = set()
    for case in cases:
        for path, text in case.texts.items():
            if text not in seen:
                assert faults_of_text(str(path), text) == [], path
                seen.add(text)


def test_what_is_imported_is_what_is_declared(cases: list[Case]) -> None:
    """All of it and nothing else, in the package, and beyond that in its tests."""
    for case in cases:
        files = {
            path.relative_to(case.root).as_posix(): text
            for path, text in case.texts.items()
        }
        assert (
            faults_of_imports(files, case.package, declared(case.pyproject)) == []
        ), case.root


RARE: list[Answers] = [
    {"framework": "optuna", "algorithm": "cmaes"},
    {"framework": "optuna", "execution": "cluster"},
    {"data_source": "csv", "data_path": "data.parquet"},
    {"framework": "keras_tuner", "keep_weights": "best"},
    {"framework": "keras_tuner", "estimators": ["linear"]},
    {"estimators": ["linear"], "export_formats": ["onnx"]},
    {"estimators": ["xgboost", "lightgbm"], "export_formats": ["onnx"]},
]
"""What needs something that few of all projects do."""


def test_variants_are_all_that_any_project_needs(
    cases: list[Case], template: Path
) -> None:
    """But PyTorch, whose size is out of proportion to one sampler."""
    declared: list[str] = []
    renderer = Renderer(template)
    rare = [renderer.files(renderer.answer(answers)) for answers in RARE]
    for pyproject in [
        *(case.pyproject for case in cases),
        *(tomllib.loads(files["pyproject.toml"]) for files in rare),
    ]:
        project = pyproject["project"]
        declared += project["dependencies"]
        extras = project["optional-dependencies"]
        declared += extras.get("onnx", []) + extras.get("tflite", [])
    own = tomllib.loads((TEMPLATE / "pyproject.toml").read_text("utf-8"))["project"]
    variants = own["optional-dependencies"]["variants"]
    assert {**together(declared), "torch": None} == {
        **together(variants),
        "torch": None,
    }


def together(requirements: Iterable[str]) -> dict[str, SpecifierSet]:
    """The versions of each distribution that meet all of its requirements."""
    versions: dict[str, SpecifierSet] = {}
    for requirement in map(Requirement, set(requirements)):
        versions.setdefault(requirement.name, SpecifierSet())
        versions[requirement.name] &= requirement.specifier
    return versions


def test_projects_can_be_installed_under_their_names(cases: list[Case]) -> None:
    for case in cases:
        project = case.pyproject["project"]
        canonicalize_name(project["name"], validate=True)
        assert project["description"] == case.answers["project_name"], case.root
        assert project["scripts"] == {project["name"]: f"{case.package}.__main__:main"}


def test_the_answers_file_gives_the_answers_back(cases: list[Case]) -> None:
    for case in cases:
        recorded = yaml.safe_load(case.texts[case.root / ".copier-answers.yml"])
        for name, answer in case.answers.items():
            assert recorded.pop(name) == answer, case.root
        by_default = {name for name in recorded if not name.startswith("_")}
        assert all("ask" in questions()[name] for name in by_default), case.root


def test_nothing_of_the_template_is_left(cases: list[Case]) -> None:
    """Where no answer has braces of its own."""
    plain = [case for case in cases if not re.search("[{}]", case.typed)]
    assert len(plain) > len(cases) // 10
    for case in plain:
        for path, text in case.texts.items():
            assert not has_marks(str(path.relative_to(case.root)), text), path


def test_a_grid_tries_both_ends_of_each_range(cases: list[Case]) -> None:
    grids = [c for c in cases if "grid" in c.answers.get("algorithm", "")]
    searched = {(c.answers["framework"], c.answers["algorithm"]) for c in grids}
    every = {(f, a) for f, a in all_searches() if "grid" in a}
    assert searched <= every and len(searched) >= min(len(every), len(cases) // 20)
    for case in grids:
        model = ast.parse(case.read("model.py"))
        tried = [
            ast.literal_eval(node)
            for node in ast.walk(model)
            if isinstance(node, ast.List)
            and not any(
                isinstance(part, ast.Call | ast.BinOp) for part in ast.walk(node)
            )
        ]
        answers = case.answers | case.answers.get("estimator_ranges", {})
        for name, answer in answers.items():
            if (
                isinstance(answer, dict)
                and "low" in answer
                and "growth" not in answer  # test_growing_ranges.py has those
                and isinstance(answer["low"], int | float)
                and answer["low"] < answer["high"]
            ):
                ends = [answer["low"], answer["high"]]
                assert any(
                    points[:1] + points[-1:] == ends and points == sorted(points)
                    for points in tried
                ), (case.root, name)


def all_searches() -> set[tuple[str, str]]:
    """Each framework with each of its algorithms."""
    frameworks = choices(questions()["framework"])
    return {
        (f, a) for f in frameworks for a in choices_of("algorithm", {"framework": f})
    }


@pytest.mark.matrix
def test_every_choice_is_drawn() -> None:
    drawn: dict[str, list[Any]] = {}
    searched = set()
    for seed in range(SEEDS[-1].stop):
        answers = random_answers(Random(seed))
        searched.add((answers["framework"], answers.get("algorithm", "manual")))
        for name, answer in answers.items():
            drawn.setdefault(name, []).append(answer)
    asked = {name: q for name, q in questions().items() if q.get("when") is not False}
    assert drawn.keys() == asked.keys()
    assert searched >= all_searches()
    for name, question in asked.items():
        if question["type"] == "bool":
            assert set(drawn[name]) == {True, False}, name
        elif isinstance(question.get("choices"), dict):
            several = question.get("multiselect")
            answers_seen = chain(*drawn[name]) if several else drawn[name]
            assert set(answers_seen) == set(choices(question)), name


@pytest.mark.parametrize(
    "answers",
    [
        {"setup": "full", "trials": 0},
        {"setup": "full", "pruner": "soonest"},
        {"setup": "full", "algorithm": "hyperband"},
        {"setup": "full", "framework": "manual", "algorithm": "random"},
        {"data_source": "image_folder", "split": "time"},
        HYPERBAND | {"execution": "cluster"},
        {"framework": "keras_tuner", "execution": "cluster"},
        {"complexity": "low"},
        {"trails": 10},
        {"direction": "minimize"},
    ],
)
def test_rendering_fast_refuses_what_copier_refuses(
    template: Path, tmp_path: Path, answers: Answers
) -> None:
    with pytest.raises(UserError) as plain:
        render(tmp_path / "plain", answers, template=template)
    with pytest.raises(UserError, match=f"^{re.escape(str(plain.value))}$"):
        Renderer(template).render(tmp_path / "fast", answers)
    assert not list(tmp_path.iterdir())
