"""A small file cannot take a big machine: its size is looked at before it is unpacked."""

import io
import json
import tracemalloc
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

import pyfedlite as fl
from pyfedlite._npz import check_expansion, read_npz
from pyfedlite.cli import main
from pyfedlite.data import load_csv, load_npz, read_features
from pyfedlite.data.mnist import parse_idx_gz
from pyfedlite.errors import DataError, FileFormatError
from pyfedlite.history.checkpoint import load_checkpoint

MOST = 60_000_000  # bytes that any of these may take on the way to its sentence


@contextmanager
def little_memory() -> Iterator[None]:
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < MOST
    finally:
        tracemalloc.stop()


def archive(path: Path, **members: bytes) -> Path:
    """A ZIP archive with these members, compressed, each with a right CRC."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in members.items():
            file.writestr(f"{name}.npy", content)
    return path


def header_of(shape: tuple[int, ...], dtype: str = "<f8") -> bytes:
    """The header of a member, without its rows."""
    buffer = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        buffer, {"descr": dtype, "fortran_order": False, "shape": shape}
    )
    return buffer.getvalue()


def npy(array: object) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, np.asarray(array))
    return buffer.getvalue()


@pytest.fixture(scope="module")
def zeros(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """300 MB of zeros as a member of an archive: 0.3 MB."""
    path = tmp_path_factory.mktemp("zeros") / "zeros.npz"
    head = header_of((300_000_000 // 8, 1))
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as file,
        file.open("features.npy", "w") as member,
    ):
        member.write(head)
        for _ in range(300):
            member.write(bytes(1_000_000))
    return path.read_bytes()


def test_zeros_that_unpack_to_much_are_refused_before(tmp_path: Path, zeros: bytes) -> None:
    path = tmp_path / "mine.npz"
    path.write_bytes(zeros)
    with zipfile.ZipFile(path, "a") as file:
        file.writestr("labels.npy", npy([0, 1]))
    for read in (load_npz, read_features):
        with little_memory(), pytest.raises(DataError, match=r"'features' must unpack to at most"):
            read(path)


def test_what_is_not_needed_is_not_read(tmp_path: Path, zeros: bytes) -> None:
    path = tmp_path / "mine.npz"
    path.write_bytes(zeros.replace(b"features.npy", b"whatever.npy"))
    with zipfile.ZipFile(path, "a") as file:
        file.writestr("features.npy", npy(np.ones((2, 1))))
    with little_memory():
        assert read_features(path).tolist() == [[1.0], [1.0]]
        assert list(read_npz(path, ["features"])) == ["features"]
        with pytest.raises(DataError, match=r"must hold arrays named .*, got 'whatever'"):
            load_npz(path)


@pytest.mark.parametrize(
    ("member", "sentence"),
    [
        (header_of((10**12, 10)) + bytes(80), "'features' must have the 80,000,000,000,000 bytes"),
        (header_of((2**62, 2**62)), "'features' must have the"),
        (header_of((3,))[:20], "'features' must be one that NumPy wrote"),
        (b"plain text", "'features' must be one that NumPy wrote"),
        (b"", "'features' must be one that NumPy wrote"),
        (npy(np.ones(4)) + b"more", "'features' must have the 32 bytes that it promises, got 36"),
        (npy(np.ones(4))[:-1], "'features' must have the 32 bytes that it promises, got 31"),
    ],
)
def test_a_member_that_is_not_what_it_says_is_named(
    tmp_path: Path, member: bytes, sentence: str
) -> None:
    path = archive(tmp_path / "mine.npz", features=member, labels=npy([0, 1]))
    with little_memory(), pytest.raises(DataError, match=sentence):
        load_npz(path)


@pytest.mark.parametrize(
    "read", [fl.load_model, lambda path: load_checkpoint(path, {})], ids=["model", "checkpoint"]
)
@pytest.mark.parametrize(
    "text", [b"[" * 100_000, b'{"format": ' + b'{"a":' * 50_000, b"{}", b"null", b"\xff"]
)
def test_a_bad_header_is_a_sentence(
    tmp_path: Path, read: Callable[[Path], object], text: bytes
) -> None:
    header = npy(np.frombuffer(text, np.uint8))
    path = archive(tmp_path / "mine.npz", header=header, theta=npy(np.zeros(3)))
    with little_memory(), pytest.raises(FileFormatError, match="must be a file written by"):
        read(path)


def test_a_model_file_that_promises_a_large_model_is_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "model.npz"
    fl.save_model(path, fl.MLP(2, 3, 2), np.zeros(17))
    arrays = read_npz(path)
    header = json.loads(arrays["header"].tobytes())
    header["model"]["sizes"] = [2, 10**9, 10**9, 2]
    arrays["header"] = np.frombuffer(json.dumps(header).encode(), np.uint8)
    np.savez(path, **arrays)
    with little_memory(), pytest.raises(FileFormatError, match="theta must have shape"):
        fl.load_model(path)


def test_a_long_cell_takes_no_more_than_itself(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    rows = [f"{'x' * 100_000 if k == 7 else 'a'},{k % 2}" for k in range(10_000)]
    path.write_text("\n".join(["kind,label", *rows]))
    with little_memory(), pytest.raises(DataError, match="must have at most 200 letters"):
        load_csv(path)


def test_an_idx_file_that_unpacks_to_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    import gzip

    content = gzip.compress(
        b"\x00\x00\x08\x01" + (50_000_000).to_bytes(4, "big") + bytes(5 * 10**7)
    )
    monkeypatch.setattr("pyfedlite._npz.ALWAYS_ALLOWED", 10**7)
    with little_memory(), pytest.raises(DataError, match="an IDX file must unpack to at most"):
        parse_idx_gz(content)


def test_what_is_not_compressed_is_never_too_large() -> None:
    check_expansion("a file", packed=10**11, unpacked=10**11)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--hidden", "1000000000"], "hidden must leave at most 268,435,456 parameters, got 7"),
        (["--hidden", "100000,100000"], "hidden must leave at most"),
        (["--set", f"local.momentum={'[' * 5000}"], "must be a number"),
        (["deep.toml"], "deep.toml must be written in TOML, got too many brackets"),
        (["long.toml"], "long.toml must have at most 1,000,000 bytes, got more"),
    ],
)
def test_the_command_line_answers_at_once(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    sentence: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "deep.toml").write_text(f"[run]\nhidden = {'[' * 5000}{']' * 5000}")
    (tmp_path / "long.toml").write_text(f"[run]\nlabel = '{'x' * 1_000_000}'")
    with little_memory():
        assert main(["run", *words]) == 2
    error = capsys.readouterr().err
    assert sentence in error
    assert len(error.splitlines()) == 1
