"""What each edit goes through: tuned, stopped, resumed, rebuilt, retrained, reported."""

import html
import json
import os
import re
import signal
from pathlib import Path
from typing import Any

import numpy as np
from tunewright.variants.forked import hasten, processes
from tunewright.variants.judging import faults
from tunewright.variants.smoke import STOPPED

from tests.conftest import Render
from tests.edits import ANSWERS, Edit, Edited, apply, changes_of
from tests.processes import start, wait_until
from tests.rendering import Project, Ran

PARAMS = """
PARAMS = [BASE | {"learning_rate": rate} for rate in (0.001, 0.003, 0.01)]
"""
"""What the manual framework tries, where the others search."""

BEST = "best.keras"


def follow(edit: Edit, framework: str, render: Render, out: Path) -> None:
    """Make an edit in a new project, and see that everything works, or is refused."""
    answers = answers_of(edit, framework)
    project = render(**answers)
    if framework == "manual":
        apply({"config.py": [(None, PARAMS)]}, project)
    apply(changes_of(edit.changes, framework), project)
    if edit.prepare:
        edit.prepare(project)
    words = ["tune", "--trials", str(edit.trials), "--epochs", str(edit.epochs)]
    if edit.refused and not edit.midway:
        see_refused(run(project, *words), edit.refused)
        assert not trial_files(project)
        return
    stop_at_the_first_trial(project, *words)
    if edit.midway:
        apply(changes_of(edit.midway, framework), project)
    tuned = run(project, *words, "--in-process")
    if edit.refused:
        see_refused(tuned, edit.refused)
        return
    assert tuned.status == 0, tuned
    listed = json.loads(succeeded(run(project, "trials", "--json")))
    records = sorted(listed, key=lambda record: int(record["number"]))
    see_records(records, answers, edit)
    ran = {"tune": tuned}
    complete = [record for record in listed if record["state"] == "complete"]
    if complete:
        ran |= see_rebuilt(project, edit, complete, out)
        ran["report"] = see_reported(project, edit, records)
    if edit.check:
        edit.check(Edited(project, framework, records, ran, out / BEST))


def answers_of(edit: Edit, framework: str) -> dict[str, Any]:
    """Return what the project of an edit is generated with."""
    own = {"framework": framework}
    if framework == "optuna" and edit.answers.get("algorithm") != "nsga2":
        own["pruner"] = "none"  # which would end most trials of so few epochs
    answers = ANSWERS | own | dict(edit.answers)
    if framework != "optuna":
        answers.pop("pruner", None)  # which no other framework has
    if answers.get("data_source") == "image_folder":
        del answers["input_kind"]  # which is not asked then
    return answers


def run(project: Project, *words: str) -> Ran:
    """Run a command in a process of its own, which may end in no traceback."""
    command = start(project, *words)
    out, err = command.communicate()
    said = err if "--json" in words else out + err  # for records may have one
    assert "Traceback" not in said, said
    assert command.returncode is not None
    return Ran(command.returncode, out, err)


def succeeded(ran: Ran) -> str:
    """Return what a command printed that did what it should."""
    assert ran.status == 0, ran
    return ran.out


def see_refused(ran: Ran, line: str) -> None:
    """See that a command ended in one line, and that the line says what it should."""
    assert ran.status == 2, ran
    found = re.fullmatch(r"error: (.*)\n", ran.err)
    assert found, ran.err
    assert re.search(line, found[1]), found[1]


def trial_files(project: Project) -> list[Path]:
    """Return the records in the folder of the study."""
    return [*(project.root / "runs" / "default" / "trials").glob("trial_*.json")]


def stop_at_the_first_trial(project: Project, *words: str) -> None:
    """Tune until a trial is logged, then press Ctrl-C, unless that is too late."""
    command = start(project, *words)
    try:
        wait_until(lambda: trial_files(project), command)
    except AssertionError:  # it is done
        assert command.returncode == 0, command.communicate()
    command.send_signal(signal.SIGINT)
    out, err = command.communicate()
    assert "Traceback" not in out + err, out + err
    assert command.returncode in (0, STOPPED), out + err
    assert trial_files(project)


