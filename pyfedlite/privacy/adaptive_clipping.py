"""Adaptive clipping: the norm C follows a quantile of the clients' norms, privately.

Each client says in one bit whether its update was *not* clipped, b = 1[norm <= C]. The server adds
the bits, each shifted by 1/2 so that one client changes the sum by 1/2 at most, with noise of its
own, and moves C against the difference from the quantile that is aimed at:

    b~ = 1/2 + (sum of (b_u - 1/2) + N(0, sigma_b^2)) / (q N_0), between 0 and 1
    C <- C exp(-eta (b~ - gamma))

Where too many are below C, it shrinks; where too few are, it grows. With the other bit, "was
clipped", it runs away. A client that counts as zero sends no bit at all, which is neither 0 nor 1.

The bits cost privacy too. So that sum and bits together are as private as one Gaussian of the
multiplier z, the sum gets a little more noise than z C: `noise_of_sum`.

Adversary: who sees the models and C of every round. Protected: the norm of a client's update, as
far as the noise goes. Not protected: the quantile itself, which is what is released.
For teaching and research: not audited.

References
----------
G. Andrew, O. Thakkar, H. B. McMahan and S. Ramaswamy, "Differentially Private Learning with
Adaptive Clipping", NeurIPS 2021, https://arxiv.org/abs/1905.03871, Algorithm 1 and Theorem 1
"""

import math

from pyfedlite import _check

LEAST, MOST = 1e-300, 1e300
"""C stays between them, whatever the noise on the bits."""


def noise_of_sum(noise_multiplier: float, bit_noise: float) -> float:
    """Return the multiplier for the sum, so that sum and bits together are worth z.

    Parameters
    ----------
    noise_multiplier : float
        z, at least 0.
    bit_noise : float
        sigma_b, the deviation of the noise on the sum of the bits, above z / 2.

    Returns
    -------
    float
        z_delta = (z^-2 - (2 sigma_b)^-2)^(-1/2), at least z.

    Raises
    ------
    ValueError
        If z is 2 sigma_b or more: the bits alone would cost more than z allows.

    Examples
    --------
    >>> round(noise_of_sum(1.0, 5.0), 6)
    1.005038
    """
    z = _check.non_negative("noise_multiplier", noise_multiplier)
    sigma = _check.positive("bit_noise", bit_noise)
    if z >= 2.0 * sigma:
        hint = "more noise on the bits leaves room for the sum"
        _check.fail("noise_multiplier", f"be below 2 bit_noise = {2.0 * sigma:g}", z, hint)
    return z / math.sqrt(1.0 - (z / (2.0 * sigma)) ** 2)


def next_clip(
    clip: float, shifted_bits: float, divisor: float, *, quantile: float, learning_rate: float
) -> float:
    """Return C of the next round.

    Parameters
    ----------
    clip : float
        C, above 0.
    shifted_bits : float
        The noisy sum of b_u - 1/2, where b_u is 1 for a client that was not clipped.
    divisor : float
        q N_0, above 0.
    quantile : float
        gamma, in [0, 1].
    learning_rate : float
        eta, above 0.

    Examples
    --------
    All ten clients were clipped: C grows by exp(0.2 (0.5 - 0)).

    >>> round(next_clip(1.0, -5.0, 10.0, quantile=0.5, learning_rate=0.2), 6)
    1.105171
    """
    not_clipped = min(1.0, max(0.0, 0.5 + shifted_bits / divisor))
    moved = clip * math.exp(-learning_rate * (not_clipped - quantile))
    return min(MOST, max(LEAST, moved))
