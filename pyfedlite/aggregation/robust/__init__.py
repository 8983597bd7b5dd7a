"""Robust rules: one delta out of many, some of which an attacker has chosen.

Adversary: up to ``num_byzantine`` of the clients, who know everything and send what they like.
Protected: the aggregate, as far as each rule says. Not protected: the privacy of the clients, since
a rule looks at every update; and accuracy, which falls where honest clients differ, also when
nobody attacks. For teaching and research: not audited.

Left neighbour: ``aggregation.mean``, which believes everybody. Right neighbour:
``attacks.poisoning``, which these rules withstand, more or less.
"""

from pyfedlite.aggregation.robust.arrivals import Arrivals, RobustRule
from pyfedlite.aggregation.robust.bulyan import Bulyan, bulyan
from pyfedlite.aggregation.robust.clipping import (
    ARC,
    CentredClipping,
    NormClipping,
    arc,
    centred_clipping,
    norm_clipping,
)
from pyfedlite.aggregation.robust.composition import PreAggregated, PreAggregation, pre_aggregated
from pyfedlite.aggregation.robust.coordinatewise import Median, TrimmedMean, median, trimmed_mean
from pyfedlite.aggregation.robust.geometric_median import GeometricMedian, geometric_median
from pyfedlite.aggregation.robust.krum import Krum, MultiKrum, krum, multi_krum
from pyfedlite.aggregation.robust.neighbours import NNM, Bucketing, bucketing, nnm

__all__ = [
    "ARC",
    "NNM",
    "Arrivals",
    "Bucketing",
    "Bulyan",
    "CentredClipping",
    "GeometricMedian",
    "Krum",
    "Median",
    "MultiKrum",
    "NormClipping",
    "PreAggregated",
    "PreAggregation",
    "RobustRule",
    "TrimmedMean",
    "arc",
    "bucketing",
    "bulyan",
    "centred_clipping",
    "geometric_median",
    "krum",
    "median",
    "multi_krum",
    "nnm",
    "norm_clipping",
    "pre_aggregated",
    "trimmed_mean",
]
