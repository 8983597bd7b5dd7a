"""The lines of ``plain.py`` that stand beside Algorithm 1 in the tutorial are lines of the file."""

import re
from pathlib import Path

import pytest

from pyfedlite import plain

PAGE = Path(__file__).parents[1] / "tutorials" / "04-federated-averaging.md"


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
