"""The command line: ``pyfedlite run | attack | predict | data | tutorial | info``.

A command makes a call of the library from its flags, prints the result and returns an exit code: 0
done, 1 failed, 2 bad usage or input, 130 interrupted, 143 ended by SIGTERM. It computes nothing
itself. Results go to the standard output, progress and errors to the standard error.

Left neighbour: your shell. Right neighbour: ``experiments`` runs, ``data`` loads, ``models``
predict and ``lessons`` makes notebooks.
"""

from pyfedlite.cli.main import main

__all__ = ["main"]
