"""The command `data`: what a study would learn from."""

import json

import click

from .commands import print_table, silence_native_stderr, study_options
from .errors import printable
from .study import Study
from .study.summary import describe, summarize


@click.command()
@study_options
@click.option("--json", "as_json", is_flag=True, help="As a study keeps it.")
def data(study: Study, as_json: bool) -> None:
    """Say what the data are, and train nothing."""
    with silence_native_stderr():
        from .data import load_data
        from .dataset import check

    summary = summarize(check(load_data()))
    if as_json:
        click.echo(json.dumps(summary, indent=2, ensure_ascii=False))
        return
    for line in describe(summary):
        click.echo(printable(line))
    rows = [("class", *summary["samples"])]
    rows += [(name, *map(str, some)) for name, some in summary["classes"].items()]
    print_table(rows)
