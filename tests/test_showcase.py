"""The page that shows the code: what it writes is what Copier writes, and what it offers is what Copier asks."""

import difflib
import shlex
import zipfile
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
from playwright.sync_api import Browser
from playwright.sync_api import Page as BrowserPage
from tunewright import packaged
from tunewright.__main__ import main
from tunewright.fast.questionnaire import ONLY_WHAT_IS_ASKED
from tunewright.fast.renderer import Renderer
from tunewright.showcase import page as showcase
from tunewright.showcase.compiler import Compiler
from tunewright.showcase.expressions import Unsupported
from tunewright.showcase.page import Origin, refuse_unknown

from tests import browsing
from tests.answer_sets import random_answers
from tests.commands import Run, refused
from tests.repositories import git
from tests.showing import DESKTOP, typed, wait


@pytest.fixture(scope="module")
def renderer(template: Path) -> Renderer:
    """What renders projects here."""
    return Renderer(template)


@pytest.fixture(scope="module")
def page_file(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of the command; its projects record what those of the tests do."""
    path = tmp_path_factory.mktemp("showcase") / "new" / "page.html"
    origin = Origin({"_src_path": str(template)}, str(template))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(showcase, "find_origin", lambda: origin)
        assert main(["browse", "--out", str(path)]) == 0
    return path


@pytest.fixture
def page(page_file: Path, browser: Browser) -> Iterator[BrowserPage]:
    """The page as it is at first, on a large screen."""
    with browsing.opened(browser, page_file, **DESKTOP) as (opened, faults):
        wait(opened)
        yield opened
        assert faults == []


def code(page: BrowserPage) -> str:
    """Return the code that is shown."""
    return str(page.evaluate("document.querySelector('#text').textContent"))


def files(page: BrowserPage) -> set[str]:
    """Return the paths that are listed."""
    listed = "[...document.querySelectorAll('#files button')].map(b => b.dataset.path)"
    return set(page.evaluate(listed))


def counts(page: BrowserPage) -> dict[str, tuple[int, int]]:
    """Return how many lines came and went, of each file that is marked."""
    read = """[...document.querySelectorAll('#files button')].map(button => [
      button.dataset.path,
      Number(button.querySelector('ins')?.textContent ?? 0),
      -Number((button.querySelector('del')?.textContent ?? '0').replace('\u2212', '-')),
    ])"""
    return {
        path: (came, went) for path, came, went in page.evaluate(read) if came or went
    }


def open_all(page: BrowserPage) -> None:
    """Open every topic."""
    page.evaluate(
        "document.querySelectorAll('#answers > details').forEach(d => d.open = true)"
    )


def test_code_is_there_at_once_and_fits_each_screen(
    page_file: Path, browser: Browser, renderer: Renderer
) -> None:
    assert page_file.stat().st_size < 1_000_000
    expected = renderer.files(renderer.answer({}))
    for width, scheme in [
        (390, "light"),
        (390, "dark"),
        (1280, "light"),
        (1280, "dark"),
    ]:
        size = {"width": width, "height": 800}
        with browsing.opened(
            browser, page_file, viewport=size, color_scheme=scheme
        ) as (page, faults):
            page.wait_for_selector(".row", state="visible")
            assert code(page) == expected["digit_study/model.py"]
            assert page.evaluate("document.documentElement.scrollWidth") == width
            assert faults == []


def test_all_parts_can_be_reached_on_a_small_screen(
    page_file: Path, browser: Browser
) -> None:
    size = {"width": 390, "height": 800}
    with browsing.opened(browser, page_file, viewport=size) as (page, faults):
        wait(page)
        page.click("nav [data-pane=answers]")
        page.check("input[name=framework][value=manual]")
        page.click("nav [data-pane=files]")
        assert not page.is_visible("#text")
        page.click("#files [data-path='digit_study/search.py']")
        assert page.is_visible("#text") and not page.is_visible("#files")
        assert faults == []


def test_what_an_answer_changes_is_marked(
    page: BrowserPage, renderer: Renderer
) -> None:
    page.check("input[name=framework][value=keras_tuner]")
    before, after = (
        renderer.files(renderer.answer({"framework": one}))
        for one in ("optuna", "keras_tuner")
    )
    paths = {
        path for path in before.keys() | after if before.get(path) != after.get(path)
    }
    found = counts(page)
    assert found.keys() == paths
    for path in paths:
        old, new = (text.get(path, "").splitlines() for text in (before, after))
        came, went = found[path]
        matching = difflib.SequenceMatcher(None, old, new, False).get_matching_blocks()
        # difflib finds a long common part, and the page the longest.
        assert came <= len(new) - sum(block.size for block in matching)
        assert came - went == len(new) - len(old)
    assert "framework: optuna → keras_tuner" in page.inner_text("#status")
    page.check("#changes")
    kinds = page.evaluate(
        "[...document.querySelectorAll('.row')].map(row => row.classList[1] ?? '')"
    )
    assert (kinds.count("plus"), kinds.count("minus")) == found["digit_study/model.py"]
    assert "gap" in kinds
    page.uncheck("#changes")
    assert code(page) == after["digit_study/model.py"]


def test_what_cannot_be_chosen_is_off_and_says_why(page: BrowserPage) -> None:
    open_all(page)
    page.check("input[name=data_source][value=image_folder]")
    assert page.locator("input[name=split][value=time]").is_disabled()
    reason = page.inner_text("label:has(> [name=split][value=time]) .reason")
    assert "another split" in reason
    page.check("input[name=algorithm][value=nsga2]")
    assert page.locator("[name=pruner]").count() == 0
    hidden = page.locator(".hidden p:has-text('pruner is not asked')").text_content()
    assert hidden and "algorithm other than nsga2" in hidden


def test_a_wrong_answer_is_refused_as_the_command_refuses_it(
    page: BrowserPage, run: Run, template: Path, tmp_path: Path
) -> None:
    shown = code(page)
    for name, wrong in [
        ("project_name", "x" * 61),
        ("package_name", "keras"),
        ("trials", "0.5"),
        ("epochs", "[1"),
    ]:
        open_all(page)
        page.fill(f"#{name}-field", wrong)
        page.keyboard.press("Enter")
        alert = page.inner_text(f"fieldset[data-name={name}] [role=alert]")
        assert code(page) == shown and f"{name}=" not in page.inner_text("#command")
        words = ["-d", f"{name}={wrong}", "--template", template]
        line = refused(run("new", tmp_path / "project", *words), name)
        if wrong != "[1":  # the two have other words for what is no YAML
            assert alert in line


def test_the_command_makes_the_project_of_the_zip(
    page_file: Path, browser: Browser, run: Run, template: Path, tmp_path: Path
) -> None:
    """With answers that an address has, as a link may."""
    answers = {
        "project_name": "Größe 'x' & $HOME",
        "framework": "keras_tuner",
        "algorithm": "random",
        "execution": "cluster",
        "cluster_files": "[slurm, compose]",
        "search_space": "custom",
        "learning_rate": "{low: 0.00001, high: 0.1, log: true}",
        "notebook": "true",
        "file": "cluster/slurm.sh",
    }
    with browsing.opened(browser, page_file, **DESKTOP) as (page, faults):
        wait(page)
        page.evaluate(
            "pairs => { location.hash = new URLSearchParams(pairs) }", answers
        )
        page.wait_for_function(
            "document.querySelector('#command').textContent.includes('cluster')"
        )
        with page.expect_download() as downloading:
            page.click("#download")
        archive = tmp_path / "project.zip"
        downloading.value.save_as(archive)
        command = page.inner_text("#command")
        shown = code(page)
        page.select_option("#program", "copier")
        assert shlex.split(page.inner_text("#command"))[:3] == [
            "copier",
            "copy",
            "--defaults",
        ]
        assert faults == []
    program, new, folder, *words = shlex.split(command)
    assert (program, new, folder) == ("tunewright", "new", "gr-e-x-home")
    assert run("new", tmp_path / folder, *words, "--template", template).status == 0
    with zipfile.ZipFile(archive) as opened:
        assert opened.testzip() is None
        found = {info.filename: opened.read(info) for info in opened.infolist()}
        modes = {info.filename: info.external_attr >> 16 for info in opened.infolist()}
    written = {
        path.relative_to(tmp_path).as_posix(): path
        for path in (tmp_path / folder).rglob("*")
        if path.is_file()
    }
    assert shown.encode() == found[f"{folder}/cluster/slurm.sh"]
    assert found == {name: path.read_bytes() for name, path in written.items()}
    assert modes == {name: path.stat().st_mode for name, path in written.items()}


OFFERED = """answers => {
  const { questions } = showcase.complete(answers);
  return Object.values(questions).filter(one => one.when !== false && one.isSettable).map(one => [
    one.name, one.choices.filter(choice => !one.whyNot(choice)).map(choice => choice.value),
  ]);
}"""


def test_the_same_is_asked_and_offered(page: BrowserPage, renderer: Renderer) -> None:
    for seed in range(25):
        given = random_answers(Random(seed))
        known: dict[str, Any] = renderer.answer(given).answers
        expected = {
            name: [
                answer
                for answer in question.choices(known)
                if question.selects_several or question.takes(answer, known)
            ]
            for name, question in renderer.questionnaire.questions.items()
            if question.details.get("when") is not False and question.is_settable(known)
        }
        found = dict(page.evaluate(OFFERED, typed(given)))
        assert {
            n: sorted(v, key=str)
            for n, v in found.items()
            if n not in ONLY_WHAT_IS_ASKED
        } == {
            n: sorted(v, key=str)
            for n, v in expected.items()
            if n not in ONLY_WHAT_IS_ASKED
        }, seed


def test_floats_are_divided_as_in_python(page: BrowserPage) -> None:
    random = Random(0)
    steps = [(0.01221 - 0.00421, 0.0016), (-0.3, 0.1), (0.3, -0.1), (1.0, 0.1)]
    steps += [(random.uniform(-9, 9), random.choice([0.1, 0.7])) for _ in range(200)]
    pairs = [list(map(float, pair)) for pair in steps]
    code = (Path(showcase.__file__).parent / "assets" / "values.js").read_text("utf-8")
    divided = "return pairs.map(([a, b]) => [floordiv(a, b), mod(a, b)])"
    run = "([code, pairs]) => new Function('pairs', code)(pairs)"
    found = page.evaluate(run, [f"{code}\n{divided}", pairs])
    assert found == [[a // b, a % b] for a, b in pairs]


@pytest.mark.parametrize(
    "source", ["{{ 1 | nonesuch }}", "{{ [] | select('nonesuch') }}"]
)
def test_what_the_page_lacks_is_named_as_it_is_built(
    renderer: Renderer, source: str
) -> None:
    compiler = Compiler(renderer.environment)
    compiler.compile(source, "it")
    with pytest.raises(Unsupported, match="nonesuch"):
        refuse_unknown(compiler)


@pytest.mark.parametrize(
    "source", ["{% extends 'a' %}", "{{ [1, 2][::2] }}", "{{ f(*x) }}"]
)
def test_a_template_that_javascript_cannot_follow_is_named(
    renderer: Renderer, source: str
) -> None:
    with pytest.raises(Unsupported, match="a_file"):
        Compiler(renderer.environment).compile(source, "a_file")


def test_the_command_opens_the_page_or_says_why_not(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(showcase, "build", lambda origin: "page")
    monkeypatch.setattr("webbrowser.open", opened.append)
    monkeypatch.setattr("platformdirs.user_cache_path", lambda *_, **__: tmp_path / "a")
    path = tmp_path / "a" / "browse.html"
    assert run("browse").out == f"The page is {path}\n"
    assert opened == [path.as_uri()] and path.read_text() == "page"
    refused(run("browse", "--out", tmp_path), str(tmp_path))
    assert len(opened) == 1


def test_a_page_of_a_checkout_names_its_commit_and_where_a_version_is(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(showcase, "TEMPLATE", repository)
    named = {"_commit": git(repository, "rev-parse", "--short", "HEAD")}
    assert showcase.find_origin() == Origin(named)
    monkeypatch.setattr(packaged, "published", lambda: "https://a.b/c")
    assert showcase.find_origin() == Origin(named, "https://a.b/c")
    git(repository, "tag", "v1.0.0")
    recorded = {"_src_path": "https://a.b/c", "_commit": "v1.0.0"}
    assert showcase.find_origin() == Origin(recorded, "https://a.b/c")
    (repository / "copier.yml").write_text("")
    assert showcase.find_origin() == Origin(
        {"_commit": "v1.0.0-dirty"}, "https://a.b/c"
    )
