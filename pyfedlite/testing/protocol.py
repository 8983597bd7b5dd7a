"""Configurations and vectors of secure aggregation, for tests and exercises.

The secrets made here are as good as any, and known to the test. For teaching and research: not
audited.
"""

import os
from collections.abc import Mapping
from typing import Any

import numpy as np

from pyfedlite.secagg import Config, Member, Quantiser, ThreatModel, keys
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

    Ids are no places: a mix-up of the two has to show.
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
    }
    return Config(**(settings | changes)), sign_keys


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
