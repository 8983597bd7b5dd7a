"""A client and a server as objects that hold one state each, and use it once.

The functions of ``client`` and ``server`` are pure; a pure function can be called twice with one
state, and two answers to two lists of survivors give a client's vector away. Here a state is taken
out before it is used: after a failed check the party is stopped for good, and a second call finds
nothing. A `Client` cannot be copied or pickled, for a copy would answer a second time. Adversary: a
server that asks again, or that announces less than the client's `Policy` asks for. Not protected: a
process that is stopped and started from a snapshot of its memory. For teaching and research: not
audited.
"""

import os
from collections.abc import Mapping, MutableSet
from typing import Any, Never

from pyfedlite import _check
from pyfedlite.secagg import client, server
from pyfedlite.secagg.arrivals import accept_one, keys_in
from pyfedlite.secagg.checks import Signed
from pyfedlite.secagg.codes import AbortCode, abort
from pyfedlite.secagg.config import Config
from pyfedlite.secagg.messages import Advertise, Consistency, Masked, Shares, Unmask
from pyfedlite.secagg.policy import Policy, check_is_new
from pyfedlite.sharing.fixed_point import Ring
from pyfedlite.sharing.randomness import Rand


class Client:
    """One client of one run.

    Parameters
    ----------
    config : Config
    me : int
    rand : callable
        ``os.urandom``, or fixed bytes in a lesson.
    sign_key : bytes of length 32, optional
        Ed25519 private key, in the active model.
    policy : Policy, optional
        The least that this client accepts; looked at before it draws a key.
    past : set of bytes, optional
        What the device has run already (`Config.task`). Hand in one set for all runs of a device: a
        second run of a task is refused, and a new one is added.
    """

    def __init__(
        self,
        config: Config,
        me: int,
        *,
        rand: Rand = os.urandom,
        sign_key: bytes | None = None,
        policy: Policy | None = None,
        past: MutableSet[bytes] | None = None,
    ) -> None:
        self.me = me
        self._rand, self._sign_key = rand, sign_key
        self._policy = Policy() if policy is None else policy
        self._past: MutableSet[bytes] = set() if past is None else past
        self._state: Any = config

    @property
    def stage(self) -> str:
        """The name of the state: ``Config`` before round 0, ``Done`` or ``Stopped`` at the end."""
        return "Stopped" if self._state is None else type(self._state).__name__

    def advertise(self) -> bytes:
        """Round 0: look at the configuration, then draw keys."""
        config = self._take(Config)
        self._policy.check(config)
        check_is_new(config, self._past)
        self._state, message = client.client_advertise(config, self.me, self._rand, self._sign_key)
        return message

    def share(self, data: bytes) -> bytes:
        """Round 1, given everybody's keys."""
        state = self._take(client.Advertised)
        self._state, message = client.client_share(state, data, self._rand)
        return message

    def mask(self, data: bytes, vector: Ring) -> bytes:
        """Round 2, given the peers' encrypted shares, and the vector."""
        state = self._take(client.Shared)
        self._state, message = client.client_mask(state, data, vector)
        return message

    def sign(self, data: bytes) -> bytes:
        """Round 3, given the survivors (not in the honest-but-curious model)."""
        state = self._take(client.HasMasked)
        self._state, message = client.client_sign(state, data)
        return message

    def unmask(self, data: bytes) -> bytes:
        """Round 4, given the signatures; in the honest-but-curious model, the survivors."""
        state = self._take(client.HasMasked, client.HasSigned)
        self._state, message = client.client_unmask(state, data)
        return message

    def __reduce_ex__(self, protocol: object) -> Never:
        """Refuse `copy`, `deepcopy` and pickle, which all begin here."""
        hint = "a copy would answer a second time, and two answers open a vector"
        _check.fail_type("client", "be used once and never copied or pickled", self, hint)

    def _take(self, *expected: type) -> Any:
        """Return the state and forget it; what fails afterwards leaves the client stopped."""
        state, stage = self._state, self.stage
        self._state = None
        if not isinstance(state, expected):
            if isinstance(state, client.Done):
                self._state = state
            wanted = " or ".join(kind.__name__ for kind in expected)
            abort(AbortCode.REPLAY, f"client {self.me} must be {wanted} for this, got {stage}")
        return state


class Server:
    """The server of one run: it takes messages as they come, and closes a round when told to.

    Parameters
    ----------
    config : Config
    """

    def __init__(self, config: Config) -> None:
        self.config = config
        self._state: Any = config
        self._inbox: dict[int, bytes] = {}
        self._public: dict[bytes, int] = {}  # whose the advertised keys are

    @property
    def opened(self) -> server.Opened:
        """The sum, once the last round is closed."""
        if not isinstance(self._state, server.Opened):
            abort(AbortCode.REPLAY, "all rounds must be closed before the sum is known")
        return self._state

    def take(self, data: bytes) -> None:
        """Take one message; what raises here is left out, and the run goes on without it."""
        kind, expected, signed = self._turn()
        message: Any = accept_one(self.config, kind, data, expected, signed, self._public)
        if message.sender in self._inbox:
            abort(AbortCode.DUP_MESSAGE, f"client {message.sender} must send one message, got two")
        self._inbox[message.sender] = data
        self._public.update(keys_in(message))

    def close(self) -> Mapping[int, bytes]:
        """Close the round with what has come, and return a message for each client still there."""
        kind = self._turn()[0]
        state, arrived = self._state, list(self._inbox.values())
        self._state, self._inbox = None, {}
        steps: dict[type, Any] = {
            Advertise: server.server_close_advertise,
            Shares: server.server_close_share,
            Masked: server.server_close_mask,
            Consistency: server.server_close_sign,
        }
        if kind is Unmask:
            self._state = server.server_close_unmask(state, arrived)
            return {}
        outgoing: Mapping[int, bytes]
        self._state, outgoing = steps[kind](state, arrived)
        return outgoing

    def _turn(self) -> tuple[Any, Any, Signed | None]:
        """Return what kind of message is awaited, from whom, and what signatures have to fit."""
        match self._state:
            case Config() as config:
                return Advertise, config.client_ids, None
            case server.HasKeys(_, advertised):
                return Shares, advertised, None
            case server.HasShares(_, _, commitments):
                return Masked, commitments, None
            case server.HasSum(shares, survivors, _, signers) as summed:
                if signers is None and shares.config.threat_model.is_signed:
                    return Consistency, survivors, summed.signed
                return Unmask, survivors if signers is None else signers, None
        abort(AbortCode.REPLAY, "server must be in a round of the protocol, got a run that is over")
