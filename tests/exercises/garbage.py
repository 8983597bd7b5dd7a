"""What nobody should hand in, of more than twenty kinds, for exercises of any number of arguments.

Each is a function of the first result that would be right in kind, so that it comes as far as it
can.
"""

import asyncio
import sys

import hypothesis
import numpy as np
import pytest


class Evil:
    """An object that objects to everything."""

    def __getattr__(self, name):
        raise RuntimeError("no attribute")

    def __repr__(self):
        raise RuntimeError("no words")

    __str__ = __repr__

    def __eq__(self, other):
        raise RuntimeError("no comparison")

    def __hash__(self):
        return 0


class SilentError(Exception):
    def __str__(self):
        raise RuntimeError("no words")


class Unsigned:
    """A callable whose signature cannot be read."""

    __signature__ = "none"

    def __call__(self, *args):
        return None


class Doubtful(np.ndarray):
    pass


class EvilInt(int):
    """A number that objects to being compared, and shown."""

    __eq__ = __ne__ = Evil.__eq__
    __repr__ = __str__ = Evil.__repr__
    __hash__ = int.__hash__


class EvilFloat(float):
    __eq__ = __ne__ = Evil.__eq__
    __repr__ = __str__ = Evil.__repr__
    __hash__ = float.__hash__


class Unknown:
    """An object that does not even say of which class it is."""

    @property
    def __class__(self):
        raise RuntimeError("no class")


def exits(*args):
    sys.exit()


def raises_an_evil_error(*args):
    raise SilentError


def raises_what_is_no_exception(*args):
    raise GeneratorExit


def skips(*args):
    pytest.skip("not today")


def throws_back(*args):
    hypothesis.assume(False)


def recurses(*args):
    return recurses(*args)


def yields(*args):
    yield 1.0


async def waits(*args):
    await asyncio.sleep(0)


def rejects(*args):
    hypothesis.reject()


def uses_up_memory(*args):
    return np.ones((2**31, 2**31))


def stops_iterating(*args):
    return next(iter([]))


FUNCTIONS = [
    exits,
    raises_an_evil_error,
    raises_what_is_no_exception,
    skips,
    throws_back,
    rejects,
    recurses,
    yields,
    waits,
    uses_up_memory,
    stops_iterating,
    lambda *args: None,
    lambda *args: Evil(),
    lambda *args: EvilInt(1),
    lambda *args: EvilFloat(1.0),
    lambda *args: Unknown(),
    lambda *args: 10**400,
    lambda *args: -(10**5000),  # more digits than Python writes down
    lambda *args: np.broadcast_to(0.0, (10**12,)),  # one number in memory
    lambda *args: range(10**12),
    lambda *args: "0.0",
    lambda *args: {"result": 0.0},
    lambda *args: [[1.0], [2.0, 3.0]],
    lambda *args: np.matrix([[1.0]]),
    lambda *args: np.ma.masked_array([1.0], [True]),
    lambda *args: np.ones(1).view(Doubtful),
    lambda *args: np.array([object()]),
    lambda *args: np.array(["1.0"]),
    lambda *args: np.array([1 + 1j]),
    lambda *args: np.array([(1.0, 2)], dtype=[("a", float), ("b", int)]),
    lambda *args: np.array([np.datetime64("2020-01-01")]),
    lambda *args: np.zeros((0,)),
    lambda *args: np.array(1.0),
    lambda *args: np.float16(1.0),
    lambda *args: True,
    lambda *args: 1j,
    lambda *args: args,
    lambda *args: lambda: 1.0,
    lambda *args: np.array([np.inf]),
    lambda: 0.0,
    lambda *, key: key,
    Unsigned(),
    print,
    np.add,
    dict,
    type,
    max,
]
"""Called with whatever the exercise draws."""

OBJECTS = [None, 3, 2.5, "delta", [1.0], np.zeros(2), Evil(), ..., object()]
"""No functions at all."""

GARBAGE = [*FUNCTIONS, *OBJECTS]

RETURNED = [Evil, EvilInt, EvilFloat, Unknown, 10**5000, np.zeros(2), NotImplemented, True, waits]
"""What a property may return, or make, in place of an assertion."""
