"""Whatever a person types, it stays text: in Python, TOML, YAML, Markdown and paths."""

import ast
import re
import runpy
import tomllib
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from tunewright.errors import UserError

from tests.formatting import is_formatted
from tests.interviews import renderer
from tests.often import often
from tests.plain_copier import Answers, copy


def words(table: str) -> list[str]:
    """The texts in a table, which two spaces or more part from one another."""
    return re.split(r" {2,}|\n *", table.strip())


# A title may hold the words that tools take for their own orders.
ORDERS = [f"# {order}" for order in ("noqa", "fmt: off", "type: ignore")]
PYTHON_AND_TOML = words(r"""
    "  '  \  a\  \"  a\"  \n  \u0041  \N{DASH}  \x41
    " + __import__("os").getcwd() + "  -*- coding: latin-1 -*-  "]  [tool.black]  f"{x}"
    """)
JINJA_AND_SHELLS = words(r"""
    {{ 7*7 }}  {% raw %}  {# x #}  {{  }}  ${HOME}  $(id)  %(prog)s  %s  {0}  {project}  `id`
    ; id  && id  | id  -rf  --help  !!  !$
    """)
YAML = words(r"""
    a: b  :  - a  a # b  !!python/object:os.system  *a  &a  @a  ?  |  >  %YAML 1.1  ---  ...
    null  true  1e3  007  2020-01-01  =  <<
    """)
MARKDOWN_AND_HTML = words(r"""
    # a  a #  1. a  + a  > a  _a_  **a**  a ~~b~~  [a](b)  ![a](b)  [a]: b  ```  ``  a\`b  ^a
    <script>alert(1)</script>  <!--  ]]>  &amp;  <http://a.b>  http://a.b  | a | b |
    """)
PATHS = words(
    r"../x  a/b  /etc/passwd  .git/hooks  ..  .  C:\x  C:/x  a:b  ~  ~/x  CON"
)
MODULES = words("Class  JSON  tests  Keras  __init__  import os")
SCRIPTS = words("数字の研究  مشروع  שלום  Größe  ﷺ  😀  👩‍🔬  Z̳͑A̐  ➀  a¨b")
CONFUSABLE = [
    "\u0430",
    "\U0001d4b3",
    "A\u2013Z \u2019 \u201ex\u201c",
    "a\xa0b",
    "a\u3000b",
]
HOSTILE = [
    *ORDERS,
    *PYTHON_AND_TOML,
    *("'''", '"""'),
    *JINJA_AND_SHELLS,
    *YAML,
    *MARKDOWN_AND_HTML,
    *PATHS,
    *MODULES,
    *SCRIPTS,
    *CONFUSABLE,
]
"""Texts that mean something somewhere, and may be the title or the folder of a project."""

LONG_TITLES = ["x" * 60, '"' * 12 + "x", '"' * 60, "数" * 38, "数" * 40, "e\u0301" * 30]
LONG_PATHS = [
    *("x" * 40, "x" * 70, "x" * 200, "数" * 33, "数" * 200, "e\u0301" * 40),
    *("/" + "x" * 70, "~/" + "数" * 30, "C:/" + "x" * 60, "`" * 7, "a`b``c"),
]
"""Texts about as long as a line, in columns or in characters."""

UNPRINTABLE = [
    *("", " ", " a", "a ", "\xa0a", "a\nb", "a\n", "\ra", "a\tb", "a\0", "\x1b[31ma"),
    *("\x7f", "\x85", "\x9b", "\xad", "\u061c", "\u200b", "\u200e", "\u2028", "\u2029"),
    *("\u202e", "\u2066", "\ufeff", "\uffff", "\ud800", "a\udcff"),
]
"""Texts that would not show as they are."""

PICTURES = {"data_source": "image_folder"}


def generate(template: Path, folder: Path, answers: Answers) -> Path:
    """Generate a project, which may leave nothing else in this new folder."""
    folder.mkdir()
    renderer(template).render(folder / "project", answers)
    assert [entry.name for entry in folder.iterdir()] == ["project"]
    return folder / "project"


def assert_refused(
    template: Path, folder: Path, answers: Answers, question: str
) -> None:
    """See that an answer is not taken, and that nothing is written."""
    with pytest.raises(UserError, match=f"^{question}: "):
        generate(template, folder, answers)
    assert list(folder.iterdir()) == []


