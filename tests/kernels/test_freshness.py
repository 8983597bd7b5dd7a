from functools import reduce
from pathlib import Path

import pytest

import pyfedlite

RUST_CORE = Path(pyfedlite.__file__).parent.parent / "rust_core"


def fnv1a(data):
    """FNV-1a, 64 bits: http://www.isthe.com/chongo/tech/comp/fnv/"""
    return reduce(
        lambda hash_, byte: (hash_ ^ byte) * 0x100000001B3 % 2**64, data, 0xCBF29CE484222325
    )


def source_digest(folder):
    """What rust_core/build.rs embeds."""
    sources = [folder / "build.rs", *folder.glob("src/**/*.rs")]
    named = {path.relative_to(folder).as_posix().encode(): path.read_bytes() for path in sources}
    text = b"".join(name + named[name].replace(b"\r\n", b"\n") for name in sorted(named))
    return f"{fnv1a(text):016x}"


def test_fnv1a_gives_its_published_values():
    # The test vectors of draft-eastlake-fnv, section 6.
    assert fnv1a(b"") == 0xCBF29CE484222325
    assert fnv1a(b"a") == 0xAF63DC4C8601EC8C
    assert fnv1a(b"foobar") == 0x85944171F73967E8


@pytest.mark.skipif(not RUST_CORE.is_dir(), reason="no Rust sources beside the package")
def test_the_extension_was_built_from_the_sources_beside_it():
    rust = pytest.importorskip("pyfedlite._rust")
    if rust.SOURCE_DIGEST != source_digest(RUST_CORE):
        pytest.fail("the Rust extension is stale; run `pip install -e .`", pytrace=False)
