"""Output perturbation: train without noise, and add noise to the result, once.

    J(w) = (1/n) sum_i ln(1 + exp(-y_i w'x_i)) + (l2 / 2) |w|^2         y_i in {-1, 1}, |x_i| <= 1
    w*   = argmin J                                                     and w* + N(0, s^2 I) is told

The penalty makes J so curved that one row with other data moves w* by 2 / (n l2) at most (Chaudhuri
et al. 2011, corollary 8); s is this times the exact multiplier of one Gaussian for (epsilon,
delta). Where the paper draws noise with an exponential density, for delta = 0, this draws Gaussian
noise.

The bound needs all of this, so it is checked, and nothing is repaired in silence: rows no longer
than 1, a penalty above 0 on *every* weight, and the minimum itself. An intercept without a penalty
breaks it; with one, it is a column of ones like any other. A computed minimum with a gradient of g
is up to g / l2 away from the true one, which the sensitivity counts.

Adversary: everybody who sees the weights, computes without limit and knows all other rows.
Protected: which data one row has, up to (epsilon, delta). Not protected: the number of rows; what
all rows say together; who computes w*, who sees all rows; and anything, if the noise is known. It
is floating-point noise: the mathematical epsilon, not a guarantee about real hardware.
For teaching and research: not audited.

References
----------
K. Chaudhuri, C. Monteleoni and A. D. Sarwate, "Differentially Private Empirical Risk Minimization",
JMLR 12, 2011, algorithm 1 and corollary 8, https://jmlr.org/papers/v12/chaudhuri11a.html
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pyfedlite import _check
from pyfedlite._typing import Labels, Matrix
from pyfedlite.norms import norms
from pyfedlite.privacy._secret import secret_generator
from pyfedlite.privacy.accounting.events import Gaussian
from pyfedlite.privacy.accounting.gaussian import gaussian_noise
from pyfedlite.privacy.accounting.relations import Neighbouring

TOLERANCE = 1e-10
"""The largest gradient at what counts as the minimum."""

MOST_STEPS = 200


@dataclass(frozen=True, eq=False)
class PerturbedWeights:
    """Weights that may be told, and what was spent on them.

    Parameters
    ----------
    weights : ndarray of shape (num_features,), float64
        With noise.
    noise : float
        s, the deviation of the noise on each weight.
    sensitivity : float
        How far one row with other data moves the weights without noise, at most.
    epsilon, delta : float
        Of this release, exactly; for the relation ``REPLACE`` of one row.
    """

    weights: NDArray[np.float64]
    noise: float
    sensitivity: float
    epsilon: float
    delta: float

    @property
    def event(self) -> Gaussian:
        """What `account` composes with other releases, under ``Neighbouring.REPLACE``.

        That relation counts the multiplier as half, so this one is per half of the sensitivity.
        """
        return Gaussian(2 * self.noise / self.sensitivity)

    @property
    def relation(self) -> Neighbouring:
        """REPLACE: the number of rows is public."""
        return Neighbouring.REPLACE


def private_logistic_regression(
    features: Matrix,
    labels: Labels,
    *,
    l2: float,
    epsilon: float,
    dp_delta: float,
    rng: np.random.Generator | None = None,
) -> PerturbedWeights:
    """Return the weights of a logistic regression without intercept, with noise.

    Parameters
    ----------
    features : ndarray of shape (n, num_features)
        No row longer than 1; ``norms.shortened(features, 1.0)`` sees to that.
    labels : ndarray of shape (n,)
        0 and 1.
    l2 : float
        The strength of the penalty on the mean loss, above 0. It must not be chosen by a look at
        the result on these rows: that would be one more release.
    epsilon : float
        Above 0.
    dp_delta : float
        delta, in (0, 1), usually below 1 / n.
    rng : Generator, optional
        For tests and lessons: noise that somebody can draw again is none. By default its key is of
        the operating system.

    Returns
    -------
    PerturbedWeights

    Raises
    ------
    ValueError
        If a condition of the bound does not hold.

    Examples
    --------
    >>> x, y = np.array([[1.0], [-0.5]]), np.array([1, 0])
    >>> fit = private_logistic_regression(x, y, l2=0.5, epsilon=1.0, dp_delta=1e-5)
    >>> round(fit.sensitivity, 6), round(fit.noise, 4)  # 2 / (2 * 0.5), and 3.7306 times as much
    (2.0, 7.4613)
    """
    rows, signs = _checked(features, labels)
    strength, number = _check.positive("l2", l2), len(rows)
    multiplier = gaussian_noise(_check.positive("epsilon", epsilon), dp_delta)
    sensitivity = 2 / (number * strength) + 2 * TOLERANCE / strength
    noise = sensitivity * multiplier
    weights = minimum(rows, signs, strength)
    noisy = weights + secret_generator(rng).normal(scale=noise, size=weights.shape)
    return PerturbedWeights(noisy, noise, sensitivity, float(epsilon), float(dp_delta))


def minimum(
    features: NDArray[np.float64], signs: NDArray[np.float64], l2: float
) -> NDArray[np.float64]:
    """Return the w where J is lowest, by Newton's method; signs are -1 and 1.

    It is not private.

    Raises
    ------
    ValueError
        If the gradient is still above 1e-10 after 200 steps.

    Examples
    --------
    One row x = 1 with the label 1: l2 w = 1 / (1 + e^w), so w = 1 for l2 = 1 / (1 + e).

    >>> minimum(np.array([[1.0]]), np.array([1.0]), 1 / (1 + np.e)).round(9)
    array([1.])
    """
    z = features * signs[:, np.newaxis]  # (n, p): J depends on y x alone
    w, n = np.zeros(z.shape[1]), len(z)
    for _ in range(MOST_STEPS):
        p = _sigmoid(-z @ w)  # the probability of the wrong label
        gradient = l2 * w - z.T @ p / n
        if np.linalg.norm(gradient) <= TOLERANCE:
            return w
        hessian = (z.T * (p * (1 - p))) @ z / n + l2 * np.eye(len(w))
        w = _step_down(z, l2, w, gradient, np.linalg.solve(hessian, gradient).astype(np.float64))
    hint = "try a stronger penalty: the bound holds at the minimum alone"
    _check.fail("l2", "allow Newton's method to reach the minimum", l2, hint)


def _step_down(
    z: NDArray[np.float64],
    l2: float,
    w: NDArray[np.float64],
    gradient: NDArray[np.float64],
    step: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return w minus the step, halved until J is lower: by a tenth of the slope, up to rounding."""
    slope, start = float(gradient @ step), _objective(z, l2, w)
    rounding, size = 1e-14 * (1 + start), 1.0
    while _objective(z, l2, w - size * step) > start - 0.1 * size * slope + rounding:
        size /= 2
    return w - size * step


def _objective(z: NDArray[np.float64], l2: float, w: NDArray[np.float64]) -> float:
    return float(np.logaddexp(0.0, -z @ w).mean() + 0.5 * l2 * (w @ w))


def _sigmoid(a: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return 1 / (1 + e^-a), without overflow."""
    probability: NDArray[np.float64] = np.exp(-np.logaddexp(0.0, -a))
    return probability


def _checked(features: Matrix, labels: Labels) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the rows in float64 and the labels as -1 and 1, if the bound holds for them."""
    rows = np.asarray(features, np.float64)
    _check.ndim("features", rows, 2)
    if len(rows) == 0 or len(rows) != len(labels):
        got = f"{len(rows)} rows, {len(labels)} labels"
        _check.fail("features and labels", "have the same number of rows, at least 1", got)
    longest = float(norms(rows).max())
    if not longest <= 1.0:
        hint = "scale by a public constant, or pyfedlite.norms.shortened(features, 1.0)"
        _check.fail("features", "have no row longer than 1", longest, hint)
    if not np.isin(labels, (0, 1)).all():
        _check.fail("labels", "be 0 and 1", np.unique(labels)[:5].tolist())
    return rows, 2.0 * np.asarray(labels, np.float64) - 1.0
