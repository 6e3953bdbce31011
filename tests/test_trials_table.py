"""The report's table of all trials, as a person uses it in a browser without a network."""

import json
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser
from playwright.sync_api import Page as BrowserPage

from tests import browsing
from tests.conftest import Render
from tests.invented_studies import Invented
from tests.often import often
from tests.processes import start
from tests.rendering import Project

HOSTILE = "</script><img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def project(render: Render) -> Project:
    """A project with a trained trial."""
    project = render(package_name="table", search_space="small", layer_types=["dense"])
    assert project.run("tune", "--epochs", "1", "--trials", "1").status == 0
    return project


@pytest.fixture
def invented(project: Project, tmp_path: Path) -> Invented:
    """A study whose records are written by the test."""
    return Invented(project, tmp_path)


def add_four(study: Invented) -> None:
    """Trials of which no two columns have the same order."""
    for number, (score, size, rate) in enumerate(
        [(0.5, 900, 1e-5), (0.25, 10_000, 0.5), (0.75, 20, 0.0625)]
    ):
        study.add(
            number,
            objective=study.scored(score),
            parameter_count=size,
            duration_s=[7000.0, 50.0, 600.0][number],
            params={"rate": rate, "kind": ["relu", "elu", "gelu"][number]},
        )
    study.add(3, params={}, parameter_count=None, **study.failed("ValueError", "no"))


