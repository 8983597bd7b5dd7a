"""Hypothesis strategies for the mathematical objects of federated learning.

Numbers that stand for data are drawn by a NumPy generator from a drawn seed, where a law needs
values in general position: Hypothesis likes round numbers, and at z = 0 a ReLU has no derivative to
compare with.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from pyfedlite._typing import Labels, Matrix, Vector
from pyfedlite.clients import Client, ClientUpdate, Participant
from pyfedlite.roles import Model


def seeds() -> st.SearchStrategy[int]:
    """Seeds of a run."""
    return st.integers(0, 2**32 - 1)


def generators() -> st.SearchStrategy[np.random.Generator]:
    """Generators in a fresh state."""
    return seeds().map(np.random.default_rng)


def float_dtypes() -> st.SearchStrategy[type[np.floating[Any]]]:
    """The two dtypes a model may have."""
    return st.sampled_from([np.float32, np.float64])


def vectors(
    num_params: int | st.SearchStrategy[int] = 5,
    *,
    dtype: Any = np.float64,
    max_magnitude: float = 1e3,
) -> st.SearchStrategy[Vector]:
    """Finite vectors of shape (num_params,), edge cases included."""
    limit = float(np.dtype(dtype).type(max_magnitude))
    elements = st.floats(-limit, limit, width=8 * np.dtype(dtype).itemsize)
    return hnp.arrays(dtype, num_params, elements=elements)


@st.composite
def deltas_and_weights(
    draw: st.DrawFn,
    *,
    dtype: Any = None,
    max_clients: int = 8,
    max_params: int = 40,
    max_magnitude: float = 1e3,
) -> tuple[Matrix, Vector]:
    """Stacked updates, shape (num_clients, num_params), and weights above 0, (num_clients,)."""
    dtype = draw(float_dtypes()) if dtype is None else dtype
    num_clients = draw(st.integers(1, max_clients))
    num_params = draw(st.integers(1, max_params))
    limit = float(np.dtype(dtype).type(max_magnitude))
    elements = st.floats(-limit, limit, width=8 * np.dtype(dtype).itemsize)
    deltas = draw(hnp.arrays(dtype, (num_clients, num_params), elements=elements))
    weights = draw(hnp.arrays(np.int64, num_clients, elements=st.integers(1, 1000)))
    return deltas, weights.astype(np.float64)


@st.composite
def client_updates(
    draw: st.DrawFn,
    *,
    num_params: int = 5,
    min_clients: int = 1,
    max_clients: int = 8,
    dtype: Any = np.float64,
) -> list[ClientUpdate]:
    """Updates of distinct clients in ascending id, as an aggregator receives them."""
    ids = draw(st.sets(st.integers(0, 1000), min_size=min_clients, max_size=max_clients))
    return [
        ClientUpdate(
            client_id=client_id,
            delta=draw(vectors(num_params, dtype=dtype)),
            num_examples=draw(st.integers(1, 1000)),
            num_steps=1,
            train_loss=draw(st.floats(0, 10)),
        )
        for client_id in sorted(ids)
    ]


@dataclass(frozen=True, eq=False)
class ModelCase:
    """A point and data to evaluate a model at, all float64.

    Parameters
    ----------
    theta : ndarray of shape (*batch, num_params)
    features : ndarray of shape (*batch, n, num_features)
    labels : ndarray of shape (*batch, n)
    """

    theta: Vector
    features: Matrix
    labels: Labels


def num_params_of(model: Any) -> int:
    """Return d, which a model without a layout says by an attribute `num_params`."""
    number: int = model.layout.num_params if hasattr(model, "layout") else model.num_params
    return number


@st.composite
def model_cases(
    draw: st.DrawFn, model: Model, *, batch: tuple[int, ...] = (), max_examples: int = 6
) -> ModelCase:
    """Points in general position for `model`: drawn from a normal distribution, to 3 decimals."""
    rng = draw(generators())
    n = draw(st.integers(1, max_examples))
    scale = draw(st.sampled_from([0.1, 1.0]))
    features = rng.normal(size=(*batch, n, model.num_features)).round(3)
    theta = (scale * rng.normal(size=(*batch, num_params_of(model)))).round(3)
    return ModelCase(theta, features, _labels(model.num_classes, rng, (*batch, n)))


@st.composite
def participants(
    draw: st.DrawFn, model: Model, *, min_clients: int = 1, max_clients: int = 5
) -> list[Participant]:
    """A cohort with rows for `model`, in ascending client id."""
    rng = draw(generators())
    ids = draw(st.sets(st.integers(0, 100), min_size=min_clients, max_size=max_clients))
    cohort = []
    for client_id in sorted(ids):
        n = draw(st.integers(1, 12))
        features = rng.normal(size=(n, model.num_features))
        labels = _labels(model.num_classes, rng, (n,))
        cohort.append(Participant(Client(client_id, features, labels)))
    return cohort


def _labels(num_classes: int | None, rng: np.random.Generator, shape: tuple[int, ...]) -> Labels:
    if num_classes is None:
        return rng.normal(size=shape)
    return rng.integers(num_classes, size=shape)


Law = Callable[..., None]
"""A law raises AssertionError where it does not hold."""
