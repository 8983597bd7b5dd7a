"""Arguments, with errors in one sentence; it imports nothing that loads slowly."""

import argparse
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NoReturn

from pyfedlite._files import is_told


class UsageError(Exception):
    """The command cannot do what was asked; the message says what it can do."""


class Failed(Exception):  # noqa: N818  (it is an answer, and no error of the program)
    """The command has done its work, and the answer is no."""


@contextmanager
def usage() -> Iterator[None]:
    """Inside this block, turn a bad argument of the library into bad usage of the command."""
    try:
        yield
    except (ValueError, TypeError) as error:
        raise UsageError(str(error)) from error
    except OSError as error:
        if is_told(error):  # a file that cannot be written is no bad usage
            raise
        raise UsageError(f"{error.filename} must be usable, got {error.strerror}") from error


class Parser(argparse.ArgumentParser):
    """A parser whose errors are one sentence and name the nearest flag."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(
            allow_abbrev=False,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            **settings,
        )

    def error(self, message: str) -> NoReturn:
        """Raise the sentence for a missing or malformed argument."""
        required = "the following arguments are required: "
        if message.startswith(required):
            sentence = f"{message.removeprefix(required)} must be given"
        else:
            sentence = message.removeprefix("argument ").replace(": ", " ", 1)
        sentence = sentence.replace(" expected one argument", " must be followed by a value")
        raise UsageError(f"{sentence}; see {self.prog} --help")

    def parse_known_args(  # type: ignore[override]  # one signature in place of two
        self, args: Sequence[str] | None = None, namespace: Any = None
    ) -> tuple[argparse.Namespace, list[str]]:
        """Return the arguments; the first unknown one is an error that names the nearest."""
        arguments, unknown = super().parse_known_args(args, namespace)
        if unknown:
            flags = [flag for action in self._actions for flag in action.option_strings]
            self._fail("argument", f"be known to {self.prog}", unknown[0], flags)
        return arguments, []

    def _print_message(self, message: str, file: Any = None) -> None:
        """Print help or a version; argparse's own method hides that it could not."""
        if message:
            print(message, end="", file=file)

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        """Check a choice; in place of argparse's own method, whose message shows a Python list."""
        if action.choices is not None and value not in action.choices:
            known = list(action.choices)
            name = str(action.metavar or action.dest).lower()
            self._fail(name, f"be one of {', '.join(known)}", value, known)

    def _fail(self, name: str, condition: str, got: str, known: Sequence[str]) -> NoReturn:
        from pyfedlite import _check  # it loads NumPy, and only errors need it

        hint = _check.nearest(got.partition("=")[0], known) or f"see {self.prog} --help"
        raise UsageError(_check.sentence(name, condition, repr(got), hint))


def whole_number(text: str) -> int:
    """Return a whole number."""
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"must be a whole number, got {text!r}") from None


def number(text: str) -> float:
    """Return a number."""
    try:
        return float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"must be a number, got {text!r}") from None


def sizes(text: str) -> list[int]:
    """Return the sizes of layers, written with commas between them."""
    try:
        return [int(size) for size in text.split(",")]
    except ValueError:
        form = "must be whole numbers with commas, as in 200,200"
        raise argparse.ArgumentTypeError(f"{form}, got {text!r}") from None


def texts(text: str) -> list[str]:
    """Return texts that are written with commas between them; quotes hold a comma together."""
    import csv

    return [each.strip() for each in next(csv.reader([text], skipinitialspace=True), [])]


def rates(text: str) -> float | list[float]:
    """Return a number, or several that are written with commas between them."""
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        form = "must be a number, or five with commas, as in 0,0,0.1,0,0"
        raise argparse.ArgumentTypeError(f"{form}, got {text!r}") from None
    return numbers if len(numbers) > 1 else numbers[0]


def whole_number_or_all(text: str) -> int | str:
    """Return a whole number, or the word ``all``."""
    try:
        return text if text == "all" else int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"must be a whole number or all, got {text!r}") from None


def number_or_adaptive(text: str) -> float | str:
    """Return a number, or the word adaptive."""
    try:
        return text if text == "adaptive" else float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"must be a number or adaptive, got {text!r}") from None


def add_switch(parser: argparse._ActionsContainer, flag: str, text: str) -> None:
    """Add a flag whose value is True, or None if it is not given."""
    parser.add_argument(flag, action="store_true", default=None, help=text)


def add_common(parser: argparse._ActionsContainer) -> None:
    """Add the flags that every command has."""
    add_switch(parser, "--quiet", "print nothing but errors and --json")
    add_switch(parser, "--json", "print a JSON object as the last line")
