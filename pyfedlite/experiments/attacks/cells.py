"""The runs that a matrix consists of: each attack, each defence, each partition, each seed.

Left neighbour: ``poisoning`` makes one run. Right neighbour: ``matrix`` puts the results in their
places.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np

from pyfedlite import _check
from pyfedlite.experiments.attacks.poisoning import (
    PoisonConfig,
    check_distinct,
    prepared,
    run_poisoned,
)
from pyfedlite.experiments.parts import ModelConfig

NONE = "none"
ATTACKS = (
    "flip_labels",
    "false_count",
    "flip_sign:10",
    "gaussian:10",
    "zero",
    "not_a_number",
    "alie",
    "ipm:0.5",
    "flip_mean:10",
    "min_max",
    "mimic",
    "searched:alie",
    "searched:ipm",
)
DEFENCES = (
    "mean",
    "norm_clipping:0.5",
    "centred_clipping:0.5",
    "median",
    "trimmed_mean",
    "geometric_median",
    "krum",
    "multi_krum",
    "bulyan",
    "bucketing:2+median",
    "nnm+median",
    "nnm+trimmed_mean",
)
PARTITIONS = ("iid", "dirichlet:0.1")


@dataclass(frozen=True)
class MatrixConfig:
    """Which attacks meet which defences, on which partitions.

    Parameters
    ----------
    attacks : tuple of str
        As `POISONS` reads them, by default ``ATTACKS`` of this module. What a defence costs without
        any is measured anyway.
    defences, partitions : tuple of str
        By default ``DEFENCES`` and ``PARTITIONS``.
    num_seeds : int
        How many runs each cell has, at least 1: with the seed of `base` and those after it.
    base : PoisonConfig
        All else; its attack, defence and partition are not looked at.

    Raises
    ------
    ValueError
        If a part does not fit the others; the sentence says which would.
    """

    # Factories, so that a signature does not spell out twenty-seven names.
    attacks: tuple[str, ...] = field(default_factory=lambda: ATTACKS)
    defences: tuple[str, ...] = field(default_factory=lambda: DEFENCES)
    partitions: tuple[str, ...] = field(default_factory=lambda: PARTITIONS)
    num_seeds: int = 3
    base: PoisonConfig = field(default_factory=partial(PoisonConfig, NONE, "mean"))

    def __post_init__(self) -> None:
        _check.integer("num_seeds", self.num_seeds, minimum=1)
        for name in ("attacks", "defences", "partitions"):
            check_distinct(name, getattr(self, name))
        for config in self.cells():
            if config.seed == self.base.seed:
                prepared(config)

    @property
    def columns(self) -> tuple[str, ...]:
        """The attacks, and before them none."""
        return (NONE, *(attack for attack in self.attacks if attack != NONE))

    def cells(self) -> list[PoisonConfig]:
        """Return one configuration for each run; those that share their clients are neighbours."""
        return [
            replace(self.base, attack=a, defence=d, partition=p, seed=s, eval_every=t)
            for t in (self.base.num_rounds,)
            for p in self.partitions
            for s in range(self.base.seed, self.base.seed + self.num_seeds)
            for d in self.defences
            for a in self.columns
        ]


def matrix_cell(config: PoisonConfig) -> Mapping[str, Any]:
    """Return a run with liars in it as a cell of the matrix."""
    run = run_poisoned(config)
    deviation = float(np.mean(run.deviations)) if run.deviations else None
    return {"accuracy": run.accuracy, "deviation": deviation, "ended": run.ended}


def told(config: MatrixConfig) -> dict[str, Any]:
    """Return a configuration as JSON can hold it; `read` is the way back."""
    return asdict(config)


def read(settings: Mapping[str, Any]) -> MatrixConfig:
    """Return the configuration that `told` has written.

    Examples
    --------
    >>> config = MatrixConfig(("alie",), ("median",), ("iid",))
    >>> read(told(config)) == config
    True
    """
    base = dict(settings["base"])
    model = {**base.pop("model")}
    model["hidden"] = tuple(model["hidden"])
    lists = {name: tuple(settings[name]) for name in ("attacks", "defences", "partitions")}
    return MatrixConfig(
        **lists,
        num_seeds=settings["num_seeds"],
        base=PoisonConfig(**base, model=ModelConfig(**model)),
    )
