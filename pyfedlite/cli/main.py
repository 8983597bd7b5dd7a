"""Where a command starts, and where its errors end."""

import io
import os
import sys
from collections.abc import Sequence
from importlib import import_module

from pyfedlite import __version__, _blas
from pyfedlite.cli import data, info, predict, run, tutorial
from pyfedlite.cli.parser import Parser, UsageError
from pyfedlite.errors import DataError, FileFormatError, PyfedliteError

DESCRIPTION = "Federated learning to read with the paper open beside it."
DONE, FAILED, BAD_INPUT, INTERRUPTED = 0, 1, 2, 130


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
    _never_fail_to_print()
    try:
        arguments = _parser().parse_args(argv)
        _load_kernels()
        arguments.command(arguments)
        sys.stdout.flush()  # raises BrokenPipeError here if nobody reads the output any more
    except SystemExit as done:  # --help and --version
        return int(done.code or 0)
    except (UsageError, DataError, FileFormatError) as error:
        return _print_error(error, BAD_INPUT)
    except PyfedliteError as error:
        return _print_error(error, FAILED)
    except KeyboardInterrupt as interrupt:
        return _print_error(interrupt, INTERRUPTED)
    except BrokenPipeError:  # the program that reads our output has ended, as ``head`` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    return DONE


def _parser() -> Parser:
    parser = Parser(prog="pyfedlite", description=DESCRIPTION)
    parser.add_argument("--version", action="version", version=f"pyfedlite {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    for module in (run, predict, data, tutorial, info):
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


def _print_error(error: BaseException, code: int) -> int:
    print(f"pyfedlite: {error}" if str(error) else "pyfedlite: interrupted", file=sys.stderr)
    return code


def _never_fail_to_print() -> None:
    """Print a question mark for each letter that the terminal cannot show."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
