"""``pyfedlite attack``: its commands."""

from typing import Any

from pyfedlite.cli.attack import inference, listing, matrix, poison


def add_to(commands: Any) -> None:
    """Add this command to the command line."""
    parser = commands.add_parser(
        "attack",
        help="attack a model, an update or a federation",
        description="Attack a model, an update or a federation, and measure what came of it.",
        epilog="For teaching and research: not audited. Nothing here is for systems or data that "
        "are not yours to test.",
    )
    actions = parser.add_subparsers(metavar="ATTACK", required=True)
    for module in (listing, inference, poison, matrix):
        module.add_to(actions)
