"""From the tables of a configuration file to a `RunConfig`.

The table ``[run]`` has the command line's flags in snake_case as its keys; ``[partition]``,
``[model]``, ``[local]``, ``[aggregate]`` and ``[server]`` have the fields of their part. What is
not said is filled in from ``defaults``. The way back is in ``writing``.
"""

from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, cast

from pyfedlite import _check
from pyfedlite.aggregation import AGGREGATORS
from pyfedlite.data import PARTITIONERS, Natural
from pyfedlite.data.reading import Reading
from pyfedlite.experiments import toml
from pyfedlite.experiments.config import RunConfig
from pyfedlite.experiments.datasets import is_file_name
from pyfedlite.experiments.defaults import defaults
from pyfedlite.experiments.parts import (
    ModelConfig,
    adjusted,
    check_key,
    part_by_name,
    template,
)
from pyfedlite.experiments.private import DP_KEYS, with_privacy
from pyfedlite.experiments.toml import Tables
from pyfedlite.local import LocalSGD
from pyfedlite.roles import Aggregator, Partitioner

READING = tuple(field.name for field in fields(Reading))
"""Keys of ``[run]`` about how a file of one's own is read."""

RUN_KEYS = (
    "dataset",
    *READING,
    "standardise",
    "model",
    "hidden",
    "num_clients",
    "partition",
    "algorithm",
    "client_fraction",
    "local_epochs",
    "batch_size",
    "learning_rate",
    "aggregate",
    "dropout_rate",
    *DP_KEYS,
    "num_rounds",
    "target_accuracy",
    "target_auc",
    "target_loss",
    "eval_every",
    "seed",
)
PARTS = ("partition", "model", "local", "aggregate", "server")
ALSO_IN = {
    "local": ("local_epochs", "batch_size", "learning_rate"),
    "model": ("hidden",),
    "aggregate": ("rule",),
}
"""Keys of ``[run]`` that may as well stand in the table of their part."""

LISTS = ("drop", "categorical", "missing_marks")
"""Those of `READING` that are lists of texts."""

IN_RUN = {("aggregate", "rule"): "aggregate"}
"""Those that have another name in ``[run]``."""

FEDSGD = {"local_epochs": 1, "batch_size": "all"}
"""What makes it FedSGD: section 2 of McMahan et al. 2017."""


def resolve(settings: Mapping[str, Mapping[str, Any]]) -> RunConfig:
    """Return the run that some settings mean, everything else by default.

    Parameters
    ----------
    settings : mapping of table to mapping of key to value
        As in a configuration file.

    Raises
    ------
    ValueError, TypeError
        If a table, a key or a value is unknown or not allowed; the sentence gives the nearest.

    Examples
    --------
    >>> config = resolve({"run": {"num_rounds": 5, "algorithm": "fedavgm"}})
    >>> config.dataset, config.num_rounds, config.server
    ('digits', 5, ServerSGD(learning_rate=1.0, momentum=0.9))
    """
    given, parts = _sorted_out(settings)
    for key in given:
        check_key("run", key, RUN_KEYS)
    run = {**defaults(_text("dataset", given.get("dataset", "digits"))), **given}
    if run["algorithm"] == "fedsgd":
        run |= _fedsgd(given)
    base = template(_text("algorithm", run["algorithm"]))
    partition = _partition(run.get("partition"), parts["partition"])
    run, parts["aggregate"] = with_privacy(run, parts["aggregate"])
    return RunConfig(
        dataset=run["dataset"],
        partition=partition,
        num_clients=_num_clients(run, given, partition),
        model=_model(run, given, parts["model"]),
        algorithm=run["algorithm"],
        local=_local(run, cast(LocalSGD, base.local), parts["local"]),
        aggregate=_aggregator(run.get("aggregate", "mean"), parts["aggregate"]),
        server=adjusted("server", base.server, parts["server"]),
        client_fraction=run["client_fraction"],
        num_rounds=run["num_rounds"],
        seed=run["seed"],
        standardise=run["standardise"],
        target_accuracy=run.get("target_accuracy"),
        target_auc=run.get("target_auc"),
        target_loss=run.get("target_loss"),
        eval_every=run["eval_every"],
        **_reading(run),
        dropout_rate=_dropout_rate(run.get("dropout_rate", 0.0)),
        dp_epsilon=given.get("dp_epsilon"),
    )


def read_file(path: Path) -> Tables:
    """Return the settings in a file; a relative path in it starts at the folder of the file.

    Raises
    ------
    ValueError
        If the file cannot be read or is no TOML.
    """
    settings = toml.read(path)
    run = settings.get("run", {})
    for key in ("dataset", "out"):
        if isinstance(run.get(key), str) and (key == "out" or is_file_name(run[key])):
            run[key] = str(path.parent / run[key])  # an absolute path stays what it is
    return settings


