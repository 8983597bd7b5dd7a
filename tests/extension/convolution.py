"""A small convolutional network, written for one client: its formulas know no batch axes.

With u the patches of an image, (places, size^2)::

    z = u K + a      h = max(z, 0)      s = flatten(h) W + b      p = softmax(s)

and the loss is the mean of -log p of the true class.
"""

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from pyfedlite.params import ParamLayout
from pyfedlite.roles import Labels, Matrix, Vector


@dataclass(frozen=True)
class Convolution:
    """One layer of `num_filters` filters of size x size pixels, and a softmax."""

    side: int = 8
    num_classes: int = 10
    num_filters: int = 4
    size: int = 3
    dtype: str = "float32"

    @property
    def num_features(self) -> int:
        """Pixels of an image."""
        return self.side**2

    @property
    def layout(self) -> ParamLayout:
        """Filters K and a, output W and b."""
        hidden = (self.side - self.size + 1) ** 2 * self.num_filters
        shapes = {"K": (self.size**2, self.num_filters), "a": (self.num_filters,)}
        return ParamLayout(shapes | {"W": (hidden, self.num_classes), "b": (self.num_classes,)})

    def init(self, rng: np.random.Generator) -> Vector:
        """Return small random weights, and no offsets."""
        scales = {"K": 1 / self.size, "a": 0.0, "W": 0.1, "b": 0.0}
        drawn = [(scales[name], rng.normal(size=shape)) for name, shape in self.layout.shapes]
        parts = [scale * normal.ravel() for scale, normal in drawn]
        return np.concatenate(parts).astype(self.dtype)

    def loss(self, theta: Vector, features: Matrix, labels: Labels) -> Vector:
        """Return the mean cross-entropy, shape ()."""
        _, _, scores = self._forward(theta, features)
        return np.asarray(-np.mean(_log_softmax(scores)[np.arange(len(labels)), labels]))

    def grad(self, theta: Vector, features: Matrix, labels: Labels) -> Vector:
        """Return the gradient of the loss, shape (num_params,)."""
        patches, h, _ = self._forward(theta, features)
        n, part = len(labels), self.layout.views(theta)
        ds = self.predict_proba(theta, features)
        ds[np.arange(n), labels] -= 1
        ds /= n  # (n, C)
        dz = (ds @ part["W"].T).reshape(h.shape) * (h > 0)  # (n, places, F)
        dk = np.einsum("npi,npf->if", patches, dz)
        flat = h.reshape(n, -1)
        parts = [dk, dz.sum(axis=(0, 1)), flat.T @ ds, ds.sum(axis=0)]
        return np.concatenate([part.ravel() for part in parts])

    def predict(self, theta: Vector, features: Matrix) -> Labels:
        """Return the likeliest class of each row, shape (n,)."""
        return np.asarray(np.argmax(self._forward(theta, features)[2], axis=1))

    def predict_proba(self, theta: Vector, features: Matrix) -> Vector:
        """Return the probability of each class, shape (n, num_classes)."""
        return np.exp(_log_softmax(self._forward(theta, features)[2]))

    def _forward(self, theta: Vector, features: Matrix) -> tuple[Vector, Vector, Vector]:
        """Return patches (n, places, size^2), h (n, places, F) and scores (n, C)."""
        part = self.layout.views(theta)
        images = features.reshape(len(features), self.side, self.side)
        windows = sliding_window_view(images, (self.size, self.size), axis=(1, 2))
        patches = windows.reshape(len(features), -1, self.size**2)
        h = np.maximum(patches @ part["K"] + part["a"], 0)
        return patches, h, h.reshape(len(features), -1) @ part["W"] + part["b"]


def _log_softmax(scores: Vector) -> Vector:
    shifted = scores - scores.max(axis=1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True)))
