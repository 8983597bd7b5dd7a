import importlib.util
import os
import subprocess
import sys
from importlib.machinery import EXTENSION_SUFFIXES

import pytest

ABSENT = "import sys; sys.modules['pyfedlite._rust'] = None"
PRINT_NAME = "from pyfedlite import kernels; print(kernels.NAME)"

needs_rust = pytest.mark.skipif(
    importlib.util.find_spec("pyfedlite._rust") is None, reason="the Rust extension is not built"
)


def run_python(*lines, **variables):
    """Run `lines` in a fresh interpreter, and return its output and its last line of error."""
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(lines)],
        env=os.environ | variables,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.strip(), (done.stderr.strip().splitlines() or [""])[-1]


def look_first_in(folder):
    """A line that lets `folder` stand before the folder of the package."""
    return f"import pyfedlite; pyfedlite.__path__.insert(0, {str(folder)!r})"


@pytest.mark.parametrize("wanted", ["auto", "rust"])
@needs_rust
def test_rust_runs_where_it_is_built(wanted):
    assert run_python(PRINT_NAME, PYFEDLITE_KERNELS=wanted) == ("rust", "")


def test_numpy_runs_when_asked_for():
    assert run_python(PRINT_NAME, PYFEDLITE_KERNELS="numpy") == ("numpy", "")


def test_auto_falls_back_to_numpy_where_rust_is_absent():
    assert run_python(ABSENT, PRINT_NAME, PYFEDLITE_KERNELS="auto") == ("numpy", "")


def test_rust_asked_for_and_absent_is_an_error_that_names_the_remedy():
    _, error = run_python(ABSENT, PRINT_NAME, PYFEDLITE_KERNELS="rust")
    assert error == (
        "ImportError: PYFEDLITE_KERNELS must be auto or numpy where the Rust extension is not "
        "built, got 'rust'; install cargo, then `pip install --force-reinstall pyfedlite`"
    )


@pytest.mark.parametrize("wanted", ["auto", "rust"])
def test_a_broken_build_is_an_error_never_a_fallback(wanted, tmp_path):
    (tmp_path / f"_rust{EXTENSION_SUFFIXES[-1]}").write_bytes(b"no machine code")
    output, error = run_python(look_first_in(tmp_path), PRINT_NAME, PYFEDLITE_KERNELS=wanted)
    assert output == ""
    assert error.startswith("ImportError: ")


def test_a_module_that_the_extension_misses_is_an_error_never_a_fallback(tmp_path):
    (tmp_path / "_rust.py").write_text("import a_module_that_is_not_there")
    output, error = run_python(look_first_in(tmp_path), PRINT_NAME, PYFEDLITE_KERNELS="auto")
    assert output == ""
    assert error == "ModuleNotFoundError: No module named 'a_module_that_is_not_there'"


def test_an_unknown_twin_is_an_error_that_suggests_the_right_one():
    _, error = run_python(PRINT_NAME, PYFEDLITE_KERNELS="numpi")
    assert error == (
        "ValueError: PYFEDLITE_KERNELS must be one of auto, rust, numpy, got 'numpi'; "
        "did you mean 'numpy'?"
    )


@pytest.mark.parametrize("wanted", ["0", "-1", "two", "", "1025", "9" * 5000])
def test_a_wrong_number_of_threads_is_an_error(wanted):
    _, error = run_python(PRINT_NAME, PYFEDLITE_THREADS=wanted)
    got = repr(wanted)[:100]  # long values are cut
    assert error.startswith(
        f"ValueError: PYFEDLITE_THREADS must be an integer from 1 to 1024, got {got}"
    )
