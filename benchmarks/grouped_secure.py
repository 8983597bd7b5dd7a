"""What robust rules over secure groups buy and cost, and whom a look at updates finds.

    python -m benchmarks.grouped_secure attacks   # accuracy under every poisoning attack, 5 minutes
    python -m benchmarks.grouped_secure costs     # anonymity and attackers by size of a group
    python -m benchmarks.grouped_secure flags     # whom `watched` flags under every attack

The first trains softmax regression on the digits: 40 clients, all in every round, 10 rounds, 3 of
the clients attack; groups of 4 clients, so 10 groups. Each cell is the mean of the test accuracy
over three seeds; for the two backdoors also the share of stamped test rows that are taken for the
target. A searched attack is given the very rule that it meets, computed in the open.

The third watches the median of the same runs: the shares of the liars' updates and of the honest
ones that are flagged, over all rounds and seeds, first with equal clients and then with unlike ones
(Dirichlet, 0.3).

The second is exact: of n = 100 clients 10 at random are corrupt, and the ways to place them are
counted by products of polynomials.
"""

import argparse
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from math import comb
from typing import Any

import numpy as np

import pyfedlite as fl
from pyfedlite.aggregation import Watch, grouped_secure, secure_groups, weighted_mean
from pyfedlite.aggregation.robust import Arrivals, RobustRule, median, trimmed_mean
from pyfedlite.attacks import poisoning as p
from pyfedlite.clients import ClientUpdate
from pyfedlite.data import FederatedDataset
from pyfedlite.errors import DivergedError
from pyfedlite.history import History
from pyfedlite.roles import Aggregator
from pyfedlite.state import Aggregate, RoundContext
from pyfedlite.transforms import only_for

NUM_CLIENTS, NUM_ROUNDS, SIZE, SEEDS = 40, 10, 4, (0, 1, 2)
LIARS = range(3)
F = len(LIARS)
GROUPS = secure_groups(SIZE, max_weight=1024)
TRIGGER, TARGET = p.corner(8, 8), 0


@dataclass(frozen=True)
class InTheOpen:
    """The rule over plain means of the same groups, for an attacker who tries many strengths."""

    rule: RobustRule

    def __call__(self, updates: Iterable[ClientUpdate], context: RoundContext) -> Aggregate:
        """Return what the rule makes of the means."""
        by_id = {update.client_id: update for update in updates}
        means = [
            weighted_mean()([by_id[s.client_id] for s in group], context).delta
            for group in GROUPS.groups(context)
        ]
        return self.rule.combine(Arrivals(np.stack(means)), context)


RULES: dict[str, tuple[Aggregator, Aggregator]] = {  # what runs, and what an attacker computes
    "mean": (weighted_mean(), weighted_mean()),
    "grouped median": (
        grouped_secure(GROUPS, median(num_byzantine=F)),
        InTheOpen(median(num_byzantine=F)),
    ),
    "grouped trimmed mean": (
        grouped_secure(GROUPS, trimmed_mean(num_byzantine=F)),
        InTheOpen(trimmed_mean(num_byzantine=F)),
    ),
    "median, no secrecy": (median(num_byzantine=F), median(num_byzantine=F)),
}


def alone(*transforms: Any) -> dict[str, Any]:
    """Return changes of the liars' own updates."""
    return {"transforms": tuple(only_for(LIARS, each) for each in transforms)}


def labels(transform: Any, *transforms: Any) -> dict[str, Any]:
    """Return changes of the liars' rows, and then of their updates."""
    return {"data_transforms": (only_for(LIARS, transform),), **alone(*transforms)}


def together(attack: Any) -> dict[str, Any]:
    """Return what liars do who see all updates."""
    return {"cohort_transforms": (p.omniscient(LIARS, attack),)}


def attacks_on(rule: Aggregator) -> dict[str, dict[str, Any]]:
    """Return every attack, as parts of an algorithm."""
    boost = p.model_replacement(NUM_CLIENTS / F)
    planted = p.plant_trigger(TRIGGER, TARGET)
    return {
        "none": {},
        "flip_sign(10)": alone(p.flip_sign(10)),
        "gaussian(1)": alone(p.gaussian(1.0)),
        "constant(1000)": alone(p.constant(1e3)),
        "not_a_number": alone(p.not_a_number()),
        "zero": alone(p.zero()),
        "replay": alone(p.replay()),
        "free_rider": alone(p.free_rider()),
        "flip_sign(1), false_count(1000)": alone(p.flip_sign(1), p.false_count(1000)),
        "flip_labels": labels(p.flip_labels(10)),
        "relabel(7, 1)": labels(p.relabel(7, 1)),
        "backdoor: plant_trigger": labels(planted),
        "backdoor: model_replacement": labels(planted, boost),
        "colluding alie(1)": {"cohort_transforms": (p.colluding(LIARS, p.alie(1.0)),)},
        "omniscient alie": together(p.alie()),
        "omniscient ipm(0.5)": together(p.ipm(0.5)),
        "omniscient flip_mean(10)": together(p.flip_mean(10)),
        "omniscient min_max": together(p.min_max()),
        "omniscient mimic": together(p.mimic()),
        "searched alie": together(p.searched("alie", rule)),
        "searched ipm": together(p.searched("ipm", rule)),
    }


