"""How long the cells of a page ran, said where the page says how long it takes.

A page states the minutes of its reader; the seconds of its cells are measured while the pages are
built, and written behind that sentence. So no page states a time that was not measured.
"""

from typing import Any

from docutils import nodes
from myst_nb.sphinx_ import NbMetadataCollector
from sphinx.application import Sphinx

MARK = "Time."


def sentence(seconds: float) -> str:
    """Return what is said about the cells."""
    return f" Its cells ran for {seconds:.1f} seconds when this page was built."


def tells_the_time(paragraph: nodes.paragraph) -> bool:
    """Return whether a paragraph begins with the mark in bold."""
    words = [node for node in paragraph.children if node.astext()]  # MyST begins with no words
    return bool(words) and isinstance(words[0], nodes.strong) and words[0].astext() == MARK


def say_run_time(app: Sphinx, doctree: nodes.document) -> None:
    """Add the sentence to the paragraph that begins with the mark, on pages that were executed."""
    executed = NbMetadataCollector.get_exec_data(app.env, app.env.docname)
    seconds = executed["runtime"] if executed else None
    if seconds is None:
        return
    for paragraph in doctree.findall(nodes.paragraph):
        if tells_the_time(paragraph):
            paragraph += nodes.Text(sentence(seconds))


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect the event after which a page is complete."""
    app.connect("doctree-read", say_run_time)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
