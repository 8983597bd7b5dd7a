"""The codec of noise in shares: each client adds a little, and the sum that is seen has enough.

A client shortens its update to the norm c, rotates it by public coins, rounds it to a grid without
becoming longer than the sensitivity D, and adds exact discrete Gaussian noise; then all is masked.
What the server opens has the noise of everybody who is in the sum.

Adversary: the server, who follows the protocol's threat model, with the clients that are counted
corrupt; they know their own noise. Protected: the message of one honest client, as far as the
accountant says for the noise of those honest clients who are in the sum for certain. Not protected:
anything, from whoever predicts the random bytes of a client; the mean, from clients who lie.
For teaching and research: not audited.

References
----------
P. Kairouz, Z. Liu and T. Steinke, "The Distributed Discrete Gaussian Mechanism for Federated
Learning with Secure Aggregation", ICML 2021, algorithms 1 and 2, https://arxiv.org/abs/2102.06387
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from pyfedlite import _check, kernels
from pyfedlite._canonical import canonical
from pyfedlite.clients import ClientUpdate
from pyfedlite.norms import clip
from pyfedlite.privacy.accounting import DistributedDiscreteGaussian
from pyfedlite.privacy.grid import BETA, check_grid, round_to_grid, variance_above
from pyfedlite.privacy.rotation import padded_length, rotate, rotate_back
from pyfedlite.secagg import Quantiser
from pyfedlite.sharing.fixed_point import Ring, fits, from_ring, to_ring
from pyfedlite.sharing.randomness import random_bytes

WRAPS = 2.0**-40
"""With at most this probability some coordinate of a sum leaves the ring."""


@dataclass(frozen=True)
class NoiseOfRound:
    """Discrete Gaussian noise in shares, with the numbers of one round.

    Parameters
    ----------
    num_params : int
    max_norm : float
        c.
    granularity : float
        gamma, the step of the grid.
    variance : Fraction
        s^2, of each client's noise in steps, exact.
    num_honest : int
        n: so many honest clients' noise is in the sum for certain.
    coins : bytes of length 32
        Public, for the rotation.
    ring_bits : {32, 64}
    quantiser : Quantiser
        Its clip is one client's part of the ring, in steps.

    Examples
    --------
    >>> codec = noise_of_round(3, 1.0, 0.0, 2.0**-20, num_clients=2, num_honest=2, coins=bytes(32))
    >>> deltas = [np.array([0.0, 0.0, 0.5]), np.array([0.0, 9.0, 0.5])]
    >>> updates = [ClientUpdate(k, delta, 1, 1, 0.0) for k, delta in enumerate(deltas)]
    >>> rng = np.random.default_rng(0)
    >>> first, second = [codec.encode(update, rng, lambda n: bytes(n)) for update in updates]
    >>> codec.decode(first + second, 2)[1:].round(3)  # of (0, 0, 0.5) and (0, 0.998, 0.055)
    array([0.499, 0.278])
    """

    num_params: int
    max_norm: float
    granularity: float
    variance: Fraction
    num_honest: int
    coins: bytes
    ring_bits: int
    quantiser: Quantiser

    @property
    def length(self) -> int:
        """The power of two at or above the number of parameters."""
        return padded_length(self.num_params)

    @property
    def sensitivity(self) -> float:
        """D, the largest length of a rounded vector, in steps."""
        return check_grid(self.max_norm, self.granularity, self.length)

    @property
    def text(self) -> bytes:
        """Everything that decides what a client sends, in canonical bytes."""
        variance = [self.variance.numerator, self.variance.denominator]
        grid = [self.num_params, self.max_norm, self.granularity, BETA]
        return canonical(["discrete Gaussian", grid, variance, self.num_honest, self.coins])

    @property
    def bound(self) -> int:
        """One client's part of the ring, which its noise alone may leave."""
        return self.quantiser.largest

    @property
    def event(self) -> DistributedDiscreteGaussian:
        """What one round is to the accountant, whether it comes to its end or not."""
        noise = math.sqrt(self.variance)
        return DistributedDiscreteGaussian(self.sensitivity, noise, self.num_honest, self.length)

    def encode(
        self, update: ClientUpdate, rng: np.random.Generator, secret_bytes: Callable[[int], bytes]
    ) -> Ring:
        """Return the noisy vector of a client: of zeros, where the update is not finite."""
        if update.delta.shape != (self.num_params,):
            _check.fail("delta", f"have shape ({self.num_params},)", update.delta.shape)
        short = clip(update.delta.astype(np.float64), self.max_norm)
        rotated = rotate(short, self.coins)
        steps = round_to_grid(rotated, self.granularity, self.sensitivity, rng)
        key = random_bytes(secret_bytes, 32)
        return to_ring(
            steps + kernels.discrete_gaussian(key, self.length, self.variance), self.ring_bits
        )

    def num_clipped(self, update: ClientUpdate) -> int:
        """Return 0: the true number would be a release without noise."""
        return 0

    def decode(self, total: Ring, num_survivors: int) -> NDArray[np.float64]:
        """Return the noisy mean, shape (num_params,)."""
        summed = from_ring(total) * self.granularity
        return rotate_back(summed, self.coins, self.num_params) / num_survivors


def noise_of_round(
    num_params: int,
    max_norm: float,
    noise_multiplier: float,
    granularity: float,
    *,
    num_clients: int,
    num_honest: int,
    coins: bytes,
) -> NoiseOfRound:
    """Return the codec whose sums over `num_honest` clients have noise of z times D.

    Raises
    ------
    ValueError
        If the grid is too fine: for the bound on a vector, for the noise, or for a ring of 64 bits.
    """
    length = padded_length(num_params)
    sensitivity = check_grid(max_norm, granularity, length)
    variance = variance_above((noise_multiplier * sensitivity) ** 2 / num_honest)
    share = share_of_ring(sensitivity, variance, num_clients, length)
    ring_bits = ring_that_fits(num_clients, share, granularity)
    quantiser = Quantiser(fraction_bits=0, clip=float(share), max_weight=1)
    return NoiseOfRound(
        num_params, max_norm, granularity, variance, num_honest, coins, ring_bits, quantiser
    )


def share_of_ring(sensitivity: float, variance: Fraction, num_clients: int, length: int) -> int:
    """Return how many steps of the ring each client needs, upwards and downwards.

    A sum without noise is at most n D in every coordinate. The noise of n clients is beyond r with
    a probability below 2 e^(-r^2 / (2 n s^2)), for the discrete Gaussian is no wider than the
    continuous one (Canonne, Kamath and Steinke 2020, corollary 17). r is such that this is 2^-40
    for all coordinates together.

    Examples
    --------
    >>> share_of_ring(1000.0, Fraction(0), num_clients=10, length=64)
    1000
    """
    tail = math.sqrt(2 * num_clients * variance * math.log(2 * length / WRAPS))
    return math.ceil(sensitivity + tail / num_clients)


def ring_that_fits(num_clients: int, share: int, granularity: float) -> int:
    """Return 32 or 64, the smaller ring that a sum of all shares fits into."""
    for ring_bits in (32, 64):
        if share <= 2**52 and fits(ring_bits, num_clients, 1, share):
            return ring_bits
    needed = f"{num_clients} clients x {share} steps"
    hint = "try a larger granularity, or less noise"
    return _check.fail("granularity", f"let {needed} fit into 64 bits", granularity, hint)
