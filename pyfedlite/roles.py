"""The roles that the parts of a run can play, each with the smallest part that fills it.

A role is a protocol: any object with these methods fills it, and nothing is inherited. A part may
be a function. Our own parts are frozen dataclasses with ``__call__``: they can be pickled to a
worker, printed, written into a configuration and hashed.

Left neighbour: ``state`` has the types that are handed over. Right neighbour: every room that has
parts of a role. The page "Write your own part" of the documentation has one section a role. The
names of arrays, `Vector` and others, can be imported from here for the types of a part of your own.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol, runtime_checkable

import numpy as np

from pyfedlite._typing import Integers as Integers
from pyfedlite._typing import Labels as Labels
from pyfedlite._typing import Matrix as Matrix
from pyfedlite._typing import Metrics as Metrics
from pyfedlite._typing import Vector as Vector
from pyfedlite.clients import ClientUpdate, Fate, Participant, Rows
from pyfedlite.params import ParamLayout
from pyfedlite.seeds import RoundSeed
from pyfedlite.state import Aggregate, Population, RoundContext, RoundRecord, RoundView, State, Stop


@runtime_checkable
class Model(Protocol):
    """The shape of a model and its formulas; it never holds weights.

    A model with an attribute ``batch_axes = True`` accepts leading batch axes: theta (..., d) with
    features (..., n, num_features) and `weights` (..., n), one for each example, where 0 is padding
    and the mean is over the weights. Without it, it is trained one client at a time, and `weights`
    is never given.

    The smallest one::

        class Constant:  # predicts theta for every row
            layout, num_features, num_classes, dtype = ParamLayout({"c": (1,)}), 1, None, "float64"

            def init(self, rng):
                return np.zeros(1)

            def loss(self, theta, features, labels):
                return np.mean((theta[0] - labels) ** 2) / 2

            def grad(self, theta, features, labels):
                return np.array([np.mean(theta[0] - labels)])

            def predict(self, theta, features):
                return np.full(len(features), theta[0])
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

    @property
    def loss(self) -> Callable[..., Any]:
        """(theta, features, labels[, weights]) to the mean loss, shape (...)."""
        ...

    @property
    def grad(self) -> Callable[..., Vector]:
        """(theta, features, labels[, weights]) to its gradient, shape (..., num_params)."""
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
    """What a client does with the model that it receives.

    It may also have ``orders(num_examples, fate, rng)``, the order of the rows in each epoch as
    `train` will draw it from an equal `rng`: the fingerprint of the plan then covers it.

    The smallest one, which sends noise::

        class Noise:
            def train(self, model, theta, participant, rng, *, round):
                client = participant.client
                delta = rng.normal(size=len(theta))
                return ClientUpdate(client.client_id, delta, client.num_examples, 0, 0.0)
    """

    def train(
        self,
        model: Model,
        theta: Vector,
        participant: Participant,
        rng: np.random.Generator,
        *,
        round: int,
    ) -> ClientUpdate:
        """Return what leaves the device; `theta` is not written to."""
        ...


class Correction(Protocol):
    """A vector that local SGD adds to every gradient of a client: SCAFFOLD, FedDyn.

    The smallest one, a pull towards zero: ``lambda participant, theta: 0.01 * theta``.
    """

    def __call__(self, participant: Participant, theta: Vector) -> Vector:
        """Return the vector, shape (num_params,), once a round."""
        ...


class DataTransform(Protocol):
    """A change to a client's rows before it trains: poisoned labels, a trigger, drift.

    It keeps the number of rows. The smallest one: ``lambda client, round, rng: client``.
    """

    def __call__(self, client: Rows, round: int, rng: np.random.Generator) -> Rows:
        """Return the changed client; the given rows are read-only."""
        ...


