"""The study as one HTML page, and the command that writes it."""

import webbrowser
from pathlib import Path

import click

from ..commands import NewFile, study_options
from ..study import Study


@click.command()
@study_options
@click.option(
    "--out",
    type=NewFile(".html"),
    help="Where.  [default: report.html in the study's folder]",
)
@click.option("--open", "is_opened", is_flag=True, help="Open it in a browser.")
def report(study: Study, out: Path | None, is_opened: bool) -> None:
    """Write the study as one HTML page, which needs no network."""
    study.describe()
    # Plotly takes a second, which help need not wait for.
    from .page import write_report

    path = out or study.folder / "report.html"
    write_report(study, path)
    print(f"The report is {path}")
    if is_opened:
        webbrowser.open(path.resolve().as_uri())
