"""The flags of ``pyfedlite run``, and what they come to together with a file."""

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pyfedlite.cli.parser import (
    Parser,
    UsageError,
    add_common,
    add_switch,
    number,
    number_or_adaptive,
    rates,
    sizes,
    texts,
    whole_number,
    whole_number_or_all,
)

ALGORITHMS = "fedavg, fedsgd, fedprox, fedavgm, fedadagrad, fedadam or fedyogi"
ROBUST = (
    "median, trimmed_mean, krum, multi_krum, bulyan, geometric_median, centred_clipping, "
    "norm_clipping"
)
GROUPS: dict[str, tuple[tuple[str, Any, str, str], ...]] = {
    "data": (
        ("dataset", str, "NAME|FILE", "one of the table below, or your own .csv or .npz file"),
        ("label", str, "COLUMN", "what to predict, in a .csv file; else label, target, y or class"),
        ("task", str, "KIND", "classification or regression; else told by the values"),
        ("group", str, "COLUMN", "says whose each row is; else group or client"),
        ("drop", texts, "COLUMNS", "leave out columns, with commas"),
        ("categorical", texts, "COLUMNS", "columns that hold categories, whatever they look like"),
        (
            "missing",
            str,
            "HOW",
            "mean, median, most-frequent or drop; else a missing value is an error",
        ),
        ("missing-marks", texts, "TEXTS", "further marks of a missing value, with commas"),
        ("num-clients", whole_number, "K", "number of clients"),
        ("partition", str, "HOW", "iid, shards:2, dirichlet:0.3, quantity:1.2 or natural"),
    ),
    "training": (
        ("model", str, "NAME", "mlp, softmax, logistic (two classes), linear (numbers) or auto"),
        ("hidden", sizes, "N,N,…", "units of each hidden layer of the mlp"),
        ("algorithm", str, "NAME", ALGORITHMS),
        ("client-fraction", number, "C", "share of the clients in each round, 0 to 1"),
        ("local-epochs", whole_number, "E", "passes over a client's rows in each round"),
        ("batch-size", whole_number_or_all, "B", "rows of a local batch, or all"),
        ("learning-rate", number, "ETA", "of the clients"),
        (
            "aggregate",
            str,
            "RULE",
            f"mean, private, distributed_private, {ROBUST} or secure: masked, the server sees "
            "sums alone",
        ),
        ("dropout-rate", rates, "P", "share of clients failing in a round; five: one a stage"),
        ("num-rounds", whole_number, "T", "rounds at most"),
        ("target-accuracy", number, "A", "stop when the test accuracy has reached this, 0 to 1"),
        ("target-auc", number, "A", "the same for the AUC, of two classes"),
        ("target-loss", number, "L", "stop when the test loss is down to this"),
        ("eval-every", whole_number, "N", "evaluate every so many rounds"),
        ("seed", whole_number, "N", "the number that all draws come from"),
    ),
    "privacy": (
        ("dp-epsilon", number, "EPS", "spend no more in all rounds together"),
        ("dp-noise-multiplier", number, "Z", "noise on the sum of the updates, in units of C"),
        ("dp-delta", number, "DELTA", "of epsilon; less than one over the number of clients"),
        ("dp-clip", number_or_adaptive, "C", "largest norm of an update (1), or adaptive"),
        ("dp-population", whole_number, "N", "declared number of clients, which a step divides by"),
    ),
}
EPILOG = """\
Any parameter of any part can be set in FILE, or by --set:

  --set local.momentum=0.9 --set server.learning_rate=0.1 --set model.activation=tanh

The settings of a partition or of an aggregation rule may also stand behind its name:

  --partition dirichlet:0.3,min_examples=5 --aggregate secure:clip=2

A robust rule is told how many clients may lie; nnm, bucketing or arc may stand before it:

  --aggregate krum:num_byzantine=2
  --aggregate nnm+median:num_byzantine=2

A robust rule sees updates. Over secure groups, here of five clients or more, it sees means alone:

  --aggregate secure_groups:5+median:num_byzantine=2

Noise for differential privacy; each client then takes part with probability C:

  --dp-epsilon 8 --dp-delta 1e-4 --dp-clip 0.5 --dp-population 1000

A flag overrides FILE. Where it names another algorithm, model, partition or dataset, what FILE
says about the old one is dropped.

Unless told otherwise: fedavg, B = 10, 50 rounds, seed 0, dataset digits, and by dataset

               clients  partition       model        C     E   rate
digits         50       dirichlet:0.3   mlp 64       0.2   5   0.2
mnist          100      iid             mlp 200,200  0.1   1   0.1
breast_cancer  20       dirichlet:0.3   logistic     0.5   5   0.1
heart_disease  4        natural         logistic     1     1   0.1
german_credit  20       dirichlet:0.3   logistic     1     1   0.01
synthetic      30       natural         softmax      0.33  20  0.01
your own file  10       natural or iid  auto 64      1     1   0.1

The output folder holds config.toml, history.csv, history.json, model.npz and, with matplotlib,
plot.png and partition.png; and checkpoint.npz, which --resume goes on from.
The same run once more:              pyfedlite run DIR/config.toml
A run that is done, for more rounds: pyfedlite run --resume DIR --num-rounds T
"""
_SETTINGS = (*(name for group in GROUPS.values() for name, *_ in group), "standardise")


