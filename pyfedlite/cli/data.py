"""``pyfedlite data``: list the data sets, download one, or delete downloaded files."""

import argparse
import json
from typing import Any

from pyfedlite.cli.parser import add_common, usage
from pyfedlite.errors import DataError, PyfedliteError


def add_to(commands: Any) -> None:
    """Add this command to the command line."""
    parser = commands.add_parser(
        "data",
        help="list, fetch or clear data sets",
        description="List the data sets, fetch one that is not here yet, or clear the cache.",
    )
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    shown = actions.add_parser("list", help="what there is, and where it lies")
    shown.set_defaults(command=list_all)
    fetched = actions.add_parser("fetch", help="download data sets, or verify those that are here")
    fetched.set_defaults(command=fetch)
    fetched.add_argument("names", nargs="+", metavar="NAME")
    cleared = actions.add_parser("clear", help="delete downloaded files from the cache")
    cleared.set_defaults(command=clear)
    cleared.add_argument("names", nargs="*", metavar="NAME", help="all, if none is named")
    for action in (shown, fetched, cleared):
        add_common(action)


def list_all(arguments: argparse.Namespace) -> None:
    """Print a table of the data sets."""
    from pyfedlite.data import available, status

    rows = [
        {
            "name": entry.name,
            "rows": entry.num_rows,
            "features": entry.num_features,
            "classes": entry.num_classes,
            "status": status(entry.name),
            "title": entry.title,
            "licence": entry.licence,
        }
        for entry in available()
    ]
    if not arguments.quiet:
        print(f"{'name':<15}{'rows':>7}{'features':>10}{'classes':>9}  {'status':<16}what it is")
        for row in rows:
            numbers = f"{row['rows']:>7,}{row['features']:>10}{row['classes']:>9}"
            print(f"{row['name']:<15}{numbers}  {row['status']:<16}{row['title']}")
    if arguments.json:
        print(json.dumps({"datasets": rows}))


def fetch(arguments: argparse.Namespace) -> None:
    """Make sure that data sets are on this machine, complete and verified."""
    from pyfedlite import data

    files = {}
    with usage():
        for name in arguments.names:
            try:
                files[name] = [str(path) for path in data.fetch(name)]
            except DataError as error:  # not the user's error, so not bad usage
                raise PyfedliteError(str(error)) from error
    if not arguments.quiet:
        for name, paths in files.items():
            print(f"{name}: {', '.join(paths) or 'travels with the package'}")
    if arguments.json:
        print(json.dumps({"files": files}))


def clear(arguments: argparse.Namespace) -> None:
    """Delete downloaded files."""
    from pyfedlite import data

    with usage():
        deleted = [str(path) for name in arguments.names or [None] for path in data.clear(name)]
    if not arguments.quiet:
        for path in deleted:
            print(f"deleted {path}")
        if not deleted:
            print("nothing to delete")
    if arguments.json:
        print(json.dumps({"deleted": deleted}))
