"""A sensitive column of a person, from the other columns and the model.

Adversary: somebody who knows all of a row but one column, its label, and the model. Protected:
nothing that the model uses. Protected by: differential privacy for what was learned of one person;
nothing for what is true of everybody like them. For teaching and research: not audited.
"""

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from pyfedlite import _check
from pyfedlite._typing import Vector
from pyfedlite.attacks.inference import AttributeGuess, infer_attribute
from pyfedlite.experiments.attacks.finding import Finding, Picture, Table
from pyfedlite.experiments.attacks.targets import Rows, descended, rows_of
from pyfedlite.models import SoftmaxRegression
from pyfedlite.seeds import RoundSeed

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_VALUES = 10


@dataclass(frozen=True)
class AttributeConfig:
    """Which column is guessed.

    Parameters
    ----------
    dataset : str
    column : str
        Its name or its number. One with more than ten values is made one of two: whether a value
        is above the median.
    num_steps : int
        On all rows of the model's half, from zeros; the other half is what the attacker has.
    learning_rate : float
    seed : int
    """

    dataset: str = "breast_cancer"
    column: str = "0"
    num_steps: int = 200
    learning_rate: float = 0.5
    seed: int = 0

    def __post_init__(self) -> None:
        _check.integer("num_steps", self.num_steps, minimum=1)
        _check.positive("learning_rate", self.learning_rate)


def run_attribute(config: AttributeConfig) -> Finding:
    """Train a model on one half of the rows, and guess a column of these rows.

    Parameters
    ----------
    config : AttributeConfig

    Raises
    ------
    ValueError
        If there is no such data set or column, or a value of it is too rare.
    """
    rows = rows_of(config.dataset)
    column = rows.column(config.column)
    rows = _with_few_values(rows, column)
    order = RoundSeed(config.seed).rng("attribute halves").permutation(len(rows.labels))
    own, others = np.array_split(order, 2)
    features, labels = rows.features[own], rows.labels[own]
    model = SoftmaxRegression(features.shape[1], rows.num_classes, dtype="float64")
    theta = descended(
        model, features, labels, num_steps=config.num_steps, learning_rate=config.learning_rate
    )
    guess = infer_attribute(model, theta, features, labels, column, rows.features[others])
    return _finding(guess, features[:, column], rows.names[column])


def _with_few_values(rows: Rows, column: int) -> Rows:
    """Return the rows with two values in a column that had many: below the median, and above."""
    values = rows.features[:, column]
    if len(np.unique(values)) <= MOST_VALUES:
        return rows
    features = rows.features.copy()
    features[:, column] = values > np.median(values)
    return replace(rows, features=features)


def _finding(guess: AttributeGuess, truth: Vector, name: str) -> Finding:
    with_model, imputed = guess.accuracies(truth)
    largest = float(np.unique(truth, return_counts=True)[1].max() / len(truth))
    metrics = {
        "column": name,
        "rows": len(truth),
        "with_model": with_model,
        "imputed": imputed,
        "most_frequent": largest,
        "added_by_model": with_model - imputed,
    }
    table = Table(
        [
            {"guess": "with the model", "right": with_model},
            {"guess": "imputed, without the model", "right": imputed},
            {"guess": "the most frequent value", "right": largest},
        ]
    )
    shown = f"column {name}, {len(truth)} rows\n{table.text()}"
    picture = Picture(5.6, 2.2, partial(_draw, guess, truth))
    return Finding(metrics, table, {"guesses": picture}, shown)


def _draw(guess: AttributeGuess, truth: Vector, figure: "Figure") -> None:
    guess.plot(truth, ax=figure.subplots())
