"""How a report looks: to a screen reader, on a telephone, in light and in darkness."""

import math
import signal
from pathlib import Path
from typing import Any

import msgspec
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from tests import browsing
from tests.conftest import Render
from tests.invented_studies import Invented
from tests.processes import start, wait_until
from tests.rendering import Project


@pytest.fixture(scope="module")
def project(render: Render) -> Project:
    """A project with six trained trials, as the default answers have it."""
    project = render(package_name="looks")
    assert project.run("tune", "--epochs", "1", "--trials", "6").status == 0
    assert project.run("report").status == 0
    return project


@pytest.fixture(scope="module")
def page(project: Project) -> Path:
    """The report of these trials."""
    return project.root / "runs" / "default" / "report.html"


SCREEN: Any = {"width": 1280, "height": 900}


@pytest.mark.parametrize(
    ("scheme", "rules", "count"),
    [("light", {}, 16), ("dark", {"runOnly": ["color-contrast"]}, 1)],
    ids=["light", "dark"],
)
def test_a_page_can_be_read_with_a_screen_reader(
    page: Path, browser: Browser, scheme: Any, rules: Any, count: int
) -> None:
    """In the dark nothing else than the colours is another."""
    with browsing.opened(browser, page, color_scheme=scheme) as (opened, faults):
        opened.wait_for_selector("svg.main-svg")
        found = Axe().run(opened, options=rules).response
        assert faults == []
    assert len(found["passes"]) >= count
    serious = [
        (violation["id"], node["html"], node["failureSummary"])
        for violation in found["violations"]
        if violation["impact"] in ("serious", "critical")
        for node in violation["nodes"]
    ]
    assert serious == []


def test_a_scale_is_that_of_the_range(project: Project) -> None:
    records = project.records()
    for record in records:
        assert record["scales"]["learning_rate"] == "log"
        assert record["scales"]["dense_layers"] == "linear"
        assert "batch_size" not in record["scales"]  # a list of choices
    drawn_from = project.load("study.ranges").ranges
    Record = project.load("study.record").Record
    # Two rates close together: what they were drawn from is logarithmic all the same.
    close = [
        msgspec.convert(record | {"params": {"learning_rate": rate}}, Record)
        for record, rate in zip(records, (0.001, 0.002), strict=False)
    ]
    assert drawn_from(close)["learning_rate"].log


def test_each_figure_has_a_name(page: Path, browser: Browser) -> None:
    with browsing.opened(browser, page) as (opened, _):
        names = opened.eval_on_selector_all(
            "figure", "figures => figures.map(f => f.getAttribute('aria-label'))"
        )
    assert {"Scores", "Learning curves", "Timeline", "Confusion matrix"} < {*names}
    assert len({*names}) == len(names)


@pytest.mark.parametrize(("width", "height"), [(1280, 5000), (390, 12000)])
def test_six_trials_make_a_short_page_that_fits_the_screen(
    page: Path, browser: Browser, width: int, height: int
) -> None:
    screen = {"width": width, "height": 900}
    with browsing.opened(browser, page, viewport=screen) as (opened, _):
        opened.wait_for_selector("svg.main-svg")
        wide, high = opened.evaluate(
            "[document.documentElement.scrollWidth, document.body.scrollHeight]"
        )
    assert wide <= width
    assert high <= height


def test_outliers_do_not_flatten_the_others(
    project: Project, browser: Browser, tmp_path: Path
) -> None:
    study = Invented(project, tmp_path)
    scores = [0.9 + number / 1000 for number in range(11)]
    for number, score in enumerate([*scores, 0.01]):
        study.add(number, objective=study.scored(score))
    with browsing.opened(browser, study.report()) as (opened, faults):
        opened.wait_for_selector("figure[aria-label=Scores] svg.main-svg")
        low, high = opened.evaluate(RANGE)
        said = opened.inner_text("figure[aria-label=Scores]")
        drawn = opened.evaluate(DRAWN)
        assert faults == []
    assert 0.89 < low < min(scores) and max(scores) < high < 0.92
    assert "1 far out" in said
    assert 0.01 in drawn, "a double click shows it"


RANGE = """() => document.querySelector(
  'figure[aria-label=Scores] .plotly-graph-div')._fullLayout.yaxis.range"""
DRAWN = """() => [...document.querySelector(
  'figure[aria-label=Scores] .plotly-graph-div').data[0].y]"""


def test_the_model_is_shown_layer_by_layer(
    project: Project, page: Path, browser: Browser
) -> None:
    with browsing.opened(browser, page, viewport=SCREEN) as (opened, _):
        opened.get_by_role("heading", name="Model", exact=True).click()
        boxes = opened.eval_on_selector_all(
            ".model div", "all => all.map(e => [e.innerText, e.offsetWidth])"
        )
    block = browsing.read(browser, page).blocks["Model"]
    import keras

    out = page.with_name("best.keras")
    assert project.run("reconstruct", "--out", str(out)).status == 0
    model = keras.saving.load_model(out)
    assert [row[:2] for row in block["rows"]] == [
        [layer.name, type(layer).__name__] for layer in model.layers
    ]
    counts = [int(row[3].replace(",", "")) for row in block["rows"]]
    assert sum(counts) == model.count_params()
    assert block["rows"][-1][2] == "10"
    assert [text.split()[0] for text, _ in boxes] == [row[0] for row in block["rows"]]
    sizes = [math.prod(layer.output.shape[1:]) for layer in model.layers]
    by_size = [width for _, (_, width) in sorted(zip(sizes, boxes, strict=True))]
    assert len({*by_size}) > 2 and by_size == sorted(by_size)


def test_a_page_follows_a_study_until_ctrl_c(
    project: Project, browser: Browser, tmp_path: Path
) -> None:
    study = Invented(project, tmp_path)
    study.add(0)
    path = study.log.parent / "report.html"
    words = ["--watch", "--runs", str(path.parents[1]), "--study", "a"]
    watching = start(project, "report", *words)
    wait_until(path.exists, watching)
    with browsing.opened(browser, path) as (opened, _):
        assert opened.inner_text("#trials") == "1"
        study.add(1, objective=study.scored(0.5))
        opened.locator("#trials", has_text="2").wait_for()
    watching.send_signal(signal.SIGINT)
    out, err = watching.communicate()
    assert (watching.returncode, err) == (0, "")
    assert str(path) in out and "Ctrl-C" in out
    assert browsing.read(browser, path).counts["trials"] == 2
    assert 'http-equiv="refresh"' not in path.read_text("utf-8")
