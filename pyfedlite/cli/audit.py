"""``pyfedlite audit``: whether the files of a run are as the run has left them."""

import argparse
import json
from pathlib import Path
from typing import Any

from pyfedlite.cli.parser import Failed, add_common, usage

EPILOG = """\
DIR is the folder of a run that was started with --audit-log. Looked at are every line of its
audit.jsonl, and whether config.toml, history.json and model.npz fit it. Exit code: 0 nothing wrong
was found, 1 something was, 2 there is no log.

Without --verify-key this shows accidents and careless changes alone: whoever rewrites a log that is
not signed can compute the whole chain again. With it, log and model have to be signed by the owner
of the key; see pyfedlite keys. For teaching and research: not audited.
"""


def add_to(commands: Any) -> None:
    """Add this command to the command line."""
    parser = commands.add_parser(
        "audit",
        help="whether the files of a run were changed",
        description="Say which lines of the audit log of a run were changed, and which files.",
        epilog=EPILOG,
    )
    parser.set_defaults(command=audit)
    parser.add_argument("folder", metavar="DIR", help="the folder of a run")
    parser.add_argument("--verify-key", metavar="FILE", help="the public key of who ran it")
    add_common(parser)


def audit(arguments: argparse.Namespace) -> None:
    """Run the command."""
    from pyfedlite.experiments.audit import check_folder
    from pyfedlite.signing import load_verify_key

    key = None if arguments.verify_key is None else load_verify_key(arguments.verify_key)
    with usage():
        report = check_folder(Path(arguments.folder), key)
    if not arguments.quiet:
        print(report.table())
    if arguments.json:
        answer = {
            "is_whole": report.is_whole,
            "findings": list(report.findings),
            "warnings": list(report.warnings),
            "rounds": report.num_rounds,
            "fingerprint": report.fingerprint,
        }
        print(json.dumps(answer))
    if not report.is_whole:
        number = len(report.findings)
        raise Failed(f"{number} finding{'s' * (number > 1)} in {arguments.folder}")
