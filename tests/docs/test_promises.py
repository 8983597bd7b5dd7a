"""The tests that the page on secure aggregation names for its promises are there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "explanation" / "secure-aggregation.md"
if not PAGE.exists():
    pytest.skip("needs a checkout", allow_module_level=True)


def test_each_promise_has_a_test_that_exists() -> None:
    page = PAGE.read_text(encoding="utf-8")
    table = page[page.index("## The promises") : page.index("## What is not covered")]
    rows = [line for line in table.splitlines() if line.startswith("| ")][1:]
    sources = {path: path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("*.py")}
    everything = "\n".join(sources.values())
    assert len(rows) >= 15
    for row in rows:
        named = re.findall(r"`(test_\w+|tests/[\w/]+\.py)`", row)
        assert named, row
        for name in named:
            found = (ROOT / name).exists() if "/" in name else f"def {name}(" in everything
            assert found, name
