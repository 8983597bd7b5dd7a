"""DP-SGD: local training that hides each single row of a client, also from the server.

Left neighbour: ``algorithms`` sends a `Participant`. Right neighbour: ``algorithms`` takes the
`ClientUpdate` to ``aggregation``. Algorithm 1 of Abadi et al. 2016, with theta_k for theta_t:

=================================================  ================================================
Algorithm 1                                        code
=================================================  ================================================
take a random sample L_t with probability L/N      ``rng.random(n) < q``, each row on its own
g_t(x_i) <- grad l(theta_t, x_i)                   `example_gradients`
g_t(x_i) <- g_t(x_i) / max(1, |g_t(x_i)| / C)      ``clip_factors``, `clipped_gradients`
g_t <- (sum_i g_t(x_i) + N(0, sigma^2 C^2 I)) / L  ``total += noise``, and the divisor q N_0
theta_{t+1} <- theta_t - eta g_t                   ``theta_k -= eta * g``
=================================================  ================================================

L = q N_0, where N_0 is a *declared* number of rows, the same for all clients: the size of the
sample, or the true number of rows, in its place would tell how many rows there are. The update says
N_0 for its number of examples, and no loss. A step is taken when the sample is empty, too. Under
``secure_mean`` take ``weights="uniform"``: its scale for weights by examples comes from the roster,
which holds the true numbers.

Adversary: the server, the other clients, and everybody who sees the models; they may compute
without limit and know all other rows. Protected: whether one row is among those of a client, as far
as (epsilon, delta) of the accountant says. Not protected: what the rows of one client say together,
so a person with many rows is hardly protected; what else a client sends, such as exact statistics;
and anything, if somebody knows the noise. It is floating-point noise: the mathematical epsilon, not
a guarantee about real hardware (Mironov 2012). For teaching and research: not audited.

References
----------
M. Abadi, A. Chu, I. Goodfellow, H. B. McMahan, I. Mironov, K. Talwar and L. Zhang, "Deep Learning
with Differential Privacy", CCS 2016, Algorithm 1, https://arxiv.org/abs/1607.00133

I. Mironov, "On Significance of the Least Significant Bits for Differential Privacy", CCS 2012,
https://doi.org/10.1145/2382196.2382264
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pyfedlite import _check, kernels
from pyfedlite._typing import Labels, Matrix, Vector
from pyfedlite.clients import ClientUpdate, Fate, Participant
from pyfedlite.local.sgd import check_finite
from pyfedlite.norms import check_max_norm, clip_factors
from pyfedlite.privacy.accounting.account import account
from pyfedlite.privacy.accounting.events import rounds_of
from pyfedlite.privacy.accounting.relations import Unit
from pyfedlite.privacy.accounting.spent import PrivacySpent
from pyfedlite.roles import Model

GRADIENT_BYTES = 2**24
"""So many bytes of example gradients, in float64, are held at once; a larger one goes alone."""

ALL_BUT_THE_CLIENT = "the server, the other clients and everybody who sees the models"


@dataclass(frozen=True)
class PrivateSGD:
    """DP-SGD on one client's rows; see the file for what it protects and what not.

    Parameters
    ----------
    steps : int
        T, noisy steps in each round, at least 1: fixed beforehand, whatever the number of rows.
    learning_rate : float
        eta, above 0.
    clip : float
        C, at least 1e-300: no row moves the sum of a step by more. A penalty of the model is a part
        of each row's gradient, and is clipped with it.
    noise_multiplier : float
        z (sigma in the paper), at least 0: the deviation of the noise on the sum in units of C. 0
        is no privacy.
    sampling_rate : float
        q, above 0 and at most 1: the probability with which a row is in the sample of a step.
    population : int
        N_0, the declared number of rows of a client, at least 1. A guess will do: it decides the
        size of a step, not the privacy.

    Examples
    --------
    Without noise, on one of two declared rows: the gradient of y = wx + b at 0 on the row x = 3,
    y = 4 is (-12, -4), cut to a length of sqrt(10) it is (-3, -1), and half of it is the step.

    >>> from pyfedlite.clients import Client
    >>> from pyfedlite.models import LinearRegression
    >>> model = LinearRegression(1, dtype="float64")
    >>> participant = Participant(Client(0, np.array([[3.0]]), np.array([4.0])))
    >>> sgd = PrivateSGD(1, 1.0, clip=10**0.5, noise_multiplier=0.0, sampling_rate=1, population=2)
    >>> update = sgd.train(model, np.zeros(2), participant, np.random.default_rng(0), round=1)
    >>> update.delta.round(6), update.num_examples
    (array([1.5, 0.5]), 2)
    """

    steps: int
    learning_rate: float
    clip: float
    noise_multiplier: float
    sampling_rate: float
    population: int

    private = True  # what a run records of a round is then what the aggregator says, and no losses

    def __post_init__(self) -> None:
        _check.keep(self, "steps", _check.integer, minimum=1)
        _check.keep(self, "learning_rate", _check.positive)
        _check.keep(self, "clip", check_max_norm)
        _check.keep(self, "noise_multiplier", _check.non_negative)
        _check.keep(self, "sampling_rate", _check.rate)
        hint = "declare a number of rows: a guess will do, the true one is private"
        _check.keep(self, "population", _check.integer, minimum=1, hint=hint)

    def train(
        self,
        model: Model,
        theta: Vector,
        participant: Participant,
        rng: np.random.Generator,
        *,
        round: int,
    ) -> ClientUpdate:
        """Return what leaves the device: nothing in it depends on a row but through the noise.

        Parameters
        ----------
        model : Model
        theta : ndarray of shape (num_params,)
            The global model, which is not written to.
        participant : Participant
            Its fate may hold fewer steps than T, and no more.
        rng : Generator
            Draws samples and noise. Nobody else may know its key: a private run sees to that.
        round : int
            From 1.

        Returns
        -------
        ClientUpdate
            `num_examples` is N_0, and `train_loss` is NaN: the loss is not told.
        """
        client, num_steps = participant.client, self._steps(participant.fate)
        x, y = client.features.astype(theta.dtype, copy=False), client.labels
        C, z, L = self.clip, self.noise_multiplier, self.sampling_rate * self.population
        theta_k = theta.copy()
        with np.errstate(over="ignore", invalid="ignore"):  # a run that diverges is named below
            for _ in range(num_steps):
                sample = np.flatnonzero(rng.random(len(y)) < self.sampling_rate)
                total = clipped_gradients(model, theta_k, x[sample], y[sample], C)
                total += rng.normal(scale=z * C, size=total.shape)
                theta_k -= (self.learning_rate * total / L).astype(theta.dtype)
            delta = theta_k - theta
        check_finite(delta, client.client_id, round, self.learning_rate)
        memory = dict(participant.memory)
        return ClientUpdate(
            client.client_id, delta, self.population, num_steps, math.nan, memory=memory
        )

    def spent(self, rounds: int, *, dp_delta: float) -> PrivacySpent:
        """Return what a number of rounds spend for each row, against the server too.

        Parameters
        ----------
        rounds : int
            In which its client takes part. That a cohort is drawn lowers nothing: the server knows
            whom it has asked.
        dp_delta : float
            delta, in (0, 1), usually below 1 / N_0.

        Examples
        --------
        >>> sgd = PrivateSGD(100, 0.1, 1.0, 1.1, sampling_rate=0.01, population=1000)
        >>> spent = sgd.spent(100, dp_delta=1e-5)
        >>> round(spent.epsilon, 6), spent.unit.value
        (5.654308, 'example')
        """
        _check.integer("rounds", rounds, minimum=0)
        event = rounds_of(self.sampling_rate, self.noise_multiplier, self.steps * rounds)
        return account(event, dp_delta=dp_delta, unit=Unit.EXAMPLE, against=ALL_BUT_THE_CLIENT)

    def _steps(self, fate: Fate) -> int:
        """Return T, or the smaller number of steps of a client that is slow."""
        if fate.local_epochs is not None:
            hint = "a step is a sample of the rows, and an epoch means nothing: give local_steps"
            _check.fail("local_epochs", "be left out of a fate with DP-SGD", fate, hint)
        if fate.local_steps is None:
            return self.steps
        if fate.local_steps > self.steps:
            hint = "each step spends privacy, and the account counts steps"
            _check.fail("local_steps", f"be at most steps, {self.steps}", fate.local_steps, hint)
        return fate.local_steps


def clipped_gradients(
    model: Model, theta: Vector, features: Matrix, labels: Labels, clip: float
) -> NDArray[np.float64]:
    """Return the sum of the gradients of single rows, each shortened to C, shape (num_params,).

    A gradient that is not finite counts as 0. One row moves the sum by C at most.

    Examples
    --------
    >>> from pyfedlite.models import LinearRegression
    >>> x, y = np.array([[3.0], [0.0]]), np.array([4.0, 1.0])  # gradients (-12, -4) and (0, -1)
    >>> clipped_gradients(LinearRegression(1, dtype="float64"), np.zeros(2), x, y, 10**0.5).round(6)
    array([-3., -2.])
    """
    total = np.zeros(len(theta))
    size = max(1, GRADIENT_BYTES // total.nbytes)
    for start in range(0, len(labels), size):
        rows = slice(start, start + size)
        g = example_gradients(model, theta, features[rows], labels[rows])
        factors = clip_factors(g, clip)
        g[factors == 0.0] = 0.0  # 0 times NaN is NaN
        kernels.weighted_sum(g, factors, into=total)
    return total


def example_gradients(model: Model, theta: Vector, features: Matrix, labels: Labels) -> Matrix:
    """Return the gradient on each row alone, shape (n, num_params).

    A model that accepts leading batch axes gets n data sets of one row each, shape (n, 1, p), in
    one call.

    Examples
    --------
    >>> from pyfedlite.models import LinearRegression
    >>> x, y = np.array([[3.0], [2.0]]), np.array([4.0, 1.0])
    >>> example_gradients(LinearRegression(1, dtype="float64"), np.zeros(2), x, y).tolist()
    [[-12.0, -4.0], [-2.0, -1.0]]
    """
    if len(labels) == 0:
        return np.zeros((0, len(theta)), theta.dtype)
    if getattr(model, "batch_axes", False):
        return model.grad(theta, features[:, np.newaxis], labels[:, np.newaxis])
    rows = range(len(labels))
    return np.stack([model.grad(theta, features[i : i + 1], labels[i : i + 1]) for i in rows])