@pytest.fixture(scope="module")
def four(project: Project, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of these."""
    study = Invented(project, tmp_path_factory.mktemp("four"))
    add_four(study)
    return study.report()


@contextmanager
def opened(
    browser: Browser, report: Path, **options: Any
) -> Iterator[tuple[BrowserPage, list[str]]]:
    """The page of a study, which nothing is wrong with in the end."""
    with browsing.opened(browser, report, **options) as (page, faults):
        yield page, faults
        assert faults == []


def head(page: BrowserPage, name: str) -> Any:
    """The head of a column."""
    return page.locator(".trials th", has=page.get_by_role("button", name=name))


def shown(page: BrowserPage, name: str = "trial") -> list[str]:
    """What a column has in the rows that are to be seen, from top to bottom."""
    place = page.evaluate(
        "name => [...document.querySelectorAll('.trials th')]"
        ".findIndex(th => th.innerText.trim().split(' ')[0] === name)",
        name,
    )
    assert place > 0, name
    rows = page.locator(".trials tbody tr:visible")
    return [row.locator("td").nth(place).inner_text() for row in rows.all()]


def test_each_trial_has_a_row_with_all_that_is_known(
    four: Path, browser: Browser
) -> None:
    with opened(browser, four) as (page, _):
        assert shown(page) == ["2", "0", "1", "3"]  # best first
        assert shown(page, "state") == ["complete"] * 3 + ["failed"]
        assert shown(page, "val_accuracy") == ["0.75", "0.5", "0.25", "-"]
        assert shown(page, "parameters") == ["20", "900", "10,000", "-"]
        assert shown(page, "duration")[:3] == ["10.0 min", "116.7 min", "50.0 s"]
        assert shown(page, "rate") == ["0.0625", "1e-05", "0.5", "-"]
        assert shown(page, "kind") == ["gelu", "relu", "elu", "-"]
        record = json.loads((four.parent / "trials" / "trial_0000.json").read_text())
        started = record["started"][:19].replace("T", " ")
        assert shown(page, "started") == [started] * 4
        heads = page.locator(".trials th").all_inner_texts()
        assert "val_accuracy (maximize)" in heads
        row = page.locator(".trials tbody tr").first
        assert row.evaluate("row => row.offsetHeight") < 50  # a line


def test_a_click_sorts_and_another_turns_it_round(four: Path, browser: Browser) -> None:
    orders = {
        "trial": "0123",
        "val_accuracy": "1023",
        "parameters": "2013",
        "rate": "0213",
        "kind": "1203",
    }
    with opened(browser, four) as (page, _):
        for column, ascending in orders.items():
            one = head(page, column)
            assert one.get_attribute("aria-sort") == "none"
            one.get_by_role("button").click()
            assert "".join(shown(page)) == ascending, column
            assert one.get_attribute("aria-sort") == "ascending"
            one.get_by_role("button").click()
            complete = ascending if column == "trial" else ascending[:3]
            # What a trial lacks is last all the same.
            last = ascending[len(complete) :]
            assert "".join(shown(page)) == complete[::-1] + last, column
            assert one.get_attribute("aria-sort") == "descending"


def test_the_keyboard_sorts_and_one_column_alone_says_so(
    four: Path, browser: Browser
) -> None:
    with opened(browser, four) as (page, _):
        head(page, "val_accuracy").get_by_role("button").click()
        page.keyboard.press("Tab")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        sorts = page.locator(".trials th").evaluate_all(
            "all => all.map(th => th.ariaSort)"
        )
        assert sorts.count("ascending") == 1 and "descending" not in sorts
        assert head(page, "parameters").get_attribute("aria-sort") == "ascending"
        assert shown(page) == ["2", "0", "1", "3"]


def test_the_search_leaves_the_rows_that_have_each_word(
    four: Path, browser: Browser
) -> None:
    with opened(browser, four) as (page, _):
        box = page.get_by_label("Search these trials")
        box.fill("ELU")
        assert shown(page) == ["2", "0", "1"]
        box.fill("complete gelu")
        assert shown(page) == ["2"]
        assert page.locator(".trials output").inner_text() == "1 of 4"
        box.fill("copy")
        assert shown(page) == []
        box.fill("")
        assert len(shown(page)) == 4


def test_the_button_copies_what_rebuilds_a_trial_or_shows_why_it_failed(
    four: Path, project: Project, browser: Browser
) -> None:
    asked = ["clipboard-read", "clipboard-write"]
    with opened(browser, four, permissions=asked) as (page, _):
        for number, command in ((2, "reconstruct"), (3, "show")):
            page.get_by_label(f"Copy the command for trial {number}").click()
            page.locator(".trials output", has_text=command).wait_for()
            words = shlex.split(page.evaluate("navigator.clipboard.readText()"))
            assert words[:3] == ["python", "-m", "table"]
            assert words[3:5] == [command, str(number)]
            assert ("--retrain" in words) is (command == "reconstruct")
            assert words[-4:-2] == ["--study", "a"]
    assert project.load("__main__").main(words[3:]) == 0


def test_where_nothing_can_be_copied_the_command_is_shown(
    four: Path, browser: Browser
) -> None:
    with opened(browser, four) as (page, _):
        page.evaluate(
            "() => { navigator.clipboard.writeText = () => Promise.reject(); }"
        )
        page.get_by_label("Copy the command for trial 0").click()
        page.locator(".trials output", has_text="reconstruct 0").wait_for()


@pytest.mark.parametrize("scheme", often(["light", "dark"], ["dark"]))
def test_hundreds_of_trials_scroll_in_a_box_of_their_own(
    invented: Invented, browser: Browser, scheme: str
) -> None:
    for number in range(200):
        params = {f"hyperparameter{i}": number * i for i in range(8)}
        invented.add(number, params=params, objective=invented.scored(number / 200))
    screen = {"viewport": {"width": 390, "height": 800}, "color_scheme": scheme}
    with opened(browser, invented.report(), **screen) as (page, _):
        box = page.locator(".trials .wide")
        height = box.evaluate("box => box.getBoundingClientRect().height")
        assert height < 700
        assert box.evaluate("box => box.scrollHeight") > 3000
        assert box.evaluate("box => box.scrollWidth > box.clientWidth")
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        # The heads stay, on a ground that hides what scrolls below them.
        box.evaluate("box => box.scrollTop = 2000")
        offset = "th => th.getBoundingClientRect().top - th.closest('.wide').getBoundingClientRect().top"
        assert abs(head(page, "trial").evaluate(offset)) < 3
        ground, ink = head(page, "trial").evaluate(
            "th => [getComputedStyle(th).backgroundColor, getComputedStyle(th).color]"
        )
        assert (
            ground == {"light": "rgb(255, 255, 255)", "dark": "rgb(27, 32, 41)"}[scheme]
        )
        assert ink != ground


def test_what_a_record_says_is_text_in_the_table_too(
    invented: Invented, browser: Browser
) -> None:
    for number in range(2):
        params = {HOSTILE: f'"><b>{number}</b>', "{{ 7 * 7 }}": HOSTILE}
        invented.add(number, params=params, skipped_layers=[HOSTILE])
    with opened(browser, invented.report()) as (page, _):
        assert page.locator("img, .trials b").count() == 0
        texts = page.locator(".trials th, .trials td").all_inner_texts()
        assert {HOSTILE, '"><b>1</b>', "{{ 7 * 7 }}"} <= set(texts)
        page.locator(".trials th button").last.click()
        page.get_by_label("Search these trials").fill(HOSTILE)
        assert len(shown(page)) == 2


def test_damaged_records_are_counted(invented: Invented, browser: Browser) -> None:
    add_four(invented)
    (invented.log / "trial_0001.json").write_text("{")
    (invented.log / "trial_0002.json").write_text("[]")
    page = browsing.read(browser, invented.report())
    assert page.faults == []
    assert page.counts["trials"] == 2 and page.counts["broken"] == 2
    assert "trial_0001.json.broken" in page.text
    assert "trial_0002.json.broken" in page.text


def test_an_undamaged_study_says_nothing_of_damage(
    four: Path, browser: Browser
) -> None:
    assert "broken" not in browsing.read(browser, four).counts


@pytest.mark.parametrize("trials", often([2, 4, 25], [2, 25]))
def test_axes_that_count_have_whole_numbers(
    browser: Browser, invented: Invented, trials: int
) -> None:
    for number in range(trials):
        scores = [0.1, 0.2, 0.3][: 1 + number % 3]
        history = {"loss": scores, "val_accuracy": scores}
        invented.add(number, objective=invented.scored(scores[-1]), history=history)
    with opened(browser, invented.report()) as (page, _):
        for title in ("Scores", "Learning curves"):
            block = page.locator(".block", has=page.get_by_role("heading", name=title))
            ticks = block.locator(".xtick text").all_text_contents()
            assert len(ticks) >= 2 and all(map(str.isdigit, ticks)), ticks


def test_a_figure_can_be_saved_as_a_picture(four: Path, browser: Browser) -> None:
    with opened(browser, four) as (page, _):
        figure = page.locator(".plotly-graph-div").first
        figure.hover()
        with page.expect_download() as saving:
            figure.locator(".modebar-btn").click()
        picture = Path(saving.value.path()).read_bytes()
    assert picture.startswith(b"\x89PNG")


def test_the_report_opens_in_a_browser(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opens = tmp_path / "opens"
    opens.write_text(f'#!/bin/sh\necho "$1" >> {tmp_path}/opened\n')
    opens.chmod(0o755)
    monkeypatch.setenv("BROWSER", f"{opens} %s")
    out = tmp_path / "a page.html"
    for words in ([], ["--open"]):
        command = start(project, "report", "--out", str(out), *words)
        assert command.wait() == 0, command.communicate()
    assert (tmp_path / "opened").read_text() == f"{out.as_uri()}\n"
