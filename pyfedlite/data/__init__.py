"""Data sets, and ways to divide them among clients."""

from pyfedlite.data.builders import (
    dirichlet,
    iid,
    natural,
    parse_partitioner,
    quantity_skew,
    shards,
)
from pyfedlite.data.builtin import load_breast_cancer, load_digits
from pyfedlite.data.dataset import Dataset
from pyfedlite.data.federated import FederatedDataset, partition
from pyfedlite.data.partitioners import IID, Dirichlet, Natural, QuantitySkew, Shards
from pyfedlite.data.report import PartitionReport

__all__ = [
    "IID",
    "Dataset",
    "Dirichlet",
    "FederatedDataset",
    "Natural",
    "PartitionReport",
    "QuantitySkew",
    "Shards",
    "dirichlet",
    "iid",
    "load_breast_cancer",
    "load_digits",
    "natural",
    "parse_partitioner",
    "partition",
    "quantity_skew",
    "shards",
]
