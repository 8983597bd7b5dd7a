"""A whole run of secure aggregation is the same, byte for byte, under both kernels."""

import os
import subprocess
import sys

import pytest

pytest.importorskip("cryptography")

RUN = """
import hashlib
import numpy as np
from pyfedlite import kernels
from pyfedlite.secagg import Config, Member, Quantiser, client, run

drawn = 0
def rand(length):
    global drawn
    drawn += 1
    return hashlib.shake_256(drawn.to_bytes(4, "little")).digest(length)

digest, heard = hashlib.sha256(), 0
original = client.client_mask
def listening(*arguments):
    global heard
    state, message = original(*arguments)
    digest.update(message)
    heard += 1
    return state, message
client.client_mask = listening

for bits in (32, 64):
    dtype = np.uint32 if bits == 32 else np.uint64
    config = Config(bytes(32), 1, tuple(Member(u) for u in range(5)), 3, 1000,
                    Quantiser(8, 1.0), bytes(32), ring_bits=bits)
    vector = np.arange(1000, dtype=dtype)
    outcome = run(config, lambda u: vector + dtype(u), drops_at={1: 2, 4: 4}, rand=rand)
    digest.update(outcome.total.tobytes())
assert heard == 2 * 4, heard  # client 1 fails before
print(kernels.NAME, digest.hexdigest())
"""


def played_with(kernel: str) -> tuple[str, str]:
    environment = os.environ | {"PYFEDLITE_KERNELS": kernel}
    result = subprocess.run(
        [sys.executable, "-c", RUN], env=environment, capture_output=True, text=True, check=False
    )
    if result.returncode and "not built" in result.stderr:
        pytest.skip("needs the Rust extension")
    assert result.returncode == 0, result.stderr
    name, digest = result.stdout.split()
    return name, digest


def test_both_kernels_send_the_same_bytes_through_a_whole_run() -> None:
    (numpy, first), (rust, second) = played_with("numpy"), played_with("rust")
    assert (numpy, rust) == ("numpy", "rust")
    assert first == second
