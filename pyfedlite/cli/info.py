"""``pyfedlite info``: the versions and the machine, for a bug report or a lab journal."""

import argparse
import json
import os
import platform
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from pyfedlite import __version__
from pyfedlite.cli.parser import add_common

PACKAGES = ("cryptography", "matplotlib", "threadpoolctl", "tqdm", "dp-accounting", "scikit-learn")
"""Packages that are used if they are installed."""


def add_to(commands: Any) -> None:
    """Add this command to the command line."""
    parser = commands.add_parser(
        "info",
        help="versions, kernels, BLAS, processor, data",
        description="Print versions, kernels, BLAS, processor and where data was found.",
    )
    parser.set_defaults(command=info)
    add_common(parser)


def info(arguments: argparse.Namespace) -> None:
    """Run the command."""
    found = facts()
    if not arguments.quiet:
        for name, value in found.items():
            nested = isinstance(value, dict)
            shown = ", ".join(f"{k} {v}" for k, v in value.items()) if nested else value
            print(f"{name:<11}{shown}")
    if arguments.json:
        print(json.dumps(found))


def facts() -> dict[str, Any]:
    """Return what may explain why two machines give different results."""
    import numpy as np

    from pyfedlite import kernels
    from pyfedlite.data import available, status

    return {
        "pyfedlite": __version__,
        "kernels": kernels.NAME,
        "python": platform.python_version(),
        "numpy": np.__version__,
        "blas": _blas(),
        "processor": f"{_processor()}, {os.cpu_count()} cores",
        "system": platform.platform(),
        "packages": {name: _version(name) for name in PACKAGES},
        "data": {entry.name: status(entry.name) for entry in available()},
    }


def _blas() -> str:
    """Return name and version of the BLAS; with threadpoolctl also its kernels and threads."""
    import numpy as np

    built: Any = np.show_config(mode="dicts")
    blas = built["Build Dependencies"]["blas"]
    description = f"{blas['name']} {blas['version']}"
    try:
        from threadpoolctl import threadpool_info
    except ModuleNotFoundError:
        return description
    for pool in threadpool_info():
        if pool["user_api"] == "blas":
            kind = pool.get("architecture", "unknown")
            description += f", {kind} kernels, threads: {pool['num_threads']}"
    return description


def _processor() -> str:
    """Return the name of the processor: from a file on Linux, else from ``platform``."""
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            names = [line.partition(":")[2] for line in file if line.startswith("model name")]
    except OSError:
        names = []
    return (names[0] if names else platform.processor() or platform.machine()).strip()


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "absent"
