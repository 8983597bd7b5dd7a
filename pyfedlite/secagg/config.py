"""What all parties of one run agree on, and the hash that ties every key to it.

Each client builds its own `Config` from what it was told and never takes the hash from the server.
Adversary: a server that tells clients different things: other thresholds, rosters or models.
Protected: the hash is the salt of every key, so the masks of clients who were told different things
do not cancel, and the sum is noise. Not protected: the honest clients' wish to have a result. For
teaching and research: not audited.

References
----------
D. Pasquini, D. Francati and G. Ateniese, "Eluding Secure Aggregation in Federated Learning via
Model Inconsistency", CCS 2022, https://arxiv.org/abs/2111.07380: the attack that the hash of the
model parameters is for.
"""

import hashlib
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import ClassVar

from pyfedlite import _check
from pyfedlite.secagg import graph
from pyfedlite.secagg.threshold import ThreatModel, check_threshold
from pyfedlite.sharing import fixed_point

VERSION = 1
PREFIX = b"pyfedlite/secagg/v1/"
NO_KEY = bytes(32)
SERVER = 2**32 - 1
"""The server's place where a client id would stand."""


@dataclass(frozen=True)
class Member:
    """A client on the roster.

    Parameters
    ----------
    client_id : int
        From 0 to 2^32 - 2.
    verify_key : bytes of length 32
        Its Ed25519 public key; zeros where nothing is signed.
    """

    client_id: int
    verify_key: bytes = NO_KEY


@dataclass(frozen=True)
class Quantiser:
    """How updates become integers.

    Parameters
    ----------
    fraction_bits : int
        f: a step is 2^-f.
    clip : float
        c: coordinates are clipped to [-c, c].
    max_weight : int
        W_max, the largest weight of a client, at least 1.
    rounding : {"stochastic", "nearest"}
    """

    fraction_bits: int
    clip: float
    max_weight: int = 1
    rounding: str = "stochastic"

    def __post_init__(self) -> None:
        fixed_point.check_precision(self.fraction_bits, self.clip)
        _check.integer("max_weight", self.max_weight, minimum=1)
        _check.one_of("rounding", self.rounding, ("stochastic", "nearest"))

    @property
    def largest(self) -> int:
        """ceil(c 2^f), the largest quantised coordinate; at least 1, which weights need."""
        return max(fixed_point.largest_step(self.fraction_bits, self.clip), 1)