_SWITCHES = ("overwrite", "audit_log", "plots", "quiet", "json")


@dataclass(frozen=True)
class Options:
    """What a run is told that decides no bit of its result.

    Parameters
    ----------
    out : str or None
    overwrite, audit_log, plots, quiet, json : bool
    signing_key : str or None
    workers : int or None
    """

    out: str | None = None
    signing_key: str | None = None
    audit_log: bool = False
    overwrite: bool = False
    plots: bool = True
    workers: int | None = None
    quiet: bool = False
    json: bool = False


def add_flags(parser: Parser) -> None:
    """Add the flags; those that are not given come out as None."""
    parser.add_argument("file", nargs="?", metavar="FILE", help="a configuration in TOML")
    groups = {name: parser.add_argument_group(name) for name in (*GROUPS, "output")}
    for name, flags in GROUPS.items():
        for flag, kind, metavar, text in flags:
            groups[name].add_argument(f"--{flag}", type=kind, metavar=metavar, help=text)
    groups["data"].add_argument(
        "--standardise",
        action=argparse.BooleanOptionalAction,
        help="columns to mean 0 and deviation 1, by joint sums",
    )
    groups["training"].add_argument(
        "--set", action="append", default=[], metavar="TABLE.KEY=VALUE", help="anything else"
    )
    output = groups["output"]
    output.add_argument("--out", metavar="DIR", help="a new folder; by default runs/<date>-<n>")
    add_switch(output, "--overwrite", "write into a folder that exists")
    add_switch(output, "--audit-log", "write a log that shows later changes; see pyfedlite audit")
    output.add_argument(
        "--signing-key", metavar="FILE", help="sign model, checkpoint and log; see pyfedlite keys"
    )
    output.add_argument(
        "--no-plots", dest="plots", action="store_false", default=None, help="draw nothing"
    )
    output.add_argument("--resume", metavar="DIR", help="go on with a run, or prolong it")
    output.add_argument(
        "--workers", type=whole_number, metavar="N", help="train in so many processes"
    )
    add_common(output)


def read(arguments: argparse.Namespace) -> tuple[dict[str, dict[str, Any]], Options]:
    """Return the settings and the options: what the file says, with the flags on top.

    Raises
    ------
    ValueError, TypeError, UsageError
        If the file or an assignment cannot be read.
    """
    from pyfedlite.experiments.settings import override, read_file

    settings = {} if arguments.file is None else read_file(Path(arguments.file))
    flags = {name.replace("-", "_"): _given(arguments, name) for name in _SETTINGS}
    flags = {key: value for key, value in flags.items() if value is not None}
    settings = override(settings, {"run": flags})
    for assignment in arguments.set:
        settings = override(settings, _assigned(assignment))
    return settings, _options(arguments, settings["run"])


def options_alone(arguments: argparse.Namespace) -> Options:
    """Return the options of a run that has its settings already.

    Raises
    ------
    UsageError
        If a setting other than the number of rounds is given.
    """
    settings = [name for name in _SETTINGS if name != "num-rounds"]  # which may prolong the run
    given = [name for name in (*settings, "out") if _given(arguments, name) is not None]
    if given or arguments.set or arguments.file is not None:
        extra = f"--{given[0]}" if given else "--set" if arguments.set else arguments.file
        raise UsageError(
            f"--resume must stand without settings, got {extra} too; "
            "a run goes on with those that it began with, and --num-rounds alone may change"
        )
    return _options(arguments, {})


def _given(arguments: argparse.Namespace, name: str) -> Any:
    return getattr(arguments, name.replace("-", "_"))


def _assigned(text: str) -> dict[str, dict[str, Any]]:
    from pyfedlite import _check
    from pyfedlite.experiments import toml

    name, equals, value = text.partition("=")
    table, dot, key = name.strip().partition(".")
    if not (equals and dot and table and key):
        condition = "be followed by TABLE.KEY=VALUE"
        raise UsageError(_check.sentence("--set", condition, repr(text)))
    return {table: {key: toml.value(value.strip())}}


def _options(arguments: argparse.Namespace, run: dict[str, Any]) -> Options:
    """Return the options, and take those of a file out of its table ``[run]``."""
    from pyfedlite import _check

    values: dict[str, Any] = {}
    for name, kind in {
        "out": str,
        "signing_key": str,
        "workers": int,
        **dict.fromkeys(_SWITCHES, bool),
    }.items():
        in_file, given = run.pop(name, None), getattr(arguments, name)
        if in_file is not None and type(in_file) is not kind:
            words = {str: "text", int: "a whole number", bool: "true or false"}
            raise UsageError(f"{name} must be {words[kind]}, got {in_file!r}")
        value = in_file if given is None else given
        if value is not None:
            values[name] = value
    if "workers" in values:
        _check.workers(values["workers"])
    return Options(**values)
