"""The picture of a run: a line for each client, a dot for each message, a cross where it fell out.

For teaching and research: not audited.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from pyfedlite.plotting import COLOURS, pyplot

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_NAMES = 30


def draw(
    client_ids: Sequence[int], senders: Mapping[str, Sequence[int]], ax: "Axes | None" = None
) -> "Axes":
    """Return axes with a run drawn on them.

    Parameters
    ----------
    client_ids : sequence of int
        Everybody who was asked.
    senders : mapping of str to sequence of int
        For each protocol round, by its name: the clients that sent a message.
    ax : matplotlib Axes, optional
    """
    if ax is None:
        _, ax = pyplot().subplots(figsize=(7, 3.5), layout="constrained")
    for x, u in enumerate(client_ids):
        sent = [u in names for names in senders.values()]
        present = [y for y, spoke in enumerate(sent) if spoke]
        if present:
            ax.plot([x] * len(present), present, color=COLOURS[0], marker="o", markersize=4)
        if not all(sent):
            ax.plot([x], [sent.index(False)], color=COLOURS[2], marker="x", linestyle="none")
    ax.set_yticks(range(len(senders)), list(senders))
    ax.invert_yaxis()
    step = max(1, len(client_ids) // MOST_NAMES)
    ax.set_xticks(range(0, len(client_ids), step), [str(u) for u in client_ids[::step]])
    ax.set_xlabel("client")
    ax.set_ylabel("round of the protocol")
    ax.set_title("A dot for each message, a cross where a client fails")
    return ax
