"""From a `RunConfig` to the objects of the road: data, clients, model, algorithm, sampler."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace

from pyfedlite.algorithms import FedAvg
from pyfedlite.data import IID, FederatedDataset, Natural, describe, partition
from pyfedlite.experiments.config import RunConfig
from pyfedlite.experiments.datasets import load_dataset
from pyfedlite.experiments.defaults import defaults
from pyfedlite.experiments.parts import template
from pyfedlite.history import History
from pyfedlite.roles import Callback, Sampler
from pyfedlite.sampling import poisson, sample_fraction
from pyfedlite.simulation import simulate
from pyfedlite.statistics import Standardisation, standardisation, standardise


@dataclass(frozen=True, eq=False)
class Experiment:
    """A run that is ready to start.

    Parameters
    ----------
    config : RunConfig
        With nothing left to the data.
    clients : FederatedDataset
        Standardised where the configuration says so.
    scale : Standardisation, optional
        What the columns were standardised by.
    algorithm : FedAvg
    summary : str
        What is predicted from what, as ``pyfedlite.data.describe`` says it.
    """

    config: RunConfig
    clients: FederatedDataset
    scale: Standardisation | None
    algorithm: FedAvg
    summary: str = ""

    @property
    def sampler(self) -> Sampler:
        """Who takes part: a fraction C of the clients; in a private run each with probability C.

        Where secure aggregation shows the server who takes part, nothing is gained by the latter.
        """
        fraction = self.config.client_fraction
        is_seen = getattr(self.algorithm.aggregator, "sees_cohort", False)
        is_drawn_alone = self.algorithm.private and not is_seen
        return poisson(fraction) if is_drawn_alone else sample_fraction(fraction)

    def run(
        self,
        *,
        checkpoint: str | os.PathLike[str] | None = None,
        callbacks: Sequence[Callback] = (),
        workers: int | None = None,
    ) -> History:
        """Train, and return what happened; see ``simulate``."""
        return simulate(
            self.algorithm,
            self.clients,
            num_rounds=self.config.num_rounds,
            seed=self.config.seed,
            sampler=self.sampler,
            availability=self.config.availability(),
            target_accuracy=self.config.target_accuracy,
            target_auc=self.config.target_auc,
            target_loss=self.config.target_loss,
            eval_every=self.config.eval_every,
            checkpoint=checkpoint,
            callbacks=callbacks,
            workers=workers,
        )


def build(config: RunConfig) -> Experiment:
    """Load the data, divide it and put the parts together.

    Raises
    ------
    ValueError
        If the parts do not fit the data; the sentence says what would.
    DataError
        If the data is absent or damaged.

    Examples
    --------
    >>> from pyfedlite.experiments.settings import resolve
    >>> experiment = build(resolve({"run": {"num_rounds": 2}}))
    >>> experiment.clients.num_clients, experiment.algorithm.model.sizes
    (50, (64, 64, 10))
    """
    data = load_dataset(config.dataset, config.reading())
    config.ending().check_can_act(data.num_classes, data.test_labels)
    partitioner = config.partition or (IID() if data.groups is None else Natural())
    num_clients = config.num_clients
    if num_clients is None and not isinstance(partitioner, Natural):
        num_clients = defaults(config.dataset)["num_clients"]
    clients = partition(data, partitioner, num_clients=num_clients, seed=config.seed)
    scale = standardisation(clients) if config.standardise else None
    if scale is not None:
        clients = standardise(clients, scale)
    chosen = config.model.chosen(data.num_classes)
    algorithm = replace(
        template(config.algorithm),
        model=chosen.build(data.num_features, data.num_classes),
        local=config.local,
        aggregator=config.aggregate,
        server=config.server,
    )
    complete = replace(config, partition=partitioner, num_clients=clients.num_clients, model=chosen)
    return Experiment(complete, clients, scale, algorithm, describe(data))
