"""Data sets, and ways to divide them among clients.

Left neighbour: files, your own arrays, or a download. Right neighbour: ``simulation`` takes a
`Client` for each member of a cohort.
"""

from pyfedlite.data.builtin import load_breast_cancer, load_digits
from pyfedlite.data.dataset import Dataset
from pyfedlite.data.federated import FederatedDataset, partition
from pyfedlite.data.german_credit import load_german_credit
from pyfedlite.data.heart_disease import load_heart_disease
from pyfedlite.data.inputs import Fill, Inputs
from pyfedlite.data.lazy import LazyClients
from pyfedlite.data.mnist import load_mnist
from pyfedlite.data.named import PARTITIONERS, parse_partitioner
from pyfedlite.data.own import load_csv, load_frame, load_npz, read_features
from pyfedlite.data.partitioners import (
    IID,
    Dirichlet,
    Natural,
    QuantitySkew,
    Shards,
    dirichlet,
    iid,
    natural,
    quantity_skew,
    shards,
)
from pyfedlite.data.registry import Entry, available, clear, fetch, load, status
from pyfedlite.data.report import PartitionReport
from pyfedlite.data.summary import describe
from pyfedlite.data.synthetic import make_synthetic
from pyfedlite.data.tables import Column

__all__ = [
    "IID",
    "PARTITIONERS",
    "Column",
    "Dataset",
    "Dirichlet",
    "Entry",
    "FederatedDataset",
    "Fill",
    "Inputs",
    "LazyClients",
    "Natural",
    "PartitionReport",
    "QuantitySkew",
    "Shards",
    "available",
    "clear",
    "describe",
    "dirichlet",
    "fetch",
    "iid",
    "load",
    "load_breast_cancer",
    "load_csv",
    "load_digits",
    "load_frame",
    "load_german_credit",
    "load_heart_disease",
    "load_mnist",
    "load_npz",
    "make_synthetic",
    "natural",
    "parse_partitioner",
    "partition",
    "quantity_skew",
    "read_features",
    "shards",
    "status",
]
