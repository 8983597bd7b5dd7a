"""How many updates the weighted mean holds while others arrive."""

import weakref
from collections.abc import Iterator

import numpy as np
import pytest

from pyfedlite.aggregation import weighted_mean
from pyfedlite.aggregation.mean import CHUNK, CHUNK_BYTES
from pyfedlite.clients import ClientUpdate
from pyfedlite.seeds import RoundSeed
from pyfedlite.state import RoundContext


@pytest.mark.parametrize(
    ("num_bytes", "held"),
    [(8, CHUNK), (CHUNK_BYTES // 2, 2), (CHUNK_BYTES, 1), (CHUNK_BYTES + 8, 1)],
)
def test_large_updates_are_not_held(num_bytes: int, held: int) -> None:
    sent: list[weakref.ref[np.ndarray]] = []
    most = 0

    def stream() -> Iterator[ClientUpdate]:
        nonlocal most
        for k in range(2 * held + 1):
            delta = np.full(num_bytes // 8, float(k))
            sent.append(weakref.ref(delta))
            most = max(most, sum(ref() is not None for ref in sent))
            yield ClientUpdate(k, delta, 1, 1, 0.0)
            del delta

    context = RoundContext(round=1, theta=np.zeros(num_bytes // 8), seed=RoundSeed(0, 1))
    mean = weighted_mean()(stream(), context).delta
    np.testing.assert_array_equal(mean, float(held))  # of 0, 1, ..., 2 held
    assert most <= held + 1  # a chunk, and the one that is being made
