"""Exercises of page 08, masks that cancel. For teaching and research: not audited."""

from typing import Any

import numpy as np
from hypothesis import strategies as st

from pyfedlite._typing import Integers
from pyfedlite.exercises.exercise import Exercise, Law, Mistake
from pyfedlite.testing.counterexample import Case


def _masked(u: int, vectors: Integers, pads: Integers, num_bits: int) -> Integers:
    added, subtracted = pads[u, :u].sum(axis=0), pads[u + 1 :, u].sum(axis=0)
    result: Integers = (vectors[u] + added - subtracted) % 2**num_bits
    return result


def _words(num_bits: int, count: int) -> st.SearchStrategy[list[int]]:
    return st.lists(st.integers(0, 2**num_bits - 1), min_size=count, max_size=count)


@st.composite
def _streets(draw: st.DrawFn, sizes: st.SearchStrategy[int]) -> Case:
    n, length, num_bits = draw(st.integers(2, 4)), draw(st.integers(1, 2)), draw(sizes)
    vectors = np.array(draw(_words(num_bits, n * length))).reshape(n, length)
    pads = np.zeros((n, n, length), dtype=np.int64)
    for a in range(n):
        for b in range(a):
            pads[a, b] = draw(_words(num_bits, length))
    return {
        "u": draw(st.integers(0, n - 1)),
        "vectors": vectors,
        "pads": pads,
        "num_bits": num_bits,
    }


@st.composite
def _in_the_middle(draw: st.DrawFn) -> Case:
    """Three clients with one number each: client 1 adds one mask and subtracts the other."""
    vectors = np.array([[draw(st.integers(1, 4))] for _ in range(3)])
    pads = np.zeros((3, 3, 1), dtype=np.int64)
    pads[1, 0], pads[2, 0], pads[2, 1] = draw(st.integers(2, 3)), draw(st.integers(0, 3)), 1
    return {"u": 1, "vectors": vectors, "pads": pads, "num_bits": 4}


def _both_added(u: int, vectors: Integers, pads: Integers, num_bits: int) -> Any:
    return (vectors[u] + pads[u].sum(axis=0) + pads[:, u].sum(axis=0)) % 2**num_bits


def _signs_reversed(u: int, vectors: Integers, pads: Integers, num_bits: int) -> Any:
    return (vectors[u] - pads[u].sum(axis=0) + pads[:, u].sum(axis=0)) % 2**num_bits


MASKED_VECTOR = Exercise(
    name="masked-vector-1",
    page="08",
    title="A vector under masks",
    signature="masked(u, vectors, pads, num_bits)",
    statement="Return y_u = x_u + sum_{v < u} m_uv - sum_{v > u} m_vu modulo 2^num_bits, shape "
    "(length,). Row u of vectors, shape (num_clients, length), is x_u. For a > b, pads[a, b] is "
    "the mask m_ab; the other entries of pads, shape (num_clients, num_clients, length), are 0.",
    hints=(
        "Client u shares a mask with every other client. With which of them does it have the "
        "larger number, and what does it do with these masks?",
        "pads[u, :u] are the masks with clients of smaller numbers, pads[u + 1:, u] those with "
        "clients of larger numbers; .sum(axis=0) adds the masks of many clients.",
        "Add the first sum to vectors[u], subtract the second, and take the result % 2**num_bits.",
    ),
    laws=(
        Law(
            "of three clients the middle one adds one mask and subtracts the other",
            _in_the_middle(),
            _masked,
        ),
        Law(
            "client u adds the masks that it shares with smaller numbers, and subtracts the others",
            _streets(st.integers(3, 8)),
            _masked,
        ),
        Law("the same holds for words of 32 bits", _streets(st.just(32)), _masked),
    ),
    mistakes=(
        Mistake(
            "Here both clients of a pair add their mask, so it stands in the sum twice. The client "
            "with the smaller number has to subtract it.",
            _both_added,
        ),
        Mistake(
            "The signs are exchanged: the client with the larger number adds, the other subtracts.",
            _signs_reversed,
        ),
        Mistake(
            "The masks shared with clients of larger numbers are missing: pads[v, u] with v > u.",
            lambda u, vectors, pads, num_bits: (vectors[u] + pads[u].sum(axis=0)) % 2**num_bits,
        ),
        Mistake(
            "The result lies outside of 0 to 2^num_bits - 1: take it modulo 2^num_bits.",
            lambda u, vectors, pads, num_bits: (
                vectors[u] + pads[u].sum(axis=0) - pads[:, u].sum(axis=0)
            ),
        ),
        Mistake(
            "That is the vector of client u without any mask.",
            lambda u, vectors, pads, num_bits: vectors[u],
        ),
    ),
)

MASK_PROPERTY = Exercise(
    name="mask-property-1",
    page="08",
    title="A property of masks from seeds",
    signature="mask_property(mask, seed, length)",
    statement="Write a property: given a function mask(seed, length) that returns words of 32 "
    "bits, and a drawn seed of 32 bytes, assert something that holds for ChaCha20 and fails for "
    "each broken mask.",
    hints=(
        "Two things have to matter: every part of the seed, and the place in the vector. Which "
        "two seeds does a fold by exclusive or confuse?",
        "other = seed[4:] + seed[:4] has the same 4-byte words in another order. A set shows how "
        "many different words a mask has: len(set(mask(seed, 8).tolist())).",
        "Assert first that mask(seed, 8) holds more than one value. Then, if other != seed, that "
        "mask(seed, 8) and mask(other, 8) differ somewhere: (a != b).any().",
    ),
    subject="mask",
)
