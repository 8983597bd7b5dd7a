"""Who shares and masks with whom: everybody, or a random k-regular graph (SecAgg+).

Adversary of the chooser: clients who follow the protocol and pool what they see with a server that
does so too, a fraction of all, chosen before the graph is drawn. Protected: with probability
1 - 2^-sigma no honest client has so many corrupt neighbours that its secrets open, and the honest
survivors stay connected. Not protected: against a server that lies (it opens a client by naming
different survivors to different clients, whatever the threshold), an adversary who corrupts
clients after it has seen the graph, or who chooses the coin. For teaching and research: not
audited.

Symbols of Bell et al.: n clients, of which C = floor(gamma n) are corrupt and floor(delta n) drop
out; k is `degree`, t is `threshold`; t_1 bounds the corrupt neighbours of a client from above, t_2
its surviving neighbours from below. The finder restates the one in google-parfait/federated-compute
for clients who are honest but curious. `least_threshold` also answers what counting one victim's
shares would ask for against a server that lies: there the published finder is one share short
whenever t_1 + k is odd (``attacks.secure_aggregation.graph`` opens a victim with it), and even the
corrected count is not enough (``attacks.secure_aggregation.views``), so no graph is offered there.

References
----------
J. Bell, K. Bonawitz, A. Gascon, T. Lepoint and M. Raykova, "Secure Single-Server Aggregation with
(Poly)Logarithmic Overhead", CCS 2020, https://eprint.iacr.org/2020/704
"""

import hashlib
import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from pyfedlite import _check
from pyfedlite.secagg.threshold import ThreatModel, choose_threshold

SIGMA = 40
"""Security: the graph is bad with probability at most 2^-SIGMA."""

ETA = 20
"""Correctness: too few neighbours survive with probability at most 2^-ETA."""


@dataclass(frozen=True)
class GraphChoice:
    """What `choose_graph` found.

    Parameters
    ----------
    degree : int or None
        k, or ``None`` for the complete graph.
    threshold : int
        t: of a client's neighbours, or of all clients in the complete graph.
    num_corrupt : int
        C, the absolute number of corrupt clients that this withstands. Look at it: a small fraction
        of a small n is nobody.
    """

    degree: int | None
    threshold: int
    num_corrupt: int


