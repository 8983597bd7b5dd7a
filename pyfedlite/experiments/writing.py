"""From a `RunConfig` to the tables of a configuration file: the way back of ``settings``.

Everything is written out, so that a file goes on meaning the same should a default change.
"""

from dataclasses import asdict, is_dataclass
from typing import Any

from pyfedlite.data import IID, Dirichlet, Natural, QuantitySkew, Shards
from pyfedlite.experiments.config import RunConfig
from pyfedlite.experiments.parts import AGGREGATORS
from pyfedlite.experiments.settings import ALSO_IN
from pyfedlite.experiments.toml import Tables
from pyfedlite.roles import Partitioner

_SPELLINGS: dict[type, tuple[str, str | None]] = {
    IID: ("iid", None),
    Shards: ("shards", "per_client"),
    Dirichlet: ("dirichlet", "alpha"),
    QuantitySkew: ("quantity", "alpha"),
    Natural: ("natural", None),
}
"""The name of each partitioner, and the field that is written behind the colon."""


def tables(config: RunConfig) -> Tables:
    """Return all settings of a run: ``resolve(tables(config)) == config``.

    Examples
    --------
    >>> from pyfedlite.experiments.settings import resolve
    >>> tables(resolve({}))["run"]["partition"]
    'dirichlet:0.3'
    """
    local, partition = asdict(config.local), _fields(config.partition)
    in_run = {key: local.pop(key) for key in ALSO_IN["local"]}
    run = {
        "dataset": config.dataset,
        "label": config.label,
        "standardise": config.standardise,
        "model": config.model.name,
        "hidden": list(config.model.hidden) or None,
        "num_clients": config.num_clients,
        "partition": _spelled(config.partition, partition),
        "algorithm": config.algorithm,
        "client_fraction": config.client_fraction,
        **in_run,
        "batch_size": in_run["batch_size"] or "all",
        "dropout_rate": config.dropout_rate or None,
        "num_rounds": config.num_rounds,
        "target_accuracy": config.target_accuracy,
        "eval_every": config.eval_every,
        "seed": config.seed,
    }
    rules = {build: rule for rule, build in AGGREGATORS.items()}
    return {
        "run": {key: value for key, value in run.items() if value is not None},
        "partition": partition,
        "model": config.model.settings(),
        "local": local,
        "aggregate": {"rule": rules[type(config.aggregate)], **_fields(config.aggregate)},
        "server": _fields(config.server),
    }


def _spelled(partitioner: Partitioner | None, fields: dict[str, Any]) -> str | None:
    """Return the short spelling, and take out of `fields` what it says."""
    if partitioner is None:
        return None
    name, field = _SPELLINGS[type(partitioner)]
    return name if field is None else f"{name}:{fields.pop(field)!r}"


def _fields(part: object) -> dict[str, Any]:
    """Return what a part is set to, without None, which TOML has no word for."""
    fields = asdict(part) if is_dataclass(part) and not isinstance(part, type) else {}
    return {key: value for key, value in fields.items() if value is not None}
