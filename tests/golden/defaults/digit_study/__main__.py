"""The command line: `tune`, `reconstruct`, and the commands of other modules.

The commands import Keras when they need it, so that help comes at once.
"""

import math
import shlex
import sys
import traceback
from collections import Counter
from pathlib import Path

import click

from . import __version__
from .commands import NewFile, duration, silence_native_stderr, study_options
from .config import EPOCHS, PROJECT, SEED, TRIALS, TRIALS_PER_PROCESS
from .errors import UserError, find_place, format_traceback, locate, printable
from .inspect_data import data
from .listing import compare, show, studies, trials
from .report import report
from .runtime.progress import Progress
from .runtime.signals import OutOfTime, Stop
from .runtime.supervisor import CHANGE_OF_PROCESS, end_with_parent, supervise
from .study import Budget, Record, Study, TrialLog, ranked
from .study.files import check_writable

COUNT = click.IntRange(1, 10**6)
SEEDS = click.IntRange(0, 2**31 - 1)


@click.group(
    context_settings={"help_option_names": ["-h", "--help"], "show_default": True}
)
@click.version_option(__version__, prog_name=PROJECT)
def cli() -> None:
    """Tune a model, list what was tried, rebuild what was logged."""


for command in (data, trials, show, studies, compare, report):
    cli.add_command(command)


@cli.command()
@study_options
@click.option(
    "--trials", type=COUNT, default=TRIALS, help="Total, with those already logged."
)
@click.option(
    "--epochs", type=COUNT, help=f"Maximum in each trial; {EPOCHS} in a new study."
)
@click.option("--seed", type=SEEDS, help=f"The first trial's; {SEED} in a new study.")
@click.option(
    "--timeout",
    type=duration,
    default=math.inf,
    show_default="none",
    help="Stop after 90, 90s, 30m or 2h, say.",
)
@click.option(
    "--trial-timeout",
    type=duration,
    default=math.inf,
    show_default="none",
    help="Log a trial as failed after this time.",
)
@click.option("--in-process", is_flag=True, help="Train in this process, to debug.")
@click.option("--supervised", is_flag=True, hidden=True)
def tune(
    study: Study,
    trials: int,
    epochs: int | None,
    seed: int | None,
    timeout: float,
    trial_timeout: float,
    in_process: bool,
    supervised: bool,
) -> None:
    """Search until the study has as many trials as it should.

    \b
    Examples:
      tune --trials 50 --timeout 2h
      tune --study small --epochs 3
    """
    check_writable(study.trials_folder)
    started = study.describe() if study.exists else {"epochs": EPOCHS, "seed": SEED}
    budget = Budget(
        trials,
        started["epochs"] if epochs is None else epochs,
        started["seed"] if seed is None else seed,
    )
    log = TrialLog(study.trials_folder)
    before = ranked(log.read_all())
    try:
        with Stop(timeout, quiet=supervised) as stop:
            if supervised:
                end_with_parent()
                status = run(study, budget, stop, TRIALS_PER_PROCESS)
                raise click.exceptions.Exit(status)
            with Progress(study, log, budget):
                if in_process:
                    run(study, budget, stop)
                elif status := supervise(study, budget, stop, trial_timeout):
                    raise click.exceptions.Exit(status)
    except KeyboardInterrupt as error:
        if supervised:
            raise click.Abort from error  # for Ctrl-C click writes an empty line
        why = "Out of time" if isinstance(error, OutOfTime) else "Stopped"
        logged = len(TrialLog(study.trials_folder).numbers())
        words = click.get_current_context().obj
        again = shlex.join(["python", "-m", str(__package__), *words])
        print(
            f"{why}: {logged} of {trials} trials are logged. To go on:\n  {again}",
            file=sys.stderr,
        )
        if not isinstance(error, OutOfTime):
            raise click.Abort from error
    else:
        report_best(study, budget, before)


def run(study: Study, budget: Budget, stop: Stop, max_trials: int | None = None) -> int:
    """Search in this very process, and return its exit status."""
    with silence_native_stderr():
        from .search import search

    is_done = search(study, budget, stop, max_trials)
    return 0 if is_done else CHANGE_OF_PROCESS


def report_best(study: Study, budget: Budget, before: list[Record]) -> None:
    """Say how the study stands and what to do next."""
    records = ranked(TrialLog(study.trials_folder).read_all())
    logged = len(records)
    states = Counter(record.state for record in records)
    if logged < budget.trials:
        print("Every combination in the search space has been tried.")
    if records == before and logged >= budget.trials:
        print(f"nothing to do: {logged} of {budget.trials} trials; raise --trials")
    else:
        counts = ", ".join(f"{count} {state}" for state, count in states.items())
        noun = "trial" if logged == 1 else "trials"
        print(f"Study {study.name!r} has {logged} {noun}: {counts or 'none'}.")
    if states["complete"]:
        best = records[0]
        print(
            f"The best is trial {best.number}, with "
            f"{best.objective.name} {best.objective.value:.4f}.\n"
            f"  {study.command_line('trials')}\n"
            f"  {study.command_line('report')}\n"
            f"  {study.command_line('reconstruct')}"
        )


@cli.command()
@study_options
@click.argument("trial", default="best")
@click.option(
    "--retrain", is_flag=True, help="Train it again, if its weights are not kept."
)
@click.option("--out", type=NewFile(".keras"), help="Save the whole model there.")
def reconstruct(study: Study, trial: str, retrain: bool, out: Path | None) -> None:
    """Rebuild a trial's model, prove that it scores as logged, and test it."""
    study.describe()
    with silence_native_stderr():
        from . import reconstruct as rebuilding

    data = rebuilding.load(study)
    rebuilt = rebuilding.reconstruct(study, trial, data, retrain=retrain)
    record = rebuilt.record
    print(f"Trial {record.number} of study {study.name!r}, rebuilt:")
    for param, value in record.params.items():
        print(printable(f"  {param}: {value}"))
    print("It scores as logged:")
    for metric, value in rebuilt.validation.items():
        logged = record.metrics[f"val_{metric}"]
        print(f"  val_{metric}: {value:.6f} (logged: {logged:.6f})")
    print("On the test part, which no trial has seen:")
    for metric, value in rebuilt.test.items():
        print(f"  test_{metric}: {value:.6f}")
    if out:
        rebuilding.save(rebuilt, out)
        print(f"Saved as {out}")


def main(arguments: list[str] | None = None) -> int:
    """Run a command; the exit status is 2 where the person has something to fix."""
    words = sys.argv[1:] if arguments is None else arguments
    try:
        # Names of files with a line break, say, would spoil each message about them.
        if not "".join(words).isprintable():
            raise UserError("the command has characters that cannot be printed")
        return int(cli.main(words, standalone_mode=False, obj=words) or 0)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return 2
    except click.ClickException as error:  # which may list choices, a line each
        message = " ".join(error.format_message().split())
    except (UserError, OSError) as error:
        message = str(error)
    except (ImportError, SyntaxError) as error:  # such as a conflict of an update
        message = locate(error)
    except SystemExit as error:
        *_, (frame, _) = traceback.walk_tb(error.__traceback__)
        # After completing a word, or when the reader of `trials | head` has seen enough.
        if frame.f_globals.get("__name__") == "click.core":
            return int(error.code or 0)
        place = find_place(format_traceback(error))
        message = f"the code calls exit({error.code!r}){place}; raise an error instead"
    except (KeyboardInterrupt, click.Abort):
        return 130
    print(f"error: {printable(message)}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
