"""``pyfedlite run``: train a model over many clients, and keep the results in a folder."""

import argparse
import json
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pyfedlite.cli import flags
from pyfedlite.cli.parser import UsageError, usage

if TYPE_CHECKING:
    from pyfedlite.experiments.build import Experiment
    from pyfedlite.experiments.folder import RunFolder
    from pyfedlite.history import History


def add_to(commands: Any) -> None:
    """Add this command to the command line."""
    parser = commands.add_parser(
        "run",
        help="train a model over many clients",
        usage="pyfedlite run [FILE] [FLAG …]",
        description="Train a model over many clients, and keep the results in a folder.",
        epilog=flags.EPILOG,
    )
    parser.set_defaults(command=run)
    flags.add_flags(parser)


def run(arguments: argparse.Namespace) -> None:
    """Run the command."""
    from pyfedlite.cli.summary import closing, opening, result

    experiment, folder, options = _prepared(arguments)
    show = _silent if options.quiet else print
    show(opening(experiment), flush=True)
    history = _trained(experiment, folder, options)
    files = folder.finish(experiment, history)
    show(closing(experiment, history), flush=True)
    if options.plots:
        try:
            files += folder.draw(experiment, history)
        except ModuleNotFoundError as error:
            show(error)
    show(f"saved in {folder.path}: {', '.join(files)}")
    if options.json:
        print(json.dumps(result(experiment, history, folder.path), allow_nan=False))


def _prepared(
    arguments: argparse.Namespace,
) -> tuple["Experiment", "RunFolder", flags.Options]:
    """Return what to run, the folder for its results, and the options of the command."""
    from pyfedlite.experiments.build import build
    from pyfedlite.experiments.folder import RunFolder, check_free, new_folder
    from pyfedlite.experiments.settings import resolve

    with usage():
        if arguments.resume is not None:
            options, folder = flags.options_alone(arguments), RunFolder(Path(arguments.resume))
            return build(folder.read_config()), folder, options
        settings, options = flags.read(arguments)
        if options.out is not None:  # an error before the data is loaded
            check_free(Path(options.out), overwrite=options.overwrite)
        experiment = build(resolve(settings))
        folder = new_folder(options.out, overwrite=options.overwrite)
        folder.begin(experiment.config)
        return experiment, folder, options


def _trained(experiment: "Experiment", folder: "RunFolder", options: flags.Options) -> "History":
    """Return the history of training; Ctrl-C leaves a checkpoint and says how to go on."""
    from pyfedlite.simulation.progress import progress

    with progress(experiment.config.num_rounds, quiet=options.quiet) as shown:
        try:
            return experiment.run(
                checkpoint=folder.checkpoint, callbacks=[shown], workers=options.workers
            )
        except KeyboardInterrupt:
            hint = f"go on with: pyfedlite run --resume {shlex.quote(str(folder.path))}"
            raise KeyboardInterrupt(f"interrupted; {hint}") from None
        except ValueError as error:  # the checkpoint of another run; after a round, a defect
            if shown.latest:
                raise
            raise UsageError(str(error)) from error


def _silent(*_: object, **__: object) -> None:
    """Take the place of ``print`` under ``--quiet``."""
