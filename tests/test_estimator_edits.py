"""Edits that people make to a project of scikit-learn's models: they work, or are refused in one line."""

import re
import sys

import pytest

from tests.conftest import Render
from tests.rendering import Project, Ran

FOREST = "RandomForestClassifier(n_estimators=5, random_state=seed)"
LAMBDA = (
    f"make_pipeline(FunctionTransformer(lambda x: 2 * x), {FOREST})",
    "from sklearn.pipeline import make_pipeline",
    "from sklearn.preprocessing import FunctionTransformer",
)
"""A model, and what model.py imports for it."""
BEGUN = "def get_model("


def project_of(render: Render, name: str, framework: str = "optuna") -> Project:
    """A project whose trials are short, and that keeps its best model."""
    return render(
        package_name=name,
        framework=framework,
        estimators=["random_forest"],
        input_kind="tabular",
        search_space="small",
    )


def edit(project: Project, name: str, old: str, new: str) -> None:
    """Put a text in place of another, in a module that was loaded, perhaps."""
    path = project.root / project.package / name
    text = path.read_text("utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), "utf-8")
    for module in [m for m in sys.modules if m.split(".")[0] == project.package]:
        del sys.modules[module]


def return_model(project: Project, expression: str, *imports: str) -> None:
    """Have `get_model` return another model than the forest that it draws."""
    edit(project, "model.py", BEGUN, "\n".join([*imports, "", "", BEGUN]))
    path = project.root / project.package / "model.py"
    text, changed = re.subn(
        r"^    return (suggest|make)_random_forest\((.*), seed\)$",
        rf"    \1_random_forest(\2, seed)\n    return {expression}",
        path.read_text("utf-8"),
        flags=re.MULTILINE,
    )
    assert changed == 1
    path.write_text(text, "utf-8")


def refused(ran: Ran) -> str:
    """Make sure that a command was refused in one line, which is returned."""
    assert ran.status == 2, ran
    lines = [line for line in ran.err.splitlines() if line.startswith("error: ")]
    assert len(lines) == 1, ran.err
    assert "Traceback" not in ran.err
    return lines[0]


@pytest.mark.parametrize("framework", ["optuna", "search_cv"])
@pytest.mark.parametrize(
    ("expression", "imports", "types"),
    [
        (
            "Own(n_estimators=5, random_state=seed)",
            ["class Own(RandomForestClassifier):", '    """My own."""'],
            ["{package}.model.Own", "sklearn.tree._tree.Tree"],
        ),
        (
            f"CalibratedClassifierCV({FOREST}, cv=3)",
            ["from sklearn.calibration import CalibratedClassifierCV"],
            [
                "sklearn.calibration._CalibratedClassifier",
                "sklearn.calibration._SigmoidCalibration",
            ],
        ),
    ],
    ids=["own", "calibrated"],
)
def test_what_nobody_named_is_refused_before_it_is_logged_and_kept_once_it_is_named(
    framework: str,
    expression: str,
    imports: list[str],
    types: list[str],
    render: Render,
) -> None:
    project = project_of(render, f"unnamed_{framework}", framework)
    return_model(project, expression, *imports)
    line = refused(project.run("tune", "--trials", "2"))
    assert "TRUSTED in config.py" in line
    assert not [*project.root.glob("runs/default/trials/trial_*")]

    named = [name.format(package=project.package) for name in types]
    unknown = [name for name in named if name not in project.load("config").TRUSTED]
    assert unknown
    for name in unknown:
        assert repr(name) in line
        edit(project, "config.py", "TRUSTED: list[str] = [", f'TRUSTED = ["{name}", ')
        edit(project, "config.py", "TRUSTED = [", "TRUSTED: list[str] = [")
    ran = project.run("tune", "--trials", "2")
    assert ran.status == 0, ran.err
    rebuilt = project.run("reconstruct", "best")
    assert rebuilt.status == 0, rebuilt.err


def test_what_no_file_can_hold_is_refused(render: Render) -> None:
    project = project_of(render, "unkept")
    return_model(project, *LAMBDA)
    line = refused(project.run("tune", "--trials", "2"))
    assert "lambda" in line and "keep_weights=none" in line
    assert project.records() == []


def test_a_model_that_needs_no_file_may_hold_anything(render: Render) -> None:
    project = render(
        package_name="none_kept",
        estimators=["random_forest"],
        input_kind="tabular",
        keep_weights="none",
    )
    return_model(project, *LAMBDA)
    assert project.run("tune", "--trials", "2").status == 0
    assert project.run("reconstruct", "best", "--retrain").status == 0


@pytest.mark.parametrize("framework", ["sampler", "search_cv"])
def test_a_model_without_probabilities_is_refused_with_the_way_out(
    framework: str, render: Render
) -> None:
    project = project_of(render, f"unlikely_{framework}", framework)
    return_model(
        project,
        "LinearSVC(random_state=seed)",
        "from sklearn.svm import LinearSVC",
    )
    line = refused(project.run("tune", "--trials", "2"))
    assert "model.py" in line and "CalibratedClassifierCV" in line
    assert project.records() == []


def test_a_table_goes_by_position_whatever_its_index(render: Render) -> None:
    plain, table = (project_of(render, name) for name in ("by_array", "by_table"))
    edit(
        table,
        "data.py",
        "    x, y = tumours.data, tumours.target\n",
        "    import numpy as np\n    import pandas as pd\n"
        "    index = np.random.default_rng(0).permutation(len(tumours.target))\n"
        "    x = pd.DataFrame(tumours.data, index=index)\n"
        "    y = pd.Series(tumours.target, index=index[::-1])\n",
    )
    for project in (plain, table):
        ran = project.run("tune", "--trials", "2")
        assert ran.status == 0, ran.err
    metrics = [[r["metrics"] for r in p.records()] for p in (plain, table)]
    assert metrics[0] == metrics[1]


def test_a_column_of_texts_is_named(render: Render) -> None:
    project = project_of(render, "by_text")
    edit(
        project,
        "data.py",
        "    x, y = tumours.data, tumours.target\n",
        "    import pandas as pd\n"
        "    x, y = pd.DataFrame(tumours.data), tumours.target\n"
        '    x["size"] = ["large" if label else "small" for label in y]\n',
    )
    line = refused(project.run("tune", "--trials", "2"))
    assert "column 'size'" in line and re.search("'(large|small)'", line)


@pytest.mark.parametrize(
    ("old", "new", "word"),
    [
        (
            "    train, validation, test = split(x, y, SPLIT_SEED)\n",
            (
                "    from scipy.sparse import csr_matrix\n"
                "    train, validation, test = split(csr_matrix(x), y, SPLIT_SEED)\n"
            ),
            "x is sparse; write `.toarray()`",
        ),
        (
            "    x, y = tumours.data, tumours.target\n",
            "    x, y = tumours.data, tumours.target\n    x[::7, 3] = float('nan')\n",
            "column 3; fill that in",
        ),
        (
            "    return Data(train, validation, test, class_names)\n",
            "    return Data(train, validation, None, class_names)\n",
            "the test part is of type NoneType; make it a Split",
        ),
    ],
    ids=["sparse", "nan", "none"],
)
def test_data_that_no_model_takes_are_refused_with_the_way_out(
    old: str, new: str, word: str, render: Render
) -> None:
    project = project_of(render, "data_refused", "sampler")
    edit(project, "data.py", old, new)
    assert word in refused(project.run("tune", "--trials", "1"))
