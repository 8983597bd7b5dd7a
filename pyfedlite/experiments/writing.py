"""From a `RunConfig` to the tables of a configuration file: the way back of ``settings``.

Everything is written out, so that a file goes on meaning the same should a default change.
"""

from collections.abc import Mapping
from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import Any

from pyfedlite.aggregation import AGGREGATORS
from pyfedlite.data import PARTITIONERS
from pyfedlite.experiments.config import RunConfig
from pyfedlite.experiments.datasets import is_file_name
from pyfedlite.experiments.settings import ALSO_IN, READING
from pyfedlite.experiments.toml import Tables


def tables(config: RunConfig, *, absolute: bool = False) -> Tables:
    """Return all settings of a run: ``resolve(tables(config)) == config``.

    Parameters
    ----------
    config : RunConfig
    absolute : bool
        Whether the path of a file of data is written so that it holds from any folder.

    Examples
    --------
    >>> from pyfedlite.experiments.settings import resolve
    >>> tables(resolve({}))["run"]["partition"]
    'dirichlet:0.3'
    """
    local = asdict(config.local)
    partition: str | None = None
    of_partition: dict[str, Any] = {}
    if config.partition is not None:
        partition, of_partition = PARTITIONERS.split(config.partition)
    rule, of_rule = AGGREGATORS.split(config.aggregate)
    in_run = {key: local.pop(key) for key in ALSO_IN["local"]}
    run = {
        "dataset": config.dataset if not absolute else _absolute(config.dataset),
        **{key: _plain(getattr(config, key)) for key in READING},
        "standardise": config.standardise,
        "model": config.model.name,
        "hidden": list(config.model.hidden) or None,
        "num_clients": config.num_clients,
        "partition": partition,
        "algorithm": config.algorithm,
        "client_fraction": config.client_fraction,
        **in_run,
        "batch_size": in_run["batch_size"] or "all",
        "dropout_rate": config.dropout_rate or None,
        "dp_epsilon": config.dp_epsilon,
        "num_rounds": config.num_rounds,
        "target_accuracy": config.target_accuracy,
        "target_auc": config.target_auc,
        "target_loss": config.target_loss,
        "eval_every": config.eval_every,
        "seed": config.seed,
    }
    return {
        "run": _known(run),
        "partition": _known(of_partition),
        "model": config.model.settings(),
        "local": _known(local),
        "aggregate": {"rule": rule, **_known(of_rule)},
        "server": _fields(config.server),
    }


def _absolute(dataset: str) -> str:
    return str(Path(dataset).absolute()) if is_file_name(dataset) else dataset


def _plain(value: Any) -> Any:
    """Return a tuple as a list, and nothing for an empty one."""
    return (list(value) or None) if isinstance(value, tuple) else value


def _known(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings without None, which TOML has no word for."""
    return {key: value for key, value in settings.items() if value is not None}


def _fields(part: object) -> dict[str, Any]:
    """Return what a part is set to."""
    return _known(asdict(part)) if is_dataclass(part) and not isinstance(part, type) else {}
