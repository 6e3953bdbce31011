"""What the hyperparameters did to the score, as the complete trials show it."""

import math

import msgspec
import numpy as np
import optuna
import plotly.graph_objects as go
from optuna import visualization
from optuna.study import StudyDirection
from optuna.trial import create_trial
from plotly.colors import sample_colorscale
from sklearn.ensemble import RandomForestRegressor
from sklearn.inspection import permutation_importance

from ..study.cells import by_param
from ..study.ranges import ranges
from ..study.record import Record
from ..study.values import Value
from .plots import COLOURS, NotDrawn, label, leave_out_outliers, styled

MAX_WEIGHED = 40
"""So many hyperparameters are weighed against each other; those that most trials have."""
MIN_TRIALS = 10
"""Complete trials that it takes to weigh hyperparameters: fewer say too little."""
ENOUGH_TRIALS = 40
"""From so many on, no hyperparameter without effect weighed more than 0.2 in made-up studies."""
MIN_WITH_PARAM = 5
"""Trials that must have a hyperparameter for it to be weighed."""
MAX_BARS = 16
MAX_AXES = 8
MAX_SLICES = 12
MAX_CONTOUR = 100
"""So many trials are drawn: a browser takes seconds for the squares of twice as many."""

SCALE = ["#e08a2e", "#3b78c4"]
"""The colours of the worst and the best score."""
AGES = [[0, "#8a93a3"], [1, COLOURS["complete"]]]
"""Those of the earliest and the latest trial, to be seen in light and in darkness."""


class Importance:
    """The complete trials as a study of Optuna's, and how its hyperparameters weigh."""

    def __init__(self, records: list[Record]) -> None:
        """Load the complete trials of these, and weigh what they differ in."""
        complete = [labelled(r) for r in records if r.state == "complete"]
        self.study = load(complete)
        self.objective = records[0].objective.name if records else ""
        lower_is_better = self.study.direction == StudyDirection.MINIMIZE
        colours = SCALE[::-1] if lower_is_better else SCALE
        self.scale = [[0, colours[0]], [1, colours[1]]]
        self.trials = count_varied(complete)
        """How many trials have each hyperparameter that they differ in."""
        self.weights = weigh(self.study, self.trials)
        """The importance of each that can be weighed, the most important first."""
        others = [name for name in self.trials if name not in self.weights]
        self.foremost = [*self.weights, *others][:MAX_SLICES]

    @property
    def flaw(self) -> str:
        """Say why there is nothing to compare, if so."""
        if len(self.study.trials) < 2:
            return "It takes two complete trials to compare."
        if not self.trials:
            return "All complete trials have the same hyperparameters."
        return ""

    @property
    def about(self) -> str:
        """Say what the bars mean."""
        return "How much worse a forest of trees guesses the scores without each." + (
            f" Of {len(self.study.trials)} trials that is a rough guess."
            if len(self.study.trials) < ENOUGH_TRIALS
            else ""
        )

    @property
    def doubt(self) -> str:
        """Say why nothing can be weighed, if so."""
        if len(self.study.trials) < MIN_TRIALS:
            return (
                f"It takes {MIN_TRIALS} complete trials to tell; there are "
                f"{len(self.study.trials)}."
            )
        if not self.weights:
            return (
                "All complete trials have the same score, or fewer than "
                f"{MIN_WITH_PARAM} of them share a hyperparameter."
            )
        return ""

    def importance(self) -> go.Figure:
        """Draw how much worse a trial's score is guessed without each hyperparameter."""
        if self.doubt:
            raise NotDrawn(self.doubt)
        names = [*self.weights][:MAX_BARS][::-1]
        weights = [self.weights[name] for name in names]
        figure = go.Figure()
        figure.add_bar(
            x=weights,
            y=names,
            text=[
                f"{weight:.2f} ({self.trials[name]} trials)"
                for weight, name in zip(weights, names, strict=True)
            ],
            textposition="outside",
            cliponaxis=False,
            orientation="h",
            marker_color=COLOURS["complete"],
            hoverinfo="skip",
        )
        figure.update_xaxes(range=[0, 1.3 * max(weights)])  # with room for the text
        figure.update_yaxes(type="category")
        return styled(figure, 110 + 24 * len(names))

    def parallel(self) -> go.Figure:
        """Draw each trial as a line through its most important hyperparameters."""
        names = self.foremost[:MAX_AXES]
        figure = visualization.plot_parallel_coordinate(
            self.study, names, target_name=self.objective
        )
        # Optuna's colours begin with white, which is not to be seen on white.
        for line in figure.select_traces({"mode": "lines"}):
            [line.line.color] = sample_colorscale(self.scale, line.y[0])
        figure.update_traces(
            selector={"mode": "markers"},
            marker={"colorscale": self.scale, "reversescale": False},
        )
        return styled(figure, 440)

    def contour(self) -> go.Figure:
        """Draw the score over the two most important hyperparameters together."""
        some = optuna.create_study(direction=self.study.direction)
        trials = self.study.trials
        some.add_trials(trials[:: math.ceil(len(trials) / MAX_CONTOUR)])
        figure = visualization.plot_contour(
            some, self.foremost[:2], target_name=self.objective
        )
        figure.update_traces(
            selector={"type": "contour"}, colorscale=self.scale, reversescale=False
        )
        return styled(figure, 440)

    def slice(self, name: str) -> go.Figure:
        """Draw the score over a hyperparameter."""
        figure = visualization.plot_slice(
            self.study, [name], target_name=self.objective
        )
        marker = {"colorscale": AGES, "reversescale": False, "showscale": False}
        figure.update_traces(marker=marker)
        leave_out_outliers(figure, [trial.value for trial in self.study.trials])
        return styled(figure, 280)


