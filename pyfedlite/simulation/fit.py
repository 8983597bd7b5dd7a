"""Whether a model and the clients of a run fit together, and whether its settings can act.

Left neighbour: ``simulate`` was given all of them. Right neighbour: the first round, which takes it
for granted. Whether a target can act, ``ending`` says.
"""

import numpy as np

from pyfedlite import _check
from pyfedlite._role_checks import checked
from pyfedlite.aggregation.robust.arrivals import unbearable
from pyfedlite.roles import Model, Sampler
from pyfedlite.sampling.samplers import sample_fraction
from pyfedlite.simulation.ending import Ending
from pyfedlite.simulation.rounds import Clients


def check_parts(algorithm: object, clients: object, sampler: object, availability: object) -> None:
    """Raise ``TypeError`` if a part does not play its role; the last two may be None."""
    checked("algorithm", algorithm, "algorithm")
    checked("clients", clients, "clients")
    for name, part in {"sampler": sampler, "availability": availability}.items():
        if part is not None:
            checked(name, part, name)


def reports_of(clients: Clients, min_reports: int) -> int:
    """Return the least number of reports, which cannot be above the number of clients."""
    least = _check.integer("min_reports", min_reports, minimum=0)
    if least > clients.num_clients:
        condition = f"be at most the number of clients, {clients.num_clients}"
        _check.fail("min_reports", condition, least, "no round could have a result")
    return least


def check_rule(algorithm: object, clients: Clients) -> None:
    """Raise ``ValueError`` if the aggregator has no answer even if all clients report.

    Of a population of more than a thousand it is not asked.
    """
    aggregator = getattr(algorithm, "aggregator", None)
    if clients.num_clients > 1000:
        return
    reason = unbearable(aggregator, clients.num_clients)
    if reason is not None:
        condition = f"have an answer to the updates of all {clients.num_clients} clients"
        _check.fail("aggregator", condition, f"none: {reason}", "no round could have a result")


def sampler_of(sampler: Sampler | None, client_fraction: float) -> Sampler:
    """Return the sampler, or the one that takes a fraction; both together cannot act."""
    if sampler is None:
        return sample_fraction(client_fraction)
    if client_fraction != 1:
        hint = "the sampler decides how many clients take part"
        _check.fail("client_fraction", "be left out beside a sampler", client_fraction, hint)
    return sampler


def check_fit(model: Model, clients: Clients, ending: Ending) -> None:
    """Raise ``ValueError`` if the model is made for other rows, or no target can be reached."""
    ending.check_can_act(clients.num_classes, clients.test_labels)
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
    """Check that no feature is infinite in the dtype of the model, and no label's square."""
    pooled, most = getattr(clients, "pooled", None), float(np.finfo(model.dtype).max)
    if pooled is not None and model.num_classes is None:
        for name in ("labels", "test_labels"):
            largest, root = float(np.abs(getattr(pooled, name)).max()), most**0.5
            if largest > root:
                condition = f"have squares that fit into {model.dtype} (at most about {root:.0e})"
                _check.fail(name, condition, largest, "rescale what is to be predicted")
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
