"""The roles that the parts of a run can play, each in one place.

A role is a protocol: any object with these methods fills it, and nothing is inherited. Concrete
parts are frozen dataclasses with ``__call__``: they can be pickled to a worker, printed, written
into a configuration and hashed. Left neighbour: ``state`` has the types that are handed over.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol, runtime_checkable

import numpy as np

from pyfedlite._typing import Integers, Labels, Matrix, Metrics, Vector
from pyfedlite.clients import ClientUpdate, Participant
from pyfedlite.params import ParamLayout
from pyfedlite.seeds import RoundSeed
from pyfedlite.state import Aggregate, RoundContext, RoundView, State


@runtime_checkable
class Model(Protocol):
    """The shape of a model and its formulas; it never holds weights.

    All functions accept leading batch axes: theta (..., d) with features (..., n, num_features).
    `weights`, shape (..., n), weighs the examples; 0 is padding and the mean is over the weights.
    """

    @property
    def layout(self) -> ParamLayout:
        """Where each parameter lives in theta."""
        ...

    @property
    def num_features(self) -> int:
        """Columns of the features."""
        ...

    @property
    def num_classes(self) -> int | None:
        """Classes told apart; None for a regression."""
        ...

    @property
    def dtype(self) -> str:
        """What theta is stored in: float32 or float64."""
        ...

    def init(self, rng: np.random.Generator) -> Vector:
        """Return a start, shape (num_params,)."""
        ...

    def loss(
        self, theta: Vector, features: Matrix, labels: Labels, weights: Vector | None = None
    ) -> Vector:
        """Return the mean loss, shape (...)."""
        ...

    def grad(
        self, theta: Vector, features: Matrix, labels: Labels, weights: Vector | None = None
    ) -> Vector:
        """Return the gradient of the loss by theta, shape (..., num_params)."""
        ...

    def predict(self, theta: Vector, features: Matrix) -> Labels:
        """Return classes, or values of a regression, shape (..., n)."""
        ...


@runtime_checkable
class Classifier(Model, Protocol):
    """A model that also gives probabilities: shape (..., n, num_classes)."""

    def predict_proba(self, theta: Vector, features: Matrix) -> Vector:
        """Return the probability of each class, shape (..., n, num_classes)."""
        ...


class LocalTrainer(Protocol):
    """What a client does with the model it receives; `orders` is its plan, drawn from `rng`."""

    def orders(
        self, num_examples: int, rng: np.random.Generator, local_epochs: int | None = None
    ) -> Integers:
        """Return the order of the rows in each epoch, shape (epochs, num_examples)."""
        ...

    def train(
        self,
        model: Model,
        theta: Vector,
        participant: Participant,
        rng: np.random.Generator,
        *,
        round: int,
        correction: Vector | None = None,
    ) -> ClientUpdate:
        """Return what leaves the device; `correction` is added to every gradient."""
        ...


class Algorithm(Protocol):
    """One way to train a model over many clients: a start, and a round that is a pure function."""

    @property
    def model(self) -> Model:
        """What is trained."""
        ...

    @property
    def local(self) -> LocalTrainer:
        """What a client does."""
        ...

    def init(self, rng: np.random.Generator) -> State:
        """Return the state before the first round."""
        ...

    def round(
        self,
        state: State,
        cohort: Sequence[Participant],
        seed: RoundSeed,
        *,
        map: Callable[..., Iterable[Any]] = map,
    ) -> tuple[State, Metrics]:
        """Return the next state and what was measured; `map` is ordered, and may run elsewhere."""
        ...


class UpdateTransform(Protocol):
    """A change to one client's update: a privacy step, a compression, or an attack.

    The smallest one: ``lambda update, rng: update``.
    """

    def __call__(self, update: ClientUpdate, rng: np.random.Generator) -> ClientUpdate:
        """Return the changed update; the given one is not written to."""
        ...


class CohortTransform(Protocol):
    """A change to all updates of a round at once: attackers who collude."""

    def __call__(
        self, updates: Sequence[ClientUpdate], rng: np.random.Generator
    ) -> Sequence[ClientUpdate]:
        """Return the changed updates; the given ones are not written to."""
        ...


class Aggregator(Protocol):
    """A function from a stream of updates, in ascending client id, to one delta."""

    def __call__(self, updates: Iterable[ClientUpdate], context: RoundContext) -> Aggregate:
        """Return one delta for the server."""
        ...


class ServerOptimizer(Protocol):
    """The server's step along `delta`; the round number is not its business."""

    def __call__(self, state: State, delta: Vector) -> State:
        """Return the state after the step; `state` is not written to."""
        ...


class Sampler(Protocol):
    """Who takes part: distinct client ids.

    The smallest one: ``lambda view, rng: list(range(view.num_clients))``.
    """

    def __call__(self, view: RoundView, rng: np.random.Generator) -> list[int]:
        """Return the cohort."""
        ...


class Partitioner(Protocol):
    """Which client owns which training row."""

    def __call__(self, dataset: Any, num_clients: int | None, rng: np.random.Generator) -> Integers:
        """Return the owner of each training row, shape (num_examples,)."""
        ...