def trained(
    aggregator: Aggregator, attack: Mapping[str, Any], seed: int, how: Any = None
) -> tuple[History, FederatedDataset]:
    """Return the history of a run, and its clients."""
    how = fl.iid() if how is None else how
    clients = fl.partition(fl.load_digits(), how, num_clients=NUM_CLIENTS, seed=seed)
    algorithm = fl.fedavg(fl.SoftmaxRegression(64, 10), learning_rate=0.2)
    algorithm = replace(algorithm, aggregator=aggregator, **attack)
    settings = {"num_rounds": NUM_ROUNDS, "client_fraction": 1.0, "eval_every": NUM_ROUNDS}
    return fl.simulate(algorithm, clients, seed=seed, **settings), clients


def outcome(aggregator: Aggregator, attack: Mapping[str, Any], seed: int) -> tuple[float, float]:
    """Return test accuracy after the last round, and how often the trigger works."""
    history, clients = trained(aggregator, attack, seed)
    rows = (clients.test_features, clients.test_labels)
    success = p.success_rate(history.model, history.theta, *rows, TRIGGER, TARGET)
    return history.final_accuracy, success


def cell(name: str, aggregator: Aggregator, attack: Mapping[str, Any]) -> str:
    """Return the means over the seeds, in words."""
    try:
        results = np.array([outcome(aggregator, attack, seed) for seed in SEEDS])
    except DivergedError:
        return "ends the run"
    accuracy, success = results.mean(axis=0)
    return f"{accuracy:.3f}" + (f" ({success:.2f})" if "backdoor" in name else "")


def show_attacks() -> None:
    """Print accuracy by attack and rule, as a table in Markdown."""
    print("| attack |", " | ".join(RULES), "|")
    print("|---|" + "---|" * len(RULES))
    for name in attacks_on(weighted_mean()):
        cells = [cell(name, runs, attacks_on(known)[name]) for runs, known in RULES.values()]
        print(f"| `{name}` |" if name != "none" else "| none |", " | ".join(cells), "|", flush=True)


# ---- Who is flagged -----------------------------------------------------------------------------


def shares_flagged(attack: Mapping[str, Any], how: Any) -> tuple[float, float]:
    """Return the share of the liars' updates that are flagged, and that of the others'."""
    flagged = {True: 0, False: 0}
    for seed in SEEDS:
        watch = Watch(median(num_byzantine=F))
        trained(watch, attack, seed, how)
        for seen in watch.report().rounds:
            for client_id in seen.flagged:
                flagged[client_id in LIARS] += 1
    updates = len(SEEDS) * NUM_ROUNDS
    return flagged[True] / (updates * F), flagged[False] / (updates * (NUM_CLIENTS - F))


def show_flags() -> None:
    """Print by attack who is flagged, as a table in Markdown."""
    print("| attack | liars, iid | honest, iid | liars, unlike | honest, unlike |")
    print("|---|---|---|---|---|")
    for name, attack in attacks_on(RULES["median, no secrecy"][1]).items():
        shares = [x for how in (fl.iid(), fl.dirichlet(0.3)) for x in shares_flagged(attack, how)]
        cells = [f"{share:.2f}" for share in shares]
        if name == "none":  # nobody lies
            cells[0] = cells[2] = ""
        print(f"| `{name}` |" if name != "none" else "| none |", " | ".join(cells), "|", flush=True)


# ---- What it costs ------------------------------------------------------------------------------


def ways(factors: Iterable[list[int]], number: int) -> int:
    """Return the coefficient of x^number of a product of polynomials."""
    product = [1]
    for factor in factors:
        longer = [0] * min(len(product) + len(factor) - 1, number + 1)
        for i, a in enumerate(product):
            for j, b in enumerate(factor[: number + 1 - i]):
                longer[i + j] += a * b
        product = longer
    return product[number] if number < len(product) else 0


def chance_of_overrun(sizes: list[int], corrupt: int, allowed: list[int]) -> float:
    """Return P[a group has more corrupt clients than its threshold reckons with]."""
    factors = [[comb(m, c) for c in range(a + 1)] for m, a in zip(sizes, allowed, strict=True)]
    return float(1 - Fraction(ways(factors, corrupt), comb(sum(sizes), corrupt)))


def show_costs(num_clients: int = 100, corrupt: int = 10) -> None:
    """Print anonymity and attackers by size of a group, as a table in Markdown."""
    print(
        "| m | groups | threshold | honest inputs in a sum | liars withstood | chance of overrun |"
    )
    print("|---|---|---|---|---|---|")
    for size in (2, 3, 5, 10, 20, 33, 100):
        parts = np.array_split(np.arange(num_clients), secure_groups(size).num_groups(num_clients))
        sizes = [len(part) for part in parts]
        choices = [secure_groups(size).mean().choice(m) for m in sizes]
        honest = min(choice.threshold - choice.num_corrupt for choice in choices)
        overrun = chance_of_overrun(sizes, corrupt, [choice.num_corrupt for choice in choices])
        threshold = "-".join(map(str, sorted({choice.threshold for choice in choices})))
        withstood = (len(sizes) - 1) // 2  # by the median, which needs groups > 2 f
        row = (size, len(sizes), threshold, honest, withstood, f"{overrun:.2g}")
        print("|", " | ".join(map(str, row)), "|")


def main() -> None:
    """Print the table that the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    logging.disable()  # of every clipped coordinate of a liar
    parser.add_argument("what", choices=["attacks", "costs", "flags"])
    shows = {"attacks": show_attacks, "costs": show_costs, "flags": show_flags}
    shows[parser.parse_args().what]()


if __name__ == "__main__":
    main()
