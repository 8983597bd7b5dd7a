"""Two fingerprints of a run, so that people can compare runs by a few letters.

The *plan* is what is decided before any arithmetic: the partition, the cohorts, the fate of each
client and the order of its examples. It consists of integers, so it is the same on every machine
with the same NumPy. The *result* is theta and the metrics, to the last bit. It is the same on one
build of NumPy, one type of CPU and one BLAS thread.
"""

import hashlib
import json
from collections.abc import Sequence
from itertools import repeat
from typing import Protocol

import numpy as np

from pyfedlite import _canonical
from pyfedlite._typing import Integers, Vector
from pyfedlite.clients import STAYS
from pyfedlite.roles import Availability, LocalTrainer
from pyfedlite.sampling.availability import draw_fates
from pyfedlite.seeds import Role, RoundSeed
from pyfedlite.state import RoundRecord


class PlannedClients(Protocol):
    """What a plan needs to know of the clients."""

    def num_examples(self, k: int) -> int:
        """Return n_k."""
        ...

    def plan_bytes(self) -> bytes:
        """Return the partition as bytes."""
        ...


def result_fingerprint(theta: Vector, records: Sequence[RoundRecord]) -> str:
    """Return the SHA-256 of theta and of every round's cohort and metrics, without the seconds.

    Parameters
    ----------
    theta : ndarray of shape (num_params,)
        Its dtype, shape and little-endian bytes are hashed.
    records : sequence of RoundRecord

    Returns
    -------
    str
        64 hexadecimal digits.

    Examples
    --------
    >>> a = result_fingerprint(np.zeros(2), [RoundRecord(1, (0,), {"seconds": 1.0})])
    >>> b = result_fingerprint(np.zeros(2), [RoundRecord(1, (0,), {"seconds": 2.0})])
    >>> c = result_fingerprint(np.zeros(3), [RoundRecord(1, (0,), {"seconds": 2.0})])
    >>> a == b, b == c
    (True, False)
    """
    digest = hashlib.sha256()
    little = theta.astype(theta.dtype.newbyteorder("<"), copy=False)
    digest.update(f"{little.dtype.str}{theta.shape}".encode())
    digest.update(little.tobytes())
    for record in records:
        metrics = {name: value for name, value in record.metrics.items() if name != "seconds"}
        row: list[object] = [record.round, list(record.cohort), sorted(metrics.items())]
        if record.failure is not None:
            row.append(record.failure)
        digest.update(json.dumps(row).encode())  # repr of a float is exact
    return digest.hexdigest()


def plan_fingerprint(
    clients: PlannedClients,
    local: LocalTrainer | None,
    availability: Availability | None,
    seed: int,
    records: Sequence[RoundRecord],
) -> str:
    """Return the SHA-256 of the partition, the cohorts, the fates and the orders of the examples.

    Fates and orders were not stored: they are drawn again from their keys. A client whose update
    does not arrive has a fate and no order.

    Parameters
    ----------
    clients : FederatedDataset or alike
    local : LocalTrainer, optional
        Its method ``orders``, if it has one, returns the orders of a client.
    availability : Availability, optional
    seed : int
    records : sequence of RoundRecord

    Returns
    -------
    str
        64 hexadecimal digits.
    """
    digest = hashlib.sha256(clients.plan_bytes())
    draw_orders = getattr(local, "orders", None)
    for record in records:
        digest.update(_bytes(np.array([record.round, *record.cohort])))
        round_seed = RoundSeed(seed, record.round)
        fates = draw_fates(availability, record.cohort, round_seed)
        if fates is not None:
            digest.update(_canonical.canonical(list(fates)))
        if draw_orders is None:
            continue
        for k, fate in zip(record.cohort, fates or repeat(STAYS), strict=False):
            if fate.arrives:
                rng = round_seed.rng(Role.BATCHES, k)
                digest.update(_bytes(draw_orders(clients.num_examples(k), fate, rng)))
    return digest.hexdigest()


def _bytes(integers: Integers) -> bytes:
    return integers.astype("<i8").tobytes()
