"""The three adversaries, and how many shares must open a secret under each.

Honest-but-curious: the server and n_c clients follow the protocol and pool what they see.
Semi-malicious: the round of keys is honest, then the server and n_c clients do what they like.
Active: they do what they like from the start, and a directory of signature keys exists. For
teaching and research: not audited.

Why 2 t > n + n_c against a server that lies. Shares are handed out only for a list of survivors
that t of its members have signed. An honest client signs one list, a corrupt one signs any: two
lists would need 2 t <= n + n_c signatures, so there is one list. Counting the shares of one victim
gives the same inequality and proves too little: without the signatures the server opens a vector
and never needs both secrets of anybody (``attacks.secure_aggregation.views`` does it).

References
----------
K. Bonawitz et al., "Practical Secure Aggregation for Privacy-Preserving Machine Learning", CCS
2017, section 6, https://eprint.iacr.org/2017/281
"""

from enum import StrEnum

from pyfedlite import _check


class ThreatModel(StrEnum):
    """What the server and the corrupt clients may do."""

    HONEST_BUT_CURIOUS = "honest-but-curious"
    SEMI_MALICIOUS = "semi-malicious"
    ACTIVE = "active"

    @property
    def is_signed(self) -> bool:
        """Whether clients sign the survivors before they unmask: against a server that lies."""
        return self is not ThreatModel.HONEST_BUT_CURIOUS

    @property
    def strength(self) -> int:
        """0, 1 or 2: the larger, the more the adversary may do."""
        return list(ThreatModel).index(self)


def choose_threshold(
    num_clients: int,
    num_corrupt: int,
    num_drop: int,
    threat_model: ThreatModel,
    min_honest: int = 2,
) -> int:
    """Return the least secure threshold t of the complete graph.

    Parameters
    ----------
    num_clients : int
        n, at least 2.
    num_corrupt : int
        n_c, clients who may collude with the server.
    num_drop : int
        Clients whose loss the run must survive.
    threat_model : ThreatModel
    min_honest : int
        Inputs of honest clients that any revealed sum must hold, at least 2: a sum with one of them
        would be that one.

    Raises
    ------
    ValueError
        When no threshold is both secure and reachable after `num_drop` clients have gone.

    Examples
    --------
    >>> choose_threshold(10, 2, 3, ThreatModel.ACTIVE)  # 2 * 7 > 10 + 2
    7
    >>> choose_threshold(10, 2, 3, ThreatModel.HONEST_BUT_CURIOUS)
    4
    >>> choose_threshold(10, 2, 3, ThreatModel.HONEST_BUT_CURIOUS, min_honest=4)
    6
    """
    _check.integer("num_clients", num_clients, minimum=2, hint="one client has nothing to hide in")
    _check.integer("num_corrupt", num_corrupt, minimum=0)
    _check.integer("num_drop", num_drop, minimum=0)
    _check.integer("min_honest", min_honest, minimum=2)
    threshold = num_corrupt + min_honest
    if threat_model.is_signed:
        threshold = max(threshold, (num_clients + num_corrupt) // 2 + 1)
    if threshold > num_clients - num_drop:
        condition = (
            f"leave {threshold} clients, the threshold for num_clients={num_clients} and "
            f"num_corrupt={num_corrupt} and min_honest={min_honest} under {threat_model}"
        )
        _check.fail("num_drop", condition, num_drop, "lower num_drop, num_corrupt or min_honest")
    return threshold


def check_threshold(
    threshold: int, num_clients: int, num_corrupt: int, threat_model: ThreatModel
) -> None:
    """Check the threshold of the complete graph; the sentence holds the inequality."""
    if not 2 <= threshold <= num_clients:
        _check.fail("threshold", f"lie in 2..num_clients={num_clients}", threshold)
    if threshold < num_corrupt + 2:
        condition = f"be at least num_corrupt + 2 = {num_corrupt + 2} under {threat_model}"
        hint = "a sum with one honest input is that input"
        _check.fail("threshold", condition, threshold, hint)
    if threat_model.is_signed and 2 * threshold <= num_clients + num_corrupt:
        condition = (
            f"satisfy 2 * threshold > num_clients + num_corrupt = {num_clients + num_corrupt} "
            f"under {threat_model}"
        )
        _check.fail("threshold", condition, threshold)
