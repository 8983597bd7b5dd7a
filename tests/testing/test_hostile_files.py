"""Files and flags that ask for far too much are refused at once, each in one sentence."""

import gzip
import io
import re
import struct
import time
import zipfile
from pathlib import Path

import pytest

from pyfedlite.cli import main
from pyfedlite.testing.fuzzing.files import KINDS

AT_ONCE = 5.0  # seconds; each takes a few milliseconds on a machine with nothing else to do


def member(shape: str, descr: str = "<f8") -> bytes:
    """The header of an array, which holds nothing."""
    text = f"{{'descr': {descr!r}, 'fortran_order': False, 'shape': {shape}, }}\n".encode()
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text


def header_text(text: bytes) -> bytes:
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text


MEMBERS = {
    "no array": b"hello",
    "nothing": b"",
    "a magic number alone": b"\x93NUMPY",
    "another version": b"\x93NUMPY\x09\x00" + bytes(100),
    "10^12 rows": member("(1000000000000,)"),
    "2^63 rows": member(f"({2**63},)"),
    "rows below 0": member("(-1,)"),
    "rows of 10^8 letters": member("(3,)", "<U100000000"),
    "10^12 rows of no letters": member("(1000000000000,)", "<U0"),
    "objects": member("(3,)", "|O") + b"xxx",
    "brackets in the header": header_text(b"(" * 4500 + b")" * 4500),
    "a number of 5000 digits": header_text(b"{'descr': '<f8', 'shape': (" + b"9" * 5000 + b",)}"),
}
NPZ = [kind for kind in KINDS if kind.endswith(".npz")]


def with_member(valid: bytes, name: str, content: bytes) -> bytes:
    """The archive with one member exchanged, and a right CRC."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(valid)) as old, zipfile.ZipFile(buffer, "w") as new:
        for each in old.namelist():
            new.writestr(each, content if each == name else old.read(each))
    return buffer.getvalue()


def refusal(kind: str, path: Path) -> str:
    """The sentence of the reader, which has to come at once and fit a screen."""
    _, read, errors = KINDS[kind]
    start = time.perf_counter()
    with pytest.raises(errors) as caught:
        read(path)
    assert time.perf_counter() - start < AT_ONCE
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 1000
    return str(caught.value)


@pytest.mark.parametrize("content", MEMBERS.values(), ids=MEMBERS)
@pytest.mark.parametrize("kind", NPZ)
def test_a_member_that_is_no_array_or_promises_too_much(
    kind: str, content: bytes, tmp_path: Path
) -> None:
    valid = KINDS[kind][0](tmp_path)
    with zipfile.ZipFile(io.BytesIO(valid)) as archive:
        names = archive.namelist()
    for name in names:
        (tmp_path / "hostile.npz").write_bytes(with_member(valid, name, content))
        assert " must " in refusal(kind, tmp_path / "hostile.npz")


def test_zeros_that_unpack_to_far_more_than_the_file(tmp_path: Path) -> None:
    valid = KINDS["data.npz"][0](tmp_path)
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(valid)) as old,
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as new,
    ):
        new.writestr("features.npy", member("(270000000,)", "|u1") + bytes(27 * 10**7))
        new.writestr("labels.npy", old.read("labels.npy"))
    (tmp_path / "hostile.npz").write_bytes(buffer.getvalue())
    told = refusal("data.npz", tmp_path / "hostile.npz")
    assert "must unpack to at most 268,435,456 bytes, got 270,000," in told


def idx(*sizes: int, values: bytes = b"") -> bytes:
    return gzip.compress(struct.pack(f">4B{len(sizes)}I", 0, 0, 8, len(sizes), *sizes) + values)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (idx(10**9, 28, 28), r"must hold \(1000000000, 28, 28\) values, got 0"),
        (idx(0, 2**32 - 1, 2**32 - 1), "must have sizes of an array, got"),
        (idx(*[1] * 70, values=b"x"), "must have at most 8 axes, got 70"),
        (idx(*[2**32 - 1] * 255), "must have at most 8 axes, got 255"),
        (idx(2 * 10**9, values=bytes(3 * 10**8)), "must unpack to at most 268,435,456 bytes"),
    ],
)
def test_images_of_false_sizes(content: bytes, sentence: str, tmp_path: Path) -> None:
    (tmp_path / "hostile.gz").write_bytes(content)
    assert re.search(sentence, refusal("images.idx", tmp_path / "hostile.gz"))


TOML = {
    "brackets": (b"[run]\nhidden = " + b"[" * 5000, "too many brackets inside each other"),
    "closed brackets": (b"[run]\nhidden = " + b"[" * 5000 + b"]" * 5000, "too many brackets"),
    "tables in tables": (b"x = " + b"{a=" * 5000, "too many brackets inside each other"),
    "a key of 10^5 parts": (b"[run]\n" + b"a." * 10**5 + b"b = 1", "key of more than 30 parts"),
    "a table of 10^5 parts": (b"[" + b"a . " * 10**5 + b"b]", "a key of more than 30 parts"),
    "5000 digits": (b"[run]\nseed = " + b"9" * 5000, "an integer of more than 4300 digits"),
    "5000 hex digits": (b"[run]\nseed = 0x" + b"f" * 5000, "an integer of more than 1024 bits"),
    "in a list": (b"[run]\nhidden = [1, 0x" + b"f" * 5000 + b"]", "of more than 1024 bits"),
    "a long word": (b'[run]\npartition = "' + b"(" * 5000 + b'"', r"… \(5,002 letters\)"),
}


@pytest.mark.parametrize(("content", "sentence"), TOML.values(), ids=TOML)
def test_toml_that_nobody_means(content: bytes, sentence: str, tmp_path: Path) -> None:
    path = tmp_path / "hostile.toml"
    path.write_bytes(content)
    assert re.search(sentence, refusal("run.toml", path))


def test_toml_with_many_short_keys_and_long_text_is_read(tmp_path: Path) -> None:
    names = ", ".join(f'"column.{k}"' for k in range(1000))
    path = tmp_path / "own.toml"
    path.write_text(f"# {'x.y ' * 1000}\n[run]\ndrop = [{names}]\nlearning_rate = 0.1\n")
    KINDS["run.toml"][1](path)


DEEP = "[" * 5000 + "]" * 5000


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--hidden", "1000000000"], "hidden must leave at most 268,435,456 parameters, got"),
        (["--hidden", "9" * 30], "hidden must leave at most 268,435,456 parameters, got"),
        (["--set", f"server.learning_rate={DEEP}"], "server.learning_rate must be a number, got"),
        (["--set", f"server.learning_rate={'9' * 5000}"], "server.learning_rate must be a number"),
        (["--set", f"partition.alpha={DEEP}"], "partition.alpha must be a number, got str"),
        (["--set", DEEP], "--set must be followed by TABLE.KEY=VALUE, got"),
        (["--set", "a." * 10**5 + "b=1"], "must be"),
        (["--num-clients", "1000000000000"], "num_clients must be at most 1438 for 1438 rows"),
    ],
)
def test_flags_that_ask_for_too_much_exit_with_2(
    words: list[str],
    sentence: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    start = time.perf_counter()
    assert main(["run", *words]) == 2
    assert time.perf_counter() - start < AT_ONCE
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    assert sentence in err
    assert len(err) < 1000
    assert not list(tmp_path.iterdir())
