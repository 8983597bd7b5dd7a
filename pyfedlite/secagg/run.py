"""A whole run in one process: all parties, and the clients' fates.

Nothing here protects anything: one process holds every secret. It exists to teach, to measure and
to simulate; the messages are the real ones, byte for byte. For teaching and research: not audited.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

from pyfedlite import _check
from pyfedlite.errors import AbortError
from pyfedlite.secagg import server
from pyfedlite.secagg.config import Config
from pyfedlite.secagg.policy import Policy
from pyfedlite.secagg.sessions import Client
from pyfedlite.secagg.transcript import Sent, Transcript
from pyfedlite.sharing.fixed_point import Ring
from pyfedlite.sharing.randomness import Rand

Vectors = Callable[[int], Ring]
"""Return the vector of a client; asked only of those who get as far as sending it."""


@dataclass(frozen=True, eq=False)
class Outcome:
    """What a run gave.

    Parameters
    ----------
    total : ndarray of shape (length,)
        The sum over `survivors`, modulo 2^R.
    survivors : tuple of int
        U3: whose vectors are in the sum.
    transcript : Transcript
    client_seconds : mapping of int to dict of int to float
        By protocol round and client.
    server_seconds : mapping of int to float
        By protocol round.
    """

    total: Ring
    survivors: tuple[int, ...]
    transcript: Transcript
    client_seconds: Mapping[int, Mapping[int, float]]
    server_seconds: Mapping[int, float]


def run(
    config: Config,
    vectors: Vectors,
    *,
    drops_at: Mapping[int, int | None] | None = None,
    rand: Rand = os.urandom,
    sign_keys: Mapping[int, bytes] | None = None,
    policy: Policy | None = None,
) -> Outcome:
    """Run the protocol among all clients of the roster.

    Parameters
    ----------
    config : Config
    vectors : callable of int to ndarray of shape (length,)
    drops_at : mapping of int to int or None
        The protocol round, 0 to 4, before which a client fails; those not named stay.
    rand : callable
    sign_keys : mapping of int to bytes
        Ed25519 private keys, in the active model.
    policy : Policy, optional
        The least that every client accepts.

    Raises
    ------
    AbortError
        When too few clients are left, or a check fails. Nothing is known of the sum then.
    ValueError
        When a fate is none, or a vector has another length.
    """
    play = _ProtocolRun(config, vectors, rand, drops_at or {}, sign_keys or {}, policy)
    state: Any = config
    mail: Mapping[int, bytes] = dict.fromkeys(config.client_ids, b"")
    for stage in (0, 1, 2, 3) if config.threat_model.is_signed else (0, 1, 2):
        state, mail = play.close(stage, state, mail)
    opened, _ = play.close(4, state, mail)
    sent, stopped = tuple(play.sent), dict(play.stopped)
    transcript = Transcript(config, sent, state.survivors, state.dropped, stopped)
    seconds = play.client_seconds, play.server_seconds
    return Outcome(opened.total, opened.survivors, transcript, *seconds)


CLOSE: tuple[Callable[[Any, Iterator[bytes]], tuple[Any, Mapping[int, bytes]]], ...] = (
    server.server_close_advertise,
    server.server_close_share,
    server.server_close_mask,
    server.server_close_sign,
    lambda state, arrived: (server.server_close_unmask(state, arrived), {}),
)
"""By round: the server's state and what has arrived -> its next state and what it sends."""


@dataclass
class _ProtocolRun:
    """Carries the mail between the server and the clients who are still there."""

    config: Config
    vectors: Vectors
    rand: Rand
    drops_at: Mapping[int, int | None]
    sign_keys: Mapping[int, bytes]
    policy: Policy | None
    sent: list[Sent] = field(default_factory=list)
    stopped: dict[int, str] = field(default_factory=dict)
    client_seconds: dict[int, dict[int, float]] = field(default_factory=dict)
    server_seconds: dict[int, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        strangers = sorted(set(self.drops_at) - set(self.config.client_ids))
        if strangers:
            _check.fail("drops_at", "name clients of the roster", strangers)
        for stage in self.drops_at.values():
            if stage not in (None, *range(len(CLOSE))):
                _check.fail("drops_at", "hold protocol rounds 0..4 or None", stage)
        self.clients = {
            u: Client(self.config, u, rand=self.rand, sign_key=key, policy=self.policy)
            for u, key in ((u, self.sign_keys.get(u)) for u in self.config.client_ids)
        }

    def close(
        self, stage: int, state: Any, mail: Mapping[int, bytes]
    ) -> tuple[Any, Mapping[int, bytes]]:
        """Return what the server makes of the answers to `mail` in round `stage`."""
        self.client_seconds[stage] = {}
        started = perf_counter()
        state, outgoing = CLOSE[stage](state, self._answers(stage, mail))
        elapsed = perf_counter() - started
        self.server_seconds[stage] = elapsed - sum(self.client_seconds[stage].values())
        for u, data in outgoing.items():
            self.sent.append(Sent(stage, None, u, data[5], len(data)))
        return state, outgoing

    def _answers(self, stage: int, mail: Mapping[int, bytes]) -> Iterator[bytes]:
        for u, data in mail.items():
            fails_before = self.drops_at.get(u)
            if fails_before is not None and fails_before <= stage:
                continue
            started = perf_counter()
            try:
                message = self._answer(stage, u, data)
            except AbortError as error:  # this client stops, the others do not hear of it
                self.stopped[u] = str(error)
                continue
            finally:
                self.client_seconds[stage][u] = perf_counter() - started
            self.sent.append(Sent(stage, u, None, message[5], len(message)))
            yield message

    def _answer(self, stage: int, u: int, data: bytes) -> bytes:
        client = self.clients[u]
        match stage:
            case 0:
                return client.advertise()
            case 1:
                return client.share(data)
            case 2:
                return client.mask(data, self.vectors(u))
            case 3:
                return client.sign(data)
        return client.unmask(data)
