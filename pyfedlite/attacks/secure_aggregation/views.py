"""What a server that lies tells each client, so that a rule of agreement falls.

Adversary: the server, which may tell each client of other keys, sharers and survivors, in one run
or in several. `split_views` opens one client under the rule that this package once had
(`Agreement.NOTHING`: 2 t > n, no signatures), and never needs both secrets of anybody: it opens the
self-mask of the victim and the mask keys of the few peers of whom the victim was told.
`with_replay` does the same where signatures bind the configuration alone, `crossed_views` where
they bind the keys of the signer alone. All three fail on `Agreement.ALL_KEYS`, which is ours. Play
them with `play_views`. For teaching and research: not audited.
"""

from collections.abc import Sequence

from pyfedlite.attacks.secure_aggregation.game import Instance, Strategy, View


def split_views(client_ids: Sequence[int], threshold: int, victim: int) -> Strategy:
    """Return the strategy against the old rule: tell the victim of few, and the few of others.

    The victim hears that t clients have shared and are in the sum, itself among them. The others
    hear that all have shared, and that each of the victim's t - 1 peers has dropped out, as far as
    each can be told so: it must see itself among at least t survivors.
    """
    ids, t = client_ids, threshold
    others = [u for u in ids if u != victim]
    few = [victim, *others[: t - 1]]
    rest = [u for u in others if u not in few]
    strategy = {}
    for me in ids:
        keys_shown = {v: 0 for v in ids if v != me}
        if me == victim:
            shared = survivors = frozenset(few)
        else:
            shared = frozenset(ids)
            named = [me, victim, *(u for u in rest if u != me)]
            spare = [u for u in few if u not in named]
            position = few.index(me) if me in few else 0
            spare = spare[position - 1 :] + spare[: position - 1]  # not the same ones for all
            survivors = frozenset([*named, *spare[: max(0, t - len(named))]])
        strategy[0, me] = View(keys_shown, shared, survivors)
    return strategy


def with_replay(strategy: Strategy) -> Strategy:
    """Return a strategy that first runs the protocol once for each list of survivors.

    Everybody in a list signs it in a run of its own, under an equal configuration; the last run is
    that of `strategy`, in which each client is shown the old signatures on its own list.
    """
    lists = sorted({view.survivors for view in strategy.values()}, key=sorted)
    ids = frozenset(u for _, u in strategy)
    played: dict[Instance, View] = {}
    for run, survivors in enumerate(lists):
        for me in ids:
            named = survivors if me in survivors else ids
            played[run, me] = View({v: run for v in ids if v != me}, ids, named)
    last = len(lists)
    for (_, me), view in strategy.items():
        played[last, me] = View(dict.fromkeys(view.keys, last), view.shared, view.survivors)
    return played


def crossed_views() -> Strategy:
    """Return the strategy of two runs for three clients, 0, 1 and 2, with threshold 2.

    It reads client 0 of run 0 where a signature binds the context, the survivors and the signer's
    own keys. Client 0 is shown the keys of run 0; client 1 of run 0, its peer, those of run 1. So
    the shares of client 1 lie with other clients than those whose word client 0 asks for, and
    these are told that client 1 has dropped out.
    """
    everybody = frozenset({0, 1, 2})
    return {
        (0, 0): View({1: 0, 2: 0}, frozenset({0, 1}), frozenset({0, 1})),
        (0, 1): View({0: 1, 2: 1}, everybody, frozenset({0, 1})),
        (1, 0): View({1: 0, 2: 1}, everybody, frozenset({0, 2})),
        (1, 2): View({0: 1, 1: 0}, everybody, frozenset({0, 2})),
        (0, 2): View({0: 0, 1: 1}, everybody, everybody),
        (1, 1): View({0: 0, 2: 0}, everybody, everybody),
    }
