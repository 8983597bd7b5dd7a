"""One run with liars in it: what an attack does to a model, under one defence.

Adversary: `num_byzantine` of the clients, with what `knowledge` allows. Protected: the accuracy, as
far as the defence says. Not protected: all that the defence's own file names. For teaching and
research: not audited.

The setting is the standard experiment of robust aggregation in its cheapest form that still tells
the rules apart: softmax regression, 25 clients of which 5 lie, and in each of 40 rounds one step of
each client on all its rows.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial

from pyfedlite import _check
from pyfedlite.aggregation import AGGREGATORS
from pyfedlite.aggregation.robust.arrivals import unbearable
from pyfedlite.algorithms import FedAvg, fedavg
from pyfedlite.attacks.poisoning import POISONS, Liars, Poison
from pyfedlite.data import PARTITIONERS, FederatedDataset, partition
from pyfedlite.errors import DivergedError, RunFailed
from pyfedlite.experiments.attacks.watching import Watch, Watched
from pyfedlite.experiments.datasets import load_dataset
from pyfedlite.experiments.defaults import defaults
from pyfedlite.experiments.parts import ModelConfig
from pyfedlite.roles import Aggregator
from pyfedlite.simulation import simulate
from pyfedlite.state import RoundRecord
from pyfedlite.statistics import standardisation, standardise
from pyfedlite.transforms import worker_momentum


@dataclass(frozen=True)
class PoisonConfig:
    """Everything that decides the bits of a run with liars in it.

    Parameters
    ----------
    attack : str
        As `POISONS` reads it, such as ``flip_sign:10`` or ``searched:alie``.
    defence : str
        As `AGGREGATORS` reads it, such as ``krum`` or ``nnm+median``; a rule that is not told its
        ``num_byzantine`` is told that of the attack.
    dataset, partition : str
    num_clients, num_byzantine : int
        n, and how many of them lie: those with the lowest ids.
    knowledge : {"own", "colluding", "omniscient"}, optional
        By default as much as the server lets slip: everything, or under secure aggregation what
        the attackers tell each other.
    model : ModelConfig
    local_epochs : int
    batch_size : int, optional
        None: all rows of a client.
    learning_rate : float
    momentum : float
        Of `worker_momentum`, in [0, 1).
    num_rounds, seed : int
    eval_every : int
        Evaluate every so many rounds.

    Raises
    ------
    ValueError, TypeError
        If a value is not allowed, or the parts do not fit each other.
    """

    attack: str
    defence: str
    dataset: str = "digits"
    partition: str = "iid"
    num_clients: int = 25
    num_byzantine: int = 5
    knowledge: str | None = None
    model: ModelConfig = field(default_factory=partial(ModelConfig, "softmax"))
    local_epochs: int = 1
    batch_size: int | None = None
    learning_rate: float = 0.5
    momentum: float = 0.0
    num_rounds: int = 40
    seed: int = 0
    eval_every: int = 1

    def __post_init__(self) -> None:
        _check.integer("num_clients", self.num_clients, minimum=2)
        _check.integer("num_byzantine", self.num_byzantine, minimum=0)
        _check.integer("num_rounds", self.num_rounds, minimum=1)
        _check.integer("seed", self.seed, minimum=0)
        _check.below_one("momentum", self.momentum)
        if self.num_byzantine >= self.num_clients:
            condition = f"be below the {self.num_clients} clients"
            _check.fail("num_byzantine", condition, self.num_byzantine)
        if self.num_byzantine == 0 and self.attack != "none":
            _check.fail("num_byzantine", f"be at least 1 for the attack {self.attack}", 0)

    @property
    def rule(self) -> Aggregator:
        """The defence, told how many lie."""
        try:
            name, settings = AGGREGATORS.parse(self.defence)
            if "num_byzantine" in AGGREGATORS.keys_of(name):
                settings = {"num_byzantine": self.num_byzantine} | settings
            return AGGREGATORS.make(name, settings)
        except ValueError as error:  # the table has another name for the same thing
            raise ValueError(str(error).replace("aggregate", "defence", 1)) from error


@dataclass(frozen=True)
class PoisonedRun:
    """What came of it.

    Parameters
    ----------
    rounds : tuple of int
        The evaluated ones.
    accuracies : tuple of float
        On the test rows, in each of them.
    successes : tuple of float
        The share of test rows that the trigger turns into the target; empty without a backdoor.
    deviations : tuple of float
        Of every round that did not fail: how far the aggregate was from the honest mean, in root
        mean squares of the honest updates.
    num_failed_rounds : int
    ended : str
        Why the run ended before its last round; empty if it did not.
    """

    rounds: tuple[int, ...]
    accuracies: tuple[float, ...]
    successes: tuple[float, ...] = ()
    deviations: tuple[float, ...] = ()
    num_failed_rounds: int = 0
    ended: str = ""

    @property
    def accuracy(self) -> float | None:
        """The last one; None if the run came to no end, or no round of it had a result."""
        return self.accuracies[-1] if self.accuracies and not self.ended else None


def check_distinct(name: str, values: Sequence[str]) -> None:
    """Refuse no names, and a name that stands twice: its runs would be one row of a table."""
    if not values or len(set(values)) < len(values):
        _check.fail(name, "be at least one, and distinct", ", ".join(values) or "none")


def run_poisoned(config: PoisonConfig) -> PoisonedRun:
    """Train under attack, and return what came of it.

    Parameters
    ----------
    config : PoisonConfig

    Raises
    ------
    ValueError
        If the parts do not fit each other; the sentence says which would.

    Examples
    --------
    >>> run_poisoned(PoisonConfig("flip_mean:10", "mean", num_rounds=5)).accuracy < 0.3
    True
    """
    clients, algorithm, poison = prepared(config)
    records: list[RoundRecord] = []
    watch = Watch(records, algorithm.model, clients, poison)
    ended = ""
    try:
        simulate(
            algorithm,
            clients,
            num_rounds=config.num_rounds,
            seed=config.seed,
            eval_every=config.eval_every,
            callbacks=[watch],
        )
    except (DivergedError, RunFailed) as error:  # which is what an attacker may want
        ended = str(error)
    tested = [record for record in records if "test_accuracy" in record.metrics]
    return PoisonedRun(
        tuple(record.round for record in tested),
        _series(tested, "test_accuracy"),
        _series(tested, "success"),
        _series(records, "deviation"),
        sum(record.failure is not None for record in records),
        ended,
    )


def prepared(config: PoisonConfig) -> tuple[FederatedDataset, FedAvg, Poison]:
    """Return the clients, the algorithm with liars in it, and what the liars add.

    Raises
    ------
    ValueError
        If the parts do not fit each other.
    """
    rule = config.rule
    _check_bearable(rule, config)
    clients = federation(config.dataset, config.partition, config.num_clients, config.seed)
    if clients.num_classes is None:
        _check.fail("dataset", "have classes", config.dataset, "take digits")
    poison = _poison(config, rule, clients)
    model = config.model.build(clients.num_features, clients.num_classes)
    algorithm = fedavg(
        model,
        local_epochs=config.local_epochs,
        batch_size=config.batch_size,
        learning_rate=config.learning_rate,
    )
    momentum = (worker_momentum(config.momentum),) if config.momentum else ()
    liars = () if poison == Poison() else tuple(range(config.num_byzantine))
    algorithm = replace(algorithm, aggregator=Watched(rule, liars), transforms=momentum)
    return clients, poison.added_to(algorithm), poison


@lru_cache(maxsize=8)
def federation(dataset: str, spelled: str, num_clients: int, seed: int) -> FederatedDataset:
    """Return the clients of a run; the next run with the same ones shares them."""
    partitioner = PARTITIONERS.read(spelled)
    clients = partition(load_dataset(dataset), partitioner, num_clients=num_clients, seed=seed)
    if not defaults(dataset)["standardise"]:
        return clients
    return standardise(clients, standardisation(clients))


def _poison(config: PoisonConfig, rule: Aggregator, clients: FederatedDataset) -> Poison:
    name = config.attack.partition(":")[0].strip()
    if name == "none":
        return Poison()
    is_masked = not getattr(rule, "sees_updates", True)
    knowledge = config.knowledge or ("colluding" if is_masked else "omniscient")
    if is_masked and knowledge == "omniscient":
        hint = "secure aggregation hides the honest updates"
        _check.fail(
            "knowledge", "be own or colluding where updates are masked", repr(knowledge), hint
        )
    side = round(clients.num_features**0.5)
    is_image = config.dataset in ("digits", "mnist")
    liars = Liars(
        client_ids=tuple(range(config.num_byzantine)),
        num_clients=config.num_clients,
        num_classes=clients.num_classes or 0,
        rule=rule,
        knowledge=knowledge,
        image=(side, side) if is_image else None,
    )
    return POISONS.read(config.attack, liars)


def _check_bearable(rule: Aggregator, config: PoisonConfig) -> None:
    """Raise ``ValueError`` if the rule has no answer to the updates of all clients."""
    reason = unbearable(rule, config.num_clients)
    if reason is not None:
        hint = "take fewer attackers, more clients or another defence"
        f = getattr(rule, "num_byzantine", config.num_byzantine)
        _check.fail("num_byzantine", f"be what {config.defence} can bear ({reason})", f, hint)


def _series(records: Sequence[RoundRecord], name: str) -> tuple[float, ...]:
    values = (record.metrics.get(name) for record in records)
    return tuple(float(value) for value in values if value is not None)
