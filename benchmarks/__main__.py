"""Run benchmarks by name, all of them without one: print tables and write results/<name>.json.

``--all`` adds the parts that take minutes.
"""

import json
import platform
import sys
from dataclasses import asdict
from datetime import date
from importlib import import_module
from inspect import signature
from pathlib import Path

import numpy as np

import pyfedlite
from benchmarks.timing import Table
from pyfedlite import kernels

HERE = Path(__file__).parent
KNOWN = sorted(path.stem.removeprefix("bench_") for path in HERE.glob("bench_*.py"))


def processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.split(":")[1].strip()
    return platform.processor()


def measured(name: str, everything: bool) -> list[Table]:
    """Return the tables of one benchmark; some have parts that take minutes."""
    measure = import_module(f"benchmarks.bench_{name}").measure
    options = {"everything": everything} if signature(measure).parameters else {}
    tables: list[Table] = measure(**options)
    return tables


def main(arguments: list[str]) -> int:
    everything = "--all" in arguments
    names = [name for name in arguments if name != "--all"]
    unknown = [name for name in names if name not in KNOWN]
    if unknown:
        print(f"benchmarks must be among {', '.join(KNOWN)}, got {', '.join(unknown)}")
        return 2
    machine = {
        "processor": processor(),
        "system": platform.platform(),
        "python": platform.python_version(),
        "numpy": np.__version__,
        "date": date.today().isoformat(),
        "pyfedlite": pyfedlite.__version__,
        "kernels": kernels.NAME,
    }
    print(*(f"{key}: {value}" for key, value in machine.items()), sep="\n")
    (HERE / "results").mkdir(exist_ok=True)
    for name in names or KNOWN:
        tables = measured(name, everything)
        for table in tables:
            print(f"\n{table}", flush=True)
        result = {"machine": machine, "tables": [asdict(table) for table in tables]}
        (HERE / "results" / f"{name}.json").write_text(json.dumps(result, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
