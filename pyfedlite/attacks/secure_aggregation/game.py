"""The protocol as a game of lists: what a server that lies can open, without any cryptography.

The server tells each client which keys there are, who has shared, and who is in the sum, and may
tell everybody something else. Which shares it gets for that, and which masks stay unknown, follows
from the lists alone, so thousands of strategies are played in a second. A law of the tests plays
the same strategies on the real clients and finds the same. Adversary: the server with corrupt
clients, in one run or in several runs of an equal configuration. Not in the game: keys that the
server makes up for honest clients, against which signed keys or an honest first round stand. For
teaching and research: not audited.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from pyfedlite.attacks.secure_aggregation.knowledge import MaskedRow

Instance: TypeAlias = tuple[int, int]
"""(run, client id): one client in one run, with keys of its own."""


class Agreement(StrEnum):
    """What a client's signature on the survivors binds."""

    NOTHING = "nothing"  # no round 3: the rule that this package had, and that falls
    CONTEXT = "context"  # the configuration and the survivors
    OWN_KEYS = "own keys"  # these, and the keys that the signer drew
    ALL_KEYS = "all keys"  # these, and every key as the signer received it: ours


@dataclass(frozen=True)
class View:
    """What the server tells one client.

    Parameters
    ----------
    keys : mapping of int to int
        Of each peer that it names: the run whose keys it shows.
    shared : frozenset of int
        U2, the client among them.
    survivors : frozenset of int
        U3, the client among them.
    """

    keys: Mapping[int, int]
    shared: frozenset[int]
    survivors: frozenset[int]


Strategy: TypeAlias = Mapping[Instance, View]


@dataclass(frozen=True)
class Rules:
    """What the honest clients insist on.

    Parameters
    ----------
    threshold : int
        t.
    corrupt : frozenset of int
        Ids of clients who pool everything with the server.
    agreement : Agreement
    directory : bool
        Whether signature keys stand in a directory (active model), or are drawn for each run.
    """

    threshold: int
    corrupt: frozenset[int] = frozenset()
    agreement: Agreement = Agreement.ALL_KEYS
    directory: bool = False


def last_round(rules: Rules, instance: Instance, view: View) -> int:
    """Return the last round in which an honest client with such a view sends a message.

    0: it refuses the keys. 1: it shares, and refuses the sharers. 2: it masks, and refuses the
    survivors. 3: it signs, or would answer where nothing is signed.
    """
    me, known = instance[1], {instance[1], *view.keys}
    if len(known) < rules.threshold:
        return 0
    for number, named in ((1, view.shared), (2, view.survivors)):
        if me not in named or not named <= known or len(named) < rules.threshold:
            return number
        known = set(named)
    return 3


def keys_received(instance: Instance, view: View) -> frozenset[tuple[int, int]]:
    """Return whose keys of which run a client has received, its own among them."""
    run, me = instance
    return frozenset({(me, run), *view.keys.items()})


def signers(rules: Rules, strategy: Strategy, reader: Instance) -> set[int]:
    """Return from whom the server can show `reader` a signature that it takes for valid."""
    view, (run, me) = strategy[reader], reader
    found = set(rules.corrupt & view.survivors)
    for signer, theirs in strategy.items():
        u = signer[1]
        if u not in view.survivors or theirs.survivors != view.survivors:
            continue
        if last_round(rules, signer, theirs) < 3:
            continue
        shown = (run if u == me else view.keys[u], u)  # whose keys the reader takes for those of u
        if not rules.directory and shown != signer:
            continue  # the signature key was drawn for another run
        if rules.agreement is Agreement.OWN_KEYS and shown != signer:
            continue
        if rules.agreement is Agreement.ALL_KEYS and (
            keys_received(signer, theirs) != keys_received(reader, view)
        ):
            continue
        found.add(u)
    return found


def unmasking(rules: Rules, strategy: Strategy) -> Iterator[Instance]:
    """Yield the clients that answer in round 4."""
    for instance, view in strategy.items():
        if last_round(rules, instance, view) < 3:
            continue
        if rules.agreement is Agreement.NOTHING:
            yield instance
        elif len(signers(rules, strategy, instance)) >= rules.threshold:
            yield instance


def opened(rules: Rules, strategy: Strategy) -> tuple[set[Instance], set[Instance]]:
    """Return whose self-mask seed, and whose mask key, the server can reconstruct."""
    seeds: dict[Instance, set[int]] = defaultdict(set)
    mask_keys: dict[Instance, set[int]] = defaultdict(set)
    sharing = {i for i, view in strategy.items() if last_round(rules, i, view) >= 1}
    for owner in sharing:
        view = strategy[owner]
        known = rules.corrupt & set(view.keys)
        seeds[owner] |= known
        mask_keys[owner] |= known
    for holder in unmasking(rules, strategy):
        (run, me), view = holder, strategy[holder]
        seeds[holder].add(me)
        for v in view.shared - {me} - rules.corrupt:
            owner = (view.keys[v], v)
            if owner in sharing and strategy[owner].keys.get(me) == run:  # else unreadable
                (seeds if v in view.survivors else mask_keys)[owner].add(me)
    enough = rules.threshold
    return (
        {owner for owner, places in seeds.items() if len(places) >= enough},
        {owner for owner, places in mask_keys.items() if len(places) >= enough},
    )


def play(rules: Rules, strategy: Strategy) -> list[MaskedRow]:
    """Return the masked vectors that the server holds, with the masks that it does not know."""
    masked = {i: view for i, view in strategy.items() if last_round(rules, i, view) >= 2}
    return rows_of(masked, rules.corrupt, *opened(rules, strategy))


def rows_of(
    strategy: Strategy,
    corrupt: Collection[int],
    seeds: Collection[Instance],
    mask_keys: Collection[Instance],
) -> list[MaskedRow]:
    """Return a row for each client that masked, given whose secrets are open."""
    rows = []
    for instance, view in strategy.items():
        unknown: dict[object, int] = {} if instance in seeds else {instance: 1}
        for v in view.shared - {instance[1]} - set(corrupt):
            peer = (view.keys[v], v)
            if instance not in mask_keys and peer not in mask_keys:
                pair = tuple(sorted([instance, peer], key=lambda i: (i[1], i[0])))
                unknown[pair] = 1 if instance[1] > v else -1
        rows.append(MaskedRow(instance[1], unknown))
    return rows
