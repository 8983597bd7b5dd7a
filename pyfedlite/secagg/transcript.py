"""Who sent what to whom in a run, how large it was, and what each party could see.

For teaching: it is made by the one process that plays all parties, and holds no secret. For
teaching and research: not audited.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyfedlite.secagg.codec import Kind
from pyfedlite.secagg.config import Config
from pyfedlite.secagg.picture import draw

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ROUNDS = ("advertise keys", "share keys", "masked input", "consistency", "unmasking")


@dataclass(frozen=True)
class Sent:
    """One message on its way.

    Parameters
    ----------
    round : int
        The protocol round, 0 to 4, in which it was sent.
    sender, receiver : int or None
        A client id; ``None`` is the server.
    kind : int
        One of ``Kind``.
    num_bytes : int
    """

    round: int
    sender: int | None
    receiver: int | None
    kind: int
    num_bytes: int


@dataclass(frozen=True)
class Transcript:
    """All that travelled in one run.

    Parameters
    ----------
    config : Config
    sent : tuple of Sent
        In order.
    survivors : tuple of int
        U3: whose vectors are in the sum.
    dropped : tuple of int
        U2 without U3: whose mask keys the server has opened.
    stopped : mapping of int to str
        Clients who stopped of their own accord, and why.
    """

    config: Config
    sent: tuple[Sent, ...]
    survivors: tuple[int, ...]
    dropped: tuple[int, ...]
    stopped: Mapping[int, str]

    def senders(self, round: int) -> tuple[int, ...]:
        """Return the clients who sent a message in a protocol round, ascending."""
        return tuple(
            sorted(s.sender for s in self.sent if s.round == round and s.sender is not None)
        )

    def bytes_up(self, client_id: int) -> int:
        """Return how many bytes a client sent."""
        return sum(s.num_bytes for s in self.sent if s.sender == client_id)

    def bytes_down(self, client_id: int) -> int:
        """Return how many bytes a client received."""
        return sum(s.num_bytes for s in self.sent if s.receiver == client_id)

    def bytes_by_round(self) -> dict[int, tuple[int, int]]:
        """Return the bytes to and from the server, all clients together, by protocol round."""
        up, down = Counter[int](), Counter[int]()
        for s in self.sent:
            (down if s.sender is None else up)[s.round] += s.num_bytes
        return {r: (up[r], down[r]) for r in sorted(up | down)}

    def server_view(self) -> dict[str, str]:
        """Return what the server could see, and what of it means something to it."""
        ids, dropped = _names(self.survivors), _names(self.dropped)
        masks = "mask key" if len(self.dropped) == 1 else "mask keys"
        view = {
            "public keys": f"of {_names(self.senders(0))}",
            "encrypted shares": "passed on, without the keys to read them",
            "masked vectors": f"of {ids}: each by itself is uniformly random to the server",
            "opened": f"the seeds of {ids}",
            "learned": f"the sum over {ids}, who took part, and who dropped out when",
        }
        if self.dropped:
            view["opened"] += f"; the {masks} of {dropped}, who sent no vector in time"
        return view

    def client_view(self, client_id: int) -> dict[str, str]:
        """Return what one client could see."""
        kinds = {Kind(s.kind) for s in self.sent if s.receiver == client_id}
        view = {}
        if Kind.KEYS in kinds:
            view["public keys"] = "of its peers"
        if Kind.DELIVERY in kinds:
            view["shares"] = "one of each peer's seed and one of each peer's mask key"
        if Kind.SURVIVORS in kinds:
            view["survivors"] = "who is in the sum, as the server says"
        if Kind.SIGNATURES in kinds:
            view["signatures"] = "of at least the threshold on the same survivors"
        view["not seen"] = "the sum, and any vector but its own"
        return view

    def explain(self) -> str:
        """Return the run in words, round by round."""
        config = self.config
        lines = [
            f"{config.num_clients} clients, {config.threat_model}, threshold {config.threshold}"
            + (
                f", {config.degree} neighbours each"
                if config.degree
                else ", everybody with everybody"
            ),
            f"vectors of {config.length} elements modulo 2^{config.ring_bits}",
        ]
        before = config.client_ids
        for number, (up, down) in self.bytes_by_round().items():
            present = self.senders(number)
            gone = tuple(u for u in before if u not in present)
            lines.append(
                f"round {number}, {ROUNDS[number]}: {len(present)} clients sent {up} bytes"
                + (f", the server {down}" if down else "")
                + (f"; without {_names(gone)}" if gone else "")
            )
            before = present
        if not config.threat_model.is_signed:
            lines.append("round 3 is for a server that may lie")
        lines.append(f"the sum holds at least {config.min_honest} honest clients")
        lines += [f"client {u} stopped: {why}" for u, why in self.stopped.items()]
        lines.append("the server could see:")
        lines += [f"  {what}: {how}" for what, how in self.server_view().items()]
        return "\n".join(lines)

    def plot(self, ax: "Axes | None" = None) -> "Axes":
        """Draw the run: clients across, rounds downwards."""
        senders = {f"{r} {ROUNDS[r]}": self.senders(r) for r in self.bytes_by_round()}
        return draw(self.config.client_ids, senders, ax)


def _names(ids: tuple[int, ...]) -> str:
    """Return ids as people write them.

    Examples
    --------
    >>> _names((1, 2, 5)), _names(tuple(range(20)))
    ('clients 1, 2, 5', '20 clients')
    """
    if len(ids) > 10:
        return f"{len(ids)} clients"
    if len(ids) == 1:
        return f"client {ids[0]}"
    return f"clients {', '.join(map(str, ids))}" if ids else "nobody"
