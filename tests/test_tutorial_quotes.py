"""The lines of ``plain.py`` that stand beside Algorithm 1 in the tutorial are lines of the file."""

import re
from pathlib import Path

import pytest

from pyfedlite import plain

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "tutorials" / "04-federated-averaging.md"
RUST = ROOT / "rust_core" / "src" / "average.rs"


@pytest.mark.skipif(not PAGE.exists(), reason="the tutorials are not installed with the tests")
def test_code_beside_algorithm_1_is_the_code_of_the_plain_page():
    source = Path(plain.__file__).read_text(encoding="utf-8")
    page = PAGE.read_text(encoding="utf-8")
    section = page[page.index("## Algorithm 1") : page.index("## One local step")]
    rows = [line for line in section.splitlines() if line.startswith("| ") and "`" in line]
    quoted = [re.search(r"`([^`]+)` \|$", row)[1] for row in rows]
    missing = [code for code in quoted if code not in source]
    assert len(quoted) == 14  # twelve lines and the heads of two tables
    assert missing == []


@pytest.mark.skipif(not RUST.exists(), reason="needs the Rust sources")
def test_rust_of_the_page_on_kernels_is_the_code_of_the_kernel():
    page = (ROOT / "tutorials" / "17-from-numpy-to-rust.md").read_text(encoding="utf-8")
    quoted = re.findall(r"^```rust\n(.*?)^```", page, re.S | re.M)
    source = dedent_all(RUST.read_text(encoding="utf-8"))
    assert len(quoted) == 1
    assert all(dedent_all(code) in source for code in quoted)


def dedent_all(code: str) -> str:
    return "\n".join(line.strip() for line in code.strip().splitlines())
