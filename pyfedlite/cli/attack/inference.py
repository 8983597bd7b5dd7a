"""``pyfedlite attack inversion | membership | attribute | extraction | evasion``.

What these five have in common: a flag is a field of the experiment's configuration, which says its
default, and a flag that is not given is left to it.
"""

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from typing import Any

from pyfedlite.cli.attack.output import add_output, attack
from pyfedlite.cli.parser import number, whole_number

Kind = Callable[[str], Any]
DATASET = ("--dataset", str, "NAME", "a data set with classes, in which no value is missing")
STEPS = ("--num-steps", whole_number, "N", "steps of the training, each on all rows")
RATE = ("--learning-rate", number, "ETA", "of the training")


@dataclass(frozen=True)
class Command:
    """One of the five.

    Parameters
    ----------
    name : str
        Of the command; ``pyfedlite.experiments.attacks.<name>`` is the experiment.
    text : str
    description : str
    flags : tuple of (flag, kind, metavar, text)
    many : tuple of (flag, kind, metavar, text)
        Those that take several values.
    """

    name: str
    text: str
    description: str
    flags: tuple[tuple[str, Kind, str, str], ...]
    many: tuple[tuple[str, Kind, str, str], ...] = ()

    def add_to(self, actions: Any) -> None:
        """Add this command."""
        parser = actions.add_parser(self.name, help=self.text, description=self.description)
        parser.set_defaults(command=self.run)
        for flag, kind, metavar, text in self.flags:
            parser.add_argument(flag, type=kind, metavar=metavar, help=text)
        for flag, kind, metavar, text in self.many:
            parser.add_argument(flag, nargs="*", type=kind, metavar=metavar, help=text)
        add_output(parser)

    def run(self, arguments: argparse.Namespace) -> None:
        """Run the command."""
        room = import_module(f"pyfedlite.experiments.attacks.{self.name}")
        make = getattr(room, f"{self.name.capitalize()}Config")
        attack(arguments, partial(self._config, make, arguments), getattr(room, f"run_{self.name}"))

    def _config(self, make: Callable[..., Any], arguments: argparse.Namespace) -> Any:
        names = [flag.removeprefix("--").replace("-", "_") for flag, *_ in self.flags + self.many]
        given = {name: getattr(arguments, name) for name in (*names, "seed")}
        values = {name: value for name, value in given.items() if value is not None}
        for flag, *_ in self.many:
            name = flag.removeprefix("--")
            if name in values:
                values[name] = tuple(values[name])
        return make(**values)


COMMANDS = (
    Command(
        "inversion",
        "rows out of an update",
        "Read the rows that a client has trained on out of its update, or out of a sum of updates.",
        (
            DATASET,
            ("--method", str, "HOW", "divide, which is exact, or match, which searches"),
            ("--batch-size", whole_number, "B", "rows of a client (default: 8)"),
            ("--hidden", whole_number, "N", "units of the hidden layer (default: 64)"),
            ("--num-steps", whole_number, "N", "local steps on all its rows (default: 1)"),
            ("--learning-rate", number, "ETA", "of the local steps (default: 0.1)"),
            ("--num-clients", whole_number, "K", "updates in the sum that is seen (default: 1)"),
            ("--clip", number, "C", "length to which an update is clipped"),
            ("--noise", number, "SIGMA", "deviation of the noise on what is seen (default: 0)"),
        ),
    ),
    Command(
        "membership",
        "who was in the training set",
        "Tell who was in the training set: by being right, by the loss, and by LiRA.",
        (
            DATASET,
            ("--num-rows", whole_number, "N", "half of them train each model (default: 400)"),
            ("--label-noise", number, "P", "share of labels that are wrong (default: 0.1)"),
            STEPS,
            RATE,
            ("--num-shadows", whole_number, "N", "models that LiRA trains (default: 32)"),
            ("--num-targets", whole_number, "N", "models that are attacked (default: 8)"),
        ),
    ),
    Command(
        "attribute",
        "a sensitive column of a row",
        "Guess a column of a row from the others and the model, and without the model.",
        (
            DATASET,
            ("--column", str, "COLUMN", "name or number; many values become two"),
            STEPS,
            RATE,
        ),
    ),
    Command(
        "extraction",
        "a copy of a model that answers",
        "Copy a logistic regression by d + 1 questions, from answers with fewer and fewer digits.",
        (
            DATASET,
            ("--max-queries", whole_number, "N", "how many rows the owner answers"),
            ("--scale", number, "X", "length of the questions (default: 1)"),
            STEPS,
            RATE,
        ),
        (("--decimals", whole_number, "N", "to which answers are rounded (default: 6 4 3 2 1)"),),
    ),
    Command(
        "evasion",
        "rows that are changed and misread",
        "Change rows a little along the sign of the gradient, so that a trained model errs (FGSM).",
        (DATASET, STEPS, RATE),
        (("--epsilons", number, "EPSILON", "by how much each column may change"),),
    ),
)


def add_to(actions: Any) -> None:
    """Add the five commands."""
    for command in COMMANDS:
        command.add_to(actions)
