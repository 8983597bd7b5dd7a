"""ByzFL's robust rules on one NumPy array of vectors, one row for each client."""

import sys

import serving

try:
    from importlib.metadata import version

    import byzfl
    from byzfl.aggregators import aggregators as rules
    from byzfl.aggregators import preaggregators as before
except ImportError:
    serving.answer(absent="byzfl")
    raise SystemExit from None

import numpy as np

NUM_BYZANTINE = 10


def rule_of(name, vectors, steps):
    """Return the rule of a name, with the settings that pyfedlite has beside it."""
    f = NUM_BYZANTINE
    mixed = {"nnm+median": before.NNM(f=f), "bucketing+median": before.Bucketing(s=2)}
    if name in mixed:
        return lambda: rules.Median()(mixed[name](vectors))
    if name == "arc+median":  # it writes into the array that it is given
        return lambda: rules.Median()(before.ARC(f=f)(vectors.copy()))
    if name == "norm_clipping":  # it writes into the array that it is given
        return lambda: rules.Average()(before.Clipping(c=100.0)(vectors.copy()))
    if name == "centred_clipping":  # it remembers its last result
        return lambda: rules.CenteredClipping(L=1, tau=100.0)(vectors)
    made = {
        "median": rules.Median(),
        "trimmed_mean": rules.TrMean(f=f),
        "krum": rules.Krum(f=f),
        "multi_krum": rules.MultiKrum(f=f),
        "geometric_median": rules.GeometricMedian(nu=1e-6, T=steps),
    }
    return lambda: made[name](vectors)


def main():
    """Serve one rule, whose name is the last word of the command line."""
    with np.load(sys.argv[1]) as file:
        cohort, num_params, steps = file["sizes"].tolist()
    vectors = np.random.default_rng(0).standard_normal((cohort, num_params), dtype=np.float32)
    assert byzfl
    serving.serve(version("byzfl"), rule_of(sys.argv[2], vectors, steps))


if __name__ == "__main__":
    main()
