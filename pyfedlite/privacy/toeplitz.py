"""Noise that cancels itself over the rounds: the square-root Toeplitz matrix mechanism.

Training adds up: the model after t rounds is the sum of t means. Let A be the matrix of all sums
of first rounds (ones on and below the diagonal), and C the Toeplitz matrix with C C = A. Round t
releases its own mean plus row t of C^-1 z, with fresh noise z of each round, so that the noise in
the sum of t rounds is row t of A C^-1 z = C z, which is small:

    C has c_0 = 1, c_k = c_{k-1} (2k - 1) / (2k)     the coefficients of 1 / sqrt(1 - x)
    C^-1 has d_0 = 1, d_k = d_{k-1} (2k - 3) / (2k)  those of sqrt(1 - x)

What protects: all rounds together tell no more than C x + z, where x holds the means. A client that
takes part *once* changes C x by its own change times a column of C, at most as long as
``|c| = sqrt(c_0^2 + ... + c_{T-1}^2)``. So T rounds cost what one Gaussian with the multiplier
``z / |c|`` costs, without any sampling. If a client takes part twice, they cost more, and this is
wrong.

For teaching and research: not audited. ``aggregation.correlated`` says against whom it holds.

References
----------
H. Fichtenberger, M. Henzinger and J. Upadhyay, "Constant Matters: Fine-grained Error Bound on
Differentially Private Continual Observation", ICML 2023, https://arxiv.org/abs/2202.11205

S. Denisov, H. B. McMahan, K. Rush, A. Smith and A. Thakurta, "Improved Differential Privacy for SGD
via Optimal Private Linear Operators on Adaptive Streams", NeurIPS 2022,
https://arxiv.org/abs/2202.08312 (rounds may be chosen by what the rounds before have released)

C. Dwork, M. Naor, T. Pitassi and G. N. Rothblum, "Differential Privacy under Continual
Observation", STOC 2010, https://doi.org/10.1145/1806689.1806787 (the binary tree)
"""

import math

import numpy as np
from numpy.typing import NDArray

from pyfedlite import _check
from pyfedlite.privacy.accounting.events import Gaussian
from pyfedlite.privacy.accounting.gaussian import gaussian_noise
from pyfedlite.privacy.accounting.relations import Neighbouring


def root_coefficients(num_rounds: int) -> NDArray[np.float64]:
    """Return c_0, ..., c_{T-1}: the first column of C, whose square is the matrix of sums.

    Examples
    --------
    >>> root_coefficients(4).tolist()  # 1, 1/2, (1/2)(3/4), (1/2)(3/4)(5/6)
    [1.0, 0.5, 0.375, 0.3125]
    """
    k = np.arange(1, _check.integer("num_rounds", num_rounds, minimum=1))
    return np.cumprod(np.append(1.0, (2 * k - 1) / (2 * k)))


def inverse_coefficients(num_rounds: int) -> NDArray[np.float64]:
    """Return d_0, ..., d_{T-1}: the first column of C^-1.

    Examples
    --------
    >>> inverse_coefficients(4).tolist()
    [1.0, -0.5, -0.125, -0.0625]
    """
    k = np.arange(1, _check.integer("num_rounds", num_rounds, minimum=1))
    return np.cumprod(np.append(1.0, (2 * k - 3) / (2 * k)))


def toeplitz_event(noise_multiplier: float, num_rounds: int) -> Gaussian:
    """Return the one Gaussian that T rounds cost, if each client takes part once.

    Parameters
    ----------
    noise_multiplier : float
        z: the deviation of the fresh noise of a round in units of C, the clipping norm.
    num_rounds : int
        T, at least 1.

    Examples
    --------
    Two rounds: ``|c|^2 = 1 + 1/4``.

    >>> round(toeplitz_event(1.0, 2).noise_multiplier ** -2, 12)
    1.25
    """
    z = _check.non_negative("noise_multiplier", noise_multiplier)
    return Gaussian(z / float(np.linalg.norm(root_coefficients(num_rounds))))


def toeplitz_noise(
    epsilon: float, dp_delta: float, num_rounds: int, relation: Neighbouring = Neighbouring.ZERO_OUT
) -> float:
    """Return the smallest z with which T rounds give (epsilon, delta), each client once.

    Examples
    --------
    >>> round(toeplitz_noise(1.0, 1e-5, 1), 4), round(toeplitz_noise(1.0, 1e-5, 100), 4)
    (3.7306, 5.9355)
    """
    factor = 2.0 if relation is Neighbouring.REPLACE else 1.0
    length = float(np.linalg.norm(root_coefficients(num_rounds)))
    return factor * length * gaussian_noise(epsilon, dp_delta)


def noise_of_sums(num_rounds: int) -> dict[str, NDArray[np.float64]]:
    """Return the deviation of the noise in the sum of the first t rounds, three ways.

    All three cost the same, if each client takes part once, and the unit is the noise of a single
    round that costs as much. Fresh noise is added in each round. A binary tree adds noise to sums
    of 1, 2, 4, ... rounds. Each round is in at most floor(log2 T) + 1 of these sums. The sum of the
    first t rounds is made of as many of them as t has ones in binary.

    Returns
    -------
    dict of str to ndarray of shape (num_rounds,)
        "fresh noise", "binary tree" and "square root".

    Examples
    --------
    Of 4 rounds ``|c|^2`` is 1 + 1/4 + 9/64 + 25/256, and so is the last number for the square root.

    >>> for name, values in noise_of_sums(4).items():
    ...     print(name, values.round(3).tolist())
    fresh noise [1.0, 1.414, 1.732, 2.0]
    binary tree [1.732, 1.732, 2.449, 1.732]
    square root [1.22, 1.364, 1.439, 1.488]
    """
    c, t = root_coefficients(num_rounds), np.arange(1, num_rounds + 1)
    levels = math.floor(math.log2(num_rounds)) + 1
    return {
        "fresh noise": np.sqrt(t),
        "binary tree": np.sqrt(levels * np.bitwise_count(t).astype(np.float64)),
        "square root": np.linalg.norm(c) * np.sqrt(np.cumsum(c**2)),
    }
