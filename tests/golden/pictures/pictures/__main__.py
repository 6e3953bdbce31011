"""The command line: tune, trials, reconstruct, report and export.

The commands import Keras when they need it, so that help comes at once.
"""

import argparse
import json
import os
import shlex
import sys

from .errors import UserError, shown
from .muting import native_stderr_muted
from .options import SUFFIXES, parse
from .records import OBJECTIVE, Record, front, rank
from .searching import Budget, search_here
from .settings import EPOCHS, SEED
from .stopping import OutOfTime, Stop
from .study import Study
from .supervisor import supervise
from .trials import TrialLog
from .watching import Watcher


def tune(options: argparse.Namespace) -> None:
    """Search, or go on with a search."""
    study = Study(options.runs, options.study)
    try:
        with Stop(options.timeout) as stop:
            search(study, options, stop)
    except OutOfTime:
        stopped("Out of time", study, options)
    except KeyboardInterrupt:
        stopped("Stopped", study, options)
        raise


def search(study: Study, options: argparse.Namespace, stop: Stop) -> None:
    """Search until there are enough trials, or it is to stop."""
    begun = study.describe() if study.exists else {"epochs": EPOCHS, "seed": SEED}
    budget = Budget(
        trials=options.trials,
        epochs=begun["epochs"] if options.epochs is None else options.epochs,
        seed=begun["seed"] if options.seed is None else options.seed,
    )
    watcher = Watcher()
    if options.in_process:
        search_here(study, budget, stop, watcher)
    else:
        supervise(study, budget, stop, watcher, options.trial_timeout)


def stopped(why: str, study: Study, options: argparse.Namespace) -> None:
    """Say what is kept of a search that was cut short, and how it goes on."""
    logged = len(TrialLog(study.trials_folder).read_all())
    print(
        f"{why}: {logged} of {options.trials} trials are logged. To go on:\n"
        f"  {study.command_line('tune')} --trials {options.trials}",
        file=sys.stderr,
    )


def trials(options: argparse.Namespace) -> None:
    """List what was tried, best first."""
    study = Study(options.runs, options.study)
    records = rank(TrialLog(study.trials_folder).read_all())
    if not records:
        study.describe()
    if options.json:
        json.dump(records, sys.stdout, indent=2, ensure_ascii=False)
        print()
        return
    rows = [
        ("trial", "state", OBJECTIVE, "epoch", "parameters", "weights", "left out"),
        *(row(record) for record in records),
    ]
    widths = [max(len(cells[i]) for cells in rows) for i in range(len(rows[0]))]
    for cells in rows:
        line = zip(cells, widths, strict=True)
        print("  ".join(cell.ljust(width) for cell, width in line).rstrip())
    best = ", ".join(str(record["number"]) for record in front(records))
    print(f"No trial beats these in both score and size: {best or 'none yet'}")


def row(record: Record) -> tuple[str, ...]:
    """A trial's line in the table."""
    score = record["objective"]["value"]
    epochs = len(record["history"].get("loss", []))
    return (
        str(record["number"]),
        record["state"],
        "-" if score is None else f"{score:.4f}",
        f"{record['best_epoch'] or '-'} of {epochs}",
        "-" if record["parameter_count"] is None else f"{record['parameter_count']:,}",
        "yes" if record["weights"] else "no",
        shown(", ".join(record["skipped_layers"])) or "-",
    )


def reconstruct(options: argparse.Namespace) -> None:
    """Rebuild a trial's model, prove that it scores as logged, and test it."""
    study = Study(options.runs, options.study)
    study.describe()
    with native_stderr_muted():
        from . import reconstruct as rebuilding

    data = rebuilding.load(study)
    rebuilt = rebuilding.reconstruct(
        study, options.trial, data, retrain=options.retrain
    )
    record = rebuilt.record
    print(f"Trial {record['number']} of study {study.name!r}, rebuilt:")
    for name, value in record["params"].items():
        print(shown(f"  {name}: {value}"))
    print("It scores as logged:")
    for name, value in rebuilt.validation.items():
        logged = record["metrics"][f"val_{name}"]
        print(f"  val_{name}: {value:.6f} (logged: {logged:.6f})")
    print("On the test part, which no trial has seen:")
    for name, value in rebuilt.test.items():
        print(f"  test_{name}: {value:.6f}")
    if options.out:
        rebuilding.save(rebuilt.model, options.out)
        print(f"Saved as {options.out}")


def export(options: argparse.Namespace) -> None:
    """Write a trial's model for another runtime, or the study for Optuna's tools."""
    study = Study(options.runs, options.study)
    study.describe()
    if options.to == "optuna":
        from .optuna_trials import write_database

        path = options.out or study.folder / "optuna.db"
        count = write_database(study, path)
        print(f"Trials in {path}: {count}. To see them:")
        print(f"  optuna-dashboard {shlex.quote(f'sqlite:///{path}')}")
        return
    with native_stderr_muted():
        from . import export as exporting
        from . import reconstruct as rebuilding

    exporting.check_runtime(options.to)
    data = rebuilding.load(study)
    rebuilt = rebuilding.reconstruct(
        study, options.trial, data, retrain=options.retrain
    )
    number = rebuilt.record["number"]
    path = options.out or study.folder / f"trial_{number:04}{SUFFIXES[options.to]}"
    with native_stderr_muted():  # converters think aloud
        seen = exporting.export_model(rebuilt.model, data.validation, options.to, path)
    print(f"Trial {number} of study {study.name!r} scores as logged, and is {path}.")
    print(seen)


def report(options: argparse.Namespace) -> None:
    """Write the study as one HTML page."""
    study = Study(options.runs, options.study)
    study.describe()
    from .report import write_report

    path = options.out or study.folder / "report.html"
    write_report(study, path)
    print(f"The report is {path}")


COMMANDS = {
    "tune": tune,
    "trials": trials,
    "reconstruct": reconstruct,
    "report": report,
    "export": export,
}


def main(arguments: list[str] | None = None) -> int:
    """Run a command; the exit status is 2 where the person has something to mend."""
    try:
        options = parse(sys.argv[1:] if arguments is None else arguments)
        COMMANDS[options.command](options)
    except BrokenPipeError:  # the reader of `trials | head` has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except (UserError, OSError) as error:
        print(f"error: {shown(str(error))}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
