"""``pyfedlite attack list``: all attacks by family."""

import argparse
import json
from dataclasses import asdict
from typing import Any

from pyfedlite.cli.parser import add_common

HEADINGS = {
    "poisoning": "poisoning: pyfedlite attack poison --attack NAME",
    "inference": "inference: in inversion, membership, attribute, extraction, evasion",
    "secure aggregation": "secure aggregation, weak variants of it: pyfedlite.attacks",
}


def add_to(actions: Any) -> None:
    """Add this command."""
    parser = actions.add_parser(
        "list",
        help="all attacks by family, and what each has to know",
        description="List all attacks by family: the name, what the attacker has to know, and "
        "what it does.",
    )
    parser.set_defaults(command=list_all)
    add_common(parser)


def list_all(arguments: argparse.Namespace) -> None:
    """Print the table."""
    from pyfedlite.attacks.catalogue import FAMILIES

    if not arguments.quiet:
        for family, entries in FAMILIES.items():
            print(HEADINGS[family])
            for entry in entries:
                print(f"  {entry.name:<22}{entry.knows:<34}{entry.does}")
            print()
    if arguments.json:
        told = {name: [asdict(entry) for entry in entries] for name, entries in FAMILIES.items()}
        print(json.dumps({"attacks": told}))
