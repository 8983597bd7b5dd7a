"""A page that has a place for a script loads it, and no other page does.

The place is ``<div id="NAME"></div>`` in the page, and the script ``_static/NAME.js`` fills it. So
the page says nothing of the script where it cannot run, as in a notebook.
"""

from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

STATIC = Path(__file__).parents[1] / "_static"


def add_scripts(app: Sphinx, page: str, template: str, context: Any, doctree: Any) -> None:
    """Add the scripts for whose places there is a mark in the body of the page."""
    for script in sorted(STATIC.glob("*.js")):
        if f'<div id="{script.stem}">' in context.get("body", ""):
            app.add_js_file(script.name, loading_method="defer")


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect the event before a page is written."""
    app.connect("html-page-context", add_scripts)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
