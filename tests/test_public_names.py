"""What ``import pyfedlite`` gives, and what it does not load."""

import ast
import pkgutil
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import pyfedlite


def test_importing_the_package_does_not_load_numpy():
    code = "import sys, pyfedlite; sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_every_public_name_is_found():
    assert all(getattr(pyfedlite, name) is not None for name in pyfedlite.__all__)


def test_type_checkers_read_the_same_names_as_the_interpreter():
    tree = ast.parse(Path(pyfedlite.__file__).read_text("utf-8"))
    block = next(node for node in tree.body if isinstance(node, ast.If))
    imported = [alias.name for node in block.body for alias in node.names]
    assert sorted(imported) == sorted(pyfedlite.__all__)


def test_public_names_are_listed_for_completion():
    assert set(pyfedlite.__all__) <= set(dir(pyfedlite))


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'fedawg'"):
        _ = pyfedlite.fedawg


def test_a_room_is_reached_through_the_package():
    assert pyfedlite.kernels.NAME in ("rust", "numpy")


def test_every_name_that_a_room_promises_is_there():
    for module in pkgutil.walk_packages(pyfedlite.__path__, "pyfedlite."):
        if not module.name.endswith(("__main__", "_rust")):
            room = _without_extras(import_module, module.name)
            for name in getattr(room, "__all__", ()):
                assert _without_extras(getattr, room, name) is not None, f"{module.name}.{name}"


def _without_extras(look, *arguments):
    """Return what is found, or a word if an extra is absent."""
    try:
        return look(*arguments)
    except ModuleNotFoundError as error:
        if str(error.name).startswith("pyfedlite"):
            raise
        return "an extra is absent"
