import subprocess
import sys
from importlib import metadata

import pyfedlite


def modules_loaded_by(statement):
    """The modules that `statement` loads after NumPy, in a fresh interpreter."""
    script = f"""
import sys, numpy.random
before = set(sys.modules)
{statement}
print(*(set(sys.modules) - before))
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


def third_party(modules):
    roots = {name.split(".")[0] for name in modules}
    return roots - sys.stdlib_module_names - {"numpy", "pyfedlite", "__mp_main__"}


def test_importing_the_package_loads_no_other_but_numpy():
    assert third_party(modules_loaded_by("import pyfedlite")) == set()


def test_no_public_name_loads_another_package_but_numpy():
    touch_all = "import pyfedlite; [getattr(pyfedlite, name) for name in pyfedlite.__all__]"
    assert third_party(modules_loaded_by(touch_all)) == set()


def test_importing_the_package_loads_nothing_slow_of_the_standard_library():
    slow = {"asyncio", "concurrent.futures.process", "email", "http.client", "importlib.metadata"}
    slow |= {"multiprocessing.pool", "ssl", "tomllib", "urllib.request"}
    assert modules_loaded_by("import pyfedlite, pyfedlite.kernels") & slow == set()


def test_the_version_is_that_of_the_installed_package():
    assert pyfedlite.__version__ == metadata.version("pyfedlite")
