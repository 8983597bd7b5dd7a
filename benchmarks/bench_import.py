"""How long a fresh interpreter takes to import the package; the budget is NumPy and 0.1 s."""

import subprocess
import sys
from functools import partial

from benchmarks.timing import Table, median_seconds

SCRIPTS = {
    "python -c pass": "pass",
    "import numpy": "import numpy",
    "import pyfedlite": "import pyfedlite, numpy",
    "import pyfedlite, touch every name": (
        "import pyfedlite; [getattr(pyfedlite, name) for name in pyfedlite.__all__]"
    ),
}


def measure() -> list[Table]:
    run = partial(subprocess.run, check=True)
    contenders = {
        name: partial(run, [sys.executable, "-c", script]) for name, script in SCRIPTS.items()
    }
    seconds = median_seconds(contenders, rounds=15)
    numpy = seconds["import numpy"]
    rows = [(name, 1e3 * s, 1e3 * (s - numpy)) for name, s in seconds.items()]
    return [Table("Import time in a fresh interpreter", ("ms", "ms above NumPy"), rows)]
