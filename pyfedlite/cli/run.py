"""``pyfedlite run``: train a model over many clients, and keep what came of it in a folder."""

import argparse
import json
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pyfedlite.cli.parser import UsageError, add_common, number, sizes, usage, whole, whole_or_all

if TYPE_CHECKING:
    from pyfedlite.experiments.build import Experiment
    from pyfedlite.experiments.folder import RunFolder
    from pyfedlite.experiments.toml import Tables

FLAGS: tuple[tuple[str, Any, str, str], ...] = (
    ("dataset", str, "NAME|FILE", "digits, breast-cancer, …, or your own .csv or .npz file"),
    ("label", str, "COLUMN", "the column to predict, in a .csv file of your own"),
    ("model", str, "NAME", "mlp, softmax, logistic, linear, or auto"),
    ("hidden", sizes, "N,N,…", "units of each hidden layer of the mlp"),
    ("num-clients", whole, "K", "number of clients"),
    ("partition", str, "HOW", "iid, shards:2, dirichlet:0.3, quantity:1.2 or natural"),
    ("algorithm", str, "NAME", "fedsgd, fedavg, fedprox, fedavgm, fedadagrad, fedadam or fedyogi"),
    ("client-fraction", number, "C", "share of the clients in each round, in [0, 1]"),
    ("local-epochs", whole, "E", "passes over a client's rows in each round"),
    ("batch-size", whole_or_all, "B", "rows of a local batch, or all"),
    ("learning-rate", number, "ETA", "of the clients"),
    ("num-rounds", whole, "T", "rounds at most"),
    ("target-accuracy", number, "A", "stop when the test accuracy is at least this"),
    ("eval-every", whole, "N", "evaluate every so many rounds"),
    ("seed", whole, "N", "the number that all draws come from"),
)
EPILOG = """\
Every setting of every part can be set in a file, or by --set:

  --set local.momentum=0.9 --set server.learning_rate=0.1 --set model.activation=tanh

The output folder holds config.toml, history.csv, history.json, model.npz and, with matplotlib,
plot.png and partition.png. pyfedlite run FOLDER/config.toml makes the same run once more.
"""


def add_to(commands: Any) -> None:
    """Add this command to the command line."""
    parser = commands.add_parser(
        "run",
        help="train a model over many clients",
        description="Train a model over many clients. Without arguments: digits, 50 clients.",
        epilog=EPILOG,
    )
    parser.set_defaults(command=run)
    parser.add_argument("file", nargs="?", metavar="FILE", help="a configuration in TOML")
    for name, kind, metavar, text in FLAGS:
        parser.add_argument(f"--{name}", type=kind, metavar=metavar, help=text)
    parser.add_argument(
        "--standardise",
        action=argparse.BooleanOptionalAction,
        help="shift and scale columns by the clients' joint mean and deviation",
    )
    parser.add_argument(
        "--set", action="append", default=[], metavar="TABLE.KEY=VALUE", help="any other setting"
    )
    parser.add_argument("--out", metavar="DIR", help="output folder, by default runs/<date>-<n>")
    parser.add_argument("--overwrite", action="store_true", help="write into a folder that exists")
    parser.add_argument("--no-plots", dest="plots", action="store_false", help="draw nothing")
    parser.add_argument("--resume", metavar="DIR", help="go on with a run that was interrupted")
    add_common(parser)


def run(arguments: argparse.Namespace) -> None:
    """Run the command."""
    from pyfedlite.cli.progress import progress
    from pyfedlite.cli.summary import closing, opening, result

    experiment, folder = _prepare(arguments)
    say = _silent if arguments.quiet else print
    say(opening(experiment), flush=True)
    with progress(experiment.config.num_rounds, quiet=arguments.quiet) as shown:
        try:
            history = experiment.run(checkpoint=folder.checkpoint, callbacks=[shown])
        except KeyboardInterrupt:
            hint = f"go on with: pyfedlite run --resume {shlex.quote(str(folder.path))}"
            raise KeyboardInterrupt(f"interrupted; {hint}") from None
    files = folder.finish(experiment, history)
    say(closing(experiment, history), flush=True)
    if arguments.plots:
        try:
            files += folder.draw(experiment, history)
        except ModuleNotFoundError as error:
            say(error)
    say(f"saved in {folder.path}: {', '.join(files)}")
    if arguments.json:
        print(json.dumps(result(experiment, history, folder.path), allow_nan=False))


def _prepare(arguments: argparse.Namespace) -> tuple["Experiment", "RunFolder"]:
    from pyfedlite.experiments.build import build
    from pyfedlite.experiments.folder import RunFolder, check_free, new_folder
    from pyfedlite.experiments.settings import resolve

    with usage():
        if arguments.resume is not None:
            folder = RunFolder(Path(arguments.resume))
            return build(folder.read_config()), folder
        if arguments.out is not None:  # said before the data is loaded, made after
            check_free(Path(arguments.out), overwrite=arguments.overwrite)
        experiment = build(resolve(_settings(arguments)))
        folder = new_folder(arguments.out, overwrite=arguments.overwrite)
        folder.begin(experiment.config)
        return experiment, folder


def _settings(arguments: argparse.Namespace) -> "Tables":
    """Return what the file says, the flags on top, and ``--set`` on top of those."""
    from pyfedlite.experiments import toml
    from pyfedlite.experiments.settings import override

    settings = {} if arguments.file is None else toml.read(Path(arguments.file))
    keys = [name.replace("-", "_") for name, *_ in FLAGS] + ["standardise"]
    given = {key: value for key in keys if (value := getattr(arguments, key)) is not None}
    settings = override(settings, {"run": given})
    for assignment in arguments.set:
        settings = override(settings, _assigned(assignment))
    return settings


def _assigned(text: str) -> "Tables":
    from pyfedlite.experiments import toml

    name, equals, value = text.partition("=")
    table, dot, key = name.strip().partition(".")
    if not (equals and dot and table and key):
        raise UsageError(f"--set must be TABLE.KEY=VALUE, got {text!r}")
    return {table: {key: toml.value(value.strip())}}


def _silent(*_: object, **__: object) -> None:
    """Take the place of ``print`` under ``--quiet``."""
