"""Tutorials as notebooks: MyST Markdown in, the JSON of Jupyter out.

A tutorial is text with code cells in it. The code is copied into code cells; in the text between
them, ``markdown`` replaces what only Sphinx understands by what Jupyter can show. It handles what
the pages of this project use: front matter, ``code-cell`` fences, admonitions, roles, and formulas
between dollar signs.

References
----------
The notebook file format 4.5: https://nbformat.readthedocs.io/en/latest/format_description.html
MyST notebooks: https://myst-nb.readthedocs.io/en/latest/authoring/text-notebooks.html
"""

import json
import re
from collections.abc import Iterator
from typing import Any

from pyfedlite.lessons.citations import Citation, Sources
from pyfedlite.lessons.markdown import plain_markdown

CODE_CELL = re.compile(r"^(```+)\{code-cell\}[^\n]*\n(.*?)^\1[ ]*$\n?", re.MULTILINE | re.DOTALL)
FRONT_MATTER = re.compile(r"\A---\n.*?^---\n", re.MULTILINE | re.DOTALL)
TITLE = re.compile(r"^# (.+)$", re.MULTILINE)
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def title_of(page: str) -> str:
    r"""Return the first heading of a page.

    Examples
    --------
    >>> title_of("---\na: b\n---\n\n# Local SGD\n")
    'Local SGD'
    """
    found = TITLE.search(page)
    return found.group(1) if found else ""


def code_cells(page: str) -> list[str]:
    r"""Return the code of a page, cell by cell, without options and the last line feed.

    Examples
    --------
    >>> code_cells("Text\n```{code-cell} python\n:tags: [hide-input]\n\nx = 1\n```\n")
    ['x = 1']
    """
    return [_without_options(found.group(2)) for found in CODE_CELL.finditer(page)]


def notebook(page: str, name: str, sources: Sources) -> str:
    r"""Return the JSON of a page as a notebook, without outputs.

    Parameters
    ----------
    page : str
        MyST Markdown.
    name : str
        The name of the file. The ids of the cells begin with it, so that they are the same in
        every call.
    sources : Sources
        What the page may cite or link to.

    Examples
    --------
    >>> page = "# One\n\n```{code-cell} python\n1 + 1\n```\n"
    >>> [cell["cell_type"] for cell in json.loads(notebook(page, "one", Sources()))["cells"]]
    ['markdown', 'code']
    """
    cells = list(_cells(FRONT_MATTER.sub("", page.replace("\r\n", "\n")), sources))
    for number, cell in enumerate(cells):
        cell["id"] = f"{name[:50]}-{number}"
    found = {"cells": cells, "metadata": METADATA, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(found, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def _cells(page: str, sources: Sources) -> Iterator[dict[str, Any]]:
    start, cited = 0, dict[str, Citation]()
    for found in CODE_CELL.finditer(page):
        yield from _text(page[start : found.start()], sources, cited)
        code = _without_options(found.group(2))
        yield _cell("code", code) | {"execution_count": None, "outputs": []}
        start = found.end()
    yield from _text(page[start:], sources, cited)
    if cited:
        entries = "\n".join(f"- {citation.entry}" for citation in cited.values())
        yield _cell("markdown", f"## References\n\n{entries}")


def _text(text: str, sources: Sources, cited: dict[str, Citation]) -> Iterator[dict[str, Any]]:
    for part in re.split(r"^\+\+\+.*$", text, flags=re.MULTILINE):  # MyST's break between cells
        plain = plain_markdown(part, sources, cited).strip()
        if plain:
            yield _cell("markdown", plain)


def _cell(kind: str, source: str) -> dict[str, Any]:
    return {"cell_type": kind, "metadata": {}, "source": source.splitlines(keepends=True)}


def _without_options(code: str) -> str:
    """Return a cell's code without the lines ``:name: value``, or the YAML, at its top."""
    code = re.sub(r"\A---\n.*?^---\n", "", code, flags=re.MULTILINE | re.DOTALL)
    return re.sub(r"\A(:[\w-]+:.*\n)+\n?", "", code).rstrip("\n")
