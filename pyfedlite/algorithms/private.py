"""DP-FedAvg: FedAvg with the private mean in place of the weighted one.

Adversary: everybody who sees the models of all rounds. Protected: whether any one client, with all
its data, took part, as far as the accountant says. Not protected: anything against the server.
``aggregation.private`` says more. For teaching and research: not audited.

References
----------
H. B. McMahan, D. Ramage, K. Talwar and L. Zhang, "Learning Differentially Private Recurrent
Language Models", ICLR 2018, Algorithm 1, https://arxiv.org/abs/1710.06963
"""

from dataclasses import replace
from typing import Unpack

from pyfedlite import _check
from pyfedlite.aggregation.private import private_mean
from pyfedlite.algorithms.fedavg import FedAvg
from pyfedlite.algorithms.relatives import Settings, fedavg
from pyfedlite.privacy.neighbouring import Neighbouring
from pyfedlite.roles import Model


def dp_fedavg(
    model: Model,
    *,
    noise_multiplier: float,
    population: int,
    clip: float = 1.0,
    sampling_rate: float | None = None,
    relation: str = Neighbouring.ADD_OR_REMOVE.value,
    quantile: float | None = None,
    **settings: Unpack[Settings],
) -> FedAvg:
    """Return DP-FedAvg: FedAvg that protects every client as a whole by clipping and noise.

    Run it with a sampler that draws each client on its own: ``simulate(..., sampler=poisson(q))``.

    Parameters
    ----------
    model : Model
    noise_multiplier : float
        z, at least 0: the deviation of the noise on the sum of the updates, in units of `clip`.
    population : int
        N_0, a declared number of clients; a guess will do, the true one stays private.
    clip : float
        C: no update moves the sum by more.
    sampling_rate : float, optional
        q; by default the one that the sampler declares.
    relation : {"add_or_remove", "zero_out", "replace"}
        Which two worlds have to look alike.
    quantile : float, optional
        Let C follow this quantile of the norms; `clip` is then where it starts.
    **settings
        As for `fedavg`, but for the aggregator. ``private_mean`` has further settings of the mean:
        ``fedavg(model, aggregator=private_mean(…))``.

    Examples
    --------
    >>> from pyfedlite.models import SoftmaxRegression
    >>> algorithm = dp_fedavg(SoftmaxRegression(64, 10), noise_multiplier=1.1, population=1000)
    >>> algorithm.private, algorithm.aggregator.clip
    (True, 1.0)
    """
    if "aggregator" in settings:
        hint = "take fedavg(model, aggregator=private_mean(…)) for other settings of the mean"
        _check.fail("aggregator", "be left out here", settings["aggregator"], hint)
    mean = private_mean(
        clip,
        noise_multiplier,
        population=population,
        sampling_rate=sampling_rate,
        relation=relation,
        quantile=quantile,
    )
    return replace(fedavg(model, **settings), aggregator=mean)
