"""The first layer of a large network, whose weights take the steps of several batches together.

The rows of the next batches are known in advance. Let W be the weights before the first of these
batches, and dz_s the derivative of the loss by the scores of batch s. Then the scores of batch t
are

    X_t (W - rate sum_{s<t} X_s' dz_s) = X_t W - rate sum_{s<t} (X_t X_s') dz_s

On the right W does not change from batch to batch. So one product X W is enough for all the
batches, the correction comes from the Gram matrix X X', which is small, and at the end one product
X' dz takes all the steps. These are the steps of one batch after another, with sums in another
order: equal in exact arithmetic, and equal up to rounding in floating point. It saves time because
W, far larger than a batch, is not moved between memory and processor for every batch. (The bias b
is the weight of a feature that is always 1.)

It works only for the first layer: the inputs of any other layer depend on the weights below it.
`make bench ARGS=step` measures the gain, and ``tests/laws/test_delayed_laws.py`` compares the steps
with those of one batch after another.

References
----------
T. McDaniel, E. F. D'Azevedo, Y. W. Li, K. Wong and P. R. C. Kent, "Delayed Slater determinant
update algorithms for high efficiency quantum Monte Carlo", Journal of Chemical Physics 147, 174107,
2017: the same idea for the inverse of a matrix, https://arxiv.org/abs/1708.00744
"""

from dataclasses import dataclass

import numpy as np

from pyfedlite._typing import Matrix, Vector

MAX_ROWS = 64
"""At most so many rows take their steps together: the size of X X' is the square of this."""

MIN_BATCHES = 3
"""With fewer batches than this, no time is saved."""


def rows_together(batch_size: int, num_examples: int) -> int:
    """Return how many rows take their steps together, in whole batches; 0 if it saves no time.

    Examples
    --------
    >>> rows_together(10, 600), rows_together(21, 600), rows_together(22, 600)
    (60, 63, 0)
    >>> rows_together(10, 20)  # two batches
    0
    """
    batches = MAX_ROWS // batch_size
    pays = min(batches, -(-num_examples // batch_size)) >= MIN_BATCHES
    return batches * batch_size if pays else 0


@dataclass(frozen=True, eq=False)
class Delayed:
    """The layer X W + b over several batches, while W and b wait for their steps.

    Parameters
    ----------
    W : ndarray of shape (num_features, units)
        Only `finish` writes to it, and to `b`.
    b : ndarray of shape (1, units)
    features : ndarray of shape (n, num_features)
        X: the rows of all batches.
    scores : ndarray of shape (n, units)
        X W + b; `forward` adds the correction to it.
    gram : ndarray of shape (n, n)
        X X' + 1.
    steps : ndarray of shape (n, units)
        rate * dz of the batches so far.
    """

    W: Matrix
    b: Vector
    features: Matrix
    scores: Matrix
    gram: Matrix
    steps: Matrix

    @staticmethod
    def of(W: Matrix, b: Vector, features: Matrix) -> "Delayed":
        """Return the layer before the first of the batches."""
        features = features.astype(W.dtype, copy=False)  # small integers would wrap around in X X'
        scores = features @ W
        scores += b
        gram = features @ features.mT
        gram += 1
        return Delayed(W, b, features, scores, gram, np.empty_like(scores))

    def forward(self, batch: slice) -> Matrix:
        """Return the scores of a batch after all earlier steps, shape (batch_size, units)."""
        z = self.scores[batch]
        if batch.start:
            z -= self.gram[batch, : batch.start] @ self.steps[: batch.start]
        return z

    def descend(self, batch: slice, step: Matrix) -> None:
        """Keep the step of a batch, rate * dz."""
        self.steps[batch] = step

    def finish(self) -> None:
        """Let W and b take all steps."""
        np.subtract(self.W, self.features.mT @ self.steps, out=self.W)
        np.subtract(self.b, self.steps.sum(axis=0, keepdims=True), out=self.b)
