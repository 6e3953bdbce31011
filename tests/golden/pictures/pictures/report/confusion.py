"""Where a trial's model errs on the validation part, once it scores as logged."""

import math
from typing import NamedTuple

import keras
import numpy as np
import plotly.graph_objects as go
from sklearn.metrics import confusion_matrix

from ..dataset import Data
from ..dataset.batches import batches
from ..errors import UserError
from ..reconstruct import build, check_score, load
from ..study import Record, Study
from .plots import label, styled

MAX_CLASSES = 60
"""So many are shown, those with the most mistakes."""


Compared = tuple[go.Figure, list[str], list[list[str]]]
"""A figure, and the head and the rows of a table."""


class Layer(NamedTuple):
    """A layer of the model, as the page draws and lists it."""

    row: list[str]
    """Its name, type, output shape without the samples, and parameters."""
    width: int
    """Of its box, in percent: by the logarithm of how many values it puts out."""


class Mistakes(NamedTuple):
    """What the page says of them."""

    figure: go.Figure
    head: list[str]
    rows: list[list[str]]
    layers: list[Layer]


def find_mistakes(study: Study, record: Record) -> Mistakes:
    """Rebuild a trial's model, and hold its answers against the validation part.

    Raises:
        UserError: It cannot be rebuilt, or scores otherwise than its record says.
    """
    setup = build(study, record, load(study))
    check_score(study, record, setup)
    samples = batches(setup.data.validation, setup.batch_size)
    answers = np.asarray(setup.model.predict(samples, verbose=0))
    return Mistakes(*compare(answers, setup.data), describe_layers(setup.model))


def describe_layers(model: keras.Model) -> list[Layer]:
    """Return the model's layers from the input to the output."""
    shapes = []
    for layer in model.layers:
        try:
            shapes.append(layer.output.shape[1:])
        except (AttributeError, ValueError):  # it has several outputs, or not one input
            shapes.append(("?",))
    sizes = [math.log1p(math.prod(n for n in s if isinstance(n, int))) for s in shapes]
    return [
        Layer(
            [
                layer.name,
                type(layer).__name__,
                " × ".join(map(str, shape)),
                f"{layer.count_params():,}",
            ],
            round(100 * size / max(sizes)),
        )
        for layer, shape, size in zip(model.layers, shapes, sizes, strict=True)
    ]


def compare(answers: np.ndarray, data: Data) -> Compared:
    """Draw the confusion matrix, and how each class did, from each sample's probabilities.

    Raises:
        UserError: A sample has several labels.
    """
    truth = data.validation.y
    if truth.ndim > 1:
        raise UserError("a sample has several labels, which no confusion matrix shows")
    if answers.shape[1] == 1:  # that of the second class
        answers = np.hstack([1 - answers, answers])
    counts = confusion_matrix(truth, answers.argmax(axis=1), labels=range(data.classes))
    samples, named, right = counts.sum(axis=1), counts.sum(axis=0), counts.diagonal()
    most_wrong_first = np.argsort(2 * right - samples - named, kind="stable")
    shown = np.sort(most_wrong_first[:MAX_CLASSES])
    rows = []
    for i in shown:
        others = np.where(np.arange(data.classes) == i, 0, counts[i])
        rival, times = data.class_names[others.argmax()], others.max()
        rows.append(
            [
                data.class_names[i],
                f"{samples[i]:,}",
                share(right[i], samples[i]),
                share(right[i], named[i]),
                f"{rival} ({times:,})" if times else "-",
            ]
        )
    head = ["class", "samples", "recall", "precision", "mostly taken for"]
    names = [label(data.class_names[i]) for i in shown]
    return matrix(counts[np.ix_(shown, shown)], names), head, rows


def matrix(counts: np.ndarray, names: list[str]) -> go.Figure:
    """Draw the true classes from top to bottom, the predicted ones from left to right."""
    blue = "rgba(59,120,196,{})".format
    figure = go.Figure()
    figure.add_heatmap(
        z=(counts / counts.sum(axis=1, keepdims=True).clip(1)).round(4).tolist(),
        x=names,
        y=names,
        text=counts.tolist(),
        texttemplate="%{text}" if len(names) <= 20 else None,
        hovertemplate="%{y}, taken for %{x}: %{text}<extra></extra>",
        # Even few mistakes are to be seen.
        colorscale=[[0, blue(0.04)], [0.1, blue(0.35)], [1, blue(0.75)]],
        zmin=0,
        zmax=1,
        showscale=False,
        xgap=1,
        ygap=1,
    )
    figure.update_xaxes(type="category", title="predicted")
    figure.update_yaxes(type="category", title="true", autorange="reversed")
    styled(figure, min(160 + 32 * len(names), 800))
    figure.update_layout(xaxis_showgrid=False, yaxis_showgrid=False)
    return figure


def share(part: int, whole: int) -> str:
    """Write so much of a whole, which may be nothing."""
    return format(part / whole, ".1%") if whole else "-"
