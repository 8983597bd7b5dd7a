"""The tests that pages on security and privacy name for their promises are there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = ROOT / "docs" / "explanation"
if not PAGES.exists():
    pytest.skip("needs a checkout", allow_module_level=True)


@pytest.mark.parametrize(
    ("page", "heading", "least"),
    [
        ("secure-aggregation.md", "## The promises", 15),
        ("differential-privacy.md", "## Where it is tested", 7),
        ("../howto/differential-privacy.md", "## Where it is tested", 7),
        ("private-mechanisms.md", "## Where it is tested", 8),
        ("attacks-under-dp.md", "## Where it is tested", 5),
    ],
)
def test_each_promise_has_a_test_that_exists(page: str, heading: str, least: int) -> None:
    text = (PAGES / page).read_text(encoding="utf-8").partition(heading)[2]
    table = text.partition("\n## ")[0]
    rows = [line for line in table.splitlines() if line.startswith("| ")][1:]
    sources = {path: path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("*.py")}
    everything = "\n".join(sources.values())
    assert len(rows) >= least
    for row in rows:
        named = re.findall(r"`(test_\w+|tests/[\w/]+\.py)`", row)
        assert named, row
        for name in named:
            found = (ROOT / name).exists() if "/" in name else f"def {name}(" in everything
            assert found, name