def ring_neighbours(
    client_ids: Sequence[int], degree: int, seed: bytes
) -> Mapping[int, tuple[int, ...]]:
    """Return the neighbours of each client in a Harary graph over a shuffled ring.

    Each client is tied to the k / 2 clients before and after it on a ring, in an order drawn from
    `seed`: ids sorted by SHA-256(seed, id), the same on every machine.

    Examples
    --------
    >>> graph = ring_neighbours([1, 2, 3, 4, 5], 2, bytes(32))
    >>> {len(peers) for peers in graph.values()}
    {2}
    >>> all(u in graph[v] for u in graph for v in graph[u])
    True
    """

    def place(client_id: int) -> bytes:
        return hashlib.sha256(seed + client_id.to_bytes(4, "little")).digest()

    ring = sorted(client_ids, key=place)
    reach = [step for step in range(-degree // 2, degree // 2 + 1) if step != 0]
    return {
        u: tuple(sorted(ring[(i + step) % len(ring)] for step in reach)) for i, u in enumerate(ring)
    }


def choose_graph(
    num_clients: int,
    *,
    corrupt_fraction: float,
    dropout_fraction: float,
    threat_model: ThreatModel = ThreatModel.HONEST_BUT_CURIOUS,
    sigma: int = SIGMA,
    eta: int = ETA,
) -> GraphChoice:
    """Return the smallest degree, and its threshold, that are secure and correct.

    Parameters
    ----------
    num_clients : int
        n, at least 2.
    corrupt_fraction, dropout_fraction : float
        gamma and delta, in [0, 1).
    threat_model : ThreatModel
        Against a server that lies there is the complete graph alone.
    sigma, eta : int
        Failure probabilities 2^-sigma of secrecy and 2^-eta of the run.

    Returns
    -------
    GraphChoice
        With the complete graph when no smaller one will do.

    Examples
    --------
    >>> choose_graph(100, corrupt_fraction=0.1, dropout_fraction=0.1)
    GraphChoice(degree=22, threshold=11, num_corrupt=10)
    """
    _check.integer("num_clients", num_clients, minimum=2)
    _check.below_one("corrupt_fraction", corrupt_fraction)
    _check.below_one("dropout_fraction", dropout_fraction)
    num_corrupt = math.floor(corrupt_fraction * num_clients)
    num_drop = math.floor(dropout_fraction * num_clients)
    if threat_model is ThreatModel.HONEST_BUT_CURIOUS:
        found = smallest_graph(num_clients, num_corrupt, num_drop, sigma=sigma, eta=eta)
        if found is not None:
            return found
    threshold = choose_threshold(num_clients, num_corrupt, num_drop, threat_model)
    return GraphChoice(None, threshold, num_corrupt)


@lru_cache(maxsize=256)
def smallest_graph(
    num_clients: int, num_corrupt: int, num_drop: int, sigma: int = SIGMA, eta: int = ETA
) -> GraphChoice | None:
    """Return the smallest graph for clients in absolute numbers, or None if only all will do.

    Examples
    --------
    >>> smallest_graph(100, num_corrupt=10, num_drop=10)
    GraphChoice(degree=22, threshold=11, num_corrupt=10)
    """
    model = ThreatModel.HONEST_BUT_CURIOUS
    for degree in range(2, num_clients - 1, 2):
        if not is_connected(num_clients, degree, num_corrupt + num_drop, sigma):
            continue
        least = least_threshold(num_clients, num_corrupt, degree, model, sigma)
        if least <= min_surviving_neighbours(num_clients, num_clients - num_drop, degree, eta):
            return GraphChoice(degree, least, num_corrupt)
    return None


def hang_together(alive: Collection[int], neighbours: Mapping[int, Sequence[int]]) -> bool:
    """Return whether the graph among the clients that are `alive` is one piece.

    In two pieces, the masks of each would cancel by themselves, and each would have its own sum.

    Examples
    --------
    >>> square = {1: (2, 4), 2: (1, 3), 3: (2, 4), 4: (1, 3)}
    >>> hang_together([1, 2, 3], square), hang_together([1, 3], square)
    (True, False)
    """
    left = set(alive)
    frontier = {left.pop()} if left else set()
    while frontier:
        frontier = {v for u in frontier for v in neighbours[u]} & left
        left -= frontier
    return not left


def least_threshold(
    num_clients: int,
    num_corrupt: int,
    degree: int,
    threat_model: ThreatModel,
    sigma: int = SIGMA,
) -> int:
    """Return the least threshold among the neighbours of a client that counting asks for.

    With an honest server the corrupt neighbours alone must not reach it: t > t_1. A server that
    lies gets one kind of share of a victim from each of its k - t_1 honest neighbours, both from
    the t_1 corrupt ones, and a share of the self-mask from the victim: k + t_1 + 1 answers, too few
    for two secrets if 2 t > k + t_1 + 1. Necessary, and not enough: the server need not open two
    secrets of one client.
    """
    corrupt = max_corrupt_neighbours(num_clients, num_corrupt, degree, sigma)
    if threat_model is ThreatModel.HONEST_BUT_CURIOUS:
        return max(corrupt + 1, 2)
    return max((corrupt + degree + 1) // 2 + 1, 2)


def max_corrupt_neighbours(num_clients: int, num_corrupt: int, degree: int, sigma: int) -> int:
    """Return t_1, the least x with P[more than x corrupt neighbours] <= 2^-(sigma+1) / n."""
    above, total = 0, math.comb(num_clients, degree)
    for count, ways in reversed(list(_hypergeometric(num_clients, num_corrupt, degree))):
        above += ways
        if above * (num_clients << (sigma + 1)) > total:
            return count
    return 0


def min_surviving_neighbours(num_clients: int, num_alive: int, degree: int, eta: int) -> int:
    """Return t_2, the largest x with P[fewer than x surviving neighbours] <= 2^-eta / n."""
    below, total = 0, math.comb(num_clients, degree)
    for count, ways in _hypergeometric(num_clients, num_alive, degree):
        below += ways
        if below * (num_clients << eta) > total:
            return count
    return 0


def is_connected(num_clients: int, degree: int, num_gone: int, sigma: int) -> bool:
    """Return whether the clients that are left hang together but for probability 2^-(sigma+1).

    The ring falls apart only where k / 2 clients in a row are gone, at two places: a union bound
    over the pairs of places.
    """
    if degree > num_gone:
        return True
    n, k, gone = num_clients, degree, num_gone
    log_bound = math.log(n) + math.log(n - k - 1) - math.log(2)
    log_bound += math.lgamma(gone + 1) + math.lgamma(n - k + 1)
    log_bound -= math.lgamma(n + 1) + math.lgamma(gone - k + 1)
    return log_bound < -(sigma + 1) * math.log(2)


def _hypergeometric(population: int, marked: int, draws: int) -> Iterator[tuple[int, int]]:
    """Yield (x, in how many ways x of the drawn are marked) for every possible x, ascending.

    In integers, for a bound may be met exactly. Divided by C(population, draws), P[x].
    """
    others = population - marked
    least = max(0, draws - others)
    ways = math.comb(marked, least) * math.comb(others, draws - least)
    for x in range(least, min(marked, draws) + 1):
        yield x, ways
        ways = ways * (marked - x) * (draws - x) // ((x + 1) * (others - draws + x + 1))
