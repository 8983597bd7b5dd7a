"""What holds for every test: how Hypothesis behaves, and that no picture stays open.

There is no deadline, for machines that are shared.
"""

import os
import sys

import pytest
from hypothesis import settings

# In CI Hypothesis starts from a profile of its own, which draws the same examples each time; there
# may be more of them.
examples = 200 if os.environ.get("CI") else 100
settings.register_profile(
    "pyfedlite", parent=settings.default, deadline=None, max_examples=examples
)
settings.load_profile("pyfedlite")

# A hundred times as many examples, for a night or before a release: --hypothesis-profile=nightly.
settings.register_profile("nightly", parent=settings.get_profile("pyfedlite"), max_examples=10_000)

# A tenth of them, for a second look at what has been tested already: --hypothesis-profile=brief.
settings.register_profile("brief", parent=settings.get_profile("pyfedlite"), max_examples=20)


@pytest.fixture(autouse=True)
def _no_open_figure():
    """Close what an earlier test has drawn: tests come in any order."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is not None:
        pyplot.close("all")
