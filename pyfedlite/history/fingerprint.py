"""Two fingerprints of a run, so that a class can compare results by reading out a few letters.

The *plan* is what was going to happen: the partition, the cohorts and the order of each client's
examples. It is made of integers, so it is the same on every machine with the same NumPy. The
*result* is what came of it: theta and the metrics, to the last bit. It is the same on one build of
NumPy, one type of CPU and one BLAS thread.
"""

import hashlib
import json
from collections.abc import Sequence
from typing import Protocol

import numpy as np

from pyfedlite._typing import Integers, Vector
from pyfedlite.history.records import RoundRecord
from pyfedlite.roles import LocalTrainer
from pyfedlite.seeds import Role, RoundSeed


class PlannedClients(Protocol):
    """What a plan is drawn from."""

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
        row = [record.round, list(record.cohort), sorted(metrics.items())]
        digest.update(json.dumps(row).encode())  # repr of a float is exact
    return digest.hexdigest()


def plan_fingerprint(
    clients: PlannedClients, local: LocalTrainer, seed: int, records: Sequence[RoundRecord]
) -> str:
    """Return the SHA-256 of the partition, the cohorts and the order of each client's examples.

    The orders are drawn again from their keys, which is what keyed generators are good for.

    Parameters
    ----------
    clients : FederatedDataset or alike
    local : LocalTrainer
    seed : int
    records : sequence of RoundRecord

    Returns
    -------
    str
        64 hexadecimal digits.
    """
    digest = hashlib.sha256(clients.plan_bytes())
    for record in records:
        digest.update(_bytes(np.array([record.round, *record.cohort])))
        round_seed = RoundSeed(seed, record.round)
        for k in record.cohort:
            orders = local.orders(clients.num_examples(k), round_seed.rng(Role.BATCHES, k))
            digest.update(_bytes(orders))
    return digest.hexdigest()


def _bytes(integers: Integers) -> bytes:
    return integers.astype("<i8").tobytes()
