"""What is done to rows or updates where the clients are, beside training.

Left neighbour: ``local`` makes the updates. Right neighbour: ``aggregation`` takes them. A part is
given to an algorithm in ``data_transforms``, ``transforms`` or ``cohort_transforms``.
"""

from pyfedlite.transforms.clip import ClipUpdate, clip_update
from pyfedlite.transforms.momentum import WorkerMomentum, worker_momentum
from pyfedlite.transforms.only_for import OnlyFor, only_for

__all__ = [
    "ClipUpdate",
    "OnlyFor",
    "WorkerMomentum",
    "clip_update",
    "only_for",
    "worker_momentum",
]
