"""The picture of a run: a line for each client, a dot for each message, a cross where it fell out.

For teaching and research: not audited.
"""

from typing import TYPE_CHECKING

from pyfedlite.plotting import COLOURS, pyplot

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from pyfedlite.secagg.transcript import Transcript

MOST_NAMES = 30


def draw(transcript: "Transcript", ax: "Axes | None" = None) -> "Axes":
    """Return axes with the run drawn on them."""
    from pyfedlite.secagg.transcript import ROUNDS

    if ax is None:
        _, ax = pyplot().subplots(figsize=(7, 3.5), layout="constrained")
    ids = transcript.config.client_ids
    rounds = list(transcript.bytes_by_round())
    for x, u in enumerate(ids):
        present = [r for r in rounds if u in transcript.senders(r)]
        if present:
            ax.plot([x] * len(present), present, color=COLOURS[0], marker="o", markersize=4)
        gone = [r for r in rounds if r not in present]
        if gone:
            ax.plot([x], [gone[0]], color=COLOURS[2], marker="x", linestyle="none")
    ax.set_yticks(rounds, [f"{r} {ROUNDS[r]}" for r in rounds])
    ax.invert_yaxis()
    step = max(1, len(ids) // MOST_NAMES)
    ax.set_xticks(range(0, len(ids), step), [str(u) for u in ids[::step]])
    ax.set_xlabel("client")
    ax.set_title("Messages of a secure aggregation; a cross where a client fails")
    return ax
