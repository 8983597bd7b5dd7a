"""One flat vector of parameters, with named views into it.

Papers write a model as a vector w or θ in R^d, and so do we: to update, clip, add noise, mask or
take a median is then one line of NumPy. `ParamLayout` gives the weights their names and shapes
again, and copies no number.

Left neighbour: none. Right neighbour: each model in ``models`` holds a `ParamLayout`.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from pyfedlite import _check
from pyfedlite._typing import Vector


@dataclass(frozen=True, init=False)
class ParamLayout:
    """Where each named parameter lives inside the flat vector theta.

    Parameters
    ----------
    shapes : mapping of str to tuple of int
        The parameters in the order in which they are stored. Weights are laid out (in, out).

    Attributes
    ----------
    num_params : int
        d, the length of theta.

    Examples
    --------
    >>> layout = ParamLayout({"W": (2, 3), "b": (3,)})
    >>> layout.num_params
    9
    >>> theta = np.arange(9.0)
    >>> layout.views(theta)["b"]
    array([6., 7., 8.])
    >>> bool((layout.pack(layout.views(theta)) == theta).all())
    True
    """

    shapes: tuple[tuple[str, tuple[int, ...]], ...]
    num_params: int = field(init=False, repr=False, compare=False)
    _spans: tuple[tuple[int, int], ...] = field(init=False, repr=False, compare=False)

    def __init__(self, shapes: Mapping[str, tuple[int, ...]]) -> None:
        for name, shape in shapes.items():
            if any(size < 1 for size in shape):
                _check.fail(f"shape of {name!r}", "have sizes of at least 1", shape)
        object.__setattr__(self, "shapes", tuple((n, tuple(s)) for n, s in shapes.items()))
        ends = np.cumsum([0, *(math.prod(shape) for _, shape in self.shapes)]).tolist()
        object.__setattr__(self, "_spans", tuple(pairwise(ends)))
        object.__setattr__(self, "num_params", ends[-1])

    def views(self, theta: Vector) -> dict[str, Vector]:
        """Return views of `theta`, shape (..., num_params), by name, each (...) + shape."""
        if theta.shape[-1] != self.num_params:
            _check.fail("theta", f"have {self.num_params} parameters", theta.shape[-1])
        batch = theta.shape[:-1]
        return {
            name: theta[..., start:stop].reshape(batch + shape)
            for (name, shape), (start, stop) in zip(self.shapes, self._spans, strict=True)
        }

    def pack(self, parts: Mapping[str, Vector]) -> Vector:
        """Return the flat vector of `parts`, the inverse of `views`."""
        names = [name for name, _ in self.shapes]
        if set(parts) != set(names):
            _check.fail("parts", f"be named {', '.join(names)}", ", ".join(parts))
        batch = parts[names[0]].shape[: parts[names[0]].ndim - len(self.shapes[0][1])]
        flat = []
        for name, shape in self.shapes:
            if parts[name].shape != batch + shape:
                _check.fail(name, f"have shape {batch + shape}", parts[name].shape)
            flat.append(parts[name].reshape((*batch, -1)))
        return np.concatenate(flat, axis=-1)
