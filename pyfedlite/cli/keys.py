"""``pyfedlite keys``: a new pair of keys, to sign runs and to verify them."""

import argparse
import json
from pathlib import Path
from typing import Any

from pyfedlite.cli.parser import UsageError, add_common, usage

EPILOG = """\
FILE is the secret one: it signs, and nobody but you may read it (mode 0600). FILE.pub is for all
who verify; give it to them over a way that they trust. A file that exists is never written over.

  pyfedlite keys mine.pem
  pyfedlite run --signing-key mine.pem --audit-log --out run
  pyfedlite audit run --verify-key mine.pem.pub
  pyfedlite predict run rows.csv --verify-key mine.pem.pub
"""


def add_to(commands: Any) -> None:
    """Add this command to the command line."""
    parser = commands.add_parser(
        "keys",
        help="make a pair of keys that sign and verify",
        description="Make a new pair of Ed25519 keys. For teaching and research: not audited.",
        epilog=EPILOG,
    )
    parser.set_defaults(command=keys)
    parser.add_argument("file", metavar="FILE", help="where the secret key goes")
    add_common(parser)


def keys(arguments: argparse.Namespace) -> None:
    """Run the command."""
    from pyfedlite.signing import new_key

    secret, public = Path(arguments.file), Path(f"{arguments.file}.pub")
    for path in (secret, public):
        if path.exists():
            hint = "a key is never written over: name another file, or move the old one away"
            raise UsageError(f"file must be new, got {path}; {hint}")
    key = new_key()
    with usage():
        key.save(secret)
        key.verify_key.save(public)
    if not arguments.quiet:
        print(f"secret key in {secret}, public key {key.verify_key} in {public}")
    if arguments.json:
        answer = {"signing_key": str(secret), "verify_key": str(public)}
        print(json.dumps(answer | {"public": key.verify_key.public.hex()}))
