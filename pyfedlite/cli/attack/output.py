"""What the attacks have in common: the folder that they leave, and what they print."""

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pyfedlite.cli.parser import Parser, add_common, add_switch, usage, whole_number

if TYPE_CHECKING:
    from pyfedlite.experiments.attacks import Finding


def add_output(parser: Parser, *, with_workers: bool = False) -> None:
    """Add the flags about seed, folder and output."""
    output = parser.add_argument_group("output")
    output.add_argument(
        "--seed", type=whole_number, default=0, metavar="N", help="the number all draws come from"
    )
    if with_workers:
        output.add_argument(
            "--workers", type=whole_number, default=1, metavar="N", help="run in so many processes"
        )
    output.add_argument("--out", metavar="DIR", help="a new folder; by default runs/<date>-<n>")
    add_switch(output, "--overwrite", "write into a folder that exists")
    output.add_argument(
        "--no-plots", dest="plots", action="store_false", default=True, help="draw nothing"
    )
    add_common(output)


def attack(
    arguments: argparse.Namespace, prepare: Callable[[], Any], run: Callable[[Any], "Finding"]
) -> None:
    """Make the configuration, run the attack, print and keep what it has found.

    Parameters
    ----------
    arguments : Namespace
    prepare : callable
        Returns the configuration. A ``ValueError`` in it, or in `run`, is bad usage.
    run : callable
        From the configuration to the finding.
    """
    from pyfedlite import _check
    from pyfedlite.experiments.folder import check_free, new_folder

    with usage():
        _check.integer("seed", arguments.seed, minimum=0)
        if hasattr(arguments, "workers"):
            _check.workers(arguments.workers)
        if arguments.out is not None:  # an error before anything is computed
            check_free(Path(arguments.out), overwrite=bool(arguments.overwrite))
        config = prepare()
    begin = time.perf_counter()
    with usage():  # data that does not fit is found as it is loaded
        finding = run(config)
    seconds = time.perf_counter() - begin
    with usage():
        folder = new_folder(arguments.out, overwrite=bool(arguments.overwrite)).path
    deliver(arguments, config, finding, folder, seconds)


def deliver(
    arguments: argparse.Namespace, config: Any, finding: "Finding", folder: Path, seconds: float
) -> None:
    """Print a finding, and keep it in a folder."""
    files = finding.save(folder, config)
    if not arguments.quiet:
        print(finding.text())
    if arguments.plots and finding.pictures:
        try:
            files += finding.draw(folder)
        except ModuleNotFoundError as error:
            if not arguments.quiet:
                print(error)
    if not arguments.quiet:
        print(f"saved in {folder}: {', '.join(files)}")
    if arguments.json:
        told = {**finding.metrics, "seconds": seconds, "out": str(folder)}
        print(json.dumps(told, allow_nan=False))


@contextmanager
def cells_shown(arguments: argparse.Namespace) -> Iterator[Callable[[int, int], None]]:
    """Yield what a grid calls after each cell: on the standard error, unless it shall be quiet."""
    from pyfedlite.simulation.progress import counted

    with counted("run", quiet=bool(arguments.quiet), stream=sys.stderr) as show:
        yield show
