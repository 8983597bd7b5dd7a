"""What a private run draws from, and what it keeps to itself.

Left neighbour: `simulate` knows whether the algorithm is private. Right neighbour: its rounds draw
from the key. Noise that somebody can draw again is no noise, and neither is a cohort that somebody
can draw again a secret: so all streams of a private run, but for the start of theta, are keyed by
256 bits of the operating system, drawn at each start and never written down.

Adversary: who has the result of a run, its records and its settings, the seed among them.
Protected: what noise and cohorts hide. Not protected: anything against whoever reads the memory of
the process; and NumPy's generator takes 128 bits of a key and is made for simulation, not for
cryptography. For teaching and research: not audited.
"""

import secrets
from dataclasses import dataclass

from pyfedlite import _check
from pyfedlite.roles import Algorithm

KEY_BITS = 256

ABORTED = "aborted; a private run does not say why"
"""The failure of a private round, whatever its reason: it counts as released."""

CHECKPOINT_NOTE = (
    "This checkpoint of a private run is not a release. It holds what clients remember and hashes "
    "of their rows; no epsilon covers it. Keep it where the clients' data may be kept."
)
"""Stands in a private run's checkpoint."""


@dataclass(frozen=True)
class Secrecy:
    """Which key the streams of a run have, and whether its records are held back.

    Parameters
    ----------
    private : bool
    key : int
        Of all draws but the start of theta: the seed, unless the run is private.
    min_reports : int
        The fewest reports of a round that is run at all.
    """

    private: bool
    key: int
    min_reports: int

    def __repr__(self) -> str:
        return f"Secrecy(private={self.private})"  # the key is not for people


def secrecy_of(
    algorithm: Algorithm, seed: int, insecure_seed: int | None, min_reports: int | None
) -> Secrecy:
    """Return the key of a run, and what of it is kept.

    Raises
    ------
    ValueError
        If a setting does not go with a private run, or goes with that alone.
    """
    if min_reports is not None:
        min_reports = _check.integer("min_reports", min_reports, minimum=0)
    if not getattr(algorithm, "private", False):
        if insecure_seed is not None:
            hint = "without noise for privacy all draws come from seed"
            _check.fail("insecure_seed", "be left out here", insecure_seed, hint)
        return Secrecy(False, seed, 1 if min_reports is None else min_reports)
    _check_each_for_itself(algorithm)
    if min_reports is not None:
        hint = "a round that is left out tells how many came"
        _check.fail("min_reports", "be left out of a private run", min_reports, hint)
    if insecure_seed is None:
        return Secrecy(True, secrets.randbits(KEY_BITS), 0)
    return Secrecy(True, _check.integer("insecure_seed", insecure_seed, minimum=0), 0)


def _check_each_for_itself(algorithm: Algorithm) -> None:
    """Raise ``ValueError`` if one client would change what others send to a private aggregator.

    Its noise hides one message of a bounded length. Where the messages are mixed beforehand, one
    client changes several, and no epsilon holds.
    """
    mixing = getattr(algorithm, "cohort_transforms", ())
    if mixing and getattr(getattr(algorithm, "aggregator", None), "private", False):
        hint = "one client would change what others send, and no epsilon would hold"
        _check.fail("cohort_transforms", "be empty beside a private mean", mixing, hint)
