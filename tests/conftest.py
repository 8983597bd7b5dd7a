"""How Hypothesis behaves in these tests: without a deadline, for machines that are shared."""

from hypothesis import settings

# In CI Hypothesis starts from a profile of its own, which draws the same examples each time.
settings.register_profile("pyfedlite", parent=settings.default, deadline=None)
settings.load_profile("pyfedlite")
