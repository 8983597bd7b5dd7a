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
from pyfedlite.privacy.accounting.calibration import calibrate_noise
from pyfedlite.privacy.accounting.relations import Neighbouring
from pyfedlite.roles import Model


def dp_fedavg(
    model: Model | str,
    *,
    population: int,
    clip: float = 1.0,
    noise_multiplier: float | None = None,
    target_epsilon: float | None = None,
    dp_delta: float | None = None,
    sampling_rate: float | None = None,
    num_rounds: int | None = None,
    relation: str = "add_or_remove",
    quantile: float | None = None,
    **settings: Unpack[Settings],
) -> FedAvg:
    """Return DP-FedAvg: FedAvg that protects every client as a whole by clipping and noise.

    Run it with a sampler that draws each client on its own: ``simulate(..., sampler=poisson(q))``.

    Parameters
    ----------
    model : Model or str
        A model, or its name, as for `fedavg`.
    population : int
        N_0, a declared number of clients; a guess will do, the true one stays private.
    clip : float
        C: no update moves the sum by more.
    noise_multiplier : float, optional
        z, at least 0: the deviation of the noise on the sum of the updates, in units of `clip`.
    target_epsilon : float, optional
        In its place: the smallest z with which `num_rounds` rounds spend no more than this epsilon.
        `dp_delta`, `sampling_rate` and `num_rounds` have to be given then.
    dp_delta : float, optional
        delta, in (0, 1), usually below 1 / N_0. Each round then says what was spent so far, in
        ``dp_epsilon``.
    sampling_rate : float, optional
        q; by default the one that the sampler declares.
    num_rounds : int, optional
        T, for the target; more rounds spend more.
    relation : {"add_or_remove", "zero_out", "replace"}
        Which two worlds have to look alike. A target counts on sampling for "add_or_remove" alone.
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
    if noise_multiplier is None or target_epsilon is not None:
        if noise_multiplier is not None:
            hint = "the one follows from the other"
            _check.fail("noise_multiplier", "be left out beside target_epsilon", "both", hint)
        noise_multiplier = noise_for(target_epsilon, dp_delta, sampling_rate, num_rounds, relation)
    if "aggregator" in settings:
        hint = "take fedavg(model, aggregator=private_mean(…)) for other settings of the mean"
        _check.fail("aggregator", "be left out here", settings["aggregator"], hint)
    mean = private_mean(
        clip,
        noise_multiplier,
        population=population,
        sampling_rate=sampling_rate,
        dp_delta=dp_delta,
        relation=relation,
        quantile=quantile,
    )
    return replace(fedavg(model, **settings), aggregator=mean)


def noise_for(
    target_epsilon: float | None,
    dp_delta: float | None,
    sampling_rate: float | None,
    num_rounds: int | None,
    relation: str = "add_or_remove",
) -> float:
    """Return the smallest noise multiplier for a target, all of which has to be given.

    Raises
    ------
    ValueError
        If something is missing, or no noise suffices.

    Examples
    --------
    >>> round(noise_for(8.0878616289, 1e-5, 1.0, 10), 6)
    2.0
    """
    if target_epsilon is None:
        _check.fail("noise_multiplier", "be given, or target_epsilon in its place", "neither")
    hint = "the noise for target_epsilon follows from it"
    if dp_delta is None:
        _check.fail("dp_delta", "be given beside target_epsilon", "none", hint)
    if sampling_rate is None:
        _check.fail("sampling_rate", "be given beside target_epsilon", "none", hint)
    if num_rounds is None:
        _check.fail("num_rounds", "be given beside target_epsilon", "none", hint)
    named = Neighbouring(_check.one_of("relation", relation, [each.value for each in Neighbouring]))
    # A cohort of a fixed size is allowed unless a client may be missing, and amplifies nothing.
    rate = sampling_rate if named is Neighbouring.ADD_OR_REMOVE else 1.0
    return calibrate_noise(
        target_epsilon, dp_delta=dp_delta, sampling_rate=rate, rounds=num_rounds, relation=named
    )
