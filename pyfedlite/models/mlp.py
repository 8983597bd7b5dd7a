"""The multilayer perceptron, with its backward pass written out.

Forward, with a_0 = X and f the activation (shapes without batch axes):

    z_l = a_{l-1} W_l + b_l        (n, size_l)
    a_l = f(z_l)                   not in the last layer: ``outputs`` says what z_L means

Backward, with dz_l = dL/dz_l, from the last layer to the first:

    dL/dW_l = a_{l-1}' dz_l
    dL/db_l = sum over examples of dz_l
    dz_{l-1} = (dz_l W_l') * f'(z_{l-1})

References
----------
D. E. Rumelhart, G. E. Hinton and R. J. Williams, "Learning representations by back-propagating
errors", Nature 323, 1986, equations 4 to 7.
"""

from dataclasses import dataclass, field
from itertools import pairwise
from typing import ClassVar

import numpy as np

from pyfedlite import _check
from pyfedlite._typing import Labels, Matrix, Vector
from pyfedlite.models import affine
from pyfedlite.models.activations import ACTIVATIONS
from pyfedlite.models.affine import Layers
from pyfedlite.models.outputs import Logistic, Softmax
from pyfedlite.params import ParamLayout


@dataclass(frozen=True, init=False, repr=False)
class MLP:
    """A classifier with hidden layers.

    Parameters
    ----------
    *sizes : int
        Number of features, of units in each hidden layer, and of outputs.
        ``MLP(784, 200, 200, 10)`` is the "2NN" of McMahan et al. 2017. One output is enough for two
        classes: its score is the log-odds.
    activation : {"relu", "tanh", "sigmoid"}
        The activation of the hidden layers.
    l2 : float
        Strength of the penalty (l2 / 2) sum_l ||W_l||^2, at least 0.
    dtype : {"float32", "float64"}
        The dtype of theta and of what is computed from it.

    Examples
    --------
    >>> MLP(784, 200, 200, 10).layout.num_params  # 785 * 200 + 201 * 200 + 201 * 10
    199210
    """

    sizes: tuple[int, ...]
    activation: str
    l2: float
    dtype: str
    layout: ParamLayout = field(init=False, repr=False, compare=False)
    output: Logistic | Softmax = field(init=False, repr=False, compare=False)
    batch_axes: ClassVar[bool] = True

    def __init__(
        self, *sizes: int, activation: str = "relu", l2: float = 0.0, dtype: str = "float32"
    ) -> None:
        if len(sizes) < 2:
            _check.fail("sizes", "hold at least features and outputs", sizes)
        sizes = tuple(_check.integer("sizes", size, minimum=1) for size in sizes)
        shapes: dict[str, tuple[int, ...]] = {}
        for layer, (fan_in, fan_out) in enumerate(pairwise(sizes), start=1):
            shapes |= {f"W{layer}": (fan_in, fan_out), f"b{layer}": (fan_out,)}
        values = {
            "sizes": sizes,
            "activation": _check.one_of("activation", activation, ACTIVATIONS),
            "l2": _check.non_negative("l2", l2),
            "dtype": affine.check_dtype(dtype),
            "layout": ParamLayout(shapes),
            "output": Logistic() if sizes[-1] == 1 else Softmax(),
        }
        for name, value in values.items():
            object.__setattr__(self, name, value)  # the class is frozen

    def __repr__(self) -> str:
        sizes = ", ".join(map(str, self.sizes))
        return f"MLP({sizes}, activation={self.activation!r}, l2={self.l2!r}, dtype={self.dtype!r})"

    @property
    def num_features(self) -> int:
        """Columns of the features."""
        return self.sizes[0]

    @property
    def num_classes(self) -> int:
        """Number of classes; with one output it is two."""
        return max(self.sizes[-1], 2)

    def init(self, rng: np.random.Generator) -> Vector:
        """Return a first theta: normal weights (He for ReLU, otherwise Glorot), biases 0."""
        std = ACTIVATIONS[self.activation].init_std
        parts = {}
        for layer, (fan_in, fan_out) in enumerate(pairwise(self.sizes), start=1):
            parts[f"W{layer}"] = rng.normal(0, std(fan_in, fan_out), (fan_in, fan_out))
            parts[f"b{layer}"] = np.zeros(fan_out)
        return self.layout.pack(parts).astype(self.dtype)

    def scores(self, theta: Vector, features: Matrix) -> Vector:
        """Return z_L, shape (..., n, outputs)."""
        return self.forward(self.layers(theta), features)[1]

    def loss(
        self, theta: Vector, features: Matrix, labels: Labels, weights: Vector | None = None
    ) -> Vector:
        """Return the mean cross-entropy plus the penalty, shape (...)."""
        loss = self.output.loss(self.scores(theta, features), labels, weights)
        if self.l2:
            loss = loss + sum(affine.penalty(W, self.l2) for W, _ in self.layers(theta))
        return loss

    def grad(
        self, theta: Vector, features: Matrix, labels: Labels, weights: Vector | None = None
    ) -> Vector:
        """Return the gradient of the loss by theta, shape (..., num_params)."""
        grad = affine.empty_gradient(theta, features)
        layers, gradients = self.layers(theta), self.layers(grad)
        a, z = self.forward(layers, features)
        dz = self.output.error(z, labels, weights)  # dL/dz_L
        for (W, _), (dW, db), below in zip(layers[:0:-1], gradients[:0:-1], a[::-1], strict=True):
            affine.write_gradient(dW, db, below, dz)
            dz = self.backward(W, below, dz)
        affine.write_gradient(*gradients[0], features, dz)
        if self.l2:
            for (W, _), (dW, _) in zip(layers, gradients, strict=True):
                dW += self.l2 * W
        return grad

    def predict(self, theta: Vector, features: Matrix) -> Labels:
        """Return the most probable class, shape (..., n)."""
        return self.output.predict(self.scores(theta, features))

    def predict_proba(self, theta: Vector, features: Matrix) -> Vector:
        """Return the probability of each class, shape (..., n, num_classes)."""
        return self.output.probabilities(self.scores(theta, features))

    def layers(self, theta: Vector) -> Layers:
        """Return W_l, (..., size_{l-1}, size_l), and b_l, (..., 1, size_l), of each layer."""
        return affine.layers(self.layout, theta)

    def forward(self, layers: Layers, features: Matrix) -> tuple[list[Vector], Vector]:
        """Return a_1, ..., a_{L-1}, and z_L."""
        return self.forward_from(layers, affine.scores(*layers[0], features))

    def forward_from(self, layers: Layers, z: Vector) -> tuple[list[Vector], Vector]:
        """Return the same from z_1."""
        f, a = ACTIVATIONS[self.activation].function, []
        for W, b in layers[1:]:
            a.append(f(z))
            z = a[-1] @ W
            z += b
        return a, z

    def backward(self, W: Vector, below: Vector, dz: Vector) -> Vector:
        """Return dz_{l-1} from dz_l, with `below` for a_{l-1}."""
        dz = affine.backward(W, dz)
        dz *= ACTIVATIONS[self.activation].derivative(below)
        return dz
