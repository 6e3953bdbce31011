"""What the hyperparameters did to the score, as Optuna works it out from the records."""

import warnings
from collections import defaultdict

import msgspec
import optuna
import plotly.graph_objects as go
from optuna import visualization
from optuna.study import StudyDirection
from plotly.colors import sample_colorscale

from ..study.optuna_trials import to_trials
from ..study.record import Record
from ..study.values import Value
from .plots import COLOURS, NotDrawn, label, objective, styled

MAX_WEIGHED = 40
"""So many hyperparameters are weighed against each other; those that most trials have."""
MAX_BARS = 16
MAX_AXES = 8
MAX_SLICES = 12

SCALE = ["#e08a2e", "#3b78c4"]
"""The colours of the worst and the best score."""


class Importance:
    """The complete trials as a study of Optuna's, and how its hyperparameters weigh."""

    def __init__(self, records: list[Record]) -> None:
        """Load the complete trials of these, and weigh what they differ in."""
        self.study = load(records)
        self.objective = objective(records) if records else ""
        lower_is_better = self.study.direction == StudyDirection.MINIMIZE
        colours = SCALE[::-1] if lower_is_better else SCALE
        self.scale = [[0, colours[0]], [1, colours[1]]]
        self.weights = dict.fromkeys(varied(self.study), 0.0)
        """The importance of each hyperparameter, the most important first."""
        scores = {trial.value for trial in self.study.trials}
        self.has_weights = len(scores) > 1 and bool(self.weights)
        if self.has_weights:
            with warnings.catch_warnings(action="ignore"):  # of few trials
                self.weights = optuna.importance.get_param_importances(
                    self.study, params=[*self.weights]
                )
        self.foremost = [*self.weights][:MAX_SLICES]

    @property
    def flaw(self) -> str:
        """Say why there is nothing to compare, if so."""
        if len(self.study.trials) < 2:
            return "It takes two complete trials to compare."
        if not self.weights:
            return "All complete trials have the same hyperparameters."
        return ""

    def importance(self) -> go.Figure:
        """Draw how much each hyperparameter decided on whether a trial was good."""
        if not self.has_weights:
            raise NotDrawn("All complete trials have the same score.")
        names = [*self.weights][:MAX_BARS][::-1]
        weights = [self.weights[name] for name in names]
        figure = go.Figure()
        figure.add_bar(
            x=weights,
            y=names,
            text=[f"{weight:.2f}" for weight in weights],
            textposition="outside",
            cliponaxis=False,
            orientation="h",
            marker_color=COLOURS["complete"],
            hoverinfo="skip",
        )
        figure.update_yaxes(type="category")
        return styled(figure, 110 + 24 * len(names))

    def parallel(self) -> go.Figure:
        """Draw each trial as a line through its most important hyperparameters."""
        names = [*self.weights][:MAX_AXES]
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

    def slice(self, name: str) -> go.Figure:
        """Draw the score over a hyperparameter."""
        figure = visualization.plot_slice(
            self.study, [name], target_name=self.objective
        )
        figure.update_traces(marker_showscale=False)
        return styled(figure, 280)


def load(records: list[Record]) -> optuna.Study:
    """Load the complete trials into memory, as a figure may show them."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    direction = records[0].objective.direction if records else "maximize"
    study = optuna.create_study(direction=direction)
    complete = [record for record in records if record.state == "complete"]
    study.add_trials(to_trials([labelled(record) for record in complete]))
    return study


def labelled(record: Record) -> Record:
    """Return the same trial; its hyperparameters' names, texts and lists are labels."""
    params = {
        label(name): label(value) if isinstance(value, str | tuple) else value
        for name, value in record.params.items()
    }
    return msgspec.structs.replace(record, params=params)


def varied(study: optuna.Study) -> list[str]:
    """Find the hyperparameters that have several values, the commonest first."""
    tried: dict[str, list[Value]] = defaultdict(list)
    for trial in study.trials:
        for name, value in trial.params.items():
            tried[name].append(value)
    names = [name for name, values in tried.items() if len(set(values)) > 1]
    return sorted(names, key=lambda name: -len(tried[name]))[:MAX_WEIGHED]
