"""Attribute inference: a sensitive column of a row, from its other columns and the model.

Adversary: somebody who knows all of a person's row but one column, its label, and the model.
Protected: nothing that the model uses. Protected by: differential privacy for what was learned of
this person; nothing for what is true of everybody like them. For teaching and research: not
audited.

It is always shown beside an imputation that uses no model: what can be guessed from the other
columns anyway was not leaked by the model. What the model adds is what leaks.

References
----------
M. Fredrikson et al., "Privacy in Pharmacogenetics: An End-to-End Case Study of Personalized
Warfarin Dosing", USENIX Security 2014

B. Jayaraman and D. Evans, "Are Attribute Inference Attacks Just Imputation?", CCS 2022,
https://arxiv.org/abs/2209.01292
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pyfedlite import _check, plotting
from pyfedlite._typing import Integers, Labels, Matrix, Vector
from pyfedlite.attacks.inference.membership import of_label
from pyfedlite.roles import Classifier

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, eq=False)
class AttributeGuess:
    """Guesses of a column with the model, and without it.

    Parameters
    ----------
    with_model, imputed : ndarray of shape (n,)
        Values of the column.
    """

    with_model: Vector
    imputed: Vector

    def accuracies(self, truth: Vector) -> tuple[float, float]:
        """Return the share of right guesses with the model, and without it."""
        return float(np.mean(self.with_model == truth)), float(np.mean(self.imputed == truth))

    def plot(self, truth: Vector, ax: "Axes | None" = None) -> "Axes":
        """Draw the shares of right guesses: with the model, without it, and the largest value."""
        if ax is None:
            _, ax = plotting.pyplot().subplots(layout="constrained")
        largest = float(np.unique(truth, return_counts=True)[1].max() / len(truth))
        with_model, imputed = self.accuracies(truth)
        names = ["with the model", "imputed", "the most frequent value"]
        ax.barh(names, [with_model, imputed, largest], color=plotting.COLOURS[:3])
        ax.set(xlim=(0, 1), xlabel="share of right guesses")
        ax.invert_yaxis()
        return ax


def infer_attribute(
    model: Classifier,
    theta: Vector,
    features: Matrix,
    labels: Labels,
    column: int,
    known: Matrix,
) -> AttributeGuess:
    """Return guesses of one column of some rows.

    Parameters
    ----------
    model, theta
        What is attacked.
    features : ndarray of shape (n, num_features)
        The rows; what stands in the column is not looked at.
    labels : ndarray of shape (n,)
    column : int
        Which is to be guessed.
    known : ndarray of shape (m, num_features)
        The attacker's own rows, from which it takes the values that occur and how the column goes
        with the others: by naive Bayes with normal columns.

    Returns
    -------
    AttributeGuess
        Imputed: the value most probable with the other columns. With the model: the same times the
        probability of the label that the model gives with each value.

    Raises
    ------
    ValueError
        If there is no such column, or fewer than two rows have one of its values.
    """
    if not 0 <= _check.integer("column", column) < features.shape[1]:
        _check.fail("column", f"lie from 0 to {features.shape[1] - 1}", column)
    values = np.unique(known[:, column])
    prior = np.stack([_log_prior(features, known, column, value) for value in values])
    evidence = np.stack([_log_label(model, theta, features, labels, column, v) for v in values])
    return AttributeGuess(values[_best(prior + evidence)], values[_best(prior)])


def _best(scores: Matrix) -> Integers:
    best: Integers = np.argmax(scores, axis=0).astype(np.int64)
    return best


def _log_prior(features: Matrix, known: Matrix, column: int, value: float) -> Vector:
    """Return ln P(value) + ln P(other columns | value) of each row, but for a constant."""
    has_value = known[:, column] == value
    if has_value.sum() < 2:
        condition = f"have two rows or more with each value of column {column}"
        _check.fail("known", condition, f"{has_value.sum()} with {value}")
    others = np.delete(known[has_value], column, axis=1).astype(np.float64)
    spread = np.delete(known, column, axis=1).astype(np.float64).std(axis=0)
    deviation = np.maximum(others.std(axis=0), 1e-3 * spread + 1e-12)
    z = (np.delete(features, column, axis=1) - others.mean(axis=0)) / deviation
    score: Vector = np.log(has_value.mean()) - (z**2 / 2 + np.log(deviation)).sum(axis=1)
    return score


def _log_label(
    model: Classifier, theta: Vector, features: Matrix, labels: Labels, column: int, value: float
) -> Vector:
    """Return ln P(label) of each row under the model, if the column had the value."""
    rows = features.astype(np.result_type(features, type(value)))  # 0.5 is 0 in whole numbers
    rows[:, column] = value
    p = of_label(model.predict_proba(theta, rows), labels)
    log_p: Vector = np.log(np.maximum(p, np.finfo(np.float64).tiny))
    return log_p
