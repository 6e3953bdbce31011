"""The study as one HTML page, and the command that writes it."""

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
def report(study: Study, out: Path | None) -> None:
    """Write the study as one HTML page, which needs no network."""
    study.describe()
    # Plotly takes a second, which help need not wait for.
    from .page import write_report

    path = out or study.folder / "report.html"
    write_report(study, path)
    print(f"The report is {path}")
