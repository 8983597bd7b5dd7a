"""Whether a model and the clients of a run fit together.

Left neighbour: ``simulate`` was given both. Right neighbour: the first round, which takes it for
granted.
"""

import numpy as np

from pyfedlite import _check
from pyfedlite.roles import Model
from pyfedlite.simulation.rounds import Clients


def check_fit(model: Model, clients: Clients) -> None:
    """Raise ``ValueError`` if the model is made for other rows than those of the clients."""
    num_missing = getattr(clients, "num_missing", 0)
    if num_missing:
        hint = "call fill_missing(clients, 'mean') first"
        _check.fail("clients", "have no missing values", f"{num_missing:,} missing cells", hint)
    _check_range(clients, model)
    if clients.num_features != model.num_features:
        _check.fail(
            "model",
            f"have num_features={clients.num_features}, as the data has",
            model.num_features,
        )
    if clients.num_classes != model.num_classes:
        _check.fail(
            "model", f"have num_classes={clients.num_classes}, as the data has", model.num_classes
        )


def _check_range(clients: Clients, model: Model) -> None:
    """Check that no feature is infinite in the dtype of the model."""
    pooled, most = getattr(clients, "pooled", None), float(np.finfo(model.dtype).max)
    if pooled is None or pooled.features.dtype.itemsize <= np.dtype(model.dtype).itemsize:
        return
    for name in ("features", "test_features"):
        rows = getattr(pooled, name)
        low, high = rows.min(axis=0), rows.max(axis=0)
        large = np.flatnonzero((high > most) | (low < -most))
        if large.size:
            column = int(large[0])
            shown = column if pooled.feature_names is None else repr(pooled.feature_names[column])
            got = f"{max(high[column], -low[column])} in column {shown}"
            hint = "rescale the column, leave it out, or take a model with dtype='float64'"
            _check.fail(name, f"fit into {model.dtype}, the dtype of the model", got, hint)
