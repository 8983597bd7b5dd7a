"""What is unusual about the updates of a round: their lengths, their directions, who was left out.

Adversary: clients who send something else than they have learned, and do not know of this look.
Protected: nothing by itself; it is a report for people, and changes no update. Not protected: the
model against lies that are made to look usual, such as ALIE, which pass; honest clients with very
unlike data, who may be named; and the privacy of the clients, since the report looks at every
update. For teaching and research: not audited.

No knowledge of who lies is used. The score of a number x among those of a round is
0.6745 (x - median) / MAD, where MAD is the median of the distances from the median: for numbers
from a normal distribution it is about x's distance from the mean in standard deviations. A client
is flagged where the score of its length is beyond 3.5 either way, or where that of its angle to the
median update is above 3.5, or where its update is not finite. 3.5 is the limit that Iglewicz and
Hoaglin propose.

References
----------
B. Iglewicz and D. C. Hoaglin, "How to Detect and Handle Outliers", ASQC Quality Press, 1993
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pyfedlite import plotting
from pyfedlite._typing import Matrix, Vector

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LIMIT = 3.5
FEWEST = 5
"""With fewer finite updates there is no usual to differ from, and all scores are 0."""
ROUNDING = 1e-6
"""Numbers that differ by less than this part of their unit are equal: float32 has seven digits."""

Numbers = NDArray[np.float64]


def scores(values: Numbers, unit: float | None = None) -> Numbers:
    """Return how unusual each number is: 0.6745 (x - median) / MAD, and 0 where it is not finite.

    Where more than half of the numbers are equal up to rounding, as the lengths of clipped updates
    are, every other number scores infinity.

    Parameters
    ----------
    values : ndarray of shape (n,)
    unit : float, optional
        The size of numbers whose rounding reaches the values; by default their median size.

    Examples
    --------
    >>> scores(np.array([1.0, 2.0, 3.0, 4.0, 13.0])).round(2)  # median 3, MAD 1
    array([-1.35, -0.67,  0.  ,  0.67,  6.74])
    """
    finite = np.isfinite(values)
    if finite.sum() < FEWEST:
        return np.zeros(len(values))
    middle = np.median(values[finite])
    off = np.where(finite, values, middle) - middle
    deviation = float(np.median(np.abs(off[finite])))
    rounding = ROUNDING * (np.median(np.abs(values[finite])) if unit is None else unit)
    if deviation > rounding:
        return 0.6745 * off / deviation
    return np.where(np.abs(off) <= rounding, 0.0, np.copysign(np.inf, off))


def cosines(vectors: Matrix, direction: Vector) -> Numbers:
    """Return the cosine of the angle between each vector and a direction; 0 where one has length 0.

    Examples
    --------
    >>> cosines(np.array([[2.0, 0.0], [0.0, 1.0], [0.0, 0.0]]), np.array([1.0, 0.0]))
    array([1., 0., 0.])
    """
    scaled, to = _with_largest_one(vectors), _with_largest_one(direction)
    lengths = np.linalg.norm(scaled, axis=1) * np.linalg.norm(to)
    is_long = lengths > 0
    result: Numbers = np.where(is_long, scaled @ to / np.where(is_long, lengths, 1.0), 0.0)
    return np.clip(result, -1.0, 1.0)


def _with_largest_one(vectors: Matrix | Vector) -> Matrix:
    """Return each vector so that its largest entry is 1: squares of 1e300 would be infinite."""
    largest = np.abs(vectors).max(axis=-1, keepdims=True, initial=0.0)
    scaled: Matrix = vectors / np.where(largest > 0, largest, 1.0)
    return scaled


@dataclass(frozen=True, eq=False)
class SeenRound:
    """The updates of one round.

    Parameters
    ----------
    round : int
    client_ids : tuple of int
    norms : ndarray of shape (n,)
        Lengths; NaN where an update is not finite.
    to_median : ndarray of shape (n,)
        Cosine of the angle to the median of the finite updates, parameter by parameter.
    to_aggregate : ndarray of shape (n,), optional
        The same to what the rule has made of them; None where the round has failed.
    kept : ndarray of shape (n,), optional
        Which share of each update the rule has kept, in [0, 1]; None where it does not choose.
    """

    round: int
    client_ids: tuple[int, ...]
    norms: Numbers
    to_median: Numbers
    to_aggregate: Numbers | None = None
    kept: Numbers | None = None

    @property
    def norm_scores(self) -> Numbers:
        """How unusual each length is."""
        return scores(self.norms)

    @property
    def angle_scores(self) -> Numbers:
        """How unusually far each update points away from the median."""
        return scores(1.0 - self.to_median, unit=1.0)

    @property
    def flagged(self) -> dict[int, str]:
        """Who is unusual, and by what."""
        found = {}
        rows = zip(self.client_ids, self.norms, self.norm_scores, self.angle_scores, strict=True)
        for client_id, norm, norm_score, angle_score in rows:
            words = [] if np.isfinite(norm) else ["not finite"]
            words += [f"length {norm_score:+.1f}"] if abs(norm_score) > LIMIT else []
            words += [f"angle {angle_score:+.1f}"] if angle_score > LIMIT else []
            if words:
                found[client_id] = ", ".join(words)
        return found

    @property
    def left_out(self) -> tuple[int, ...]:
        """Of whom the rule has kept less than half of what it has kept of a client on average."""
        if self.kept is None:
            return ()
        few = self.kept < self.kept.mean() / 2
        return tuple(k for k, is_out in zip(self.client_ids, few, strict=True) if is_out)


def _in_words(seen: SeenRound) -> str:
    """Return whom the rule has left out, or the others where these are fewer."""
    if seen.kept is None:
        return "-"
    out, others = seen.left_out, sorted({*seen.client_ids} - {*seen.left_out})
    if len(out) > len(others):
        return f"all but {', '.join(map(str, others))}"
    return ", ".join(map(str, out)) or "nobody"


@dataclass(frozen=True, eq=False)
class AnomalyReport:
    """What was unusual in the rounds of a run.

    Parameters
    ----------
    rounds : sequence of SeenRound
    """

    rounds: Sequence[SeenRound]

    @property
    def flags(self) -> dict[int, int]:
        """In how many rounds each client was flagged, most first; the others are left out."""
        counts = Counter(k for seen in self.rounds for k in seen.flagged)
        return dict(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))

    @property
    def times_seen(self) -> dict[int, int]:
        """In how many rounds each client was there."""
        return dict(Counter(k for seen in self.rounds for k in seen.client_ids))

    def table(self, max_rows: int = 12) -> str:
        """Return the last rounds as text, and below them who was flagged how often.

        Parameters
        ----------
        max_rows : int
            The most rounds to show.
        """
        lines = [
            f"{'round':>5}  {'clients':>7}  {'median length':>13}  flagged; left out by the rule"
        ]
        for seen in self.rounds[-max_rows:]:
            finite = seen.norms[np.isfinite(seen.norms)]
            middle = f"{np.median(finite):.3g}" if len(finite) else "-"
            flagged = ", ".join(f"{k} ({why})" for k, why in seen.flagged.items()) or "nobody"
            out = _in_words(seen)
            lines.append(
                f"{seen.round:>5}  {len(seen.client_ids):>7}  {middle:>13}  {flagged}; {out}"
            )
        seen_times = self.times_seen
        lines += [f"client {k}: flagged in {n} of {seen_times[k]}" for k, n in self.flags.items()]
        return "\n".join(lines)

    def plot(self, ax: Any = None) -> "Axes":
        """Draw the length of every update over the rounds, the flagged ones marked.

        Needs matplotlib: ``pip install 'pyfedlite[plot]'``.
        """
        points = [
            (seen.round, float(norm), k in seen.flagged)
            for seen in self.rounds
            for k, norm in zip(seen.client_ids, seen.norms, strict=True)
            if np.isfinite(norm) and norm > 0
        ]
        return plotting.plot_anomalies(points, ax=ax)
