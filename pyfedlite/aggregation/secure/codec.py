"""How an update becomes ring elements, and a sum of them the mean: the codec of a round.

Secure aggregation adds vectors of a ring. What stands in them is the codec's: how long they are,
how large a sum can get, and what a client needs to encode its update. `MeanCodec` is the first, of
the weighted mean; a codec of noise that clients add themselves has the same three methods.
Adversary: clients who send integers out of range; an impossible sum is refused (`OVERFLOW`). Not
protected: the mean against a lie within range. For teaching and research: not audited.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from pyfedlite import _check
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

    def decode(self, total: Ring, num_survivors: int) -> NDArray[np.float64]:
        """Return the mean of a sum over `num_survivors` vectors, shape (num_params,)."""


class Codec(Protocol):
    """Chooses the numbers of a round."""

    def of_round(self, context: RoundContext, num_clients: int) -> RoundCodec:
        """Return the codec for this model and a cohort of `num_clients`."""


@dataclass(frozen=True)
class MeanOfRound:
    """(w q, w): the update in steps of 2^-f, times the integer weight, and the weight itself.

    Parameters
    ----------
    length : int
    ring_bits : {32, 64}
    quantiser : Quantiser
    """

    length: int
    ring_bits: int
    quantiser: Quantiser

    @property
    def text(self) -> bytes:
        """Nothing beyond the quantiser, which is bound as it is."""
        return b""

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
        return encode_vector(
            self.quantiser, self.ring_bits, self.length, update.delta, update.num_examples, words
        )

    def decode(self, total: Ring, num_survivors: int) -> NDArray[np.float64]:
        """Return the weighted mean."""
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

    def __post_init__(self) -> None:
        _check.positive("clip", self.clip)
        _check.one_of("rounding", self.rounding, ("stochastic", "nearest"))
        if self.max_weight is not None:
            _check.integer("max_weight", self.max_weight, minimum=1)
        if self.ring_bits not in (None, 32, 64):
            _check.fail("ring_bits", "be 32, 64 or None", self.ring_bits)

    def of_round(self, context: RoundContext, num_clients: int) -> MeanOfRound:
        """Return the codec for this model and cohort; the largest client decides the weights."""
        largest = max(p.client.num_examples for p in context.participants)
        ring_bits, quantiser = self.precision(num_clients, largest)
        return MeanOfRound(len(context.theta) + 1, ring_bits, quantiser)

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
