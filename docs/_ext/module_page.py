"""``public-module``: everything public in one module, a table first and then each name in full.

The names are read from the module, so a page cannot forget one.
"""

import importlib
import inspect
from typing import Any

from backticks import homes, public_names
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

import pyfedlite


class PublicModule(SphinxDirective):
    """``.. public-module:: pyfedlite.local``."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Return the module's docstring, a table of its public names, and their descriptions."""
        module_name = self.arguments[0]
        module = importlib.import_module(module_name)
        names = public_names(module)
        lines = [f".. automodule:: {module_name}", ""]
        if len(names) > 1:
            lines += [".. autosummary::", "   :nosignatures:", ""]
            lines += [f"   {name}" for name in names] + [""]
        for name in names:
            value = getattr(module, name)
            if inspect.isclass(value):
                lines += [f".. autoclass:: {module_name}.{name}", "   :members:", ""]
                if getattr(value, "_is_protocol", False):
                    lines.insert(-1, "   :undoc-members:")
            elif callable(value):
                lines += [f".. autofunction:: {module_name}.{name}", ""]
            else:
                lines += [f".. autodata:: {module_name}.{name}", ""]
        return self.parse_text_to_nodes("\n".join(lines))


ROAD = ("data", "models", "algorithms", "simulation")


class TopNames(SphinxDirective):
    """``.. top-names::``: what ``import pyfedlite as fl`` offers, each name with its first line."""

    def run(self) -> list[nodes.Node]:
        """Return a table for each module: first those on the road, then the others."""
        names = [homes()[name] for name in pyfedlite.__all__]
        modules = {name.rpartition(".")[0] for name in names}
        first = [f"pyfedlite.{name}" for name in ROAD]
        lines = []
        for module in [*first, *sorted(modules - set(first))]:
            lines += [f".. rubric:: {module}", "", ".. autosummary::", "   :nosignatures:", ""]
            lines += [f"   ~{name}" for name in names if name.rpartition(".")[0] == module] + [""]
        return self.parse_text_to_nodes("\n".join(lines))


def headings_to_rubrics(
    app: Sphinx, what: str, name: str, obj: object, options: Any, lines: list[str]
) -> None:
    """Keep the headings of a module's docstring out of the table of contents."""
    if what == "module":
        for i in range(len(lines) - 1, 0, -1):
            if lines[i] and set(lines[i]) == {"-"} and len(lines[i]) == len(lines[i - 1]):
                lines[i - 1 : i + 1] = [f".. rubric:: {lines[i - 1]}", ""]


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directive."""
    app.add_directive("public-module", PublicModule)
    app.add_directive("top-names", TopNames)
    app.connect("autodoc-process-docstring", headings_to_rubrics, priority=400)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
