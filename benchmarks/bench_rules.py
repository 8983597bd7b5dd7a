"""The robust rules at the size of the 2NN of McMahan et al. 2017, beside ByzFL's on NumPy.

Both get the same float32 vectors. pyfedlite computes in float64, as everywhere; ByzFL in what it is
given. The geometric median is compared at equal tolerance: ByzFL makes as many steps as bring it as
near to the limit as pyfedlite comes.
"""

from collections.abc import Callable

import numpy as np

from benchmarks import peers
from benchmarks.timing import Table, compare, take_turns
from pyfedlite.aggregation.named import AGGREGATORS
from pyfedlite.aggregation.robust.geometric_median import weiszfeld
from pyfedlite.clients import ClientUpdate
from pyfedlite.seeds import RoundSeed
from pyfedlite.state import RoundContext

COHORT, NUM_PARAMS, NUM_BYZANTINE = 100, 199_210, 10
TOLERANCE = 1e-6  # of the geometric median: the last step over the median distance
RULES = {
    "median": "median:num_byzantine=10",
    "trimmed_mean": "trimmed_mean:num_byzantine=10",
    "krum": "krum:num_byzantine=10",
    "multi_krum": "multi_krum:num_byzantine=10",
    "geometric_median": f"geometric_median:num_byzantine=10,tolerance={TOLERANCE}",
    "centred_clipping": "centred_clipping:radius=100",
    "norm_clipping": "norm_clipping:clip=100",
    "nnm+median": "nnm+median:num_byzantine=10",
    "arc+median": "arc+median:num_byzantine=10",
    "bucketing+median": "bucketing:2+median:num_byzantine=10",
}


def steps_from_zero(vectors: np.ndarray) -> int:
    """Return how many of ByzFL's steps, which begin at 0, come as near as pyfedlite does."""
    limit = weiszfeld(vectors)[0]
    ours = np.linalg.norm(weiszfeld(vectors, tolerance=TOLERANCE)[0] - limit)
    centre, steps = np.zeros(vectors.shape[1]), 0
    while np.linalg.norm(centre - limit) > ours:
        weights = 1 / np.maximum(np.linalg.norm(vectors - centre, axis=1), 1e-6)
        centre, steps = weights @ vectors / weights.sum(), steps + 1
    return steps


def measure() -> list[Table]:
    x = np.random.default_rng(0).standard_normal((COHORT, NUM_PARAMS), dtype=np.float32)
    steps = steps_from_zero(x.astype(np.float64))
    return [measure_rule(name, word, x, steps) for name, word in RULES.items()]


def measure_rule(name: str, word: str, x: np.ndarray, steps: int) -> Table:
    rule = AGGREGATORS.read(word)
    updates = [ClientUpdate(k, row, 1, 1, 0.0) for k, row in enumerate(x)]
    context = RoundContext(round=1, theta=np.zeros(NUM_PARAMS), seed=RoundSeed(0, 1))
    ours = f"pyfedlite, {name}"
    scripts = {"ByzFL, NumPy": ("byzfl_rules.py", name)}
    with peers.installed({"sizes": [COHORT, NUM_PARAMS, steps]}, scripts) as (others, absent):
        contenders: dict[str, Callable[[], object]] = {ours: lambda: rule(updates, context)}
        times = take_turns({**contenders, **others}, rounds=3)
    title = f"{name}, {COHORT} clients of {NUM_PARAMS:,} parameters, f = {NUM_BYZANTINE}"
    notes = [f"absent: {other}" for other in absent]
    notes += [f"ByzFL makes {steps} steps"] if name == "geometric_median" else []
    return compare(title, times, ours, tuple(notes))
