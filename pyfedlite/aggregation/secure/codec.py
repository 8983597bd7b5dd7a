"""How an update becomes ring elements, and a sum of them the mean: the codec of a round.

Secure aggregation adds vectors of a ring. What stands in them is the codec's: how long they are,
how large a sum can get, and what a client needs to encode its update. `MeanCodec` is that of
the weighted mean; ``noise`` next door has one for noise that clients add themselves.
Adversary: clients who send integers out of range; an impossible sum is refused (`OVERFLOW`). Not
protected: the mean against a lie within range. For teaching and research: not audited.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from pyfedlite import _check
from pyfedlite._canonical import canonical
from pyfedlite._typing import Vector
from pyfedlite.clients import ClientUpdate
from pyfedlite.secagg import Quantiser, decode_vector, encode_vector
from pyfedlite.sharing import choose_fraction_bits
from pyfedlite.sharing.fixed_point import Ring
from pyfedlite.state import RoundContext

COARSE = 10
"""Fewer fraction bits than this in the small ring, and the large one is taken."""


class RoundCodec(Protocol):
    """A codec with the numbers of one round.

    Every setting is bound into all keys, so clients who were told of other ones send noise.
    """

    @property
    def length(self) -> int:
        """D, the number of elements of a vector."""

    @property
    def ring_bits(self) -> int:
        """R, 32 or 64."""

    @property
    def quantiser(self) -> Quantiser:
        """Clip, steps and largest weight, of which `Config` checks that no sum wraps."""

    @property
    def text(self) -> bytes:
        """Every other setting, in canonical bytes."""

    @property
    def bound(self) -> int:
        """The largest absolute value of an element of one client's vector."""

    def encode(
        self, update: ClientUpdate, rng: np.random.Generator, secret_bytes: Callable[[int], bytes]
    ) -> Ring:
        """Return the vector of a client, shape (length,).

        `rng` is keyed by the seed of the run and decides the rounding; `secret_bytes` are the
        client's own, for noise that nobody may foresee.
        """

    def num_clipped(self, update: ClientUpdate) -> int:
        """Return how many coordinates of an update are clipped; 0 where that may not be told."""

    def decode(self, total: Ring, num_survivors: int) -> NDArray[np.float64]:
        """Return the mean of a sum over `num_survivors` vectors: delta, then second vectors."""


class Codec(Protocol):
    """Chooses the numbers of a round."""

    def of_round(self, context: RoundContext, num_clients: int) -> RoundCodec:
        """Return the codec for this model and a cohort of `num_clients`."""


@dataclass(frozen=True)
class MeanOfRound:
    """(w q, w): the update in steps of 2^-f, times the integer weight, and the weight itself.

    q is delta, and after it the second vectors.

    Parameters
    ----------
    length : int
    ring_bits : {32, 64}
    quantiser : Quantiser
    extras : tuple of str
        Names of the second vectors.
    weights : {"examples", "uniform"}
    """

    length: int
    ring_bits: int
    quantiser: Quantiser
    extras: tuple[str, ...] = ()
    weights: str = "examples"

    @property
    def text(self) -> bytes:
        """How updates are weighted, and the second vectors; the quantiser is bound as it is."""
        return canonical([self.weights, self.extras])

    @property
    def bound(self) -> int:
        """W_max ceil(c 2^f)."""
        return self.quantiser.max_weight * self.quantiser.largest

    def encode(
        self, update: ClientUpdate, rng: np.random.Generator, secret_bytes: Callable[[int], bytes]
    ) -> Ring:
        """Return (w q, w) in the ring."""
        words = None
        if self.quantiser.rounding == "stochastic":
            words = rng.integers(0, 2**64, self.length - 1, dtype=np.uint64)
        weight = update.num_examples if self.weights == "examples" else 1
        return encode_vector(
            self.quantiser, self.ring_bits, self.length, self.joined(update), weight, words
        )

    def num_clipped(self, update: ClientUpdate) -> int:
        """Return how many coordinates lie outside [-c, c]."""
        return int(np.count_nonzero(np.abs(self.joined(update)) > self.quantiser.clip))

    def joined(self, update: ClientUpdate) -> Vector:
        """Return delta and the second vectors, one after the other."""
        num_params = (self.length - 1) // (1 + len(self.extras))
        for name in self.extras:
            if update.extra[name].shape != (num_params,):
                condition = f"have shape ({num_params},)"
                _check.fail(f"extra {name!r}", condition, update.extra[name].shape)
        return np.concatenate([update.delta, *(update.extra[name] for name in self.extras)])

    def decode(self, total: Ring, num_survivors: int) -> NDArray[np.float64]:
        """Return the weighted mean of delta, and after it those of the second vectors."""
        return decode_vector(self.quantiser, total, num_survivors)[0]


@dataclass(frozen=True)
class MeanCodec:
    """The codec of the weighted mean.

    Parameters
    ----------
    clip : float
    max_weight : int, optional
    ring_bits : {32, 64}, optional
    rounding : {"stochastic", "nearest"}
    weights : {"examples", "uniform"}

    Examples
    --------
    >>> codec = MeanCodec(clip=1.0, max_weight=1000)
    >>> codec.precision(num_clients=100, largest=1000)
    (32, Quantiser(fraction_bits=14, clip=1.0, max_weight=1000, rounding='stochastic'))
    """

    clip: float = 4.0
    max_weight: int | None = None
    ring_bits: int | None = None
    rounding: str = "stochastic"
    weights: str = "examples"

    def __post_init__(self) -> None:
        _check.keep(self, "clip", _check.positive)
        choose_fraction_bits(ring_bits=64, num_clients=1, max_weight=1, clip=self.clip)
        _check.keep(self, "rounding", _check.one_of, ("stochastic", "nearest"))
        _check.keep(self, "weights", _check.one_of, ("examples", "uniform"))
        if self.max_weight is not None:
            _check.keep(self, "max_weight", _check.integer, minimum=1)
        if self.ring_bits is not None:
            _check.keep(self, "ring_bits", _check.integer)
        if self.ring_bits not in (None, 32, 64):
            _check.fail("ring_bits", "be 32, 64 or None", self.ring_bits)

    def of_round(self, context: RoundContext, num_clients: int) -> MeanOfRound:
        """Return the codec for this model and cohort; the largest client decides the weights."""
        uniform = self.weights == "uniform"
        largest = 1 if uniform else max(selected.num_examples for selected in context.roster)
        ring_bits, quantiser = self.precision(num_clients, largest)
        length = (1 + len(context.extras)) * len(context.theta) + 1
        return MeanOfRound(length, ring_bits, quantiser, context.extras, self.weights)

    def precision(self, num_clients: int, largest: int) -> tuple[int, Quantiser]:
        """Return ring width and quantiser, by rule where they are not set."""
        max_weight = self.max_weight or 1 << (largest - 1).bit_length()
        ring_bits = self.ring_bits
        if ring_bits is None:
            room = 2**31 / (num_clients * max_weight * self.clip)
            ring_bits = 32 if room > 2**COARSE else 64
        fraction_bits = choose_fraction_bits(
            ring_bits=ring_bits, num_clients=num_clients, max_weight=max_weight, clip=self.clip
        )
        return ring_bits, Quantiser(fraction_bits, self.clip, max_weight, self.rounding)
