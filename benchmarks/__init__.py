"""Measurements that the performance page of the documentation quotes.

``python -m benchmarks`` runs them all, ``python -m benchmarks import`` one. Each file
``bench_<name>.py`` has a function ``measure() -> list[Table]``. Times on a shared machine drift,
so contenders take turns (`benchmarks.timing`), medians are shown, and what is claimed are ratios
within one run.
"""

from pyfedlite._blas import ask_for_one_thread

ask_for_one_thread()  # as pyfedlite runs; BLAS reads the variables when NumPy is first imported