@dataclass(frozen=True)
class Config:
    """Everything that a run of the protocol depends on.

    Parameters
    ----------
    session_id : bytes of length 32
        Fresh random bytes for each run.
    round : int
        The round of training, below 2^64.
    roster : tuple of Member
        In ascending client id, at least two.
    threshold : int
        t: so many shares open a secret.
    length : int
        D, elements of a masked vector: the parameters and, last, the weight.
    quantiser : Quantiser
    parameters_hash : bytes of length 32
        SHA-256 of the global model that the clients started from.
    ring_bits : {32, 64}
        R: sums are modulo 2^R.
    threat_model : ThreatModel
    num_corrupt : int
        n_c, how many clients may pool what they see with the server.
    degree : int, optional
        k of the graph; ``None`` for the complete one.
    coin : bytes
        32 public random bytes that shuffle the graph; empty for the complete one.

    Raises
    ------
    ValueError
        When the threshold is not secure, an id stands twice, or a sum could wrap around.
    """

    session_id: bytes
    round: int
    roster: tuple[Member, ...]
    threshold: int
    length: int
    quantiser: Quantiser
    parameters_hash: bytes = field(repr=False)
    ring_bits: int = 32
    threat_model: ThreatModel = ThreatModel.HONEST_BUT_CURIOUS
    num_corrupt: int = 0
    degree: int | None = None
    coin: bytes = b""

    _MODELS: ClassVar[list[ThreatModel]] = list(ThreatModel)

    def __post_init__(self) -> None:
        _check.one_of("threat_model", self.threat_model, list(ThreatModel))
        object.__setattr__(self, "threat_model", ThreatModel(self.threat_model))
        _check_bytes("session_id", self.session_id, 32)
        _check_bytes("parameters_hash", self.parameters_hash, 32)
        _check_below("round", self.round, 2**64)
        _check_below("length", self.length, 2**32)
        _check.integer("length", self.length, minimum=1)
        _check.integer("num_corrupt", self.num_corrupt, minimum=0)
        _check.integer("threshold", self.threshold)
        self._check_roster()
        self._check_graph()
        self._check_range()

    def _check_roster(self) -> None:
        ids = self.client_ids
        if len(ids) < 2:
            hint = "a sum of one input is that input"
            _check.fail("roster", "hold at least 2 clients", len(ids), hint)
        if len(set(ids)) < len(ids) or list(ids) != sorted(ids):
            _check.fail("roster", "name each client once, in ascending id", list(ids))
        for member in self.roster:
            _check_below("client_id", member.client_id, SERVER)
            _check_bytes("verify_key", member.verify_key, 32)
            if self.threat_model is ThreatModel.ACTIVE and member.verify_key == NO_KEY:
                who = f"verify_key of client {member.client_id}"
                _check.fail(who, f"be an Ed25519 key under {self.threat_model}", "none")

    def _check_graph(self) -> None:
        n, k = self.num_clients, self.degree
        if k is None:
            _check_bytes("coin", self.coin, 0)
            check_threshold(self.threshold, n, self.num_corrupt, self.threat_model)
            return
        _check_bytes("coin", self.coin, 32)
        if self.threat_model is ThreatModel.ACTIVE:
            hint = "the server could choose the coin; use degree=None"
            _check.fail("degree", f"be None under {self.threat_model}", k, hint)
        if k % 2 or not 2 <= k < n:
            _check.fail("degree", f"be even and lie in 2..{n - 1}", k)
        least = graph.least_threshold(n, self.num_corrupt, k, self.threat_model)
        if not least <= self.threshold <= k:
            condition = (
                f"lie in {least}..degree={k} with num_corrupt={self.num_corrupt} "
                f"under {self.threat_model}"
            )
            _check.fail("threshold", condition, self.threshold, "ask choose_graph")

    def _check_range(self) -> None:
        weight, largest = self.quantiser.max_weight, self.quantiser.largest
        fixed_point.ring_dtype(self.ring_bits)
        if not fixed_point.fits(self.ring_bits, self.num_clients, weight, largest):
            condition = (
                "keep num_clients * max_weight * clip * 2**fraction_bits below "
                f"2**{self.ring_bits - 1}"
            )
            got = f"{self.num_clients} * {weight} * {largest}"
            _check.fail("quantiser", condition, got, "use ring_bits=64 or fewer fraction_bits")

    @property
    def num_clients(self) -> int:
        """n, the length of the roster."""
        return len(self.roster)

    @cached_property
    def client_ids(self) -> tuple[int, ...]:
        """The ids of the roster."""
        return tuple(member.client_id for member in self.roster)

    @cached_property
    def places(self) -> Mapping[int, int]:
        """Where each client's shares lie: its index in the roster, from 1."""
        return {u: index for index, u in enumerate(self.client_ids, start=1)}

    @cached_property
    def verify_keys(self) -> Mapping[int, bytes]:
        """The signature key of each client."""
        return {member.client_id: member.verify_key for member in self.roster}

    @cached_property
    def neighbours(self) -> Mapping[int, tuple[int, ...]]:
        """N(u): with whom each client shares and masks, itself not among them."""
        if self.degree is not None:
            return graph.ring_neighbours(self.client_ids, self.degree, self.graph_seed)
        return {u: tuple(v for v in self.client_ids if v != u) for u in self.client_ids}

    def has_enough(self, me: int, alive: set[int]) -> bool:
        """Return whether the threshold is met: by all, or in the k-graph by the neighbours."""
        counted = alive if self.degree is None else alive & set(self.neighbours[me])
        return len(counted) >= self.threshold

    @cached_property
    def graph_seed(self) -> bytes:
        """What shuffles the graph: everything else, and the public coin."""
        return hashlib.sha256(PREFIX + b"graph" + self._canonical() + self.coin).digest()

    @cached_property
    def context(self) -> bytes:
        """Ctx = SHA-256 of the canonical bytes: the salt of every key."""
        seed = self.graph_seed if self.degree is not None else b""
        return hashlib.sha256(PREFIX + b"ctx" + self._canonical() + seed).digest()

    def _canonical(self) -> bytes:
        """Return all fields in a fixed order, of fixed width or with their length before them."""
        quantiser = self.quantiser
        rounding = quantiser.rounding.encode()
        model = self._MODELS.index(self.threat_model)
        degree = 0 if self.degree is None else self.degree
        parts = [
            struct.pack("<BB32sQ", VERSION, model, self.session_id, self.round),
            struct.pack("<I", self.num_clients),
            *(struct.pack("<I32s", m.client_id, m.verify_key) for m in self.roster),
            struct.pack("<IIII", self.threshold, self.num_corrupt, degree, len(self.coin)),
            struct.pack("<II", self.ring_bits, self.length),
            struct.pack("<Id", quantiser.fraction_bits, quantiser.clip),
            struct.pack("<QI", quantiser.max_weight, len(rounding)) + rounding,
            self.parameters_hash,
        ]
        return b"".join(parts)


def _check_bytes(name: str, value: bytes, length: int) -> None:
    if not isinstance(value, bytes):
        _check.fail_type(name, "be bytes", value)
    if len(value) != length:
        _check.fail(name, f"have {length} bytes", len(value))


def _check_below(name: str, value: int, limit: int) -> None:
    if _check.integer(name, value, minimum=0) >= limit:
        _check.fail(name, f"be below {limit}", value)
