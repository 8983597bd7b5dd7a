"""``pyfedlite privacy``: what a private run costs, or the noise that a target needs."""

import argparse
import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pyfedlite.cli.parser import UsageError, add_common, add_switch, number, usage, whole_number

if TYPE_CHECKING:
    from pyfedlite.privacy import PrivacySpent

EPILOG = """\
With --target-epsilon, leave out --noise-multiplier to find the noise that is needed, or --rounds to
find how many fit; with both, the command fails if they spend more. Nothing is trained. epsilon is
that of the Rényi accountant; a tighter one stands beside it: exact without sampling, and with
pyfedlite[dp] that of dp-accounting (PLD).
For teaching and research: not audited.
"""
NAMES = {"add-or-remove": "ADD_OR_REMOVE", "zero-out": "ZERO_OUT", "replace": "REPLACE"}


def add_to(commands: Any) -> None:
    """Add this command to the command line."""
    parser = commands.add_parser(
        "privacy",
        help="what a private run costs, or the noise that it needs",
        description="Say what a run with Gaussian noise in every round costs, as epsilon and more.",
        epilog=EPILOG,
    )
    parser.set_defaults(command=privacy)
    add = parser.add_argument
    add("--sampling-rate", type=number, metavar="Q", required=True, help="in (0, 1]; 1: everybody")
    text = "deviation of the noise / clipping norm"
    add("--noise-multiplier", type=number, metavar="Z", help=text)
    add("--rounds", type=whole_number, metavar="T")
    add("--dp-delta", type=number, metavar="DELTA", required=True, help="between 0 and 1")
    add("--target-epsilon", type=number, metavar="EPSILON", help="that must not be exceeded")
    text = "which data sets have to look alike (default: add-or-remove)"
    add("--relation", choices=list(NAMES), default="add-or-remove", metavar="RELATION", help=text)
    text = "user, or example (default: user)"
    add("--unit", choices=["user", "example"], default="user", metavar="UNIT", help=text)
    add_switch(parser, "--fine-orders", "try orders between whole numbers too")
    text = "draw the trade-off curve (default: privacy.png)"
    add("--plot", nargs="?", const="privacy.png", metavar="FILE", help=text)
    add_switch(parser, "--overwrite", "write over a file that exists")
    add_common(parser)


def privacy(arguments: argparse.Namespace) -> None:
    """Run the command."""
    path = None if arguments.plot is None else Path(arguments.plot)
    if path is not None and path.exists() and not arguments.overwrite:
        raise UsageError(f"plot must be a new file, got {path}; name another, or add --overwrite")
    with usage():
        noise, rounds, spent = _spent(arguments)
        if path is not None:
            _draw(spent, path)
    if arguments.quiet and not arguments.json:
        return
    found = _facts(arguments, noise, rounds, spent, path)
    if not arguments.quiet:
        _show(spent, found)
    if arguments.json:
        print(json.dumps(found))


def _spent(arguments: argparse.Namespace) -> "tuple[float, int, PrivacySpent]":
    """Return noise multiplier, rounds, and what they cost; what is not given is found."""
    from pyfedlite.privacy import (
        FINE_ORDERS,
        INTEGER_ORDERS,
        Neighbouring,
        Unit,
        account,
        plan_run,
        rounds_of,
    )

    relation = Neighbouring[NAMES[arguments.relation]]
    orders = FINE_ORDERS if arguments.fine_orders else INTEGER_ORDERS
    noise, rounds = plan_run(
        arguments.target_epsilon,
        dp_delta=arguments.dp_delta,
        sampling_rate=arguments.sampling_rate,
        noise_multiplier=arguments.noise_multiplier,
        rounds=arguments.rounds,
        relation=relation,
        orders=orders,
    )
    spent = account(
        rounds_of(arguments.sampling_rate, noise, rounds),
        dp_delta=arguments.dp_delta,
        relation=relation,
        unit=Unit(arguments.unit),
        orders=orders,
    )
    return noise, rounds, spent


def _draw(spent: "PrivacySpent", path: Path) -> None:
    """Draw the curve into a PNG file; nothing is shown."""
    from pyfedlite import _files, plotting
    from pyfedlite.privacy.accounting.spent import LEAST

    try:
        plotting.pyplot()
    except ModuleNotFoundError as error:
        raise UsageError(str(error)) from error
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5.0, 4.0), layout="constrained")
    ax = figure.subplots()
    plotting.prepare_roc(ax, least=LEAST)
    spent.plot(ax)
    with _files.atomic_write(path) as file:
        figure.savefig(file, format="png", dpi=150)


def _facts(
    arguments: argparse.Namespace,
    noise: float,
    rounds: int,
    spent: "PrivacySpent",
    path: Path | None,
) -> dict[str, Any]:
    """Return what ``--json`` prints; an infinite epsilon is null there."""
    finite = spent.epsilon is not None and math.isfinite(spent.epsilon)
    return {
        "epsilon": spent.epsilon if finite else None,
        "dp_delta": spent.delta,
        "best_order": spent.best_order,
        "noise_multiplier": noise,
        "sampling_rate": arguments.sampling_rate,
        "rounds": rounds,
        "mu": spent.mu,
        "mu_reason": spent.mu_reason,
        "tpr_at_1_percent": spent.true_positives(0.01),
        "tighter_epsilon": spent.tighter_epsilon,
        "relation": spent.relation.value,
        "unit": spent.unit.value,
        "sampling": spent.sampling,
        "against": spent.against,
        "assumptions": list(spent.assumptions),
        "reason": "" if finite else str(spent),
        "plot": None if path is None else str(path),
    }


def _show(spent: "PrivacySpent", found: dict[str, Any]) -> None:
    """Print the sentence, the other numbers, and what has to be true."""
    tpr, tighter = found["tpr_at_1_percent"], found["tighter_epsilon"]
    absent = f"none: {found['mu_reason']}"
    source = "" if spent.curve is None else spent.curve.source
    print(spent)
    lines = {
        "rounds": f"{found['rounds']:,}",
        "noise multiplier": f"{found['noise_multiplier']:.6g}",
        "sampling": found["sampling"],
        "best order": "none" if spent.best_order is None else f"{spent.best_order:g}",
        "tighter epsilon": absent if tighter is None else f"{tighter:.4g} ({source})",
        "mu": absent if found["mu"] is None else f"{found['mu']:.4g}",
        "TPR at FPR 1 %": absent if tpr is None else f"at most {100 * tpr:.2f} %",
        "plot": found["plot"],
    }
    for name, text in lines.items():
        if text is not None:
            print(f"{name:<18}{text}")
    print("It is assumed that:")
    for assumption in spent.assumptions:
        print(f"- {assumption}")
