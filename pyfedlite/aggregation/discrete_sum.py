"""A sum of clipped updates with noise in which nothing is rounded afterwards.

Each clipped update goes onto a grid of steps gamma: it becomes whole numbers, by rounding that is
right on average, again and again until it is no longer than D (``privacy.grid``). The whole numbers
are added, a discrete Gaussian of the deviation z D is added, and only then is the answer scaled by
gamma. One client changes the sum by D at most, exactly. So the noise is that of the multiplier z,
and a little more of it than in floating point: D gamma in place of C. To round the sum instead of
each update would be wrong: it may move by more than D.
Without sampling the cost is that of a Gaussian; no amplification is claimed for a discrete one.

Adversary: who sees the sums, to the last bit. Protected: one client, as far as the accountant says.
Not protected: the server; and against who measures how long the noise takes to draw.
For teaching and research: not audited.

References
----------
P. Kairouz, Z. Liu and T. Steinke, "The Distributed Discrete Gaussian Mechanism for Federated
Learning with Secure Aggregation", ICML 2021, https://arxiv.org/abs/2102.06387

C. L. Canonne, G. Kamath and T. Steinke, "The Discrete Gaussian for Differential Privacy", NeurIPS
2020, https://arxiv.org/abs/2004.00010, Theorem 4
"""

import math
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from pyfedlite import kernels
from pyfedlite.aggregation.clipped_sum import weight_of
from pyfedlite.clients import ClientUpdate
from pyfedlite.norms import clip as clipped
from pyfedlite.privacy.grid import round_to_grid, rounded_norm, variance_above
from pyfedlite.seeds import Role, RoundSeed

STEPS = 8.0
"""C is so many times sqrt(d) steps: D gamma is then larger than C by 0.2 %, and 1 / (16 sqrt d)."""


def step_of(clip: float, num_params: int) -> float:
    """Return gamma.

    Examples
    --------
    >>> step_of(2.0, 100)  # C / gamma = 8 * 10
    0.025
    """
    return clip / (STEPS * math.sqrt(num_params))


def noisy_discrete_sum(
    updates: Iterable[ClientUpdate],
    num_params: int,
    clip: float,
    noise_multiplier: float,
    seed: RoundSeed,
    max_examples: int | None = None,
) -> tuple[NDArray[np.float64], float]:
    """Return the sum with its noise, and the deviation of the noise.

    Parameters
    ----------
    updates : iterable of ClientUpdate
        One that is not finite counts as zeros.
    num_params : int
    clip, noise_multiplier : float
        C and z.
    seed : RoundSeed
        The noise is drawn by ChaCha20 under a key of it, the rounding by its generators.
    max_examples : int, optional
        W_0; see `PrivateMean`.
    """
    step = step_of(clip, num_params)
    bound = rounded_norm(clip, step, num_params)  # D
    variance = variance_above((noise_multiplier * bound) ** 2)
    total = kernels.discrete_gaussian(seed.key("noise on a grid"), num_params, variance)
    for update in updates:
        weight = weight_of(update.num_examples, max_examples)
        short = weight * clipped(update.delta.astype(np.float64), clip)
        rng = seed.rng(Role.ROUNDING, update.client_id)
        total += round_to_grid(short, step, bound, rng)
    return np.asarray(step * total, np.float64), step * math.sqrt(variance)
