"""A trial in the log, and the same trial as Optuna knows it."""

from typing import Any

import msgspec
import optuna
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    distribution_to_json,
    json_to_distribution,
)
from optuna.trial import FrozenTrial, TrialState, create_trial

from ..errors import UserError, explain
from .record import OptunaState, Record
from .values import to_value

STATES = {
    "complete": TrialState.COMPLETE,
    "pruned": TrialState.PRUNED,
    "failed": TrialState.FAIL,
}

EMPTY = OptunaState({}, {}, {})
"""What Optuna knows of a trial that ended before anything was drawn."""


def get_values(record: Record) -> list[float] | None:
    """Return what Optuna judges a trial by: nothing, unless it is complete."""
    if record.state != "complete":
        return None
    return [goal.value for goal in record.objectives if goal.value is not None]


def sampler_state(trial: optuna.Trial) -> OptunaState:
    """Return what Optuna knows of a trial beside its record, as JSON can have it."""
    storage = trial.study._storage
    frozen = storage.get_trial(trial._trial_id)
    distributions = {
        name: write_distribution(name, distribution)
        for name, distribution in frozen.distributions.items()
    }
    study_attrs = storage.get_study_system_attrs(trial.study._study_id)
    return OptunaState(
        distributions, frozen.system_attrs, study_attrs, user_attrs(frozen)
    )


def user_attrs(trial: FrozenTrial) -> dict[str, Any]:
    """Return what `trial.set_user_attr` was given.

    Raises:
        UserError: JSON has no such value.
    """
    attrs = trial.user_attrs
    try:
        msgspec.json.encode(attrs)
    except (TypeError, ValueError) as error:
        raise UserError(
            f"an attribute is not JSON ({error}): set numbers, texts, lists, dictionaries"
        ) from error
    return attrs


def write_distribution(name: str, distribution: BaseDistribution) -> str:
    """Return what a hyperparameter is drawn from as JSON.

    Raises:
        UserError: It has a choice that cannot be recorded, or not be told to Optuna again.
    """
    if isinstance(distribution, CategoricalDistribution):
        choices: list[Any] = [to_value(name, choice) for choice in distribution.choices]
        for choice, value in zip(distribution.choices, choices, strict=True):
            if isinstance(value, tuple):
                raise UserError(
                    f"{name} has the choice {choice}, and NSGA-II takes no lists: "
                    "write a name, and look up in model.py what it stands for"
                )
        distribution = CategoricalDistribution(choices)
    return distribution_to_json(distribution)


def tell_logged(study: optuna.Study, record: Record) -> None:
    """Tell Optuna of a logged trial, as it was when the trial ended.

    Raises:
        UserError: The record is damaged in what Optuna wrote.
    """
    try:
        trial = frozen_trial(record)
    except Exception as error:
        raise UserError(
            f"trial {record.number} is not what Optuna has logged ({explain(error)}); "
            f"remove trial_{record.number:04}.json, and the trial is run again"
        ) from error
    study.add_trial(trial)
    for name, value in (record.optuna or EMPTY).study_attrs.items():
        study._storage.set_study_system_attr(study._study_id, name, value)


def frozen_trial(record: Record) -> FrozenTrial:
    """Return a logged trial as Optuna knows it."""
    state = record.optuna or EMPTY
    distributions = {
        name: json_to_distribution(text) for name, text in state.distributions.items()
    }
    return create_trial(
        state=STATES[record.state],
        values=get_values(record),
        params={name: record.params[name] for name in distributions},
        distributions=distributions,
        user_attrs=state.user_attrs,
        system_attrs=state.system_attrs,
    )
