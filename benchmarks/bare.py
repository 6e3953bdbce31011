"""The search loops of tutorials, a function a framework: fit, evaluate, and little else.

Each trains the very trials of a generated project's study, with that project's own model,
as a person writes it who follows a tutorial: `fit` with its defaults, then `evaluate`,
then the score and the parameters as JSON and the weights beside it where the framework
has no log of its own. Nothing survives a crash and nothing can be resumed.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # the process that compares needs no Keras
    import keras

Params = dict[str, Any]

EPOCHS = 5
BATCH_SIZE = 32


def fit_and_evaluate(model: keras.Model, data: Any) -> list[float]:
    """Train a model and score it.

    Returns:
        The loss and the accuracy on the validation part.
    """
    model.fit(
        *data.train,
        epochs=EPOCHS,
        batch_size=BATCH_SIZE,
        validation_data=data.validation,
        verbose=0,
    )
    scores: list[float] = model.evaluate(*data.validation, verbose=0)
    return scores


def log(folder: Path, number: int, params: Params, score: float, model: Any) -> None:
    """Write down a trial."""
    model.save_weights(folder / f"trial_{number}.weights.h5")
    trial = {"trial_number": number, "val_accuracy": score, "params": params}
    (folder / f"trial_{number}.json").write_text(json.dumps(trial))


def sampler(module: Any, data: Any, trials: list[Params], folder: Path) -> None:
    """A loop over what ParameterSampler would draw, or a person would write."""
    for number, params in enumerate(trials):
        model = module.get_model(params, data.input_shape, len(data.class_names)).model
        _, accuracy = fit_and_evaluate(model, data)
        log(folder, number, params, accuracy, model)


def optuna(module: Any, data: Any, trials: list[Params], folder: Path) -> None:
    """`study.optimize`, with the study in memory and the weights logged by hand."""
    import optuna

    def objective(trial: optuna.Trial) -> float:
        model = module.get_model(trial, data.input_shape, len(data.class_names)).model
        _, accuracy = fit_and_evaluate(model, data)
        log(folder, trial.number, trial.params, accuracy, model)
        return accuracy

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(direction="maximize")
    for params in trials:
        study.enqueue_trial(params)
    study.optimize(objective, n_trials=len(trials))


def search_cv(module: Any, data: Any, trials: list[Params], folder: Path) -> None:
    """RandomizedSearchCV, which logs nothing but the scores."""
    import scikeras.wrappers
    from sklearn.model_selection import RandomizedSearchCV

    def build(**params: Any) -> keras.Model:
        model: keras.Model = module.get_model(
            data.input_shape, len(data.class_names), **params
        ).model
        return model

    classifier = scikeras.wrappers.KerasClassifier(
        build,
        epochs=EPOCHS,
        batch_size=BATCH_SIZE,
        fit__validation_data=data.validation,
        verbose=0,
    )
    candidates = [
        {f"model__{name}": [value] for name, value in params.items()}
        for params in trials
    ]
    search = RandomizedSearchCV(
        classifier, candidates, n_iter=len(trials), cv=3, refit=False, random_state=0
    )
    search.fit(*data.train)
    (folder / "results.json").write_text(
        json.dumps(search.cv_results_["mean_test_score"].tolist())
    )


def keras_tuner(module: Any, data: Any, trials: list[Params], folder: Path) -> None:
    """A random search, which keeps files of its own, weights included."""
    import keras_tuner

    class GivenTrials(keras_tuner.oracles.RandomSearchOracle):
        """Tells the trials that it is given, in the place of draws."""

        def populate_space(self, trial_id: str) -> dict[str, Any]:
            """The values of a trial."""
            return {"status": "RUNNING", "values": dict(trials[int(trial_id)])}

    def build(hp: keras_tuner.HyperParameters) -> keras.Model:
        model: keras.Model = module.get_model(
            hp, data.input_shape, len(data.class_names)
        ).model
        return model

    oracle = GivenTrials(
        keras_tuner.Objective("val_accuracy", "max"), max_trials=len(trials)
    )
    tuner = keras_tuner.Tuner(oracle, build, directory=folder, project_name="tuner")
    tuner.search(
        *data.train,
        epochs=EPOCHS,
        batch_size=BATCH_SIZE,
        validation_data=data.validation,
        verbose=0,
    )


LOOPS: dict[str, Callable[[Any, Any, list[Params], Path], None]] = {
    "manual": sampler,
    "sampler": sampler,
    "search_cv": search_cv,
    "optuna": optuna,
    "keras_tuner": keras_tuner,
}
