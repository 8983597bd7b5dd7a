"""The functions in Rust alone, without Python: what ``cargo bench`` prints, as a table."""

import re
import subprocess
from pathlib import Path

from benchmarks.timing import Table

ROOT = Path(__file__).parent.parent
SECONDS = {"ns": 1e-9, "µs": 1e-6, "ms": 1e-3, "s": 1.0}
BYTES = {"B/s": 1.0, "KB/s": 1e3, "MB/s": 1e6, "GB/s": 1e9}
TITLE, COLUMNS = "The kernels in Rust, without Python", ("ms median", "ms lowest", "GB/s median")


def measure() -> list[Table]:
    command = ["cargo", "bench", "--quiet", "--locked", "--bench", "kernels"]
    try:
        done = subprocess.run(
            command, check=True, stdout=subprocess.PIPE, encoding="utf-8", cwd=ROOT
        )
    except (FileNotFoundError, subprocess.CalledProcessError) as error:
        return [Table(TITLE, COLUMNS, [(f"absent: {error}",)])]
    return [Table(TITLE, COLUMNS, rows(done.stdout))]


def rows(printed: str) -> list[tuple[str, *tuple[float, ...]]]:
    """Return name, medians, lowest time and rate of every benchmark that divan has printed.

    It draws a tree: two lines for each benchmark, times and rates, in columns fastest, slowest,
    median and mean; where one function has arguments, they stand below its name.
    """
    found: list[tuple[str, *tuple[float, ...]]] = []
    group = name = ""
    times: list[float] = []
    for line in printed.splitlines():
        numbers = re.findall(r"([\d.]+) (\S+)", line)
        label = re.match(r"(?P<branch>[│ ]*)[├╰]─ (?P<name>\S+)", line)
        if label:
            if not label["branch"]:
                group = label["name"]
            name = group if label["name"] == group else f"{group}, threads={label['name']}"
            times = [float(x) * SECONDS[unit] for x, unit in numbers if unit in SECONDS]
        elif times and any(unit in BYTES for _, unit in numbers):
            rates = [float(x) * BYTES[unit] for x, unit in numbers if unit in BYTES]
            fastest, _, median, _ = times
            found.append((name, 1e3 * median, 1e3 * fastest, rates[2] / 1e9))
    return found