def assert_faithful(project: Path, answers: Answers) -> None:
    """See that a project holds its answers as they were given, and nothing else by them."""
    title = answers["project_name"]
    (main,) = project.glob("*/__main__.py")
    stated = runpy.run_path(str(main.with_name("config.py")))
    assert stated["PROJECT"] == title
    if "data_path" in answers:
        assert stated["DATA_PATH"] == answers["data_path"]

    for path in project.rglob("*"):
        assert re.fullmatch(r"[A-Za-z0-9_.-]+", path.name)
    for path in project.rglob("*.py"):
        ast.parse(path.read_text("utf-8"))
    for path in (main, main.with_name("config.py"), *project.glob("tests/*.py")):
        assert is_formatted(path.read_text("utf-8")), path.name

    declared = tomllib.loads((project / "pyproject.toml").read_text("utf-8"))
    assert declared["project"]["description"] == title
    recorded = yaml.safe_load((project / ".copier-answers.yml").read_text("utf-8"))
    assert recorded.items() >= answers.items()

    tokens = MarkdownIt().parse((project / "README.md").read_text("utf-8"))
    heading = next(token for token in tokens if token.type == "inline").children or []
    assert [(part.type, part.content) for part in heading] == [("text", title)]
    if "data_path" in answers:
        parts = [part for token in tokens for part in token.children or []]
        spans = {part.content for part in parts if part.type == "code_inline"}
        assert answers["data_path"] in spans


@pytest.mark.parametrize("text", often(HOSTILE, HOSTILE[::5]), ids=ascii)
def test_a_hostile_text_stays_text(template: Path, tmp_path: Path, text: str) -> None:
    answers = PICTURES | {"project_name": text, "data_path": text}
    assert_faithful(generate(template, tmp_path / "new", answers), answers)


@pytest.mark.parametrize("title", LONG_TITLES, ids=ascii)
def test_a_long_title_stays_a_title(template: Path, tmp_path: Path, title: str) -> None:
    answers = {"project_name": title}
    assert_faithful(generate(template, tmp_path / "new", answers), answers)


@pytest.mark.parametrize("path", LONG_PATHS, ids=ascii)
def test_a_long_path_stays_a_path(template: Path, tmp_path: Path, path: str) -> None:
    answers = PICTURES | {"project_name": "A", "data_path": path}
    assert_faithful(generate(template, tmp_path / "new", answers), answers)


@pytest.mark.parametrize("text", [*UNPRINTABLE, "x" * 61, "{{ 7*7 }}" * 7], ids=ascii)
def test_a_title_that_does_not_show_as_it_is_is_refused(
    template: Path, tmp_path: Path, text: str
) -> None:
    assert_refused(template, tmp_path / "new", {"project_name": text}, "project_name")


@pytest.mark.parametrize(
    "text", [*UNPRINTABLE, "x" * 201, "~nobody", "~\\x"], ids=ascii
)
def test_a_path_that_does_not_show_as_it_is_is_refused(
    template: Path, tmp_path: Path, text: str
) -> None:
    assert_refused(
        template, tmp_path / "new", PICTURES | {"data_path": text}, "data_path"
    )


@pytest.mark.parametrize("text", [*PATHS, *SCRIPTS, *UNPRINTABLE], ids=ascii)
def test_a_package_is_never_called_what_python_could_not_import(
    template: Path, tmp_path: Path, text: str
) -> None:
    answers = {"setup": "full", "package_name": text}
    assert_refused(template, tmp_path / "new", answers, "package_name")


VISIBLE = st.characters(exclude_categories=("Cc", "Cs"))
PARTS = st.sampled_from(HOSTILE) | st.text(VISIBLE, max_size=9)
TEXTS = st.lists(PARTS, min_size=1, max_size=4).map(lambda p: "".join(p)[:60].strip())


@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
@given(title=TEXTS, path=TEXTS)
def test_any_text_is_refused_or_stays_what_it_is(
    template: Path, tmp_path_factory: pytest.TempPathFactory, title: str, path: str
) -> None:
    """By stock Copier, too."""
    answers = PICTURES | {"project_name": title, "data_path": path}
    folder = tmp_path_factory.mktemp("any")
    project = folder / "project"
    try:
        copy(template, project, answers)
    except ValueError as error:
        assert "Validation error" in str(error)
        assert list(folder.iterdir()) == []
    else:
        assert_faithful(project, answers)
