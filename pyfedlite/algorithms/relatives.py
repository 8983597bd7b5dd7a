"""FedAvg and its relatives, each with the one part that differs.

========== ===================================================== ================================
builder    differs in                                            paper
========== ===================================================== ================================
fedsgd     one step on all of a client's rows                    McMahan et al. 2017, section 2
fedavg     (the reference)                                       McMahan et al. 2017, Algorithm 1
fedprox    local: proximal term mu                               Li et al. 2020, Algorithm 2
fedavgm    server: momentum                                      Hsu et al. 2019, section 4.3
fedadagrad server: Adagrad                                       Reddi et al. 2021, Algorithm 2
fedadam    server: Adam                                          Reddi et al. 2021, Algorithm 2
fedyogi    server: Yogi                                          Reddi et al. 2021, Algorithm 2
========== ===================================================== ================================

References
----------
McMahan et al. 2017: https://arxiv.org/abs/1602.05629. Li et al. 2020 (FedProx):
https://arxiv.org/abs/1812.06127. Hsu et al. 2019: https://arxiv.org/abs/1909.06335. Reddi et al.
2021: https://arxiv.org/abs/2003.00295.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import TypedDict, Unpack

from pyfedlite import _check
from pyfedlite.aggregation import AGGREGATORS, WeightedMean
from pyfedlite.algorithms.fedavg import FedAvg
from pyfedlite.local import LocalSGD
from pyfedlite.models import MODELS
from pyfedlite.names.words import part_of
from pyfedlite.roles import (
    Aggregator,
    CohortTransform,
    Correction,
    DataTransform,
    Model,
    ServerOptimizer,
    UpdateTransform,
)
from pyfedlite.server import ServerAdagrad, ServerAdam, ServerSGD, ServerYogi

_MEAN = WeightedMean()
_ALONG = ServerSGD()


class StepSettings(TypedDict, total=False):
    """Every setting of `fedavg` but the number of steps: what FedSGD takes."""

    learning_rate: float
    momentum: float
    learning_rate_decay: float
    correction: Correction | None
    aggregator: Aggregator | str
    server: ServerOptimizer
    transforms: tuple[UpdateTransform, ...]
    cohort_transforms: tuple[CohortTransform, ...]
    data_transforms: tuple[DataTransform, ...]
    sends: Mapping[str, float]
    extras: tuple[str, ...]
    one_at_a_time: bool


class Settings(StepSettings, total=False):
    """Every setting of `fedavg`, which its relatives take too."""

    local_epochs: int
    batch_size: int | None


def fedavg(
    model: Model | str,
    *,
    local_epochs: int = 1,
    batch_size: int | None = 10,
    learning_rate: float = 0.1,
    momentum: float = 0.0,
    proximal_mu: float = 0.0,
    learning_rate_decay: float = 1.0,
    correction: Correction | None = None,
    aggregator: Aggregator | str = _MEAN,
    server: ServerOptimizer = _ALONG,
    transforms: tuple[UpdateTransform, ...] = (),
    cohort_transforms: tuple[CohortTransform, ...] = (),
    data_transforms: tuple[DataTransform, ...] = (),
    sends: Mapping[str, float] | None = None,
    extras: tuple[str, ...] = (),
    one_at_a_time: bool = False,
) -> FedAvg:
    """Return federated averaging: E local epochs, then the mean of the models.

    Parameters
    ----------
    model : Model or str
    local_epochs : int
        E, at least 1.
    batch_size : int or None
        B; ``None`` takes all of a client's rows at once.
    learning_rate : float
        eta of the clients, above 0.
    momentum, proximal_mu, learning_rate_decay, correction
        Of the clients; see `LocalSGD`.
    aggregator, server, transforms, cohort_transforms, data_transforms, sends, extras, one_at_a_time
        The other parts; see `FedAvg`.

    Examples
    --------
    >>> from pyfedlite.models import SoftmaxRegression
    >>> fedavg(SoftmaxRegression(64, 10), local_epochs=5).local.local_epochs
    5
    """
    local = LocalSGD(
        local_epochs,
        batch_size,
        learning_rate,
        momentum,
        proximal_mu,
        learning_rate_decay,
        correction,
    )
    return FedAvg(
        part_of(MODELS, model),
        local,
        part_of(AGGREGATORS, aggregator),
        server,
        transforms,
        cohort_transforms,
        data_transforms,
        {} if sends is None else sends,
        extras,
        one_at_a_time,
    )


def fedsgd(model: Model | str, **settings: Unpack[StepSettings]) -> FedAvg:
    """Return federated SGD: one gradient step on all rows of each client, then the mean.

    With every client in every round it is gradient descent on the union of their rows.

    Parameters
    ----------
    model : Model or str
    **settings
        As for `fedavg`, but for the epochs and the size of a batch.

    Examples
    --------
    >>> from pyfedlite.models import SoftmaxRegression
    >>> local = fedsgd(SoftmaxRegression(64, 10)).local
    >>> local.local_epochs, local.batch_size
    (1, None)
    """
    for name in ("local_epochs", "batch_size"):
        if name in settings:
            hint = "fedsgd takes one step on all rows; take fedavg for more"
            _check.fail(name, "be left out for fedsgd", dict(settings)[name], hint)
    return fedavg(model, local_epochs=1, batch_size=None, **settings)


def fedprox(
    model: Model | str, *, proximal_mu: float = 0.1, **settings: Unpack[Settings]
) -> FedAvg:
    """Return FedProx: a pull of strength `proximal_mu` keeps each client near the global model.

    Parameters
    ----------
    model : Model or str
    proximal_mu : float
        mu, at least 0; 0 is FedAvg.
    **settings
        As for `fedavg`.

    Examples
    --------
    >>> from pyfedlite.models import SoftmaxRegression
    >>> fedprox(SoftmaxRegression(64, 10), proximal_mu=0.0) == fedavg(SoftmaxRegression(64, 10))
    True
    """
    return fedavg(model, proximal_mu=proximal_mu, **settings)


def fedavgm(
    model: Model | str,
    *,
    server_learning_rate: float = 1.0,
    server_momentum: float = 0.9,
    **settings: Unpack[Settings],
) -> FedAvg:
    """Return FedAvg with momentum at the server.

    Parameters
    ----------
    model : Model or str
    server_learning_rate : float
        eta_s, above 0.
    server_momentum : float
        In [0, 1).
    **settings
        As for `fedavg`.

    Examples
    --------
    >>> from pyfedlite.models import SoftmaxRegression
    >>> fedavgm(SoftmaxRegression(64, 10)).server
    ServerSGD(learning_rate=1.0, momentum=0.9)
    """
    return _with_server(model, ServerSGD(server_learning_rate, server_momentum), settings)


def fedadagrad(
    model: Model | str,
    *,
    server_learning_rate: float = 0.1,
    beta1: float = 0.0,
    tau: float = 1e-3,
    **settings: Unpack[Settings],
) -> FedAvg:
    """Return FedAdagrad: Adagrad at the server.

    Parameters
    ----------
    model : Model or str
    server_learning_rate, beta1, tau : float
        See `ServerAdagrad`.
    **settings
        As for `fedavg`.

    Examples
    --------
    >>> from pyfedlite.models import SoftmaxRegression
    >>> fedadagrad(SoftmaxRegression(64, 10)).server
    ServerAdagrad(learning_rate=0.1, beta1=0.0, tau=0.001)
    """
    return _with_server(model, ServerAdagrad(server_learning_rate, beta1, tau), settings)


def fedadam(
    model: Model | str,
    *,
    server_learning_rate: float = 0.01,
    beta1: float = 0.9,
    beta2: float = 0.99,
    tau: float = 1e-3,
    **settings: Unpack[Settings],
) -> FedAvg:
    """Return FedAdam: Adam at the server.

    Parameters
    ----------
    model : Model or str
    server_learning_rate, beta1, beta2, tau : float
        See `ServerAdam`.
    **settings
        As for `fedavg`.

    Examples
    --------
    >>> from pyfedlite.models import SoftmaxRegression
    >>> fedadam(SoftmaxRegression(64, 10)).server
    ServerAdam(learning_rate=0.01, beta1=0.9, beta2=0.99, tau=0.001)
    """
    return _with_server(model, ServerAdam(server_learning_rate, beta1, beta2, tau), settings)


def fedyogi(
    model: Model | str,
    *,
    server_learning_rate: float = 0.01,
    beta1: float = 0.9,
    beta2: float = 0.99,
    tau: float = 1e-3,
    **settings: Unpack[Settings],
) -> FedAvg:
    """Return FedYogi: Yogi at the server.

    Parameters
    ----------
    model : Model or str
    server_learning_rate, beta1, beta2, tau : float
        See `ServerYogi`.
    **settings
        As for `fedavg`.

    Examples
    --------
    >>> from pyfedlite.models import SoftmaxRegression
    >>> fedyogi(SoftmaxRegression(64, 10)).server
    ServerYogi(learning_rate=0.01, beta1=0.9, beta2=0.99, tau=0.001)
    """
    return _with_server(model, ServerYogi(server_learning_rate, beta1, beta2, tau), settings)


def _with_server(model: Model | str, server: ServerOptimizer, settings: Settings) -> FedAvg:
    """Return FedAvg with another server, which `settings` must not name too."""
    if "server" in settings:
        hint = "take fedavg(model, server=…) for a server of your own"
        _check.fail("server", "be left out here", settings["server"], hint)
    return replace(fedavg(model, **settings), server=server)
