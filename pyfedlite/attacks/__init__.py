"""Attacks, for lessons and tests: each breaks something weak, and fails on what pyfedlite does.

For teaching and research: not audited. Nothing here helps against a system that is not yours to
test.
"""

from pyfedlite.attacks.secure_aggregation.graph import open_neighbour
from pyfedlite.attacks.secure_aggregation.masks import (
    difference_of_rounds,
    fold_seed,
    folded_mask,
    search_seeds,
    shape_under_a_scalar,
)
from pyfedlite.attacks.secure_aggregation.server import (
    answer_any_lists,
    ask_for_both,
    isolate_by_model,
    take_away_pair_masks,
    without_self_mask,
)

__all__ = [
    "answer_any_lists",
    "ask_for_both",
    "difference_of_rounds",
    "fold_seed",
    "folded_mask",
    "isolate_by_model",
    "open_neighbour",
    "search_seeds",
    "shape_under_a_scalar",
    "take_away_pair_masks",
    "without_self_mask",
]
