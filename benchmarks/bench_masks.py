"""Masks of secure aggregation, against the bare keystream and against what else is in use.

The keystream alone comes from OpenSSL through ``cryptography``: it is the price of the secrecy,
and what lies above it is the price of adding it to a vector. A turn is some calls in a row, as a
client makes one for each neighbour: waking an idle core takes longer than making a mask.
"""

from collections.abc import Callable
from functools import partial, reduce
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from benchmarks.timing import Table, compare, take_turns
from pyfedlite import kernels
from pyfedlite.kernels import _numpy

# (keys, elements): one large mask, and a larger one, beside which the start of a thread costs
# little; four neighbours of a client with the 2NN of McMahan et al. 2017; and short vectors, where
# calls and threads cost more than masks.
SIZES = ((1, 1_000_000), (1, 10_000_000), (4, 199_210), (20, 650))
CALLS = 8
STREAM = "keystream alone, by cryptography"
TWIN = "the NumPy twin"
FLOWER = "Mersenne Twister, + and %, as Flower"

Contenders = dict[str, Callable[[], object]]


def measure() -> list[Table]:
    return [measure_size(*size) for size in SIZES]


def in_a_row(run: Callable[[], object]) -> float:
    """Return the mean seconds of a call, over `CALLS` in a row."""
    start = perf_counter()
    for _ in range(CALLS):
        run()
    return (perf_counter() - start) / CALLS


def keystreams_alone(keys: list[bytes], num_bytes: int) -> tuple[Contenders, tuple[str, ...]]:
    """Return the bare cipher as a contender, or a note that it is not installed."""
    try:
        from cryptography.hazmat.primitives.ciphers import Cipher, algorithms
    except ModuleNotFoundError:
        return {}, (f"{STREAM}: left out, the package is absent",)
    zeros, stream = bytes(num_bytes), bytearray(num_bytes)

    def run() -> None:
        for key in keys:
            Cipher(algorithms.ChaCha20(key, bytes(16)), None).encryptor().update_into(zeros, stream)

    return {STREAM: run}, ()


def masked_as_in_flower(seeds: list[bytes], vector: NDArray[np.int64]) -> NDArray[np.int64]:
    """Mask as Flower 1.28 does: 32 bits of seed, 64-bit words, a sum and a remainder.

    The shape of ``pseudo_rand_gen``, ``parameters_addition`` and ``parameters_mod`` in
    ``flwr.common.secure_aggregation``. It does not hide: see `folded_mask` in ``attacks``.
    """
    for seed in seeds:
        words = [int.from_bytes(seed[i : i + 4], "little") for i in range(0, len(seed), 4)]
        twister = np.random.RandomState(reduce(lambda a, b: a ^ b, words))
        vector = vector + twister.randint(0, 2**32 - 1, vector.shape, dtype=np.int64)
    return vector % 2**32


def measure_size(num_keys: int, length: int) -> Table:
    rng = np.random.default_rng(0)
    keys = [rng.bytes(32) for _ in range(num_keys)]
    ring32, ring64 = np.zeros(length, np.uint32), np.zeros(length, np.uint64)
    signs = [1, -1] * (num_keys // 2) + [1] * (num_keys % 2)
    mask = partial(kernels.mask_accumulate, ring32, b"".join(keys), signs)
    name = f"pyfedlite ({kernels.NAME})"
    bare, notes = keystreams_alone(keys, ring32.nbytes)
    contenders: Contenders = bare | {
        f"{name}, 1 thread": partial(mask, threads=1),
        f"{name}, 2 threads": partial(mask, threads=2),
        name: mask,
        f"{name}, modulo 2^64": partial(kernels.mask_accumulate, ring64, keys, signs),
        "PCG64 + addition (not for secrets)": lambda: [
            np.add(ring32, rng.integers(0, 2**32, length, np.uint32), out=ring32) for _ in keys
        ],
        FLOWER: partial(masked_as_in_flower, keys, np.zeros(length, np.int64)),
        TWIN: lambda: _numpy.mask_accumulate(ring32, b"".join(keys), signs, 0, 1),
    }
    times = take_turns({name: partial(in_a_row, run) for name, run in contenders.items()})
    title = f"Masks of {num_keys} keys on {length:,} elements modulo 2^32"
    return compare(title, times, STREAM if bare else TWIN, notes)
