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

from pyfedlite.aggregation import WeightedMean
from pyfedlite.algorithms.fedavg import FedAvg
from pyfedlite.local import LocalSGD
from pyfedlite.roles import Aggregator, CohortTransform, Model, ServerOptimizer, UpdateTransform
from pyfedlite.server import ServerAdagrad, ServerAdam, ServerSGD, ServerYogi

_MEAN = WeightedMean()
_ALONG = ServerSGD()


def fedavg(
    model: Model,
    *,
    local_epochs: int = 1,
    batch_size: int | None = 10,
    learning_rate: float = 0.1,
    momentum: float = 0.0,
    learning_rate_decay: float = 1.0,
    aggregator: Aggregator = _MEAN,
    server: ServerOptimizer = _ALONG,
    transforms: tuple[UpdateTransform, ...] = (),
    cohort_transforms: tuple[CohortTransform, ...] = (),
) -> FedAvg:
    """Return federated averaging: E local epochs, then the mean of the models.

    Parameters
    ----------
    model : Model
    local_epochs : int
        E, at least 1.
    batch_size : int or None
        B; ``None`` takes all of a client's rows at once.
    learning_rate : float
        eta of the clients, above 0.
    momentum, learning_rate_decay : float
        Of the clients; see `LocalSGD`.
    aggregator, server, transforms, cohort_transforms
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
        momentum=momentum,
        learning_rate_decay=learning_rate_decay,
    )
    return FedAvg(model, local, aggregator, server, transforms, cohort_transforms)


def fedsgd(model: Model, *, learning_rate: float = 0.1) -> FedAvg:
    """Return federated SGD: one gradient step on all rows of each client, then the mean.

    With every client in every round it is gradient descent on the union of their rows.

    Parameters
    ----------
    model : Model
    learning_rate : float
        eta, above 0.

    Examples
    --------
    >>> from pyfedlite.models import SoftmaxRegression
    >>> local = fedsgd(SoftmaxRegression(64, 10)).local
    >>> local.local_epochs, local.batch_size
    (1, None)
    """
    return FedAvg(model, LocalSGD(local_epochs=1, batch_size=None, learning_rate=learning_rate))


def fedprox(
    model: Model,
    *,
    proximal_mu: float = 0.1,
    local_epochs: int = 1,
    batch_size: int | None = 10,
    learning_rate: float = 0.1,
) -> FedAvg:
    """Return FedProx: a pull of strength `proximal_mu` keeps each client near the global model.

    Parameters
    ----------
    model : Model
    proximal_mu : float
        mu, at least 0; 0 is FedAvg.
    local_epochs, batch_size, learning_rate
        As for `fedavg`.

    Examples
    --------
    >>> from pyfedlite.models import SoftmaxRegression
    >>> fedprox(SoftmaxRegression(64, 10), proximal_mu=0.0) == fedavg(SoftmaxRegression(64, 10))
    True
    """
    local = LocalSGD(local_epochs, batch_size, learning_rate, proximal_mu=proximal_mu)
    return FedAvg(model, local)


def fedavgm(
    model: Model,
    *,
    server_learning_rate: float = 1.0,
    server_momentum: float = 0.9,
    local_epochs: int = 1,
    batch_size: int | None = 10,
    learning_rate: float = 0.1,
) -> FedAvg:
    """Return FedAvg with momentum at the server.

    Parameters
    ----------
    model : Model
    server_learning_rate : float
        eta_s, above 0.
    server_momentum : float
        In [0, 1).
    local_epochs, batch_size, learning_rate
        As for `fedavg`.

    Examples
    --------
    >>> from pyfedlite.models import SoftmaxRegression
    >>> fedavgm(SoftmaxRegression(64, 10)).server
    ServerSGD(learning_rate=1.0, momentum=0.9)
    """
    local = LocalSGD(local_epochs, batch_size, learning_rate)
    return FedAvg(model, local, server=ServerSGD(server_learning_rate, server_momentum))


def fedadagrad(
    model: Model,
    *,
    server_learning_rate: float = 0.1,
    beta1: float = 0.0,
    tau: float = 1e-3,
    local_epochs: int = 1,
    batch_size: int | None = 10,
    learning_rate: float = 0.1,
) -> FedAvg:
    """Return FedAdagrad: Adagrad at the server.

    Parameters
    ----------
    model : Model
    server_learning_rate, beta1, tau : float
        See `ServerAdagrad`.
    local_epochs, batch_size, learning_rate
        As for `fedavg`.

    Examples
    --------
    >>> from pyfedlite.models import SoftmaxRegression
    >>> fedadagrad(SoftmaxRegression(64, 10)).server
    ServerAdagrad(learning_rate=0.1, beta1=0.0, tau=0.001)
    """
    local = LocalSGD(local_epochs, batch_size, learning_rate)
    return FedAvg(model, local, server=ServerAdagrad(server_learning_rate, beta1, tau))


def fedadam(
    model: Model,
    *,
    server_learning_rate: float = 0.01,
    beta1: float = 0.9,
    beta2: float = 0.99,
    tau: float = 1e-3,
    local_epochs: int = 1,
    batch_size: int | None = 10,
    learning_rate: float = 0.1,
) -> FedAvg:
    """Return FedAdam: Adam at the server.

    Parameters
    ----------
    model : Model
    server_learning_rate, beta1, beta2, tau : float
        See `ServerAdam`.
    local_epochs, batch_size, learning_rate
        As for `fedavg`.

    Examples
    --------
    >>> from pyfedlite.models import SoftmaxRegression
    >>> fedadam(SoftmaxRegression(64, 10)).server
    ServerAdam(learning_rate=0.01, beta1=0.9, beta2=0.99, tau=0.001)
    """
    local = LocalSGD(local_epochs, batch_size, learning_rate)
    return FedAvg(model, local, server=ServerAdam(server_learning_rate, beta1, beta2, tau))


def fedyogi(
    model: Model,
    *,
    server_learning_rate: float = 0.01,
    beta1: float = 0.9,
    beta2: float = 0.99,
    tau: float = 1e-3,
    local_epochs: int = 1,
    batch_size: int | None = 10,
    learning_rate: float = 0.1,
) -> FedAvg:
    """Return FedYogi: Yogi at the server.

    Parameters
    ----------
    model : Model
    server_learning_rate, beta1, beta2, tau : float
        See `ServerYogi`.
    local_epochs, batch_size, learning_rate
        As for `fedavg`.

    Examples
    --------
    >>> from pyfedlite.models import SoftmaxRegression
    >>> fedyogi(SoftmaxRegression(64, 10)).server
    ServerYogi(learning_rate=0.01, beta1=0.9, beta2=0.99, tau=0.001)
    """
    local = LocalSGD(local_epochs, batch_size, learning_rate)
    return FedAvg(model, local, server=ServerYogi(server_learning_rate, beta1, beta2, tau))
