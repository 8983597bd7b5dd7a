"""Damaged files of each kind that pyfedlite reads: a sentence comes out, or what was in the file.

Members of an NPZ file are damaged inside, and packed again with a right CRC, so that the reader of
the archive does not catch everything; so is what a gzip file holds. Nothing but the errors of each
kind may come out, within `SECONDS` a file.
"""

import gzip
import io
import random
import struct
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from pyfedlite.data import load_csv, load_npz, read_features
from pyfedlite.data.mnist import parse_idx_gz
from pyfedlite.errors import DataError, FileFormatError
from pyfedlite.experiments import resolve
from pyfedlite.experiments.settings import read_file
from pyfedlite.history.checkpoint import identity_of, load_checkpoint, save_checkpoint
from pyfedlite.models import MLP, load_model, save_model
from pyfedlite.state import RoundRecord, State
from pyfedlite.testing.fuzzing.mutate import mutate

SECONDS = 10.0
IDENTITY = identity_of({"seed": 0})
LONG = (
    *(b"x" * 5000, b"[" * 5000, b"9" * 400, b'"' * 3, b"\x00" * 40, b"e999", b",;\t\n" * 50),
    *(b"9" * 5000, b"0x" + b"f" * 5000, b"{a=" * 5000, b"a." * 50_000, b"1000000000000"),
)
"""What is put into a text beside random bytes."""


def fuzz_files(kind: str, number: int, seed: int, folder: Path) -> int:
    """Return how many of so many damaged files of a kind were read after all.

    Parameters
    ----------
    kind : str
        One of ``KINDS``.
    number, seed : int
    folder : Path
        Where the files are written.

    Raises
    ------
    AssertionError
        If reading a file took too long.
    Exception
        Whatever a reader raises that it must not.
    """
    make, read, errors = KINDS[kind]
    rng = random.Random(f"{kind} {seed}")
    valid = make(folder)
    path = folder / f"damaged{_SUFFIXES.get(kind, '.npz')}"
    done = 0
    for each in range(number):
        path.write_bytes(_damaged(rng, valid))
        start = time.monotonic()
        try:
            read(path)
        except errors:
            continue
        finally:
            if time.monotonic() - start > SECONDS:
                raise AssertionError(f"{kind} {each} of seed {seed} took more than {SECONDS} s")
        done += 1
    return done


def _damaged(rng: random.Random, valid: bytes) -> bytes:
    if valid.startswith(b"PK"):
        return _damaged_archive(rng, valid)
    if valid.startswith(b"\x1f\x8b"):
        return _damaged_gzip(rng, valid)
    return _damaged_text(rng, valid)


def _damaged_text(rng: random.Random, valid: bytes) -> bytes:
    data = mutate(rng, valid) if rng.randrange(2) else _one_byte(rng, valid)
    if rng.randrange(3) == 0:
        at = rng.randrange(len(data) + 1)
        data = data[:at] + rng.choice(LONG) + data[at:]
    return data


def _one_byte(rng: random.Random, valid: bytes) -> bytes:
    at = rng.randrange(len(valid))
    return valid[:at] + bytes([rng.randrange(256)]) + valid[at + 1 :]


