"""The search loops of a guide to tuning, a function a framework, over given trials.

`fit` with Keras' defaults and early stopping, then `evaluate`, then the score as JSON and
the weights beside it. Each trains the very trials of a generated project's study, with
that project's own model, its seeds and its numbers of epochs.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bare import log

if TYPE_CHECKING:  # the process that compares needs no Keras
    import keras

Record = dict[str, Any]
PATIENCE = 1000
Loop = Callable[[Any, Any, list[Record], Path], list[float]]


def fit_and_evaluate(built: Any, data: Any, record: Record, *more: Any) -> float:
    """Train a model for as many epochs as a trial did.

    Returns:
        The accuracy on the validation part.
    """
    import keras

    model = built.model
    model.fit(
        *data.train,
        epochs=len(record["history"]["loss"]),
        batch_size=built.batch_size,
        validation_data=data.validation,
        callbacks=[keras.callbacks.EarlyStopping(patience=PATIENCE), *more],
        verbose=0,
    )
    _, accuracy = model.evaluate(*data.validation, verbose=0)
    return float(accuracy)


def sampler(module: Any, data: Any, records: list[Record], folder: Path) -> list[float]:
    """A loop over what ParameterSampler drew, or a person wrote."""
    import keras

    scores = []
    for record in records:
        keras.utils.set_random_seed(record["seed"])
        built = module.get_model(record["params"], data.input_shape, data.classes)
        scores.append(fit_and_evaluate(built, data, record))
        log(folder, record["number"], record["params"], scores[-1], built.model)
    return scores


def optuna(module: Any, data: Any, records: list[Record], folder: Path) -> list[float]:
    """`study.optimize`, with the study in memory; each epoch is reported."""
    import keras
    import optuna

    def objective(trial: optuna.Trial) -> float:
        record = records[trial.number]
        keras.utils.set_random_seed(record["seed"])
        built = module.get_model(trial, data.input_shape, data.classes)
        reports = keras.callbacks.LambdaCallback(
            on_epoch_end=lambda epoch, logs: trial.report(logs["val_accuracy"], epoch)
        )
        score = fit_and_evaluate(built, data, record, reports)
        log(folder, trial.number, trial.params, score, built.model)
        return score

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(direction="maximize")
    for record in records:
        study.enqueue_trial(record["params"])
    study.optimize(objective, n_trials=len(records))
    return [trial.value or 0.0 for trial in study.trials]


def search_cv(
    module: Any, data: Any, records: list[Record], folder: Path
) -> list[float]:
    """RandomizedSearchCV over candidates that a trial's folds were fitted with."""
    import keras
    import scikeras.wrappers
    from sklearn.model_selection import RandomizedSearchCV

    def build(**params: Any) -> keras.Model:
        keras.utils.set_random_seed(0)
        model: keras.Model = module.get_model(
            data.input_shape, data.classes, **params
        ).model
        return model

    classifier = scikeras.wrappers.KerasClassifier(
        build,
        callbacks=keras.callbacks.EarlyStopping,
        callbacks__patience=PATIENCE,
        fit__validation_data=data.validation,
        verbose=0,
    )
    candidates = [
        {f"model__{name}": [value] for name, value in record["params"].items()}
        | {
            "batch_size": [record["params"]["batch_size"]],
            "epochs": [round(epochs_of(record) / len(record["folds"]))],
        }
        for record in records
    ]
    search = RandomizedSearchCV(
        classifier,
        candidates,
        n_iter=len(records),
        cv=len(records[0]["folds"]),
        refit=False,
        random_state=0,
    )
    search.fit(*data.train)
    scores: list[float] = search.cv_results_["mean_test_score"].tolist()
    return scores


def keras_tuner(
    module: Any, data: Any, records: list[Record], folder: Path
) -> list[float]:
    """Keras Tuner's Hyperband, with the rounds and the weights that it keeps."""
    import keras
    import keras_tuner

    class Model(keras_tuner.HyperModel):
        """The project's model, with the batch size that it asks for."""

        def build(self, hp: keras_tuner.HyperParameters) -> keras.Model:
            self.built = module.get_model(hp, data.input_shape, data.classes)
            return self.built.model

        def fit(
            self,
            hp: keras_tuner.HyperParameters,
            model: keras.Model,
            *args: Any,
            **named: Any,
        ) -> Any:
            return model.fit(*args, batch_size=self.built.batch_size, **named)

    def given(trial_id: str) -> dict[str, Any]:
        if int(trial_id) >= len(records):
            return {"status": "STOPPED"}
        record = records[int(trial_id)]
        past = record["continues"]
        first = past["epoch"] if past else 0
        values = record["params"] | {
            "tuner/initial_epoch": first,
            "tuner/epochs": first + epochs_of(record),
        }
        if past:
            values["tuner/trial_id"] = f"{past['trial']:0{len(trial_id)}}"
        return {"status": "RUNNING", "values": values}

    tuner = keras_tuner.Hyperband(
        Model(),
        keras_tuner.Objective("val_accuracy", "max"),
        directory=folder,
        project_name="tuner",
        seed=1,
    )
    tuner.oracle.populate_space = given
    tuner.search(
        *data.train,
        validation_data=data.validation,
        callbacks=[keras.callbacks.EarlyStopping(patience=PATIENCE)],
        verbose=0,
    )
    return [trial.score for trial in tuner.oracle.trials.values()]


def epochs_of(record: Record) -> int:
    """How many epochs a trial trained, those of all its folds together."""
    folds = record.get("folds")
    if folds:
        return sum(fold["epochs"] for fold in folds)
    return len(record["history"]["loss"])


LOOPS: dict[str, Loop] = {
    "manual": sampler,
    "sampler": sampler,
    "search_cv": search_cv,
    "optuna": optuna,
    "keras_tuner": keras_tuner,
}
