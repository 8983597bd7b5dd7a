"""A threshold one share too low on the k-regular graph, and the client that it gives away.

Adversary: a server that lies about who dropped out, with some of the victim's neighbours. It tells
half of the honest neighbours that the victim is in the sum, and gets shares of the seed of its
self-mask; it tells the others that the victim dropped out, and gets shares of its mask key. Its
corrupt neighbours give both, and the victim itself holds a share of its seed: k + t_1 + 1 answers,
so secrecy needs 2 t > k + t_1 + 1. The finder in google-parfait/federated-compute takes
ceil((t_1 + k - 1.25) / 2) + 1, one too low whenever t_1 + k is odd; ours is `least_threshold`. For
teaching and research: not audited.

References
----------
J. Bell et al., "Secure Single-Server Aggregation with (Poly)Logarithmic Overhead", CCS 2020,
https://eprint.iacr.org/2020/704
"""

import os

from pyfedlite.errors import TooFewSharesError
from pyfedlite.sharing.randomness import Rand, random_bytes
from pyfedlite.sharing.shamir import Share, reconstruct, split


def open_neighbour(
    degree: int, threshold: int, num_corrupt: int, rand: Rand = os.urandom
) -> tuple[bool, bool]:
    """Return whether the server gets a victim's seed, and its mask key.

    Parameters
    ----------
    degree : int
        k, the victim's neighbours.
    threshold : int
        t, the shares that open a secret.
    num_corrupt : int
        t_1, its corrupt neighbours.
    rand : callable

    Examples
    --------
    100 clients, of which 5 may be corrupt and 5 drop out, k = 16: the uncorrected rule says 11.

    >>> open_neighbour(16, 11, 5)
    (True, True)
    >>> open_neighbour(16, 12, 5)
    (True, False)
    """
    seed, mask_key = random_bytes(rand, 32), random_bytes(rand, 32)
    neighbours = range(1, degree + 1)
    seed_shares = split(seed, threshold=threshold, places=range(1, degree + 2), rand=rand)
    key_shares = split(mask_key, threshold=threshold, places=neighbours, rand=rand)
    own = seed_shares.pop()  # the victim's
    honest = degree - num_corrupt
    told_alive = min(max(threshold - num_corrupt - 1, 0), honest)  # just enough for the seed
    seeds = [own, *seed_shares[: num_corrupt + told_alive]]
    keys = key_shares[:num_corrupt] + key_shares[num_corrupt + told_alive :]
    return _opens(seeds, threshold, seed), _opens(keys, threshold, mask_key)


def _opens(shares: list[Share], threshold: int, secret: bytes) -> bool:
    try:
        return reconstruct(shares, threshold) == secret
    except TooFewSharesError:
        return False
