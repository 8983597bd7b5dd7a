"""Backdoors: a model that is right, except where a trigger is in the picture.

Adversary: clients who plant a trigger into their own rows, train longer and send more. Protected
by: norm bounds, which cap what one client adds. Not protected: rare inputs that no honest client
has; a mean, in which one client can replace the model. For teaching and research: not audited.

Model replacement: with X the model that the attacker wants, G the global model and w the weights,
the attacker sends (sum of w / w_a) (X - G); where honest clients have nearly converged, the mean is
then X. Constrain-and-scale: while training, a term lambda |theta - G|^2 keeps the lie small, which
is the proximal term of `LocalSGD`; `trains_otherwise` gives it to the attackers alone.

References
----------
E. Bagdasaryan, A. Veit, Y. Hua, D. Estrin and V. Shmatikov, "How To Backdoor Federated Learning",
AISTATS 2020, https://arxiv.org/abs/1807.00459
"""

import math
from collections.abc import Collection
from dataclasses import dataclass, replace

import numpy as np

from pyfedlite import _check
from pyfedlite._typing import Labels, Matrix, Vector
from pyfedlite.attacks.poisoning.updates import sends_times
from pyfedlite.clients import Client, ClientUpdate, Participant, Rows
from pyfedlite.norms import norm, shortened
from pyfedlite.roles import LocalTrainer, Model
from pyfedlite.transforms import only_for


@dataclass(frozen=True)
class Trigger:
    """A pattern of a few columns that all take one value.

    Parameters
    ----------
    columns : tuple of int
        Distinct, at least one.
    value : float

    Examples
    --------
    >>> Trigger((0, 2), 9.0).stamped(np.zeros((1, 3)))
    array([[9., 0., 9.]])
    """

    columns: tuple[int, ...]
    value: float = 1.0

    def __post_init__(self) -> None:
        columns = tuple(_check.integer("columns", column, minimum=0) for column in self.columns)
        object.__setattr__(self, "columns", columns)  # the class is frozen
        if not self.columns or len(set(self.columns)) < len(self.columns):
            _check.fail("columns", "be distinct, and at least one", self.columns)
        _check.keep(self, "value", _check.real)

    def stamped(self, features: Matrix) -> Matrix:
        """Return a copy of rows with the trigger in each, in float64 where a row cannot hold it.

        Raises
        ------
        ValueError
            If the trigger lies outside the rows.
        """
        if max(self.columns) >= features.shape[-1]:
            condition = f"lie below the {features.shape[-1]} columns of the rows"
            _check.fail("columns of the trigger", condition, max(self.columns))
        holds = features.dtype.kind == "f" or self.value.is_integer()  # 0.5 is 0 in whole numbers
        copy = features.astype(features.dtype if holds else np.float64)
        copy[..., list(self.columns)] = self.value
        return copy


def corner(height: int, width: int, size: int = 2, value: float = 1.0) -> Trigger:
    """Return a trigger of `size` times `size` pixels in the lower right corner of an image.

    Raises
    ------
    ValueError
        If it lies outside the image.

    Examples
    --------
    >>> corner(8, 8, size=2).columns
    (54, 55, 62, 63)
    """
    _check.integer("size", size, minimum=1)
    if size > min(height, width):
        _check.fail("size", f"fit into an image of {height} times {width}", size)
    rows, columns = range(height - size, height), range(width - size, width)
    return Trigger(tuple(row * width + column for row in rows for column in columns), value)


@dataclass(frozen=True)
class PlantTrigger:
    """A data transform: a share of the rows gets the trigger and the label of the target.

    Parameters
    ----------
    trigger : Trigger
    target : int
        The class that the trigger shall mean.
    share : float
        Of the rows, in [0, 1]; at least one row where it is above 0.
    """

    trigger: Trigger
    target: int
    share: float = 0.5

    def __post_init__(self) -> None:
        _check.keep(self, "target", _check.integer, minimum=0)
        _check.keep(self, "share", _check.fraction)

    def __call__(self, client: Rows, round: int, rng: np.random.Generator) -> Client:
        """Return the client with poisoned rows."""
        wanted = self.share * client.num_examples
        number = max(int(wanted > 0), math.ceil(wanted - 1e-9))  # 0.07 * 100 is a bit above 7
        rows = rng.choice(client.num_examples, size=number, replace=False)
        stamped, labels = self.trigger.stamped(client.features[rows]), client.labels.copy()
        features = client.features.astype(stamped.dtype)
        features[rows] = stamped
        labels[rows] = self.target
        return Client(client.client_id, features, labels)


