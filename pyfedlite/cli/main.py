"""Where a command starts, and where its errors end."""

import sys
from collections.abc import Sequence
from importlib import import_module

from pyfedlite import __version__, _blas
from pyfedlite.cli import (
    attack,
    audit,
    data,
    info,
    keys,
    predict,
    privacy,
    run,
    signals,
    streams,
    tutorial,
)
from pyfedlite.cli.parser import Failed, Parser, UsageError
from pyfedlite.errors import DataError, FileFormatError, PyfedliteError

DESCRIPTION = "Federated learning to read with the paper open beside it."
DONE, FAILED, BAD_INPUT = 0, 1, 2


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line, and return its exit code.

    Parameters
    ----------
    argv : sequence of str, optional
        The arguments after the name of the program; by default those from the shell.

    Examples
    --------
    >>> main(["info", "--quiet"])
    0
    """
    _blas.ask_for_one_thread()
    streams.prepare()
    try:
        with signals.signals_heard():
            return _answer(argv)
    except (UsageError, DataError, FileFormatError) as error:
        return _failed(str(error), BAD_INPUT)
    except (PyfedliteError, Failed) as error:
        return _failed(str(error), FAILED)
    except KeyboardInterrupt as interrupt:
        return _failed(str(interrupt) or signals.in_words(interrupt), signals.exit_code(interrupt))
    except OSError as error:
        if isinstance(error, BrokenPipeError) and error.strerror:  # ``head`` has read enough
            return _failed("", FAILED)
        return _failed(streams.told(error), FAILED)


def _answer(argv: Sequence[str] | None) -> int:
    """Do what the command line asks for; all that it prints has arrived at the end."""
    try:
        arguments = _parser().parse_args(argv)
    except SystemExit as done:  # --help and --version
        sys.stdout.flush()
        return int(done.code or 0)
    streams.check_open(prints=arguments.json or not arguments.quiet)
    _load_kernels()
    arguments.command(arguments)
    sys.stdout.flush()
    return DONE


def _failed(sentence: str, code: int) -> int:
    """Print the sentence, and return the exit code."""
    try:
        sys.stdout.flush()
    except OSError:
        streams.give_up(sys.stdout)
    if sentence:
        streams.print_error(sentence)
    return code


def _parser() -> Parser:
    parser = Parser(prog="pyfedlite", description=DESCRIPTION)
    parser.add_argument("--version", action="version", version=f"pyfedlite {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    for module in (run, attack, predict, privacy, audit, keys, data, tutorial, info):
        module.add_to(commands)
    return parser


def _load_kernels() -> None:
    """Load the kernels, which read environment variables; a wrong value is bad usage."""
    try:
        import_module("pyfedlite.kernels")
    except ValueError as error:
        raise UsageError(str(error)) from error
    except ImportError as error:
        if not isinstance(error.__cause__, ModuleNotFoundError):
            raise  # a broken extension is a defect, an absent one is bad usage
        raise UsageError(str(error)) from error
