"""Attacks, for lessons and tests: each breaks something weak, and fails on what pyfedlite does.

The names here are those against weak secure aggregation. ``attacks.poisoning`` has clients who lie,
``attacks.inference`` what a model or an update gives away.

For teaching and research: not audited. Nothing here helps against a system that is not yours to
test.
"""

from pyfedlite.attacks.secure_aggregation.game import Agreement, Rules, View, play
from pyfedlite.attacks.secure_aggregation.graph import open_neighbour
from pyfedlite.attacks.secure_aggregation.knowledge import MaskedRow, free_sums, smallest_sum
from pyfedlite.attacks.secure_aggregation.lying import Haul, play_views
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
    isolate_by_plan,
    take_away_pair_masks,
    without_self_mask,
)
from pyfedlite.attacks.secure_aggregation.views import crossed_views, split_views, with_replay

__all__ = [
    "Agreement",
    "Haul",
    "MaskedRow",
    "Rules",
    "View",
    "answer_any_lists",
    "ask_for_both",
    "crossed_views",
    "difference_of_rounds",
    "fold_seed",
    "folded_mask",
    "free_sums",
    "isolate_by_model",
    "isolate_by_plan",
    "open_neighbour",
    "play",
    "play_views",
    "search_seeds",
    "shape_under_a_scalar",
    "smallest_sum",
    "split_views",
    "take_away_pair_masks",
    "with_replay",
    "without_self_mask",
]
