"""What `trial.set_user_attr` is given is kept, and told to Optuna again."""

from tests.conftest import Render
from tests.rendering import Project

NOTED = {"shape": [8, 8], "of": "digits"}


def noting(render: Render, package: str, value: str) -> Project:
    """Return a project whose trials have an attribute of this value, as Python."""
    project = render(
        package_name=package, search_space="small", layer_types=["dense"], pruner="none"
    )
    path = project.root / package / "train.py"
    before = '    return {"callbacks": []}\n'
    text = path.read_text()
    assert text.count(before) == 1
    line = f'    trial.set_user_attr("noted", {value})\n'
    path.write_text(text.replace(before, line + before))
    return project


def test_attributes_are_recorded_and_told_again(render: Render) -> None:
    project = noting(render, "noting", repr(NOTED))
    for trials in ("1", "2"):
        ran = project.run("tune", "--trials", trials, "--epochs", "1")
        assert ran.status == 0, ran.err
    optuna_trials = project.load("study.optuna_trials")
    for fields in project.records():
        assert fields["optuna"]["user_attrs"] == {"noted": NOTED}
        told = optuna_trials.frozen_trial(project.record(fields))
        assert told.user_attrs == {"noted": NOTED}
    rebuilt = project.run("reconstruct", "best")
    assert rebuilt.status == 0, rebuilt.err


def test_what_json_does_not_have_is_refused_in_one_line(render: Render) -> None:
    project = noting(render, "noting_data", "data")
    ran = project.run("tune", "--trials", "1", "--epochs", "1")
    [record] = project.records() if ran.status == 0 else [{"error": None}]
    said = ran.err + str(record["error"])
    assert "an attribute is not JSON" in said
    assert "set numbers, texts, lists, dictionaries" in said
