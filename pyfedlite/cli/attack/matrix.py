"""``pyfedlite attack matrix``: every attack against every defence."""

import argparse
import json
import shlex
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pyfedlite.cli.attack.output import add_output, cells_shown, deliver
from pyfedlite.cli.attack.poison import add_setting, setting
from pyfedlite.cli.parser import Parser, UsageError, usage, whole_number
from pyfedlite.cli.signals import in_words

if TYPE_CHECKING:
    from pyfedlite.experiments.attacks import MatrixConfig

SETTINGS, CELLS = "settings.json", "cells"
EPILOG = """\
examples:
  pyfedlite attack matrix --workers 2
  pyfedlite attack matrix --attacks alie searched:alie --defences median nnm+median
  pyfedlite attack matrix --attacks none --partitions iid shards:2
  pyfedlite attack matrix --resume runs/2026-01-31-1

Without flags: thirteen attacks and none, twelve defences, IID and Dirichlet 0.1, three seeds. The
folder holds result.json, table.csv, table.md, matrix.png, and each run in cells/.
"""


def add_to(actions: Any) -> None:
    """Add this command."""
    parser = actions.add_parser(
        "matrix",
        help="every attack against every defence",
        description="Run every attack against every defence, on clients that are alike and on "
        "clients that are not, and show what each defence costs, and its worst case.",
        epilog=EPILOG,
    )
    parser.set_defaults(command=matrix)
    for flag, metavar, text in (
        ("--attacks", "NAME", "what liars do"),
        ("--defences", "RULE", "what the server does"),
        ("--partitions", "HOW", "how rows are dealt out"),
    ):
        parser.add_argument(flag, nargs="+", metavar=metavar, help=text)
    parser.add_argument(
        "--num-seeds", type=whole_number, default=3, metavar="N", help="runs of each cell"
    )
    parser.add_argument("--resume", metavar="DIR", help="go on with a matrix that was interrupted")
    add_setting(parser)
    add_output(parser, with_workers=True)
    parser.set_defaults(of_new={name: parser.get_default(name) for name in _of_new(parser)})


def _of_new(parser: Parser) -> list[str]:
    """Return the arguments that decide what a new matrix is; an interrupted one has its own."""
    others = ("help", "command", "resume", "out", "overwrite", "workers", "plots", "json", "quiet")
    return [action.dest for action in parser._actions if action.dest not in others]


def matrix(arguments: argparse.Namespace) -> None:
    """Run the command."""
    from pyfedlite.experiments.attacks import run_matrix

    config, folder = _begun(arguments)
    begin = time.perf_counter()
    try:
        with cells_shown(arguments) as show:
            finding = run_matrix(
                config, folder=folder / CELLS, workers=arguments.workers, progress=show
            )
    except KeyboardInterrupt as interrupt:
        hint = f"go on with: pyfedlite attack matrix --resume {shlex.quote(str(folder))}"
        interrupt.args = (f"{in_words(interrupt)}; {hint}",)
        raise
    deliver(arguments, config, finding, folder, time.perf_counter() - begin)


def _begun(arguments: argparse.Namespace) -> tuple["MatrixConfig", Path]:
    """Return what to run and where; the folder of a new matrix holds its settings."""
    from pyfedlite import _check, _files
    from pyfedlite.experiments.attacks.cells import told
    from pyfedlite.experiments.folder import check_free, new_folder

    with usage():
        _check.workers(arguments.workers)
        if arguments.resume is not None:
            return _resumed(Path(arguments.resume), arguments)
        if arguments.out is not None:
            check_free(Path(arguments.out), overwrite=bool(arguments.overwrite))
        config = _config(arguments)
        folder = new_folder(arguments.out, overwrite=bool(arguments.overwrite)).path
        _files.write_text(folder / SETTINGS, json.dumps(told(config), indent=1))
        return config, folder


def _config(arguments: argparse.Namespace) -> "MatrixConfig":
    from pyfedlite.experiments.attacks import MatrixConfig

    names = ("attacks", "defences", "partitions")
    given = {name: tuple(getattr(arguments, name)) for name in names if getattr(arguments, name)}
    base = setting(arguments, "none", "iid")
    return MatrixConfig(**given, num_seeds=arguments.num_seeds, base=base)


def _resumed(folder: Path, arguments: argparse.Namespace) -> tuple["MatrixConfig", Path]:
    from pyfedlite.experiments.attacks.cells import read

    if arguments.out is not None:
        raise UsageError(f"--resume must stand without --out, got {arguments.out} too")
    for name, usual in arguments.of_new.items():
        if getattr(arguments, name) != usual:
            flag = f"--{name.replace('_', '-')}"
            message = f"--resume must stand without settings, got {flag} too; a matrix goes on with"
            raise UsageError(f"{message} those that it began with")
    if not (folder / SETTINGS).is_file():
        raise UsageError(f"folder must hold the {SETTINGS} of a matrix, got {folder}")
    try:
        return read(json.loads((folder / SETTINGS).read_text("utf-8"))), folder
    except (LookupError, TypeError, ValueError) as error:
        message = f"{folder / SETTINGS} must be as it was written, got an error: {error}"
        raise UsageError(message) from error
