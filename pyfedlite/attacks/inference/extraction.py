"""Model extraction: d + 1 questions, and a logistic regression is copied.

Adversary: a customer who may ask for probabilities of rows of its choice. Protected: nothing, where
they are given with all digits. Protected by: rounding, which makes the copy a rough one, more so
for small questions; a limit of questions below d + 1. For teaching and research: not audited.

The log-odds are w.x + b: the row 0 gives b, and the row `scale` times the j-th unit vector gives
b + scale w_j.

References
----------
F. Tramèr, F. Zhang, A. Juels, M. K. Reiter and T. Ristenpart, "Stealing Machine Learning Models via
Prediction APIs", USENIX Security 2016, https://arxiv.org/abs/1609.02943
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from pyfedlite import _check
from pyfedlite._typing import Matrix, Vector
from pyfedlite.errors import PyfedliteError
from pyfedlite.roles import Classifier


class QueryLimitError(PyfedliteError):
    """A customer has asked more often than the owner of a model allows."""


def check_decimals(value: object) -> int:
    """Return a number of decimals, from 0 to 300; powers of ten beyond these are no floats."""
    if (decimals := _check.integer("decimals", value, minimum=0)) > 300:
        _check.fail("decimals", "be at most 300", decimals, "a float has 17 digits")
    return decimals


@dataclass
class Oracle:
    """A model that answers questions, with the owner's defences.

    Parameters
    ----------
    model : Classifier
        Of two classes.
    theta : ndarray of shape (num_params,)
    decimals : int, optional
        To which probabilities are rounded, from 0 to 300; None: not at all.
    max_queries : int, optional
        How many rows may be asked about, at least 0; None: any number.
    num_queries : int
        How many have been.

    Raises
    ------
    ValueError
        If the model has another number of classes, or a number is not allowed.
    """

    model: Classifier
    theta: Vector
    decimals: int | None = None
    max_queries: int | None = None
    num_queries: int = 0

    def __post_init__(self) -> None:
        if self.model.num_classes != 2:
            _check.fail("model", "have two classes to be asked", repr(self.model))
        if self.decimals is not None:
            check_decimals(self.decimals)
        if self.max_queries is not None:
            _check.integer("max_queries", self.max_queries, minimum=0)

    def __call__(self, features: Matrix) -> Vector:
        """Return the probability of class 1 of each row, shape (n,).

        Raises
        ------
        QueryLimitError
            If the limit would be passed; then no row is answered.
        """
        asked = self.num_queries + len(features)
        if self.max_queries is not None and asked > self.max_queries:
            raise QueryLimitError(f"{self.max_queries} rows may be asked about, got {asked}")
        self.num_queries = asked
        p: Vector = self.model.predict_proba(self.theta, features)[:, 1]
        return p if self.decimals is None else p.round(self.decimals)


def extract_logistic(
    answer: Callable[[Matrix], Vector], num_features: int, *, scale: float = 1.0
) -> Vector:
    """Return the weights and the intercept of a logistic regression, from its answers.

    Parameters
    ----------
    answer : callable
        From rows, shape (n, num_features), to probabilities of class 1, shape (n,).
    num_features : int
        d; d + 1 rows are asked about.
    scale : float
        Not 0. A larger one is rounded off less, until probabilities reach 0 or 1.

    Returns
    -------
    ndarray of shape (num_features + 1,), float64
        Not finite where a probability was 0 or 1.

    Examples
    --------
    >>> from pyfedlite.models import LogisticRegression
    >>> oracle = Oracle(LogisticRegression(2, dtype="float64"), np.array([0.5, -2.0, 1.0]))
    >>> extract_logistic(oracle, 2).round(12), oracle.num_queries
    (array([ 0.5, -2. ,  1. ]), 3)
    """
    _check.integer("num_features", num_features, minimum=1)
    if _check.real("scale", scale) == 0.0:
        _check.fail("scale", "not be 0", scale)
    rows = np.vstack([np.zeros(num_features), scale * np.eye(num_features)])
    p = np.asarray(answer(rows), dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        log_odds = np.log(p) - np.log1p(-p)
        return np.append((log_odds[1:] - log_odds[0]) / scale, log_odds[0])
