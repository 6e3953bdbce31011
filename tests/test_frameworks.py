"""A framework is a folder and a choice: no shared file makes a special case of one."""

import re
from pathlib import Path

import pytest
from tunewright.questions import TEMPLATE, choices, questions

ROOT = TEMPLATE / "template"
FRAMEWORKS = choices(questions()["framework"])

CORE = {
    "algorithms.yml",
    "capabilities.jinja",
    "from_record.jinja",
    "model.py.jinja",
    "readme.jinja",
    "record_fields.jinja",
    "requirements.jinja",
    "search.py.jinja",
    "set_up_trial.jinja",
    "test_model.py.jinja",
}
"""What each folder has; a folder may have more, for its own files."""

SHARED = ["project", "macros", "layers"]
MAY_NAME_THEM = {
    "macros/advice.jinja",  # the table of which framework suits what
    "macros/reserved.jinja",  # modules that a package must not hide
}
OPTUNA_SERVES_ALL = re.compile(r"report|export_formats")
"""Parts of a project that need Optuna, whatever has searched."""

NAME = re.compile(
    r"optuna|keras[ _-]?tuner|scikeras|search_?cv|sampler|\bmanual\b", re.IGNORECASE
)
THIN_TAG = re.compile(r"\{%-? *(?:include|import|from|if) (?:(?!%\}).)*%\}")
"""A tag of one line that takes in a file, or asks whether one is wanted."""


def named_in(text: str) -> list[str]:
    """The frameworks that a text names, but for those in a tag that may."""
    return NAME.findall(THIN_TAG.sub("", text))


def of_others(path: str, text: str) -> list[str]:
    """The frameworks that a file names, but for those that alone have such a file."""
    wanted = re.findall(r"\{% if framework (?:==|in) (?:(?!%\}).)*%\}", path)
    own = {name.lower() for tag in wanted for name in NAME.findall(tag)}
    named = named_in(path) + named_in(text)
    return [name for name in named if name.lower() not in own]


def shared_files() -> list[Path]:
    """All that every framework's projects are made from."""
    files = [file for part in SHARED for file in (ROOT / part).rglob("*")]
    return [file for file in files if file.is_file()]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("{% include 'template/frameworks/optuna/storage.py.jinja' %}\n", []),
        ("{%- import 'template/frameworks/sampler/readme.jinja' as words -%}", []),
        ("{% if framework == 'search_cv' %}candidates.py{% endif %}.jinja", []),
        ("{% if framework in ['sampler', 'manual'] %}params.py{% endif %}", []),
        ("manually resumed", []),
        ("{% if framework == 'optuna' %}Optuna's{% endif %}", ["Optuna"]),
        ("{% if a %}{% elif framework == 'manual' %}{% endif %}", ["manual"]),
        ("{% if framework == 'sampler'\n or b %}{% endif %}", ["sampler"]),
        ("{% set pruned = framework == 'optuna' %}", ["optuna"]),
        ("{{ 'params' if framework == 'keras_tuner' }}", ["keras_tuner"]),
        ("import keras_tuner", ["keras_tuner"]),
        (
            "scikeras, keras-tuner and Keras Tuner",
            ["scikeras", "keras-tuner", "Keras Tuner"],
        ),
        ("GridSearchCV or ParameterSampler", ["SearchCV", "Sampler"]),
        ("{# as in manual #}", ["manual"]),
    ],
)
def test_a_framework_that_is_named_is_found(text: str, named: list[str]) -> None:
    assert named_in(text) == named


@pytest.mark.parametrize(
    ("name", "text", "named"),
    [
        (
            "{% if framework in ['sampler', 'search_cv'] %}a.py{% endif %}",
            "Sampler",
            [],
        ),
        ("{% if framework == 'sampler' %}a{% endif %}/b.py", "Sampler", []),
        ("{% if framework == 'sampler' %}a.py{% endif %}", "Optuna", ["Optuna"]),
        ("{% if framework != 'sampler' %}a.py{% endif %}", "Sampler", ["Sampler"]),
        ("{% if verbosity == 'debug' %}a.py{% endif %}", "sampler", ["sampler"]),
        ("a.py", "sampler", ["sampler"]),
        ("sampler.py", "", ["sampler"]),
    ],
)
def test_a_file_that_only_some_have_may_name_those(
    name: str, text: str, named: list[str]
) -> None:
    assert of_others(name, text) == named


def test_every_framework_that_there_is_would_be_found() -> None:
    assert all(NAME.fullmatch(framework) for framework in FRAMEWORKS)


def test_no_shared_file_names_a_framework() -> None:
    files = shared_files()
    assert {file.relative_to(ROOT).parts[0] for file in files} == set(SHARED)
    found = {
        path: named
        for file in files
        if (path := file.relative_to(ROOT).as_posix())
        and not OPTUNA_SERVES_ALL.search(path)
        and (named := of_others(path, file.read_text("utf-8")))
    }
    assert found.keys() == MAY_NAME_THEM, found


def test_each_framework_is_a_folder_with_the_same_files() -> None:
    folders = {folder.name: folder for folder in (ROOT / "frameworks").iterdir()}
    assert folders.keys() == set(FRAMEWORKS)
    for name, folder in folders.items():
        assert CORE - {file.name for file in folder.iterdir()} == set(), name


def test_shared_files_take_just_those_from_the_folder() -> None:
    taken = re.compile(r"""frameworks/['"] ~ framework ~ ['"]/([\w.]+)['"]""")
    files = [*shared_files(), *(ROOT / "questions").iterdir()]
    found = {name for file in files for name in taken.findall(file.read_text("utf-8"))}
    assert found == CORE


def names_put_together(framework: str, text: str) -> set[str]:
    """The files of a framework that a text names by an expression."""
    tag = rf"'template/frameworks/{framework}/(\w*)' ~ (.*?) ~ '([\w.]+)'"
    found = set()
    for start, expression, end in re.findall(tag, text):
        words = re.findall(r"'(\w+)'", expression)
        if re.search(r"\bexecution\b(?! ==)", expression):
            words += choices(questions()["execution"])
        found |= {f"{start}{word}{end}" for word in words}
    return found


def test_each_further_file_of_a_framework_is_taken_by_it_or_by_a_project() -> None:
    projects = "".join(file.read_text("utf-8") for file in shared_files())
    for framework in FRAMEWORKS:
        folder = ROOT / "frameworks" / framework
        texts = projects + "".join(
            file.read_text("utf-8") for file in folder.iterdir() if file.is_file()
        )
        taken = CORE | names_put_together(framework, texts)
        for file in folder.iterdir():
            path = f"template/frameworks/{framework}/{file.name}"
            path += "/" if file.is_dir() else ""
            assert file.name in taken or path in texts, path


def test_all_frameworks_say_the_same_things_of_themselves() -> None:
    said = {
        framework: re.findall(
            r"^\{% set (\w+) ",
            (ROOT / "frameworks" / framework / "capabilities.jinja").read_text("utf-8"),
            re.MULTILINE,
        )
        for framework in FRAMEWORKS
    }
    assert len(said["optuna"]) == len(set(said["optuna"])) > 3
    assert all(names == said["optuna"] for names in said.values()), said
