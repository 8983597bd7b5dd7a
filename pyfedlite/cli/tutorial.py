"""``pyfedlite tutorial``: the tutorials as notebooks, copied to where one works.

The pages travel in the package as MyST Markdown and become notebooks when they are copied; nothing
but the standard library is needed for it.
"""

import argparse
import json
from pathlib import Path
from typing import Any

from pyfedlite.cli.parser import UsageError, add_common, add_switch
from pyfedlite.errors import DataError
from pyfedlite.lessons.citations import Sources, read_citations
from pyfedlite.lessons.notebook import notebook, title_of

PACKAGE = Path(__file__).parent.parent


def add_to(commands: Any) -> None:
    """Add this command to the command line."""
    parser = commands.add_parser(
        "tutorial",
        help="copy the tutorials here, as notebooks",
        description="Copy tutorials as Jupyter notebooks to where you work.",
        epilog="The notebooks need pip install 'pyfedlite[course]'.\n\n"
        "examples:\n  pyfedlite tutorial --list\n  pyfedlite tutorial 2 --out lessons\n"
        "  pyfedlite tutorial",
    )
    parser.set_defaults(command=tutorial)
    parser.add_argument(
        "pages", nargs="*", metavar="N", help="numbers, as 2 or 02, or names; all, if none is given"
    )
    parser.add_argument("--out", default=".", metavar="DIR", help="where to (default: here)")
    add_switch(parser, "--list", "say which there are, and copy nothing")
    add_switch(parser, "--overwrite", "replace notebooks that are there already")
    add_common(parser)


def tutorial(arguments: argparse.Namespace) -> None:
    """Run the command."""
    chosen = _chosen(arguments.pages, _pages())
    if arguments.list:
        _print_list(chosen, arguments)
        return
    out = Path(arguments.out)
    targets = {name: out / f"{name}.ipynb" for name in chosen}
    _refuse_existing(targets, bool(arguments.overwrite))
    _write(chosen, targets, out)
    if not arguments.quiet:
        for target in targets.values():
            print(target)
        print("they need: pip install 'pyfedlite[course]'")
        print("open one with: jupyter lab (pip install jupyterlab, if it is not there)")
    if arguments.json:
        print(json.dumps({"notebooks": [str(target) for target in targets.values()]}))


def folder() -> Path:
    """Return where the pages are: in the checkout that this package runs from, or inside it."""
    checkout = PACKAGE.parent / "tutorials"
    if (PACKAGE.parent / "rust_core").is_dir() and checkout.is_dir():
        return checkout
    return PACKAGE / "tutorials"


def _pages() -> dict[str, Path]:
    """Return the pages by name, in order."""
    files = sorted(folder().glob("*.md"))
    found = {path.stem: path for path in files if path.stem != "README"}
    if not found:
        raise DataError(f"tutorials must be in {folder()}, got none; install pyfedlite once more")
    return found


def _titles(pages: dict[str, Path]) -> dict[str, str]:
    return {name: title_of(path.read_text(encoding="utf-8")) for name, path in pages.items()}


def _chosen(wanted: list[str], pages: dict[str, Path]) -> dict[str, Path]:
    """Return the pages that were asked for, or all."""
    if not wanted:
        return pages
    return {name: pages[name] for name in (_name(text, pages) for text in wanted)}


def _name(wanted: str, pages: dict[str, Path]) -> str:
    """Return the name of a page by its number or its name."""
    from pyfedlite import _check  # which needs NumPy, and is needed for errors alone

    number = f"{int(wanted):02}-" if wanted.isdecimal() else None
    for name in pages:
        if name == wanted or (number and name.startswith(number)):
            return name
    known = [name[:2] if name[:2].isdecimal() else name for name in pages]
    hint = _check.nearest(wanted, known) or "see pyfedlite tutorial --list"
    raise UsageError(_check.sentence("N", f"be one of {', '.join(known)}", repr(wanted), hint))


def _refuse_existing(targets: dict[str, Path], overwrite: bool) -> None:
    there = [str(path) for path in targets.values() if path.exists()]
    if there and not overwrite:
        some = ", ".join(there)
        raise UsageError(f"notebooks must not be there yet, got {some}; --overwrite replaces them")


def _write(pages: dict[str, Path], targets: dict[str, Path], out: Path) -> None:
    from pyfedlite._files import make_folder, write_text

    sources = Sources(read_citations(_bibliography()), _titles(_pages()))
    make_folder(out)
    for name, path in pages.items():
        write_text(targets[name], notebook(path.read_text(encoding="utf-8"), name, sources))


def _bibliography() -> str:
    """Return the BibTeX file, which lies with the documentation or beside the packaged pages."""
    for path in (folder() / "references.bib", folder().parent / "docs" / "references.bib"):
        if path.is_file():
            return path.read_text(encoding="utf-8")
    return ""


def _print_list(pages: dict[str, Path], arguments: argparse.Namespace) -> None:
    titles = _titles(pages)
    if not arguments.quiet:
        width = max(map(len, titles))
        for name, title in titles.items():
            print(f"{name:<{width}}  {title}")
    if arguments.json:
        print(json.dumps({"tutorials": titles}))