def _damaged_archive(rng: random.Random, valid: bytes) -> bytes:
    """Return an archive with one member damaged and a right CRC, or with damaged bytes."""
    if rng.randrange(4) == 0:
        return mutate(rng, valid)
    with zipfile.ZipFile(io.BytesIO(valid)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    name = rng.choice(list(members))
    match rng.randrange(6):
        case 0:
            del members[name]
        case 3:
            members[name] = rng.choice([b"", b"no array", *LONG])
        case 1:
            members[name] = _npy_header(rng) + members[name][80:]
        case 2:
            members[name] = _of_header(rng, members[name])
        case _:
            change = rng.choice([mutate, _one_byte])
            members[name] = change(rng, members[name])
    buffer = io.BytesIO()
    with zipfile.ZipFile(
        buffer, "w", rng.choice([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
    ) as out:
        for each, content in members.items():
            out.writestr(each, content)
    return buffer.getvalue()


def _damaged_gzip(rng: random.Random, valid: bytes) -> bytes:
    """Return an IDX file with damaged content and a right CRC, with false sizes, or as damaged."""
    content = gzip.decompress(valid)
    match rng.randrange(4):
        case 0:
            return mutate(rng, valid)
        case 1:
            sizes = rng.choices(
                [0, 1, 3, 12, 10**9, 2**32 - 1], k=rng.choice([0, 1, 2, 3, 70, 255])
            )
            content = struct.pack(f">4B{len(sizes)}I", 0, 0, 8, len(sizes), *sizes) + content[12:]
        case _:
            content = rng.choice([mutate, _one_byte])(rng, content)
    return gzip.compress(content)


def _npy_header(rng: random.Random) -> bytes:
    """Return a header that promises some number of rows of some kind."""
    shape = tuple(rng.choice([0, 1, 3, 10**6, 10**12, 2**63]) for _ in range(rng.randrange(4)))
    dtype = rng.choice(["<f8", "<f4", "<U5", "|S3", "|b1", "<c16", "|O", "<M8[s]", "<U100000000"])
    buffer = io.BytesIO()
    header = {"descr": dtype, "fortran_order": rng.random() < 0.3, "shape": shape}
    np.lib.format.write_array_header_1_0(buffer, header)
    return buffer.getvalue()


def _of_header(rng: random.Random, member: bytes) -> bytes:
    """Return a member that holds JSON, or whatever it is, as damaged JSON of the right length."""
    text = _damaged_text(rng, member[128:] or b"{}")
    buffer = io.BytesIO()
    np.save(buffer, np.frombuffer(text, np.uint8))
    return buffer.getvalue()


def _data_npz(folder: Path) -> bytes:
    x = np.arange(40.0).reshape(20, 2)
    buffer = io.BytesIO()
    np.savez(buffer, features=x, labels=np.arange(20) % 2, groups=np.arange(20) // 10)
    return buffer.getvalue()


def _model_npz(folder: Path) -> bytes:
    model = MLP(2, 3, 2)
    theta = np.zeros(model.layout.num_params, np.float32)
    path = folder / "model.npz"
    save_model(path, model, theta, mean=[0.0, 1.0], std=[1.0, 2.0], overwrite=True)
    return path.read_bytes()


def _checkpoint_npz(folder: Path) -> bytes:
    path = folder / "checkpoint.npz"
    vector = np.arange(4.0)
    state = State(1, vector, {"server.momentum": vector}, {3: {"control": vector}})
    save_checkpoint(path, state, [RoundRecord(1, (3,), {"train_loss": 0.5})], IDENTITY)
    return path.read_bytes()


def _csv(folder: Path) -> bytes:
    rows = [f'{k},"a;{k % 3}",{"NS"[k % 2]},{k % 2}' for k in range(20)]
    return "\n".join(["x,kind,group,label", *rows]).encode()


def _toml(folder: Path) -> bytes:
    return (
        b'[run]\ndataset = "digits"\nhidden = [64, 32]\nlearning_rate = 0.1\nseed = 0\n'
        b'partition = "dirichlet:0.3"\n[server]\nlearning_rate = 1.0\n'
    )


def _idx(folder: Path) -> bytes:
    return gzip.compress(bytes([0, 0, 8, 2, 0, 0, 0, 3, 0, 0, 0, 4, *range(12)]))


def _read_csv(path: Path) -> None:
    load_csv(path, missing="drop").inputs.raw(path)


def _read_npz(path: Path) -> None:
    load_npz(path)
    read_features(path)


Make = Callable[[Path], bytes]
Read = Callable[[Path], object]

KINDS: dict[str, tuple[Make, Read, tuple[type[Exception], ...]]] = {
    "data.npz": (_data_npz, _read_npz, (DataError,)),
    "model.npz": (_model_npz, load_model, (FileFormatError,)),
    "checkpoint.npz": (
        _checkpoint_npz,
        lambda path: load_checkpoint(path, IDENTITY),
        (FileFormatError, ValueError),
    ),
    "data.csv": (_csv, _read_csv, (DataError,)),
    "run.toml": (_toml, lambda path: resolve(read_file(path)), (ValueError, TypeError)),
    "images.idx": (_idx, lambda path: parse_idx_gz(path.read_bytes()), (DataError,)),
}
"""Of each kind of file: what makes a valid one, what reads it, and the errors it may raise."""

_SUFFIXES = {"data.csv": ".csv", "run.toml": ".toml", "images.idx": ".gz"}
