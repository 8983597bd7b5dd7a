"""Flower's mean of a cohort: ``aggregate``, on one list of one vector for each client."""

import sys

import serving

try:
    import flwr
    from flwr.server.strategy.aggregate import aggregate
except ImportError:
    serving.answer(absent="flwr")
    raise SystemExit from None

import numpy as np


def main():
    """Serve means."""
    with np.load(sys.argv[1]) as file:
        cohort, num_params = file["sizes"].tolist()
    rng = np.random.default_rng(0)
    updates = [([rng.standard_normal(num_params, dtype=np.float32)], k + 1) for k in range(cohort)]
    serving.serve(flwr.__version__, lambda: aggregate(updates))


if __name__ == "__main__":
    main()
