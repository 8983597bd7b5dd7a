"""``pyfedlite run``: train a model over many clients, and keep the results in a folder."""

import argparse
import json
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pyfedlite._files import refusals_told
from pyfedlite.cli import flags
from pyfedlite.cli.parser import UsageError, usage
from pyfedlite.cli.signals import in_words, raise_if_heard
from pyfedlite.cli.streams import OUTPUT

if TYPE_CHECKING:
    from pyfedlite.experiments.build import Experiment
    from pyfedlite.experiments.folder import RunFolder
    from pyfedlite.history import History
    from pyfedlite.signing import SigningKey


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
    with _interruption_told(folder):
        with _output_told(folder):
            show(opening(experiment), flush=True)
        history = _trained(experiment, folder, options)
        files = folder.finish(experiment, history)
        with _output_told(folder):
            show(closing(experiment, history), flush=True)
        if options.plots:
            try:
                files += folder.draw(experiment, history)
            except ModuleNotFoundError as error:
                show(error)
        with _output_told(folder):
            show(f"saved in {folder.path}: {', '.join(files)}", flush=True)
            if options.json:
                answer = result(experiment, history, folder.path)
                print(json.dumps(answer, allow_nan=False), flush=True)


def _prepared(
    arguments: argparse.Namespace,
) -> tuple["Experiment", "RunFolder", flags.Options]:
    """Return what to run, the folder for its results, and the options of the command."""
    from pyfedlite.experiments.build import build
    from pyfedlite.experiments.folder import RunFolder, check_free, new_folder
    from pyfedlite.experiments.settings import resolve

    with usage():
        if arguments.resume is not None:
            options = flags.options_alone(arguments)
            folder = RunFolder(Path(arguments.resume), _key(options))
            config = folder.read_config(arguments.num_rounds)
            folder.go_on()
            return build(config), folder, options
        settings, options = flags.read(arguments)
        if options.out is not None:  # an error before the data is loaded
            check_free(Path(options.out), overwrite=options.overwrite)
        key = _key(options)
        experiment = build(resolve(settings))
        folder = new_folder(options.out, overwrite=options.overwrite, key=key)
        folder.begin(experiment.config)
        return experiment, folder, options


def _key(options: flags.Options) -> "SigningKey | None":
    from pyfedlite.signing import load_signing_key

    return None if options.signing_key is None else load_signing_key(options.signing_key)


def _trained(experiment: "Experiment", folder: "RunFolder", options: flags.Options) -> "History":
    """Return the history of training."""
    from pyfedlite.simulation.progress import progress

    with usage():
        log = folder.audit_log(begin=options.audit_log)
    with progress(experiment.config.num_rounds, quiet=options.quiet) as shown:
        try:
            history = experiment.run(
                checkpoint=folder.checkpoint,
                callbacks=[
                    *([] if log is None else [log]),
                    folder.goes_on(experiment.config),
                    shown,
                    raise_if_heard,
                ],
                workers=options.workers,
            )
        except ValueError as error:  # the checkpoint of another run; after a round, a defect
            if shown.latest:
                raise
            raise UsageError(str(error)) from error
    if log is not None:
        log.finish(history.fingerprint, history.to_dict())
    return history


@contextmanager
def _interruption_told(folder: "RunFolder") -> Iterator[None]:
    """Say what there is after Ctrl-C or SIGTERM, which leave a checkpoint."""
    try:
        yield
    except KeyboardInterrupt as interrupt:
        interrupt.args = (f"{in_words(interrupt)}; {_what_now(folder)}",)
        raise


@contextmanager
def _output_told(folder: "RunFolder") -> Iterator[None]:
    """Say what there is if the standard output takes no more."""
    with refusals_told(OUTPUT, _what_now(folder)):
        yield


def _what_now(folder: "RunFolder") -> str:
    if folder.is_done:
        return f"the results are in {folder.path}"
    return f"go on with: pyfedlite run --resume {shlex.quote(str(folder.path))}"


def _silent(*_: object, **__: object) -> None:
    """Take the place of ``print`` under ``--quiet``."""
