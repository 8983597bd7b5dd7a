"""Very many clients: seconds and memory of one round over all of them, each in a fresh process."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter, process_time

import numpy as np

import pyfedlite as fl
from benchmarks.timing import Table
from pyfedlite.data import Dataset
from pyfedlite.data.lazy import LazyClients

FEATURES, CLASSES, MOST_ROWS = 64, 10, 20
# Two of the last steps of MurmurHash3 (Appleby 2011), which leave no pattern in numbers in a row.
HASH = [(np.uint32(16), np.uint32(0x85EBCA6B)), (np.uint32(13), np.uint32(0xC2B2AE35))]
QUICK = (("generated", 10**4), ("generated", 10**5), ("in memory", 10**5))
ALL = (*QUICK, ("generated", 10**6))


def measure(*, everything: bool = False) -> list[Table]:
    rows = []
    for kind, num_clients in ALL if everything else QUICK:
        command = [sys.executable, "-m", "benchmarks.bench_population", kind, str(num_clients)]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        seconds, processor, mib = json.loads(done.stdout)
        name = f"{num_clients:,} clients, {kind}"
        rows.append((name, seconds, processor, 1e6 * processor / num_clients, mib))
    title = f"One round over all clients: softmax {FEATURES}-{CLASSES}, 1 to {MOST_ROWS} rows, B=10"
    notes = () if everything else ("a million clients: ARGS=--all",)
    return [Table(title, ("seconds", "processor s", "us a client", "peak MiB"), rows, notes)]


@dataclass(frozen=True, eq=False)
class Make:
    """Makes the rows of clients: numbers hashed from where they stand among those of everybody."""

    sizes: np.ndarray

    def __call__(self, ids: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return features and labels of some clients; the first feature decides the class."""
        sizes = self.sizes[ids]
        ends = np.cumsum(sizes)
        place = np.arange(ends[-1]) + np.repeat(MOST_ROWS * ids - (ends - sizes), sizes)
        first = (FEATURES * place).astype(np.uint32)
        words = first[:, np.newaxis] + np.arange(FEATURES, dtype=np.uint32)
        for shift, factor in HASH:
            words ^= words >> shift
            words *= factor
        features = (words >> np.uint32(8)).astype(np.float32)
        features *= np.float32(2**-24)
        return features, (CLASSES * features[:, 0]).astype(np.int64)


def run(kind: str, num_clients: int) -> tuple[float, float, float]:
    """Return the seconds of one round, those of the processor, and the peak memory in MiB."""
    x, y = np.zeros((1, FEATURES), np.float32), np.zeros(1, np.int64)
    test = Dataset(x, y, x, y, CLASSES, "generated")
    make = Make(np.random.default_rng(0).integers(1, MOST_ROWS + 1, num_clients))
    clients: LazyClients | fl.FederatedDataset = LazyClients(make, make.sizes, test, together=True)
    if kind == "in memory":
        features, labels = make(np.arange(num_clients))
        owners = np.repeat(np.arange(num_clients), make.sizes)
        clients = fl.FederatedDataset(Dataset(features, labels, x, y, CLASSES, "all"), owners)
    algorithm = fl.fedavg(fl.SoftmaxRegression(FEATURES, CLASSES), batch_size=10)
    start, start_processor = perf_counter(), process_time()
    fl.simulate(algorithm, clients, num_rounds=1, seed=0)
    return perf_counter() - start, process_time() - start_processor, peak_mib()


def peak_mib() -> float:
    """Return the peak memory of this process; its ru_maxrss begins with that of its parent."""
    status = Path("/proc/self/status")
    if not status.exists():
        return float("nan")
    line = next(x for x in status.read_text().splitlines() if x.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


if __name__ == "__main__":
    print(json.dumps(run(sys.argv[1], int(sys.argv[2]))))
