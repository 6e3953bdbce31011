"""Edits of hyperparameters and their values, and of models that fail."""

from collections.abc import Sequence
from typing import Any

from tests.edits import BY_NAME, Changes, Edit, Edited, asked, both, space
from tests.edits.following import run, see_scores, trial_files
from tests.edits.ordinary import before_output, params_of

SKETCHED = ("optuna", *BY_NAME)
"""The frameworks that let a hyperparameter be more than a number or a text."""


def layers_of(framework: str, choices: Sequence[Any]) -> Changes:
    """Add layers with the units that a hyperparameter lists."""
    lines = [
        f'for number, units in enumerate({asked(framework, "hidden", choices)} or ()):',
        '    x = layers.Dense(units, name=f"hidden{number}")(x)',
    ]
    return both(before_output(framework, *lines), space(framework, "hidden", choices))


def space_in_code(framework: str, name: str, choices: str) -> Changes:
    """Return the changes by which the search knows of choices that are Python code."""
    if framework in ("sampler", "search_cv"):
        entry = f'\nPARAM_DISTRIBUTIONS["{name}"] = {choices}\n'
        return {"model.py": [(None, entry)]}
    if framework == "manual":
        loop = "\nimport keras\nimport numpy as np\n\n"
        loop += f"for params, choice in zip(PARAMS, {choices}):\n"
        loop += f'    params["{name}"] = choice\n'
        return {"config.py": [(None, loop + "PARAMS = PARAMS[:2]\n")]}
    return {}


# Lists and tuples.

TUPLES = [(8,), (16, 8), None]


def check_tuples(edited: Edited) -> None:
    assert all(units in ([8], [16, 8], None) for units in params_of(edited, "hidden"))


def tuples(framework: str) -> Changes:
    return layers_of(framework, TUPLES)


def lists(framework: str) -> Changes:
    return layers_of(framework, [[8], [16, 8], [8, 8, 8]])


def few_tuples(framework: str) -> Changes:
    """Search a tuple and nothing else, until no other is left."""
    lines = ['x = layers.Dense(params["hidden"][0], name="hidden")(x)']
    if framework == "manual":
        tried = (
            '\nPARAMS = [{**BASE, "hidden": hidden} for hidden in [(8, 4), [4, 2]]]\n'
        )
        return both(before_output(framework, *lines), {"config.py": [(None, tried)]})
    values = "\nPARAM_DISTRIBUTIONS = {\n    name: values[:1] for name, values in PARAM_DISTRIBUTIONS.items()\n}\n"
    values += 'PARAM_DISTRIBUTIONS["hidden"] = [(8, 4), [4, 2]]\n'
    return both(before_output(framework, *lines), {"model.py": [(None, values)]})


def check_few_tuples(edited: Edited) -> None:
    hidden = params_of(edited, "hidden")
    assert sorted(hidden) == [[4, 2], [8, 4]]
    assert run(edited.project, "tune", "--trials", "4", "--in-process").status == 0
    assert len(trial_files(edited.project)) == 2  # for the space has no more


# NumPy's numbers.


def numpy_values(framework: str) -> Changes:
    """Take choices from an array."""
    width = asked(framework, "width", []).replace("[]", "np.array([8, 16])")
    line = f'x = layers.Dense(int({width}), name="wide")(x)'
    imported = {"model.py": [("import keras\n", "import keras\nimport numpy as np\n")]}
    space = space_in_code(framework, "width", "np.array([8, 16])")
    return both(before_output(framework, line), imported, space)


def check_numpy_values(edited: Edited) -> None:
    assert set(params_of(edited, "width")) <= {8, 16}


# Values that no record can hold.


def unrecorded(framework: str, choices: str) -> Changes:
    """Choose among values that are given as Python code."""
    thing = asked(framework, "thing", []).replace("[]", choices)
    lines = [f"thing = {thing}", "assert thing is not None"]
    space = space_in_code(framework, "thing", choices)
    return both(before_output(framework, *lines), space)