def see_records(
    records: list[dict[str, Any]], answers: dict[str, Any], edit: Edit
) -> None:
    """See that the records are of one search, and that they agree with themselves."""
    [objective] = {
        (record["objective"]["name"], record["objective"]["direction"])
        for record in records
    }
    name, direction = objective
    known = {"keep_weights": "all", "algorithm": ""} | answers
    known |= {
        "objective_name": name,
        "direction": direction,
        # Of what scikit-learn scores by itself, Keras has no history.
        "monitor": name.replace("mean_test_kappa", "val_accuracy").replace(
            "mean_test_", "val_"
        ),
    }
    found = [*faults(records, known, edit.trials)]
    if edit.may_fail:
        found = [fault for fault in found if " failed: " not in fault]
    assert found == []
    assert edit.may_fail or len(records) == edit.trials


def see_rebuilt(
    project: Project, edit: Edit, complete: list[dict[str, Any]], out: Path
) -> dict[str, Ran]:
    """Rebuild the best trial, train the worst again, and export; see the scores."""
    model, best, last = out / BEST, complete[0], complete[-1]
    saving = ["reconstruct", "best", "--out", str(model)]
    commands = {
        "reconstruct": (best, saving),
        "retrain": (last, ["reconstruct", str(last["number"]), "--retrain"]),
    }
    if "out" in edit.refusals:
        commands |= {"reconstruct": (best, saving[:2]), "out": (best, saving)}
    ran = {}
    for step, (record, words) in commands.items():
        ran[step] = run(project, *words)
        if step in edit.refusals:
            see_refused(ran[step], edit.refusals[step])
        else:
            see_scores(succeeded(ran[step]), record)
    for kind in edit.answers.get("export_formats", []):
        path = out / f"best.{'db' if kind == 'optuna' else kind}"
        step = f"export {kind}"
        ran[step] = run(project, "export", "--to", kind, "--out", str(path))
        if step in edit.refusals:
            see_refused(ran[step], edit.refusals[step])
            assert not path.exists()
        else:
            succeeded(ran[step])
            assert path.exists()
    if model.exists():
        see_accuracy(project, model, complete[0])
    return ran


def see_scores(said: str, record: dict[str, Any]) -> None:
    """See that a rebuilt model has the scores that its record has, each of them."""
    lines = re.findall(r"^  (val_\w+): (\S+) \(logged: (\S+)\)$", said, re.MULTILINE)
    assert {name for name, _, _ in lines} == {
        name for name in record["metrics"] if name.startswith("val_")
    }
    for name, rebuilt, logged in lines:
        assert rebuilt == logged == f"{record['metrics'][name]:.6f}"


def see_accuracy(project: Project, model: Path, record: dict[str, Any]) -> None:
    """See that a whole model in a file classifies as well as the record says.

    That is reckoned without Keras' metrics, where the accuracy is logged.
    """
    found = model.with_suffix(".npy")
    process = processes.Process(target=classify, args=(project, model, found))
    process.start()
    process.join()
    assert process.exitcode == 0
    right = np.load(found)
    if "val_accuracy" in record["metrics"]:
        assert abs(right.mean() - record["metrics"]["val_accuracy"]) < 1e-6


def classify(project: Project, model: Path, found: Path) -> None:
    """Write which samples of the validation part a model in a file is right about.

    The data are those that the best trial has seen.
    """
    import keras

    hasten()
    os.chdir(project.root)
    rebuilding = project.load("reconstruct")  # layers of the project's own, too
    loaded = keras.models.load_model(model, compile=False, safe_mode=False)
    study = project.load("study").Study(project.root / "runs", "default")
    data = rebuilding.load(study)
    setup = rebuilding.build_untrained(
        rebuilding.TrialLog(study.trials_folder).find("best"), data
    )
    part = setup.data.validation
    labels, right = np.asarray(part.y), np.array([])
    predicted = np.asarray(loaded.predict(part.x, verbose=0))
    if predicted.shape == (len(labels), 1):
        right = (predicted[:, 0] > 0.5) == labels
    elif labels.dtype.kind in "iu" or labels.ndim == 2:
        classes = labels if labels.ndim == 1 else labels.argmax(axis=1)
        right = predicted.argmax(axis=1) == classes
    np.save(found, right)


def see_reported(project: Project, edit: Edit, records: list[dict[str, Any]]) -> Ran:
    """Report, and see that the page has each hyperparameter that some trial had."""
    ran = run(project, "report")
    if "report" in edit.refusals:
        see_refused(ran, edit.refusals["report"])
        return ran
    succeeded(ran)
    page = (project.root / "runs/default/report.html").read_text("utf-8")
    for record in records:
        for name in record["params"]:
            assert html.escape(name) in page, name
    return ran
