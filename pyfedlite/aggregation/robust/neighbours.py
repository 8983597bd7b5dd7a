"""Mixing before a rule: clients are averaged with others, so that honest ones differ less.

Adversary: up to f clients who know everything and send what they like. Protected: a rule behind it
hurts honest clients with unlike data less. Not protected: anything on its own, since each is a
pre-aggregation and a rule has to follow; and the privacy of the clients. For teaching and research:
not audited.

Nearest-neighbour mixing before a rule with some kappa has 8 f / (n - f) * (kappa + 1). For every
choice S of n - f vectors, with mean m and mean squared distance V from it, let y_i be the mixture
about an x_i of S. Its neighbours and S differ by q <= f vectors each way, and each neighbour
outside S is nearer to x_i than a vector of S that was left out. So |y_i - m|^2 is at most
4 f / (n - f)^2 times the sum over S of |x_j - x_i|^2, and on average over S 8 f / (n - f) V. That
average is the spread of the y_i about their mean, and its squared distance from m. With the rule's
own bound, and (a + b)^2 <= (1 + 1/kappa) a^2 + (1 + kappa) b^2, the claim follows. It can be larger
than the bare rule's kappa where n is small. The statement is that of Allouah et al. 2023.

References
----------
Y. Allouah et al., "Fixing by Mixing: A Recipe for Optimal Byzantine ML under Heterogeneity",
AISTATS 2023, https://arxiv.org/abs/2302.01772

S. P. Karimireddy, L. He and M. Jaggi, "Byzantine-Robust Learning on Heterogeneous Datasets via
Bucketing", ICLR 2022, https://arxiv.org/abs/2006.09365
"""

from dataclasses import dataclass

import numpy as np

from pyfedlite import _check, kernels
from pyfedlite._typing import Matrix
from pyfedlite.aggregation.robust.arrivals import require
from pyfedlite.aggregation.robust.krum import lowest
from pyfedlite.kernels import squared_distances


@dataclass(frozen=True)
class NNM:
    """Nearest-neighbour mixing: each vector becomes the mean of its n - f nearest, itself included.

    Needs n > 2 f, and costs n^2 d.

    Raises
    ------
    RoundFailed
        If n > 2 f does not hold, or the honest vectors are too long for squared distances: fewer
        than n - f vectors have n - f neighbours at a finite distance.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> NNM()(np.array([[0.0], [1.0], [2.0], [99.0]]), 1, rng)
    array([[ 1.],
           [ 1.],
           [ 1.],
           [34.]])
    """

    def __call__(self, vectors: Matrix, num_byzantine: int, rng: np.random.Generator) -> Matrix:
        """Return the mixtures, shape (n, num_params)."""
        n, f = len(vectors), num_byzantine
        require(n > 2 * f, "nnm", "n > 2 f", n, f)
        squared = squared_distances(vectors)
        order = np.argsort(squared, axis=1, kind="stable")
        lowest(np.take_along_axis(squared, order, axis=1)[:, n - f - 1], n - f)  # or it fails
        shares = np.zeros((n, n))
        np.put_along_axis(shares, order[:, : n - f], 1 / (n - f), axis=1)
        mixed: Matrix = shares @ vectors
        return mixed

    def kappa(self, n: int, f: int, kappa: float) -> float:
        """Return the constant of the bound before a rule that has `kappa`."""
        return 8 * f / (n - f) * (kappa + 1)


@dataclass(frozen=True)
class Bucketing:
    """The vectors in random order, averaged in groups of `size`; the last group may be smaller.

    The rule behind it gets ceil(n / size) means, of which f may still be spoilt: needs
    ceil(n / size) > 2 f. Costs n d.

    Parameters
    ----------
    size : int
        s, at least 1.

    Examples
    --------
    >>> means = Bucketing(2)(np.array([[0.0], [3.0], [6.0]]), 0, np.random.default_rng(0))
    >>> means.shape
    (2, 1)
    """

    size: int

    def __post_init__(self) -> None:
        _check.keep(self, "size", _check.integer, minimum=1)

    def __call__(self, vectors: Matrix, num_byzantine: int, rng: np.random.Generator) -> Matrix:
        """Return the means of the groups, shape (ceil(n / size), num_params)."""
        n, f = len(vectors), num_byzantine
        num_groups = -(-n // self.size)
        inequality = f"ceil(n / {self.size}) = {num_groups} > 2 f"
        require(num_groups > 2 * f, "bucketing", inequality, n, f)
        order = rng.permutation(n)
        means = np.zeros((num_groups, vectors.shape[1]))
        for number, mean in enumerate(means):
            group = order[number * self.size :][: self.size]
            kernels.weighted_sum([vectors[k] for k in group], np.ones(len(group)), into=mean)
            mean /= len(group)
        return means


def nnm() -> NNM:
    """Return nearest-neighbour mixing, to stand before a rule; see `NNM`.

    Examples
    --------
    >>> nnm().kappa(n=9, f=3, kappa=16.0)  # 8 * 3 / 6 * 17
    68.0
    """
    return NNM()


def bucketing(size: int = 2) -> Bucketing:
    """Return averages of random groups, to stand before a rule; see `Bucketing`.

    Examples
    --------
    >>> bucketing(3)
    Bucketing(size=3)
    """
    return Bucketing(size)
