"""Clipping where the client runs: its update is no longer than C.

Adversary: none that this step stops by itself. A client that follows the protocol limits what it
gives away; one that does not, sends what it likes. So whoever relies on the bound clips again where
the updates arrive: `private_mean` and `norm_clipping` do. Not protected: anything, without noise.
For teaching and research: not audited.

References
----------
H. B. McMahan, D. Ramage, K. Talwar and L. Zhang, "Learning Differentially Private Recurrent
Language Models", ICLR 2018, https://arxiv.org/abs/1710.06963
"""

from dataclasses import dataclass, replace

import numpy as np

from pyfedlite import _check
from pyfedlite.clients import ClientUpdate, Participant
from pyfedlite.norms import check_max_norm, clip


@dataclass(frozen=True)
class ClipUpdate:
    """Shortens delta to the length C where it is longer, over all parameters together.

    Parameters
    ----------
    max_norm : float
        C, above 0. Of an update with second vectors only delta is clipped.
    """

    max_norm: float

    def __post_init__(self) -> None:
        _check.keep(self, "max_norm", check_max_norm)

    def __call__(
        self, update: ClientUpdate, participant: Participant, round: int, rng: np.random.Generator
    ) -> ClientUpdate:
        """Return the update with its delta clipped; an update that is not finite becomes 0."""
        return replace(update, delta=clip(update.delta, self.max_norm))


def clip_update(max_norm: float) -> ClipUpdate:
    """Return the transform that clips updates where the clients run; see `ClipUpdate`.

    Parameters
    ----------
    max_norm : float
        C, above 0.

    Examples
    --------
    >>> update = ClientUpdate(0, np.array([3.0, 4.0]), 1, 1, 0.0)
    >>> clip_update(1.0)(update, None, 1, np.random.default_rng(0)).delta
    array([0.6, 0.8])
    """
    return ClipUpdate(max_norm)