class UpdateTransform(Protocol):
    """A change to one client's update: a privacy step, a compression, or an attack.

    What the client remembers is ``update.memory``; what the server sent is
    ``participant.received``. The smallest one: ``lambda update, participant, round, rng: update``.
    """

    def __call__(
        self, update: ClientUpdate, participant: Participant, round: int, rng: np.random.Generator
    ) -> ClientUpdate:
        """Return the changed update; the given one is not written to."""
        ...


class CohortTransform(Protocol):
    """A change to all updates of a round at once: attackers who work together.

    The smallest one: ``lambda updates, context, rng: updates``.
    """

    def __call__(
        self, updates: Sequence[ClientUpdate], context: RoundContext, rng: np.random.Generator
    ) -> Sequence[ClientUpdate]:
        """Return the changed updates; the given ones are not written to."""
        ...


class Aggregator(Protocol):
    """A function from a stream of updates, in ascending client id, to one delta.

    It is called also when no update arrives, and raises `RoundFailed` where it has no answer. The
    smallest one, which goes where the last client went::

        def last(updates, context):
            deltas = [update.delta for update in updates]
            if not deltas:
                raise RoundFailed("no update has arrived")
            return Aggregate(deltas[-1].astype(np.float64))
    """

    def __call__(self, updates: Iterable[ClientUpdate], context: RoundContext) -> Aggregate:
        """Return one delta for the server."""
        ...


class ServerOptimizer(Protocol):
    """The server's step along the aggregate; the round number is not its business.

    The smallest one, the sum of FedAvg::

        def along(state, aggregate, population=None):
            theta = state.theta + aggregate.delta
            return replace(state, theta=theta.astype(state.theta.dtype))
    """

    def __call__(
        self, state: State, aggregate: Aggregate, population: Population | None = None
    ) -> State:
        """Return the state after the step; `state` is not written to."""
        ...


class Sampler(Protocol):
    """Who takes part: distinct client ids, or none at all.

    It may also have ``population(num_clients)``, the `Population` that declares its law. The
    smallest one: ``lambda view, rng: list(range(view.num_clients))``.
    """

    def __call__(self, view: RoundView, rng: np.random.Generator) -> list[int]:
        """Return the cohort."""
        ...


class Availability(Protocol):
    """What becomes of all who were asked, together: a deadline or a goal count closes a round.

    It may also have ``present(num_clients, seed)``, the ids that can be reached at all, which the
    sampler sees as ``view.available``. The smallest one::

        lambda client_ids, seed: [Fate() for _ in client_ids]
    """

    def __call__(self, client_ids: Sequence[int], seed: RoundSeed) -> Sequence[Fate]:
        """Return the fate of each client, in the order of `client_ids`."""
        ...


class Callback(Protocol):
    """What looks at a run after every round.

    The smallest one: ``lambda records, state: print(records[-1].round)``.
    """

    def __call__(self, records: Sequence[RoundRecord], state: State) -> Metrics | Stop | None:
        """Return metrics for the last record, or `Stop` to end the run, or None.

        `records` are all of the run, also of what was done before it was resumed.
        """
        ...


class Partitioner(Protocol):
    """Which client owns which training row.

    The smallest one::

        def in_turn(dataset, num_clients, rng):
            return np.arange(dataset.num_examples) % num_clients
    """

    def __call__(self, dataset: Any, num_clients: int | None, rng: np.random.Generator) -> Integers:
        """Return the owner of each training row, shape (num_examples,)."""
        ...


class Algorithm(Protocol):
    """One way to train a model over many clients: a start, and a round that is a pure function.

    It may also have ``private``, a truth value: whether a round returns metrics that noise has made
    private, or that hold no secret, and no others. `simulate` then draws from the operating system
    what it else draws from the seed, and records nothing of its own.
    """

    @property
    def model(self) -> Model:
        """What is trained."""
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
        population: Population | None = None,
        map: Callable[..., Iterable[Any]] = map,
    ) -> tuple[State, Metrics]:
        """Return the next state and what was measured; `map` is ordered, and may run elsewhere."""
        ...
