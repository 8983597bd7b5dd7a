"""Wrong labels: attackers who train honestly, on rows that they have labelled falsely.

Adversary: single clients, who change their own rows and follow the protocol in all else. Protected
by: robust rules, a little, since such updates look like those of a client with other data. Not
protected: the classes that are aimed at. For teaching and research: not audited.

Both are data transforms, to be used with `only_for`.

References
----------
V. Tolpegin, S. Truex, M. E. Gursoy and L. Liu, "Data Poisoning Attacks Against Federated Learning
Systems", ESORICS 2020, https://arxiv.org/abs/2007.08432
"""

from dataclasses import dataclass

import numpy as np

from pyfedlite import _check
from pyfedlite._typing import Labels
from pyfedlite.clients import Client, Rows


def with_labels(client: Rows, labels: Labels) -> Client:
    """Return a client with the same features and other labels."""
    return Client(client.client_id, client.features, labels)


@dataclass(frozen=True)
class FlipLabels:
    """Every label y becomes C - 1 - y.

    Parameters
    ----------
    num_classes : int
        C, at least 2.

    Examples
    --------
    >>> client = Client(0, np.zeros((3, 1)), np.array([0, 1, 9]))
    >>> FlipLabels(10)(client, 1, np.random.default_rng(0)).labels
    array([9, 8, 0])
    """

    num_classes: int

    def __post_init__(self) -> None:
        _check.keep(self, "num_classes", _check.integer, minimum=2)

    def __call__(self, client: Rows, round: int, rng: np.random.Generator) -> Client:
        """Return the client with turned labels."""
        if (client.labels < 0).any() or (client.labels >= self.num_classes).any():
            got = f"{client.labels.min()} to {client.labels.max()}"
            _check.fail("labels", f"lie from 0 to {self.num_classes - 1} to be flipped", got)
        return with_labels(client, self.num_classes - 1 - client.labels)


@dataclass(frozen=True)
class Relabel:
    """Every label `source` becomes `target`; the others stay.

    Parameters
    ----------
    source, target : int
        Two classes.

    Examples
    --------
    >>> client = Client(0, np.zeros((3, 1)), np.array([0, 7, 9]))
    >>> Relabel(source=7, target=1)(client, 1, np.random.default_rng(0)).labels
    array([0, 1, 9])
    """

    source: int
    target: int

    def __post_init__(self) -> None:
        _check.keep(self, "source", _check.integer, minimum=0)
        _check.keep(self, "target", _check.integer, minimum=0)
        if self.source == self.target:
            _check.fail("target", "be another class than source", self.target)

    def __call__(self, client: Rows, round: int, rng: np.random.Generator) -> Client:
        """Return the client with one class named as another."""
        is_source = client.labels == self.source
        return with_labels(client, np.where(is_source, self.target, client.labels))


def flip_labels(num_classes: int) -> FlipLabels:
    """Return an attack that turns all labels round; see `FlipLabels`."""
    return FlipLabels(num_classes)


def relabel(source: int, target: int) -> Relabel:
    """Return an attack that names one class as another; see `Relabel`."""
    return Relabel(source, target)
