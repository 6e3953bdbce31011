"""The study as one HTML page, and the command that writes it."""

import time
import webbrowser
from contextlib import suppress
from pathlib import Path

import click

from ..commands import NewFile, study_options
from ..study import Study

LOOK_INTERVAL_S = 2
"""From one look for new trials to the next, and from one reload of the page to the next."""


@click.command()
@study_options
@click.option(
    "--out",
    type=NewFile(".html"),
    help="Output file.  [default: report.html in the study's folder]",
)
@click.option("--open", "is_opened", is_flag=True, help="Open it in a browser.")
@click.option("--watch", is_flag=True, help="Write it again after each trial.")
def report(study: Study, out: Path | None, is_opened: bool, watch: bool) -> None:
    """Write the study as one HTML page, which needs no network."""
    study.describe()
    # Plotly takes a second, which help need not wait for.
    from .page import write_report

    path = out or study.folder / "report.html"
    write_report(study, path, LOOK_INTERVAL_S if watch else None)
    print(f"The report is {path}", flush=True)
    if is_opened:
        webbrowser.open(path.resolve().as_uri())
    if watch:
        print("It follows the study until Ctrl-C.", flush=True)
        with suppress(KeyboardInterrupt):
            follow(study, path)
        write_report(study, path)


def follow(study: Study, path: Path) -> None:
    """Write the page again whenever a trial is logged."""
    from .page import write_report

    shown = logged(study)
    while True:
        time.sleep(LOOK_INTERVAL_S)
        if (now := logged(study)) != shown:
            write_report(study, path, LOOK_INTERVAL_S)
            shown = now


def logged(study: Study) -> list[tuple[str, int]]:
    """Return what changes whenever a trial is logged, without reading the records."""
    records = sorted(study.trials_folder.glob("*.json"))
    return [(path.name, path.stat().st_mtime_ns) for path in records]