OPTIMIZERS = '["adam", keras.optimizers.RMSprop]'


def optimizers(framework: str) -> Changes:
    return unrecorded(framework, OPTIMIZERS)


def functions(framework: str) -> Changes:
    return unrecorded(framework, "[keras.activations.relu, keras.activations.tanh]")


def mappings(framework: str) -> Changes:
    return unrecorded(framework, '[{"rate": 0.1}, {"rate": 0.2}]')


def infinite(framework: str) -> Changes:
    return unrecorded(framework, '[1.0, float("inf")]')


def nested(framework: str) -> Changes:
    return unrecorded(framework, "[((3, 3), (5, 5))]")


NOT_HELD = "^thing is .*: write a name for it, and look up in model.py"

# Models that are given up on purpose.


def given_up(framework: str, error: str) -> Changes:
    """Refuse every model but those of few units."""
    condition = {
        "optuna": 'trial.suggest_int("size", 0, 3) != 1',
        "keras_tuner": 'hp.Int("size", 0, 3) != 1',
    }[framework]
    changes = before_output(framework, f"too_large = {condition}")
    raised = f'    if too_large:\n        raise {error}("the model is too large")\n'
    returned = "    return BuiltModel(model, batch_size, skipped)\n"
    return both(changes, {"model.py": [(returned, raised + returned)]})


def pruned(framework: str) -> Changes:
    changes = given_up(framework, "optuna.TrialPruned")
    return both(
        changes, {"model.py": [("import keras\n", "import keras\nimport optuna\n")]}
    )


def check_pruned(edited: Edited) -> None:
    states = [record["state"] for record in edited.records]
    assert set(states) == {"complete", "pruned"}
    assert states.count("pruned") > 3  # which in a row would end the search
    for record in edited.records:
        early = record["state"] == "pruned"
        assert early == (record["params"]["size"] != 1)
        assert early == (record["objective"]["value"] is None)
        assert record["error"] is None
        if early:
            assert record["weights_note"].endswith(": the model is too large")
            assert record["history"] == record["metrics"] == {}


def failed(framework: str) -> Changes:
    changes = given_up(framework, "keras_tuner.errors.FailedTrialError")
    return both(
        changes,
        {"model.py": [("import keras\n", "import keras\nimport keras_tuner\n")]},
    )


def check_failed(edited: Edited) -> None:
    states = [record["state"] for record in edited.records]
    assert states.count("failed") > 3
    for record in edited.records:
        if record["error"]:
            assert record["error"]["type"] == "FailedTrialError"


CALLBACK = '''

class Impatient(keras.callbacks.Callback):
    """Prune trials after their second epoch, within it, and as they begin."""

    def __init__(self, trial: BaseTrial) -> None:
        super().__init__()
        self.number = trial.number
        self.epoch = 0

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        logs["own"] = 1.0
        self.epoch += 1
        if self.number == 1 and self.epoch == 2:
            raise optuna.TrialPruned("two epochs were enough")

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        if self.number > 1 and self.epoch == 3 - self.number:
            raise optuna.TrialPruned("so many batches were enough")
'''


def pruned_in_fit(framework: str) -> Changes:
    """Prune from a callback, as optuna-integration's does."""
    return {
        "train.py": [
            ("import keras\n", "import keras\nimport optuna\n"),
            ('"callbacks": []', '"callbacks": [Impatient(trial)]'),
            (None, CALLBACK),
        ]
    }


def check_pruned_in_fit(edited: Edited) -> None:
    """See that all epochs are kept that were whole, and the best one's model with them."""
    states = [record["state"] for record in edited.records]
    assert states == ["complete", "pruned", "pruned", "pruned"]
    lengths = [len(record["history"].get("loss", [])) for record in edited.records]
    assert lengths == [3, 2, 1, 0]
    for record in edited.records[1:3]:
        number = str(record["number"])
        for words in ([number], [number, "--retrain"]):
            see_scores(run(edited.project, "reconstruct", *words).out, record)
    early = edited.records[3]
    assert early["objective"]["value"] is None
    assert early["weights_note"].endswith(": so many batches were enough")


