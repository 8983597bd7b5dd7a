"""Configurations and vectors of secure aggregation, for tests and exercises.

The secrets made here are as good as any, and known to the test. For teaching and research: not
audited.
"""

import os
from collections.abc import Mapping
from typing import Any

import numpy as np

from pyfedlite import _check
from pyfedlite.secagg import Config, Member, Quantiser, ThreatModel, keys
from pyfedlite.secagg.graph import smallest_graph
from pyfedlite.sharing.fixed_point import Ring, ring_dtype


def make_config(
    num_clients: int,
    threshold: int,
    *,
    threat_model: ThreatModel = ThreatModel.HONEST_BUT_CURIOUS,
    length: int = 4,
    ring_bits: int = 32,
    **changes: Any,
) -> tuple[Config, dict[int, bytes]]:
    """Return a configuration for clients 0, 3, 6, ... and their signature keys.

    Ids are no places: a mix-up of the two has to show. On a graph everybody has to stay, unless
    `min_survivors` is among the changes.
    """
    sign_keys = {3 * index: os.urandom(32) for index in range(num_clients)}
    active = threat_model is ThreatModel.ACTIVE
    roster = tuple(
        Member(u, keys.verify_key(key)) if active else Member(u) for u, key in sign_keys.items()
    )
    settings: dict[str, Any] = {
        "session_id": os.urandom(32),
        "round": 1,
        "roster": roster,
        "threshold": threshold,
        "length": length,
        "quantiser": Quantiser(fraction_bits=8, clip=1.0),
        "parameters_hash": bytes(32),
        "ring_bits": ring_bits,
        "threat_model": threat_model,
        "coin": os.urandom(32) if changes.get("degree") else b"",
        "min_survivors": num_clients if changes.get("degree") else None,
    }
    return Config(**(settings | changes)), sign_keys


def make_graph_config(
    num_clients: int, num_drop: int, num_corrupt: int = 0, **changes: Any
) -> tuple[Config, dict[int, bytes]]:
    """Return a configuration on the graph that the chooser finds, and signature keys."""
    choice = smallest_graph(num_clients, num_corrupt, num_drop)
    if choice is None:
        _check.fail("num_clients", "be enough for a graph", num_clients)
    settings = {
        "degree": choice.degree,
        "num_corrupt": num_corrupt,
        "min_survivors": num_clients - num_drop,
    }
    return make_config(num_clients, choice.threshold, **(settings | changes))


def make_vectors(config: Config) -> dict[int, Ring]:
    """Return a uniformly random ring vector for each client of the roster."""
    dtype = np.dtype(ring_dtype(config.ring_bits))
    return {
        u: np.frombuffer(os.urandom(config.length * dtype.itemsize), dtype)
        for u in config.client_ids
    }


def ring_sum(vectors: Mapping[int, Ring], clients: tuple[int, ...]) -> Ring:
    """Return the sum over some clients, modulo 2^R."""
    total = np.zeros_like(next(iter(vectors.values())))
    for u in clients:
        total += vectors[u]
    return total
