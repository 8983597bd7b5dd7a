"""The trimmed mean of very many clients needs little more memory than their vectors."""

import os
import subprocess
import sys

import pytest

SCRIPT = """
import resource
import numpy as np
from pyfedlite import kernels
from pyfedlite.kernels import trimmed_mean

rows, params = 1_000_000, 1
deltas = np.arange(rows * params, dtype=np.float32).reshape(rows, params)
trimmed_mean(deltas[:10], 1, threads=1)  # what is loaded once is loaded before the limit
with open("/proc/self/statm") as file:
    held = int(file.read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (held + 64 * 2**20, resource.RLIM_INFINITY))
print(kernels.NAME, trimmed_mean(deltas, rows // 10, threads=1).tolist())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="/proc and the limit are Linux's")
@pytest.mark.parametrize("twin", ["rust", "numpy"])
def test_a_million_rows_of_one_parameter_need_less_than_64_mb(twin):
    if twin == "rust":
        pytest.importorskip("pyfedlite._rust")
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        env=os.environ | {"PYFEDLITE_KERNELS": twin},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"{twin} [499999.5]\n"  # the mean of 0 .. n - 1 is (n - 1) / 2