def load(records: list[Record]) -> optuna.Study:
    """Load complete trials into memory, for Optuna's figures of whatever searched them."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    direction = records[0].objective.direction if records else "maximize"
    study = optuna.create_study(direction=direction)
    drawn_from = ranges(records)
    for record in records:
        trial = create_trial(
            value=record.objective.value,
            params=record.params,
            distributions={name: drawn_from[name] for name in record.params},
        )
        study.add_trial(trial)
    return study


def labelled(record: Record) -> Record:
    """Return the same trial; its hyperparameters' names, texts and lists are labels."""
    params = {
        label(name): label(value) if isinstance(value, str | tuple) else value
        for name, value in record.params.items()
    }
    scales = {label(name): scale for name, scale in record.scales.items()}
    return msgspec.structs.replace(record, params=params, scales=scales)


def count_varied(records: list[Record]) -> dict[str, int]:
    """Count the trials of each hyperparameter with several values, the commonest first."""
    tried = by_param(records).items()
    counts = {name: len(some) for name, some in tried if len(set(some)) > 1}
    return dict(sorted(counts.items(), key=lambda item: -item[1])[:MAX_WEIGHED])


def weigh(study: optuna.Study, counts: dict[str, int]) -> dict[str, float]:
    """Return each hyperparameter's share in what a random forest knows of the scores.

    It is how much worse the forest's guesses get where the hyperparameter's values are
    shuffled among the trials. `benchmarks/importance.py` of the template says how often
    that finds what decides.
    https://scikit-learn.org/stable/modules/permutation_importance.html
    """
    names = [name for name, count in counts.items() if count >= MIN_WITH_PARAM]
    scores = np.array([trial.value for trial in study.trials])
    if len(scores) < MIN_TRIALS or len(np.unique(scores)) < 2 or not names:
        return {}
    columns = [as_ranks([t.params.get(name) for t in study.trials]) for name in names]
    table = np.stack(columns, axis=1)
    scores = scores / np.abs(scores).max()  # whose squares are finite
    forest = RandomForestRegressor(min_samples_leaf=2, random_state=0)
    weights = permutation_importance(
        forest.fit(table, scores), table, scores, n_repeats=10, random_state=0
    ).importances_mean.clip(0)
    shares = weights / (weights.sum() or 1)
    first = np.argsort(-shares, kind="stable")
    return {names[i]: float(shares[i]) for i in first}


def as_ranks(values: list[Value | None]) -> np.ndarray:
    """Return each value's place in their order, which is all that a forest looks at."""
    known = {value for value in values if value is not None}
    ordered = sorted(known, key=lambda value: (isinstance(value, str), value))
    places: dict[Value | None, int] = {v: place for place, v in enumerate(ordered)}
    return np.array([places.get(value) for value in values], float)  # NaN for None
