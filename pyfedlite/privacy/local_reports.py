"""Answers that each client makes private itself: randomised response, and Gaussian noise.

Nobody has to be trusted with a true value: it never leaves the client. The price is in the numbers.
Where the server adds noise to a sum, its deviation does not depend on the number n of clients;
where each client adds it, it grows with sqrt(n).

Adversary: everybody, the server too, who sees what a client sends, with unlimited computation.
Protected: which value a client has, against any other value, up to epsilon (and delta). Not
protected: who answers; what all answers say together; a client that answers the same question
again and again, for its epsilons add up; and anything, if its noise is known. It is floating-point
noise: the mathematical epsilon, not a guarantee about real hardware.
For teaching and research: not audited.

References
----------
S. L. Warner, "Randomized Response: A Survey Technique for Eliminating Evasive Answer Bias", Journal
of the American Statistical Association 60, 1965, https://doi.org/10.1080/01621459.1965.10480775

P. Kairouz, K. Bonawitz and D. Ramage, "Discrete Distribution Estimation under Local Privacy", ICML
2016, https://arxiv.org/abs/1602.07387 (more than two answers)
"""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pyfedlite import _check
from pyfedlite._typing import Integers
from pyfedlite.privacy._secret import secret_generator
from pyfedlite.privacy.accounting.gaussian import gaussian_noise


def randomised_response(
    answers: ArrayLike,
    num_answers: int,
    *,
    epsilon: float,
    rng: np.random.Generator | None = None,
) -> Integers:
    """Return what each client says: the truth with probability p, else each other answer alike.

    With p = e^epsilon / (e^epsilon + k - 1) no answer is more than e^epsilon times as likely under
    one truth as under another: (epsilon, 0)-differential privacy.

    Parameters
    ----------
    answers : array_like of int, shape (num_clients,)
        From 0 to k - 1.
    num_answers : int
        k, at least 2.
    epsilon : float
        Above 0.
    rng : Generator, optional
        For tests and lessons: chance that somebody can draw again protects nobody.

    Examples
    --------
    >>> randomised_response([0, 1, 1], 2, epsilon=50.0).tolist()
    [0, 1, 1]
    """
    truth = _answers(answers, num_answers)
    p, source = _truth_probability(num_answers, epsilon), secret_generator(rng)
    lies = source.random(len(truth)) >= p
    shift = source.integers(1, num_answers, size=len(truth))  # to one of the other answers
    return np.where(lies, (truth + shift) % num_answers, truth)


def counts_from_responses(
    responses: ArrayLike, num_answers: int, *, epsilon: float
) -> NDArray[np.float64]:
    """Return how many clients have each true answer, on average: (count - n l) / (p - l).

    l = (1 - p) / (k - 1) is the probability of each false answer. The estimate is unbiased, so that
    a count may be negative.

    Examples
    --------
    For epsilon = ln 3, p = 3/4 and l = 1/4: 60 times yes of 100 is (60 - 25) / (1/2).

    >>> counts_from_responses([1] * 60 + [0] * 40, 2, epsilon=math.log(3)).round(9)
    array([30., 70.])
    """
    said = _answers(responses, num_answers)
    p = _truth_probability(num_answers, epsilon)
    lie = (1 - p) / (num_answers - 1)
    counts = np.bincount(said, minlength=num_answers)
    return np.asarray((counts - len(said) * lie) / (p - lie), np.float64)


def noisy_reports(
    values: ArrayLike,
    *,
    low: float,
    high: float,
    epsilon: float,
    dp_delta: float,
    rng: np.random.Generator | None = None,
) -> NDArray[np.float64]:
    """Return what each client sends: its number with Gaussian noise of its own.

    Any two numbers in [low, high] differ by high - low at most; the noise is this times the exact
    multiplier for (epsilon, delta). The mean of the reports is unbiased.

    Parameters
    ----------
    values : array_like of shape (num_clients,)
        What is outside of [low, high] counts as the nearer end, NaN as the middle: a client that
        answers differently where it has no value would tell it.
    low, high : float
        Public, low < high.
    epsilon, dp_delta : float
        For each client: above 0, and in (0, 1).
    rng : Generator, optional
        For tests and lessons: noise that somebody can draw again is none.

    Examples
    --------
    >>> settings = {"low": 0.0, "high": 1.0, "epsilon": 1e6, "dp_delta": 0.5}
    >>> noisy_reports([0.3, 9.0, np.nan], **settings).round(1).tolist()
    [0.3, 1.0, 0.5]
    """
    a, b = _check.real("low", low), _check.real("high", high)
    if not a < b:
        _check.fail("high", f"be above low, {a:g}", b)
    numbers = np.nan_to_num(np.asarray(values, np.float64), nan=(a + b) / 2, posinf=b, neginf=a)
    noise = (b - a) * gaussian_noise(_check.positive("epsilon", epsilon), dp_delta)
    reports = np.clip(numbers, a, b)
    return reports + secret_generator(rng).normal(scale=noise, size=reports.shape)


def _answers(answers: ArrayLike, num_answers: int) -> Integers:
    """Return answers as whole numbers from 0 to k - 1."""
    _check.integer("num_answers", num_answers, minimum=2)
    given = np.asarray(answers)
    if len(given) and not np.isin(given, np.arange(num_answers)).all():
        _check.fail("answers", f"be whole numbers from 0 to {num_answers - 1}", given[:8].tolist())
    return given.astype(np.int64)


def _truth_probability(num_answers: int, epsilon: float) -> float:
    """Return p = 1 / (1 + (k - 1) e^-epsilon)."""
    return 1 / (1 + (num_answers - 1) * math.exp(-_check.positive("epsilon", epsilon)))
