"""The command line as a program: its ways in, its speed, its exit codes."""

import io
import json
import os
import subprocess
import sys
from importlib import import_module

import pytest

import pyfedlite
from pyfedlite._blas import VARIABLES
from pyfedlite.cli import main


def program(*words, check=True, **settings):
    return subprocess.run(
        [sys.executable, "-m", "pyfedlite", *map(str, words)],
        capture_output=True,
        text=True,
        check=check,
        **settings,
    )


def environment(**variables):
    kept = {name: value for name, value in os.environ.items() if name not in VARIABLES}
    return kept | variables


def test_version_is_that_of_the_package():
    assert program("--version").stdout == f"pyfedlite {pyfedlite.__version__}\n"


@pytest.mark.parametrize("words", [["--version"], ["--help"], ["run", "--help"]])
def test_help_and_version_do_not_wait_for_numpy(words):
    code = "import sys; from pyfedlite.cli import main; main(sys.argv[1:]); print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code, *words], capture_output=True, text=True, check=True
    )
    assert "numpy" not in done.stdout.splitlines()[-1].split()


def test_the_command_sets_one_blas_thread_in_its_own_process():
    code = """
import os, sys
from pyfedlite.cli import main
main(["run", "--num-rounds", "1", "--no-plots", "--quiet"])
from pyfedlite._blas import VARIABLES, is_single_threaded
sys.exit(not is_single_threaded())
"""
    done = subprocess.run([sys.executable, "-c", code], env=environment(), check=False)
    assert done.returncode == 0


def test_one_thread_is_what_blas_then_has(here):
    pytest.importorskip("threadpoolctl", reason="threadpoolctl is not installed")
    told = json.loads(program("info", "--json", "--quiet", env=environment()).stdout)
    assert told["blas"].endswith("threads: 1")


def test_a_variable_that_is_set_is_left_alone(here):
    code = """
import os
from pyfedlite.cli import main
main(["--version"])
print(os.environ["OPENBLAS_NUM_THREADS"])
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment(OPENBLAS_NUM_THREADS="2"),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines()[-1] == "2"


def test_where_numpy_is_loaded_already_nothing_is_claimed(monkeypatch, capsys):
    import_module("numpy")
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    main(["--version"])
    assert not any(name in os.environ for name in VARIABLES)


def test_both_kernels_give_the_same_bits(here):
    pytest.importorskip("pyfedlite._rust", reason="the Rust extension is not built")
    words = ("run", "--num-rounds", 5, "--no-plots", "--quiet", "--json")
    told = [
        json.loads(program(*words, env=environment(PYFEDLITE_KERNELS=name)).stdout)
        for name in ("rust", "numpy")
    ]
    assert [each["kernels"] for each in told] == ["rust", "numpy"]
    assert told[0]["fingerprint"] == told[1]["fingerprint"]


def test_the_program_and_the_function_give_the_same_bits(here, ask):
    words = ("run", "--num-rounds", 5, "--no-plots", "--quiet", "--json")
    outside = json.loads(program(*words, env=environment()).stdout)
    assert outside["fingerprint"] == ask(*words).json["fingerprint"]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["run", "--num-rounds", 1, "--no-plots", "--quiet"], 0),
        (["run", "--learning-rate", "1e30", "--no-plots", "--quiet"], 1),
        (["run", "--dataset", "digitz"], 2),
        (["rnu"], 2),
        ([], 2),
    ],
)
def test_exit_codes_reach_the_shell(here, words, code):
    done = program(*words, check=False)
    assert done.returncode == code
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({"PYFEDLITE_KERNELS": "rsut"}, "PYFEDLITE_KERNELS must be one of auto, rust, numpy"),
        ({"PYFEDLITE_THREADS": "x"}, "PYFEDLITE_THREADS must be an integer from 1 to 1024"),
    ],
)
def test_a_mistake_in_the_environment_is_told_in_a_sentence(here, variables, sentence):
    done = program("info", check=False, env=environment(**variables))
    assert done.returncode == 2
    assert done.stderr.startswith(f"pyfedlite: {sentence}, got ")
    assert "Traceback" not in done.stderr


def test_kernels_that_were_asked_for_and_are_absent_are_told_in_a_sentence(here):
    code = """
import sys
sys.modules["pyfedlite._rust"] = None
from pyfedlite.cli import main
sys.exit(main(["info"]))
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment(PYFEDLITE_KERNELS="rust"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.startswith("pyfedlite: PYFEDLITE_KERNELS must be auto or numpy where")


def test_an_unknown_command_names_the_nearest(ask):
    refused = ask("rum")
    assert refused.code == 2
    assert refused.err.endswith("got 'rum'; did you mean 'run'?\n")


def test_no_command_asks_for_one(ask):
    assert ask().err == "pyfedlite: COMMAND must be given; see pyfedlite --help\n"


def test_a_reader_that_leaves_early_is_no_defect():
    code = f"{sys.executable} -m pyfedlite data list | true"
    done = subprocess.run(code, shell=True, stderr=subprocess.PIPE, text=True, check=False)
    assert done.stderr == ""


def test_a_console_without_unicode_prints_what_it_can(monkeypatch):
    narrow = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", narrow)
    assert main(["run", "--help"]) == 0
    narrow.flush()
    assert b"--hidden N,N,?" in narrow.buffer.getvalue()