# Hyperparameters that a model takes away, or changes.

TAKEN = """    wide = {pop}
    params["activation"] = "tanh"
    params["dense1_units"] *= 2
"""


def taken(framework: str) -> Changes:
    """Pop one, set one, and change one; have one as a keyword argument where they are."""
    first = "    x = inputs = keras.Input(input_shape)\n"
    layer = 'x = layers.Dense(wide, params["activation"], name="wide")(x)'
    pop = 'params.pop("wide")'
    changes = both(before_output(framework, layer), space(framework, "wide", [8, 16]))
    if framework == "search_cv":
        pop = 'hyperparameters.pop("wide") + (0 if deep else 1)'
        named = "classes: int, deep: bool, **hyperparameters: Any"
        changes = both(
            changes,
            {"model.py": [("classes: int, **hyperparameters: Any", named)]},
            space(framework, "deep", [True, False]),
        )
    return both(changes, {"model.py": [(first, TAKEN.format(pop=pop) + first)]})


def check_taken(edited: Edited) -> None:
    assert set(params_of(edited, "wide")) <= {8, 16}
    assert set(params_of(edited, "dense1_units")) <= {16, 32}
    for record in edited.records:
        assert "activation" not in record["params"]
        assert ("deep" in record["params"]) == (edited.framework == "search_cv")


EDITS = [
    Edit("tuples", SKETCHED, tuples, check=check_tuples),
    Edit("lists", BY_NAME, lists),
    Edit(
        "few-tuples",
        ("sampler", "search_cv", "manual"),
        few_tuples,
        check=check_few_tuples,
        trials=2,
    ),
    Edit("numpy-values", SKETCHED, numpy_values, check=check_numpy_values, trials=2),
    Edit("optimizer-classes", SKETCHED, optimizers, refused=NOT_HELD),
    Edit("activation-functions", SKETCHED, functions, refused=NOT_HELD),
    Edit("mappings", SKETCHED, mappings, refused=NOT_HELD),
    Edit("infinite-values", SKETCHED, infinite, refused=NOT_HELD),
    Edit("nested-tuples", SKETCHED, nested, refused=NOT_HELD),
    Edit(
        "lists-in-optuna",
        ("optuna",),
        lists,
        refused=r"^hidden has the choice \[8\].*: write the tuple \(8,\) in model\.py",
    ),
    Edit(
        "tuples-for-nsga2",
        ("optuna",),
        tuples,
        answers={"algorithm": "nsga2"},
        refused=r"^hidden has the choice \(8,\).*: write a name",
    ),
    Edit(
        "pruned-models",
        ("optuna",),
        pruned,
        check=check_pruned,
        trials=12,
        answers={"export_formats": ["optuna"], "log_extras": ["csv", "tensorboard"]},
    ),
    Edit(
        "failed-models",
        ("keras_tuner",),
        failed,
        check=check_failed,
        trials=12,
        may_fail=True,
        answers={"algorithm": "random"},
    ),
    Edit(
        "pruned-in-fit",
        ("optuna",),
        pruned_in_fit,
        answers={"checkpoints": True},
        check=check_pruned_in_fit,
        trials=4,
        epochs=3,
    ),
    Edit("taken-and-changed", BY_NAME, taken, check=check_taken),
    Edit(
        "tuples-for-workers",
        ("sampler", "search_cv"),
        tuples,
        answers={"execution": "workers", "log_extras": ["csv", "tensorboard"]},
        check=check_tuples,
    ),
    Edit(
        "pruned-models-of-workers",
        ("optuna",),
        pruned,
        answers={"execution": "workers"},
        check=check_pruned,
        trials=12,
    ),
]
