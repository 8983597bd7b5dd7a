"""`Name` in a docstring: a link where it is a public name of pyfedlite, emphasis elsewhere.

Docstrings put arguments (`theta`) and classes (`LocalSGD`) between single backticks. Only the
second kind has a page to link to, so the role looks the name up among the public names.
"""

import importlib
import inspect
import pkgutil
from functools import cache
from types import ModuleType
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.domains.python import PyXRefRole
from sphinx.util.docutils import SphinxRole

import pyfedlite


def public_modules() -> list[str]:
    """Return pyfedlite and its public children; what lies deeper is reached through them."""
    children = (module.name for module in pkgutil.iter_modules(pyfedlite.__path__))
    return ["pyfedlite", *(f"pyfedlite.{name}" for name in children if name[0] != "_")]


def public_names(module: ModuleType) -> list[str]:
    """Return ``__all__``, or what the module itself defines without an underscore."""
    if hasattr(module, "__all__"):
        return list(module.__all__)
    return [
        name
        for name, value in vars(module).items()
        if name[0] != "_" and getattr(value, "__module__", None) == module.__name__
    ]


@cache
def homes() -> dict[str, str]:
    """Return where each public name is described: ``{"LocalSGD": "pyfedlite.local.LocalSGD"}``."""
    found: dict[str, str] = {}
    for module_name in public_modules()[1:]:
        for name in public_names(importlib.import_module(module_name)):
            found.setdefault(name, f"{module_name}.{name}")
    return found


def home(text: str) -> str | None:
    """Return the full name of ``Class`` or ``Class.method``; None where it has no description."""
    first, _, attribute = text.partition(".")
    full_name = homes().get(first)
    if full_name is None or not attribute:
        return full_name
    module_name, _, class_name = full_name.rpartition(".")
    value = getattr(getattr(importlib.import_module(module_name), class_name), attribute, None)
    return f"{full_name}.{attribute}" if inspect.getdoc(value) else None


class Backticks(SphinxRole):
    """The default role."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Return a cross-reference, or the text in italics."""
        full_name = home(self.text)
        if full_name is None:
            return [nodes.emphasis(self.rawtext, self.text)], []
        target = f"{self.text} <{full_name}>"
        return PyXRefRole()("py:obj", self.rawtext, target, self.lineno, self.inliner)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the role."""
    app.add_role("backticks", Backticks())
    return {"parallel_read_safe": True, "parallel_write_safe": True}