def override(settings: Mapping[str, Mapping[str, Any]], changes: Tables) -> Tables:
    """Return `settings` with `changes` on top, as flags go on top of a file.

    What a file says about a part is dropped where that part is named anew: it was about another.

    Examples
    --------
    >>> file = {"run": {"algorithm": "fedavgm", "seed": 1}, "server": {"momentum": 0.5}}
    >>> changed = override(file, {"run": {"algorithm": "fedadam"}})
    >>> changed["run"], changed["server"]
    ({'algorithm': 'fedadam', 'seed': 1}, {})
    """
    run, parts = _sorted_out(settings)
    new_run, new_parts = _sorted_out(changes)
    anew = {key for key, value in new_run.items() if run.get(key, value) != value}
    if "algorithm" in anew:
        parts["server"] = {}
        parts["local"].pop("proximal_mu", None)
    if "model" in anew:
        parts["model"] = {}
        run.pop("hidden", None)
    for part in ("partition", "aggregate"):
        if part in anew:
            parts[part] = {}
    sets_noise = "dp_noise_multiplier" in new_run or "noise_multiplier" in new_parts["aggregate"]
    if sets_noise or "aggregate" in anew:
        run.pop("dp_epsilon", None)  # a target, from which other noise would follow
    if "dp_epsilon" in new_run:
        run.pop("dp_noise_multiplier", None)
    if "dataset" in anew:
        for key in ("standardise", *READING):
            run.pop(key, None)
    return {"run": run | new_run, **{name: parts[name] | new_parts[name] for name in PARTS}}


def _sorted_out(settings: Mapping[str, Mapping[str, Any]]) -> tuple[dict[str, Any], Tables]:
    """Return ``[run]`` and the tables of the parts, each key where it belongs."""
    for name in settings:
        _check.one_of("table", name, ("run", *PARTS))
    run = dict(settings.get("run", {}))
    parts = {name: dict(settings.get(name, {})) for name in PARTS}
    for name, keys in ALSO_IN.items():
        for key in keys:
            if key in parts[name]:
                in_run = IN_RUN.get((name, key), key)
                value = parts[name].pop(key)
                if run.setdefault(in_run, value) != value:
                    condition = f"be what [run] says, {run[in_run]!r}"
                    _check.fail(f"[{name}] {key}", condition, repr(value), "say it once")
    return run, parts


def _fedsgd(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return one step on all rows, if nobody said otherwise."""
    for key, value in FEDSGD.items():
        if given.get(key, value) != value:
            hint = "leave it out, or take fedavg"
            _check.fail(key, f"be {value} for fedsgd", repr(given[key]), hint)
    return FEDSGD


def _dropout_rate(value: object) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _partition(spelled: object, settings: Mapping[str, Any]) -> Partitioner | None:
    if spelled is None:
        if settings:
            _check.fail("[partition]", "stand beside partition = … in [run]", "no name")
        return None
    return part_by_name("partition", PARTITIONERS, _text("partition", spelled), settings)


def _num_clients(
    run: Mapping[str, Any], given: Mapping[str, Any], partition: Partitioner | None
) -> int | None:
    """Return K; where groups are clients, the default of other partitions does not count."""
    may_be_natural = partition is None or isinstance(partition, Natural)
    return given.get("num_clients") if may_be_natural else run["num_clients"]


def _aggregator(spelled: object, settings: Mapping[str, Any]) -> Aggregator:
    text = _text("aggregate", spelled)
    return part_by_name("aggregate", AGGREGATORS, text, settings, besides=ALSO_IN["aggregate"])


def _model(
    run: Mapping[str, Any], given: Mapping[str, Any], settings: Mapping[str, Any]
) -> ModelConfig:
    has_layers = run["model"] in ("mlp", "auto")
    sizes = run["hidden"] if has_layers else given.get("hidden", ())
    if isinstance(sizes, int):
        sizes = (sizes,)
    if isinstance(sizes, str):  # as it is written on the command line
        sizes = [int(size) if size.strip().isdecimal() else size for size in sizes.split(",")]
    if not isinstance(sizes, list | tuple):
        _check.fail_type("hidden", "be a list of sizes", sizes)
    model = ModelConfig(_text("model", run["model"]), tuple(sizes))
    known = tuple(model.settings())
    for key in settings:
        check_key("model", key, known, of=model.name)
    return adjusted("model", model, settings)


def _local(run: Mapping[str, Any], local: LocalSGD, settings: Mapping[str, Any]) -> LocalSGD:
    size = run["batch_size"]
    if isinstance(size, str) and size != "all":
        _check.fail("batch_size", "be a whole number or 'all'", repr(size))
    if size != "all":
        _check.integer("batch_size", size, minimum=1, hint="'all' takes all rows")
    in_run = {
        "local_epochs": run["local_epochs"],
        "batch_size": None if size == "all" else size,
        "learning_rate": run["learning_rate"],
    }
    return adjusted("local", adjusted("run", local, in_run), settings)


def _reading(run: Mapping[str, Any]) -> dict[str, Any]:
    """Return how a file of one's own is read, texts in lists or with commas between them."""
    given = {key: run[key] for key in READING if run.get(key) is not None}
    for key, value in given.items():
        if key in LISTS:
            given[key] = _texts(key, value)
        else:
            _text(key, value)
    return given


def _texts(name: str, value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        value = value.split(",")
    if not isinstance(value, list | tuple):
        _check.fail_type(name, "be a list of texts", value)
    return tuple(_text(name, each) for each in value)


def _text(name: str, value: object) -> str:
    if not isinstance(value, str):
        _check.fail_type(name, "be text", value)
    return value
