"""The sum of clipped updates, and of their clipping bits: what noise is added to.

One client changes the sum by w C at most, with w in [0, 1], whatever it sends, and the sum of the
bits by 1/2. Updates are clipped here, where they arrive, in float64; that they were clipped before
is not relied on. Adversary and protection are those of ``private``, which adds the noise; without
it nothing is protected. For teaching and research: not audited.
"""

from collections.abc import Iterable
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from pyfedlite import kernels
from pyfedlite._typing import Matrix
from pyfedlite.aggregation.mean import chunk_size
from pyfedlite.clients import ClientUpdate
from pyfedlite.norms import norms, shortened


def clipped_sum(
    updates: Iterable[ClientUpdate], num_params: int, clip: float, max_examples: int | None = None
) -> tuple[NDArray[np.float64], float]:
    """Return the sum of the clipped updates, and that of their bits; a few are held at once.

    Parameters
    ----------
    updates : iterable of ClientUpdate
        One that is not finite counts as a message of zeros.
    num_params : int
    clip : float
        C, above 0.
    max_examples : int, optional
        W_0: update u has the weight min(1, n_u / W_0); by default all have the weight 1.

    Examples
    --------
    >>> updates = [ClientUpdate(k, np.array([x]), 1, 1, 0.0) for k, x in enumerate([9.0, -0.5])]
    >>> total, bits = clipped_sum(updates, 1, clip=1.0)
    >>> total.round(6), bits
    (array([0.5]), 0.0)
    """
    total, bits, stream = np.zeros(num_params), 0.0, iter(updates)
    size = chunk_size(8 * num_params)
    while chunk := list(islice(stream, size)):
        rows = np.stack([update.delta for update in chunk]).astype(np.float64, copy=False)
        weights = [weight_of(update.num_examples, max_examples) for update in chunk]
        kernels.weighted_sum(shortened(rows, clip), weights, into=total)
        bits += shifted_bits(rows, clip)
    return total, bits


def shifted_bits(rows: Matrix, clip: float) -> float:
    """Return the sum over clients of b - 1/2, where b is 1 for a row no longer than C.

    A row that is not finite counts as a message of zeros: it adds nothing, neither 1/2 nor -1/2.

    Examples
    --------
    >>> shifted_bits(np.array([[0.5], [2.0], [0.1], [np.nan]]), 1.0)
    0.5
    """
    is_finite = np.isfinite(rows).all(axis=1)
    not_clipped = norms(rows) <= clip
    return float(np.where(is_finite, not_clipped - 0.5, 0.0).sum())


def weight_of(num_examples: int, max_examples: int | None) -> float:
    """Return w, in [0, 1]."""
    return 1.0 if max_examples is None else min(1.0, max(0, num_examples) / max_examples)
