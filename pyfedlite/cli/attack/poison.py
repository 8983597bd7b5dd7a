"""``pyfedlite attack poison``: clients that lie, against one defence or several."""

import argparse
from typing import TYPE_CHECKING

from pyfedlite.cli.attack.output import add_output, attack, cells_shown
from pyfedlite.cli.parser import Parser, number, sizes, whole_number, whole_number_or_all

if TYPE_CHECKING:
    from typing import Any

    from pyfedlite.experiments.attacks import DefencesConfig, Finding, PoisonConfig

EPILOG = """\
examples:
  pyfedlite attack poison --attack alie --defence krum --num-byzantine 5
  pyfedlite attack poison --attack searched:ipm --defence median nnm+median bucketing:2+median
  pyfedlite attack poison --attack backdoor:size=2,target=0 --defence mean norm_clipping:0.5 median

Attacks: pyfedlite attack list. Their settings stand behind the name, as in flip_sign:10, and so do
those of a defence, as in centred_clipping:0.5. A rule is told the number of attackers; to tell it
another one: krum:num_byzantine=3.
"""


def add_to(actions: "Any") -> None:
    """Add this command."""
    parser = actions.add_parser(
        "poison",
        help="clients that lie, against one defence or several",
        description="Train with clients that lie, under one defence or several, and measure the "
        "accuracy, the success of a backdoor, and how far each aggregate is from the honest mean.",
        epilog=EPILOG,
    )
    parser.set_defaults(command=poison)
    parser.add_argument("--attack", default="alie", metavar="NAME", help="what they do")
    parser.add_argument(
        "--defence",
        nargs="+",
        default=["mean", "median", "krum"],
        metavar="RULE",
        help="one or more",
    )
    add_setting(parser)
    parser.add_argument(
        "--partition", default="iid", metavar="HOW", help="iid, shards:2 or dirichlet:0.1"
    )
    add_output(parser, with_workers=True)


def add_setting(parser: Parser) -> None:
    """Add the flags of the setting in which liars train."""
    group = parser.add_argument_group("setting")
    for flag, kind, default, metavar, text in (
        ("--dataset", str, "digits", "NAME", "one with classes"),
        ("--num-clients", whole_number, 25, "K", "all of them take part in every round"),
        ("--num-byzantine", whole_number, 5, "F", "how many of them lie"),
        ("--model", str, "softmax", "NAME", "softmax, logistic or mlp"),
        ("--hidden", sizes, [64], "N,N,…", "units of each hidden layer of the mlp"),
        ("--local-epochs", whole_number, 1, "E", "passes over a client's rows in each round"),
        ("--batch-size", whole_number_or_all, "all", "B", "rows of a local batch, or all"),
        ("--learning-rate", number, 0.5, "ETA", "of the clients"),
        ("--momentum", number, 0.0, "BETA", "of the updates that honest clients send"),
        ("--num-rounds", whole_number, 40, "T", "rounds"),
        ("--knowledge", str, None, "WHAT", "own, colluding or omniscient; by default all there is"),
    ):
        shown = "" if default in (None, [64]) else f" (default: {default})"
        group.add_argument(flag, type=kind, default=default, metavar=metavar, help=text + shown)


def setting(arguments: argparse.Namespace, name: str, partition: str) -> "PoisonConfig":
    """Return what the flags of the setting say, for one attack and no defence."""
    from pyfedlite.experiments.attacks import PoisonConfig
    from pyfedlite.experiments.parts import ModelConfig

    size, hidden = arguments.batch_size, tuple(arguments.hidden)
    return PoisonConfig(
        attack=name,
        defence="mean",
        dataset=arguments.dataset,
        partition=partition,
        num_clients=arguments.num_clients,
        num_byzantine=arguments.num_byzantine,
        knowledge=arguments.knowledge,
        model=ModelConfig(arguments.model, hidden if arguments.model == "mlp" else ()),
        local_epochs=arguments.local_epochs,
        batch_size=None if size == "all" else size,
        learning_rate=arguments.learning_rate,
        momentum=arguments.momentum,
        num_rounds=arguments.num_rounds,
        seed=arguments.seed,
    )


def poison(arguments: argparse.Namespace) -> None:
    """Run the command."""
    from pyfedlite.experiments.attacks import DefencesConfig, run_defences

    def prepare() -> "DefencesConfig":
        base = setting(arguments, arguments.attack, arguments.partition)
        return DefencesConfig(tuple(arguments.defence), base)

    def run(config: "DefencesConfig") -> "Finding":
        with cells_shown(arguments) as show:
            return run_defences(config, workers=arguments.workers, progress=show)

    attack(arguments, prepare, run)