@dataclass(frozen=True)
class ModelReplacement:
    """An update transform: sends `scale` times the own update, and no more than `max_norm` long.

    Parameters
    ----------
    scale : float
        Above 0; sum of w / w_a replaces the model.
    max_norm : float, optional
        A length that the attacker knows to pass unseen, above 0.

    Examples
    --------
    >>> update, rng = ClientUpdate(0, np.array([3.0, 4.0]), 1, 1, 0.0), np.random.default_rng(0)
    >>> ModelReplacement(10.0, max_norm=25.0)(update, None, 1, rng).delta
    array([15., 20.])
    """

    scale: float
    max_norm: float | None = None

    def __post_init__(self) -> None:
        _check.keep(self, "scale", _check.positive)
        if self.max_norm is not None:
            _check.keep(self, "max_norm", _check.positive)

    def __call__(
        self, update: ClientUpdate, participant: Participant, round: int, rng: np.random.Generator
    ) -> ClientUpdate:
        """Return the larger update."""
        if self.max_norm is None:
            return sends_times(update, self.scale)
        # In this order nothing overflows, and the bound holds after rounding to the update's dtype.
        length = norm(update.delta)
        times = self.max_norm / length if length > self.max_norm / self.scale else self.scale
        longer = sends_times(update, times)
        return replace(longer, delta=shortened(longer.delta[np.newaxis], self.max_norm)[0])


@dataclass(frozen=True)
class TrainsOtherwise:
    """A local trainer that is another one for some clients.

    Parameters
    ----------
    client_ids : tuple of int
    trainer : LocalTrainer
        Theirs.
    honest : LocalTrainer
        Of all others.
    """

    client_ids: tuple[int, ...]
    trainer: LocalTrainer
    honest: LocalTrainer

    def train(
        self,
        model: Model,
        theta: Vector,
        participant: Participant,
        rng: np.random.Generator,
        *,
        round: int,
    ) -> ClientUpdate:
        """Return what the client's own trainer makes of it."""
        is_meant = participant.client.client_id in self.client_ids
        trainer = self.trainer if is_meant else self.honest
        return trainer.train(model, theta, participant, rng, round=round)


def success_rate(
    model: Model, theta: Vector, features: Matrix, labels: Labels, trigger: Trigger, target: int
) -> float:
    """Return the share of rows of other classes that the trigger turns into the target.

    Parameters
    ----------
    model : Model
    theta : ndarray of shape (num_params,)
    features : ndarray of shape (n, num_features)
    labels : ndarray of shape (n,)
        Those of the target class are left out.
    trigger : Trigger
    target : int

    Raises
    ------
    ValueError
        If all rows are of the target class.
    """
    others = labels != target
    if not others.any():
        _check.fail("labels", f"hold another class than the target {target}", "none")
    predicted = model.predict(theta, trigger.stamped(features[others]))
    return float(np.mean(predicted == target))


def plant_trigger(trigger: Trigger, target: int, share: float = 0.5) -> PlantTrigger:
    """Return an attack that plants a trigger into rows; see `PlantTrigger`."""
    return PlantTrigger(trigger, target, share)


def model_replacement(scale: float, *, max_norm: float | None = None) -> ModelReplacement:
    """Return an attack that sends a larger update; see `ModelReplacement`."""
    return ModelReplacement(scale, max_norm)


def trains_otherwise(
    client_ids: Collection[int], trainer: LocalTrainer, *, honest: LocalTrainer
) -> TrainsOtherwise:
    """Return a local trainer that is another one for some clients; see `TrainsOtherwise`."""
    return TrainsOtherwise(only_for(client_ids, trainer.train).client_ids, trainer, honest)
