"""The first layer of a large network, whose weights take the steps of several batches together.

The rows of the next batches are known before their turn. With W the weights before the first of
them, and dz_s what batch s < t has sent back, the scores of batch t are

    X_t (W - rate sum_s X_s' dz_s) = X_t W - rate sum_s (X_t X_s') dz_s

On the right the weights stand still. So one product X W serves all the batches, what it lacks
comes from the small matrix X X', and at the end one product X' dz takes all the steps. These are
the steps of one batch after another with their sums in another order: the same in exact numbers,
and up to rounding in ours. What is saved is the way of W, far larger than a batch, from memory to
the processor and back for every batch. (The bias b is the weight of a feature that is always 1.)

It works for the first layer alone: the rows of any other depend on the weights below them.

References
----------
T. McDaniel, E. F. D'Azevedo, Y. W. Li, K. Wong and P. R. C. Kent, "Delayed Slater determinant
update algorithms for high efficiency quantum Monte Carlo", Journal of Chemical Physics 147, 174107,
2017: the same idea for the inverse of a matrix, https://arxiv.org/abs/1708.00744
"""

from dataclasses import dataclass

import numpy as np

from pyfedlite._typing import Matrix, Vector

ROWS = 64
"""Rows whose steps wait together, at most: X X' grows with their square."""

LEAST_BATCHES = 3
"""Fewer batches than this among them, and nothing is saved."""


def rows_together(batch_size: int) -> int:
    """Return how many rows are looked at together, in whole batches; 0 where it does not pay.

    Examples
    --------
    >>> rows_together(10), rows_together(21), rows_together(22)
    (60, 63, 0)
    """
    batches = ROWS // batch_size
    return batches * batch_size if batches >= LEAST_BATCHES else 0


@dataclass(frozen=True, eq=False)
class Delayed:
    """The layer X W + b over several batches, while W and b wait for their steps."""

    W: Matrix  # (num_features, units): written to by `finish` alone, as b is
    b: Vector  # (units,)
    features: Matrix  # X, (n, num_features): the rows of all batches
    scores: Matrix  # X W + b, (n, units)
    inner: Matrix  # X X' + 1, (n, n)
    steps: Matrix  # rate * dz of the batches so far, (n, units)

    @staticmethod
    def of(W: Matrix, b: Vector, features: Matrix) -> "Delayed":
        """Return the layer before the first of the batches."""
        scores = features @ W
        scores += b
        inner = features @ features.mT
        inner += 1
        return Delayed(W, b, features, scores, inner, np.empty_like(scores))

    def forward(self, batch: slice) -> Matrix:
        """Return the scores of a batch as if all earlier steps were taken, (batch_size, units)."""
        z = self.scores[batch]
        if batch.start:
            z -= self.inner[batch, : batch.start] @ self.steps[: batch.start]
        return z

    def descend(self, batch: slice, dz: Matrix, rate: float) -> None:
        """Keep the step of a batch."""
        np.multiply(dz, rate, out=self.steps[batch])

    def finish(self) -> None:
        """Let W and b take all steps."""
        np.subtract(self.W, self.features.mT @ self.steps, out=self.W)
        np.subtract(self.b, self.steps.sum(axis=0), out=self.b)
