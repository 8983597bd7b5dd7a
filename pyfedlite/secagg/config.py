"""What all parties of one run agree on, and the hash that ties every key to it.

Each client builds its own `Config` from what it was told and never takes the hash from the server.
Adversary: a server that tells clients different things: other thresholds, rosters, models or
training plans. Protected: the hash is the salt of every key, so the masks of clients who were told
different things do not cancel, and the sum is noise. Not protected: the honest clients' wish to
have a result; clients who are all told the same weak configuration (`Policy` is for that); clients
whom an equal plan makes do unequal work, for instance by class weights. For teaching and research:
not audited.

References
----------
D. Pasquini, D. Francati and G. Ateniese, "Eluding Secure Aggregation in Federated Learning via
Model Inconsistency", CCS 2022, https://arxiv.org/abs/2111.07380: the attack that the hash of the
model parameters is for.
"""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from pyfedlite import _check
from pyfedlite.errors import DecodeError
from pyfedlite.secagg import config_bytes, graph
from pyfedlite.secagg.terms import NO_KEY, NO_PLAN, PREFIX, SERVER, Member, Quantiser
from pyfedlite.secagg.threshold import ThreatModel, check_threshold
from pyfedlite.sharing import fixed_point


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
    plan_hash : bytes of length 32
        SHA-256 of the canonical bytes of everything else that the clients are told to do: learning
        rate, epochs and so on. By default that of an empty plan, which binds nothing.
    ring_bits : {32, 64}
        R: sums are modulo 2^R.
    threat_model : ThreatModel
    num_corrupt : int
        n_c, how many clients may pool what they see with the server.
    min_survivors : int, optional
        So many vectors must be in the sum before a client unmasks; the threshold by default. On the
        graph it must be given, where the threshold counts neighbours.
    degree : int, optional
        k of the graph, honest-but-curious model alone; ``None`` for the complete one.
    coin : bytes
        32 public random bytes that shuffle the graph; empty for the complete one.

    Raises
    ------
    ValueError
        When the threshold is not secure, an id stands twice, or a sum could wrap around.

    Examples
    --------
    >>> roster = (Member(0), Member(1), Member(2))
    >>> config = Config(bytes(32), 1, roster, 2, 4, Quantiser(8, 1.0), bytes(32))
    >>> Config.from_bytes(config.to_bytes()) == config
    True
    >>> config.min_honest
    2
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
    min_survivors: int | None = None
    plan_hash: bytes = NO_PLAN

    def __post_init__(self) -> None:
        _check.keep(self, "threat_model", _check.one_of, list(ThreatModel))
        _check_bytes("session_id", self.session_id, 32)
        _check_bytes("parameters_hash", self.parameters_hash, 32)
        _check_bytes("plan_hash", self.plan_hash, 32)
        _check_below("round", self.round, 2**64)
        _check_below("length", self.length, 2**32)
        _check.keep(self, "length", _check.integer, minimum=1)
        _check.keep(self, "num_corrupt", _check.integer, minimum=0)
        _check.keep(self, "threshold", _check.integer)
        self._check_roster()
        if self.min_survivors is not None:
            _check.keep(self, "min_survivors", _check.integer, minimum=1)
            if self.min_survivors > self.num_clients:
                condition = f"be at most num_clients={self.num_clients}"
                _check.fail("min_survivors", condition, self.min_survivors)
        self._check_graph()
        self._check_range()

    def _check_roster(self) -> None:
        if not isinstance(self.roster, tuple):
            _check.fail_type("roster", "be a tuple of Member", self.roster, "use tuple(...)")
        for member in self.roster:
            if not isinstance(member, Member):
                _check.fail_type("roster", "hold Member(client_id) alone", member)
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
                name = f"verify_key of client {member.client_id}"
                _check.fail(name, f"be an Ed25519 key under {self.threat_model}", "none")

    def _check_graph(self) -> None:
        n, k = self.num_clients, self.degree
        if k is None:
            _check_bytes("coin", self.coin, 0)
            check_threshold(self.threshold, n, self.num_corrupt, self.threat_model)
            return
        _check_bytes("coin", self.coin, 32)
        if self.threat_model.is_signed:
            hint = "a server that lies opens a client on a graph; use degree=None"
            _check.fail("degree", f"be None under {self.threat_model}", k, hint)
        if k % 2 or not 2 <= k < n:
            _check.fail("degree", f"be even and lie in 2..{n - 1}", k)
        if self.min_survivors is None:
            hint = "the clients that have to stay: num_clients less those that may drop out"
            _check.fail("min_survivors", "be given with degree", None, hint)
        if self.min_honest < 2:
            condition = f"be at least num_corrupt + 2 = {self.num_corrupt + 2}"
            _check.fail("min_survivors", condition, self.min_survivors)
        chosen = graph.smallest_graph(n, self.num_corrupt, n - self.min_survivors)
        found = (k, self.threshold)
        if chosen is None or (chosen.degree, chosen.threshold) != found:
            wanted = "degree=None" if chosen is None else f"{(chosen.degree, chosen.threshold)}"
            condition = f"be what the chooser finds for these numbers, {wanted}"
            _check.fail("(degree, threshold)", condition, found, "ask smallest_graph")

    def _check_range(self) -> None:
        if not isinstance(self.quantiser, Quantiser):
            hint = "for instance Quantiser(fraction_bits=16, clip=4.0)"
            _check.fail_type("quantiser", "be a Quantiser", self.quantiser, hint)
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

    @property
    def least_survivors(self) -> int:
        """The smallest number of vectors in a sum that a client helps to open."""
        return max(self.threshold, self.min_survivors or 0)

    @property
    def min_honest(self) -> int:
        """How many inputs of honest clients any revealed sum holds at least.

        t - n_c on the complete graph. On the k-regular graph t counts neighbours and says nothing
        about the sum: there it is the smallest number of survivors, less n_c.
        """
        least = self.threshold if self.degree is None else self.min_survivors or 0
        return least - self.num_corrupt

    def has_enough(self, me: int, alive: Collection[int]) -> bool:
        """Return whether the threshold is met: by all, or in the k-graph by the neighbours."""
        counted = alive if self.degree is None else set(alive) & set(self.neighbours[me])
        return len(counted) >= self.threshold

    @cached_property
    def graph_seed(self) -> bytes:
        """What shuffles the graph: everything else, and the public coin."""
        return hashlib.sha256(PREFIX + b"graph" + config_bytes.pack(self) + self.coin).digest()

    @cached_property
    def context(self) -> bytes:
        """Ctx = SHA-256 of the canonical bytes: the salt of every key."""
        seed = self.graph_seed if self.degree is not None else b""
        return hashlib.sha256(PREFIX + b"ctx" + config_bytes.pack(self) + seed).digest()

    @cached_property
    def task(self) -> bytes:
        """What the clients are asked to train, hashed: round, model and plan, whatever the run."""
        fields = self.round.to_bytes(8, "little") + self.parameters_hash + self.plan_hash
        return hashlib.sha256(PREFIX + b"task" + fields).digest()

    def to_bytes(self) -> bytes:
        """Return the configuration as a server sends it."""
        return config_bytes.pack(self) + self.coin

    @classmethod
    def from_bytes(cls, data: bytes) -> "Config":
        """Return the configuration of `data`.

        Raises
        ------
        DecodeError
            If `data` is no configuration, or one that is not secure.
        """
        fields = config_bytes.unpack(data)
        try:
            quantiser = Quantiser(*fields.pop("quantiser"))
            config = cls(quantiser=quantiser, **fields)
        except (TypeError, ValueError) as error:
            raise DecodeError(f"message must hold a valid configuration: {error}") from error
        if config.to_bytes() != data:
            raise DecodeError("message must be the one encoding of a configuration, got another")
        return config


def _check_bytes(name: str, value: bytes, length: int) -> None:
    if not isinstance(value, bytes):
        _check.fail_type(name, "be bytes", value)
    if len(value) != length:
        _check.fail(name, f"have {length} bytes", len(value))


def _check_below(name: str, value: int, limit: int) -> None:
    if _check.integer(name, value, minimum=0) >= limit:
        _check.fail(name, f"be below {limit}", value)
